//! Metrics, when the settings ask for them.

use crate::config::settings::telemetry;
use crate::config::{Environment, Settings};
use crate::telemetry as exports;

/// Says what is wrong with the settings of telemetry, which never keeps the program from starting.
pub(super) fn warn(environment: &Environment) {
    for finding in telemetry(environment).1 {
        tracing::warn!(setting = finding.path, hint = finding.hint, "{} {}", finding.path, finding.problem);
    }
}

/// Measures from now on, if there is somewhere to send it to.
pub(super) fn install(settings: &Settings) {
    let Some(telemetry) = &settings.telemetry else { return };
    match exports::install(telemetry) {
        Ok(()) => tracing::info!(host = telemetry.endpoint.host_str(), "metrics are exported"),
        Err(error) => tracing::warn!(%error, "no metrics are exported"),
    }
}
