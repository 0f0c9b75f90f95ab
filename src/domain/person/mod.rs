//! A person of whom something is kept: where they are named in it, and the pseudonym that takes their place.

mod identity;
mod pseudonym;

pub use identity::{Mention, Person};
pub use pseudonym::{FORGOTTEN_DOMAIN, Pseudonyms};
