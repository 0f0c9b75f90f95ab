//! The last line of `check`.

use super::super::words::counted;
use crate::config::Configuration;
use crate::domain::time_zone::RELEASE;

/// That a configuration is valid, with what is in it, or how much is wrong.
pub(super) fn conclusion(
    name: &str,
    configuration: Option<&Configuration>,
    errors: usize,
    warnings: usize,
) -> String {
    let warned = match warnings {
        0 => String::new(),
        count => format!(", {}", counted(count, "warning")),
    };
    match configuration {
        Some(configuration) if errors == 0 => {
            let policy = &configuration.policy;
            format!(
                "{name} is valid: {}, {}, {}, version {}, time zones {RELEASE}{warned}",
                counted(policy.recipients.len(), "recipient"),
                counted(policy.routes.len(), "route"),
                counted(policy.silences.len(), "silence"),
                policy.version.0
            )
        }
        _ => format!("{}{warned}", counted(errors, "error")),
    }
}
