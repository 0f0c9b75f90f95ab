//! When what was measured is sent.
//!
//! The Functions host kills processes without a warning, so what was measured leaves soon: after an invocation, when
//! the last export is [`EVERY`] old, and otherwise that long after the first invocation that was not exported.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::export::{ExportSetupError, Exporter};
use crate::metrics::settings::TelemetrySettings;
use crate::metrics::{self, Instruments};

/// How often is exported while there is something to export.
const EVERY: Duration = Duration::from_secs(10);

/// How long an invocation waits for its export. What did not leave in time leaves with the next one.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(2);

static EXPORTS: OnceLock<Arc<Exports>> = OnceLock::new();

#[derive(Debug)]
struct Exports {
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
    metrics::install(Instruments::new(&exporter.meter()));
    let _ = EXPORTS.set(Arc::new(Exports { exporter, trailing: AtomicBool::new(false) }));
    Ok(())
}

/// To be called when an invocation is done and before it is answered, while `remaining` is left of its time. Waits a
/// little at most, and never fails.
pub async fn after_invocation(remaining: Duration) {
    let Some(exports) = EXPORTS.get() else { return };
    if exports.exporter.is_due(EVERY) {
        exports.exporter.export(EXPORT_TIMEOUT.min(remaining / 2)).await;
    } else if !exports.trailing.swap(true, Ordering::Relaxed) {
        let exports = Arc::clone(exports);
        tokio::spawn(async move {
            tokio::time::sleep(EVERY).await;
            // Before the export: what is measured during it needs another one.
            exports.trailing.store(false, Ordering::Relaxed);
            exports.exporter.export(EXPORT_TIMEOUT).await;
        });
    }
}

/// Exports what is left, at the end of a command.
pub async fn flush() {
    if let Some(exports) = EXPORTS.get() {
        exports.exporter.export(EXPORT_TIMEOUT).await;
    }
}
