//! Azure Resource Manager, with manners.
//!
//! One client for one identity. Its token goes to the endpoint it was made with and nowhere else. Requests run a few at
//! a time; each bucket of Azure's quotas (a subscription, the tenant, Resource Graph) is slowed down when its headers
//! say that little is left, and held still after a 429, because calling early starts the wait anew.

mod buckets;
mod client;
mod options;
mod pages;
mod response;
mod retry;

pub use client::{ArmClient, ArmCounts};
pub use options::{ArmOptions, Jitter, Retry, random_jitter};
pub use response::ArmResponse;
