//! Writes measurements, from everywhere.

use std::sync::OnceLock;
use std::time::Duration;

use chrono::TimeDelta;

use super::instruments::Instruments;
use crate::domain::stage::Stage;

static INSTRUMENTS: OnceLock<Instruments> = OnceLock::new();

/// Measures with these from now on. Only the first call in a process counts.
pub fn install(instruments: Instruments) {
    let _ = INSTRUMENTS.set(instruments);
}

/// Whether anything is measured: what costs reads is only read then.
pub fn are_on() -> bool {
    INSTRUMENTS.get().is_some()
}

/// A call was made to `service` and answered with `status`, or not at all.
pub fn called(service: &'static str, status: Option<u16>) {
    with(|instruments| instruments.called(service, status));
}

/// `service` asked us to slow down.
pub fn throttled(service: &'static str) {
    with(|instruments| instruments.throttled(service));
}

/// A call to `service` was held back for so long, because of its quota or before it was made again.
pub fn waited(service: &'static str, wait: Duration) {
    with(|instruments| instruments.waited(service, wait));
}

/// An attempt to hand over a message came to this.
pub fn message(transport: &'static str, outcome: &'static str) {
    with(|instruments| instruments.message(transport, outcome));
}

/// Someone was notified of `stage` so long after Azure was first seen to say so.
pub fn notified_after(stage: Stage, delay: TimeDelta) {
    with(|instruments| instruments.notified_after(stage, delay));
}

/// How many windows are open with each status.
pub fn windows(by_status: &[(&'static str, u64)]) {
    with(|instruments| instruments.windows(by_status));
}

/// How many messages wait in the outbox, and for how long the oldest one has.
pub fn outbox(unsent: u64, oldest: TimeDelta) {
    with(|instruments| instruments.outbox(unsent, oldest));
}

/// How many operator alerts of each kind are open.
pub fn operator_alerts(by_kind: &[(String, u64)]) {
    with(|instruments| instruments.operator_alerts(by_kind));
}

pub(super) fn with(measure: impl FnOnce(&Instruments)) {
    if let Some(instruments) = INSTRUMENTS.get() {
        measure(instruments);
    }
}
