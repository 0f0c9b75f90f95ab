//! `explain`: who hears about a resource, by which rule, and what they were notified of.

mod endpoints;
mod forecast;
mod message;
mod run;
mod text;
mod window;

pub(super) use endpoints::{EndpointOutcome, endpoint_outcomes, outcomes_sentence};
pub(super) use run::run;
pub use window::{ExplainedWindow, explain_all};
