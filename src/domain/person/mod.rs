//! A person of whom something is kept: where they are named in it, the pseudonym that takes their place, and who they are
//! when they are called by another name.

mod identity;
mod pseudonym;
mod succession;

pub use identity::{Mention, Person};
pub use pseudonym::{FORGOTTEN_DOMAIN, Pseudonyms};
pub use succession::{Addresses, KnownRecipients, Succession, address_of, successions};
