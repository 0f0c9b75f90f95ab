//! Metrics by OpenTelemetry (OTLP over HTTP), for whoever has a collector. Without its settings nothing here does
//! anything.
//!
//! Like the log, metrics are written from everywhere, so there is one set of instruments for the process, installed at
//! its start. No attribute names a person, a machine or a subscription: every one has a few values that the code knows.
//!
//! The Functions host kills processes without a warning, so what was measured leaves soon: after an invocation, when
//! the last export is [`EVERY`] old, and otherwise that long after the first invocation that was not exported.

mod export;
mod instruments;
pub mod settings;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;

use crate::calls::Service;
use crate::domain::stage::Stage;
use crate::metrics::settings::TelemetrySettings;
use export::Exporter;
use instruments::Instruments;

pub use export::ExportSetupError;

/// How often is exported while there is something to export.
pub const EVERY: Duration = Duration::from_secs(10);

/// How long an invocation waits for its export. What did not leave in time leaves with the next one.
const PATIENCE: Duration = Duration::from_secs(2);

static METRICS: OnceLock<Arc<Metrics>> = OnceLock::new();

#[derive(Debug)]
struct Metrics {
    instruments: Instruments,
    exporter: Exporter,
    /// Whether an export is going to happen without a further invocation.
    trailing: AtomicBool,
}

/// Measures from now on and sends to where the settings say. Only the first call in a process counts.
///
/// # Errors
/// When the client for it cannot be made.
pub fn install(settings: &TelemetrySettings) -> Result<(), ExportSetupError> {
    let exporter = Exporter::new(settings)?;
    let instruments = Instruments::new(&exporter.meter());
    let _ = METRICS.set(Arc::new(Metrics { instruments, exporter, trailing: AtomicBool::new(false) }));
    Ok(())
}

/// Whether anything is measured: what costs reads is only read then.
pub fn are_on() -> bool {
    METRICS.get().is_some()
}

/// A call was made to `service` and answered with `status`, or not at all.
pub fn called(service: Service, status: Option<u16>) {
    with(|instruments| instruments.called(service, status));
}

/// `service` asked us to slow down.
pub fn throttled(service: Service) {
    with(|instruments| instruments.throttled(service));
}

/// A call to `service` was held back for so long, because of its quota or before it was made again.
pub fn waited(service: Service, wait: Duration) {
    with(|instruments| instruments.waited(service, wait));
}

/// An attempt to hand over a message came to this.
pub fn message(transport: &'static str, outcome: &'static str) {
    with(|instruments| instruments.message(transport, outcome));
}

/// Someone was told of `stage` so long after Azure was first seen to say so.
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

/// How many troubles of each kind an operator should look at.
pub fn operator_alerts(by_kind: &[(String, u64)]) {
    with(|instruments| instruments.operator_alerts(by_kind));
}

fn with(measure: impl FnOnce(&Instruments)) {
    if let Some(metrics) = METRICS.get() {
        measure(&metrics.instruments);
    }
}

/// One run of a function. When it is dropped before it ended, the run was stopped or panicked.
#[derive(Debug)]
pub struct Run {
    function: String,
    started: Instant,
    result: &'static str,
}

impl Run {
    /// `function` begins to run.
    pub fn begin(function: &str) -> Self {
        Self { function: function.to_owned(), started: Instant::now(), result: "stopped" }
    }

    /// It came to its end.
    pub fn end(mut self, succeeded: bool) {
        self.result = if succeeded { "succeeded" } else { "failed" };
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        with(|instruments| instruments.run(&self.function, self.result, self.started.elapsed()));
    }
}

/// To be called when an invocation is done and before it is answered, while `remaining` is left of its time. Waits a
/// little at most, and never fails.
pub async fn after_invocation(remaining: Duration) {
    let Some(metrics) = METRICS.get() else { return };
    if metrics.exporter.is_due(EVERY) {
        metrics.exporter.export(PATIENCE.min(remaining / 2)).await;
    } else if !metrics.trailing.swap(true, Ordering::Relaxed) {
        let metrics = Arc::clone(metrics);
        tokio::spawn(async move {
            tokio::time::sleep(EVERY).await;
            // Before the export: what is measured during it needs another one.
            metrics.trailing.store(false, Ordering::Relaxed);
            metrics.exporter.export(PATIENCE).await;
        });
    }
}

/// Exports what is left, at the end of a command.
pub async fn flush() {
    if let Some(metrics) = METRICS.get() {
        metrics.exporter.export(PATIENCE).await;
    }
}
