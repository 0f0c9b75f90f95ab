//! What is measured, for whoever has a collector. Without its settings nothing here does anything.
//!
//! Like the log, metrics are written from everywhere, so there is one set of instruments for the process, installed at
//! its start. No attribute names a person, a machine or a subscription: every one has a few values that the code knows.
//! [`telemetry`](crate::telemetry) sends what was measured.

mod instruments;
mod record;
mod run;

pub use instruments::Instruments;
pub use record::{
    are_on, called, install, message, notified_after, operator_alerts, outbox, throttled, waited, windows,
};
pub use run::Run;
