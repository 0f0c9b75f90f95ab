//! Sends metrics by OpenTelemetry (OTLP over HTTP), where the settings name a collector, and keeps addresses of people
//! out of the log.

mod export;
mod exports;
mod log_lines;

pub use export::ExportSetupError;
pub use exports::{after_invocation, flush, install};
pub use log_lines::{LineWriter, LogLines};
