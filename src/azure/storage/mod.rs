//! Azure Storage: its accounts' keys, the one blob that is read, and the container to which heads are added.

mod blob;
mod client;
mod container;
mod error;
mod key;

pub use blob::{BlobAnswer, BlobReader};
pub use client::{BlobAccess, STORAGE_AUDIENCE};
pub use container::Container;
pub use error::BlobError;
pub use key::{AccountKey, ConnectionStringError, PUBLIC_CLOUD};
