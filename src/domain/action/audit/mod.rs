//! The audit trail: who did what, when, and what became of it, each entry chained to the one before.
//!
//! An entry's hash covers its own text and the hash before it, so nothing in the middle can be changed, left out or
//! put in without every later hash changing, and the last hash, which is also kept elsewhere, shows a cut at the end.

mod anchor;
mod chain;
mod entry;
mod replaced;

pub use anchor::{anchor_name, anchored};
pub use chain::{AuditChain, ChainBreak, append, verify};
pub use entry::{AuditAction, AuditEntry, AuditEvent, AuditHead, ReplacedEntry, ReplacedNote};
pub use replaced::{listed, rewritten};
