//! Sends metrics by OpenTelemetry (OTLP over HTTP), where the settings name a collector.

mod export;
mod exports;

pub use export::ExportSetupError;
pub use exports::{after_invocation, flush, install};
