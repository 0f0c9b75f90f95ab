//! What Azure says, asked carefully and turned into the domain's words.
//!
//! [`arm`] asks Azure Resource Manager and keeps its
//! manners (paging, throttling, retries, bounds); [`graph`] asks Resource Graph; [`compute`] reads machines. The jobs
//! call [`observe`] only: which machines may have maintenance, what one subscription's machines say, the slow sweep.
//!
//! Decisions are made by HTTP status, never by the text of an error. Nothing here ends a window: a list or a graph
//! answer that lacks a row says nothing, and what could not be seen or understood is returned as such.

pub mod arm;
pub mod compute;
pub mod directory;
pub mod error;
pub mod events;
pub mod function_app;
pub mod graph;
pub mod health;
pub mod observe;
mod records;
pub mod roles;
pub mod storage;
pub mod subscriptions;
pub mod tenants;
#[cfg(test)]
pub(crate) mod testing;
pub mod time;
pub mod vault;

pub use arm::ArmClient;
pub use error::{ArmError, AzureError};
