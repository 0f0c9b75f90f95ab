//! What must have been sent, worked out from the history alone: an independent model that shares no code with
//! planning, routing or reconciling. It knows the rules of docs/NOTIFICATIONS.md and what looks could see.
//!
//! For each recipient and window it walks through time: from what is known and what was sent it says what is to be
//! sent next, not before which moment and not after which. What was sent has to be among that; what should have been
//! sent by then and was not is missing.

mod attention;
mod beyond_windows;
mod calendar;
mod check;
mod escalation_steps;
mod latest;
mod rules;
mod seen;
mod starts;

pub(crate) use self::check::check;
