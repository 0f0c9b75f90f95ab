//! A start: one attempt at self-service maintenance, from the decision to Azure's final word.
//!
//! ```text
//! planned ──its moment──▶ claimed ──Azure accepts──▶ accepted ──Azure says done──▶ recovering ──▶ settled
//!    │ ▲                    │ └──no answer──▶ (claimed, unanswered) ──the log shows it──▶ accepted
//!    │ └──refused in passing┤                          │                           │
//!    │                      └──refused──▶ settled      └─────a day without a word──┴──▶ not known ──▶ settled
//!    └──called off, too late, nothing to do any more──▶ settled
//! ```
//!
//! [`follow`] ranks the evidence: Azure's operation, then the activity log's entry of the very request, then the
//! machine's own record, then power and health. A start is posted in the state `claimed` only, by whoever wrote that
//! state, and never again: what became of a post whose answer was lost is found out by looking.

mod check;
mod evidence;
mod follow;
mod moment;
mod observation;
mod outcome;
mod phase;
mod record;
mod refusal;

pub use check::{StartFacts, loses_only, may_begin, may_begin_planned, may_plan};
pub use evidence::{AgentBefore, EarlierAttempts, OperationLink, StartEvidence, StartWait};
pub use follow::{follow, is_long_ago};
pub use moment::StartMoment;
pub use observation::{LogEntry, OperationProgress, StartObservation};
pub use outcome::{ReleasedBy, RetryTime, StartOutcome};
pub use phase::StartPhase;
pub use record::{Start, StartOrigin, StartState};
pub use refusal::StartRefusal;

#[cfg(test)]
mod tests;
