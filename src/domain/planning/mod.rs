//! Who is to be notified of what now. Pure: [`plan`] takes facts and `now` and returns facts.
//!
//! Planning is level-triggered. It never reacts to an event that could be lost: it compares what a recipient should
//! have been notified of by now ([`pending`]) with what the ledger says was notified ([`history`]), decides when each
//! thing is due ([`timing`]), and gives the one message that is due now, if any, and the next moment to look again.
//! Running it twice changes nothing; running it late says what is true then.

pub mod calendar;
pub mod channels;
pub mod content;
pub mod coverage;
mod delivery_timing;
pub mod digest;
pub mod elsewhere;
mod ends;
pub mod escalation;
mod events;
pub mod forecast;
pub mod history;
mod input;
pub mod muted;
mod own_starts;
pub mod passed;
mod paused_channel;
pub mod pending;
pub mod pending_notification;
pub mod pending_stage;
mod planner;
pub mod reminder_clock;
pub mod reminder_state;
mod reminders;
pub mod responses;
pub mod self_start;
pub mod still_true;
pub mod summaries;
pub mod timing;
pub mod wave_end;
pub mod waves;

pub use input::{GoLive, Pace, PlanningInput};
pub use paused_channel::PausedChannel;
pub use planner::{LedgerStep, PlanningResult, plan};

#[cfg(test)]
mod tests;
