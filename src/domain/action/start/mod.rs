//! A start: one attempt at self-service maintenance, from the decision to Azure's final word.
//!
//! ```text
//! planned ──its time has come──▶ claimed ──Azure accepts──▶ accepted ──the machine is seen well──▶ settled
//!    │                              │ └──no answer──▶ in doubt ──evidence, or none for long──▶ settled
//!    └──objection, other dates──▶ settled   └──Azure refuses──▶ settled
//! ```
//!
//! A start is posted in the state `claimed` only, by whoever wrote that state, and never again: what became of a
//! post whose answer was lost is found out by looking.

mod check;
mod follow;
mod outcome;
mod record;
mod refusal;

pub use check::{StartFacts, loses_only, may_begin, may_plan};
pub use follow::{OperationProgress, StartObservation, follow};
pub use outcome::{RetryTime, StartOutcome};
pub use record::{EarlierAttempts, OperationLink, Start, StartOrigin, StartState};
pub use refusal::StartRefusal;

#[cfg(test)]
mod tests;
