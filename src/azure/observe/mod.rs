//! What the jobs ask of Azure: where to look, what one subscription's machines say, and the slow sweep of all others.
//!
//! Everything that an observation says of a machine comes from a direct read of it. What could not be seen or
//! understood is part of the observation, with its reason, so that nothing is concluded from it.

mod candidates;
mod subscription;
mod sweep;
#[cfg(test)]
mod tests;

pub use candidates::{
    ALL_SUBSCRIPTIONS, CandidateList, WatchScope, find_candidates, find_what_answers, parse_scope,
};
pub use subscription::observe_subscription;
pub use sweep::{
    StatusOnlySupport, SweepMode, SweepOptions, SweptSlice, list_sweep_targets, probe_status_only,
    sweep_slice,
};

pub use super::graph::{Candidate, HostWindow, PlannedEvent};
pub use super::subscriptions::Subscription;
