//! Azure Storage: its accounts' keys, the one blob that is read, and the container to which heads are added.

mod blob;
mod container;
mod key;

pub use blob::{BlobAccess, BlobAnswer, BlobError, BlobReader};
pub use container::Container;
pub use key::{AccountKey, ConnectionStringError, PUBLIC_CLOUD};

use chrono::{DateTime, Utc};

/// For whom tokens of the storage services are, in every cloud.
pub const STORAGE_AUDIENCE: &str = "https://storage.azure.com";

/// A date as a signature and the header have it.
pub fn http_date(now: DateTime<Utc>) -> String {
    now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
