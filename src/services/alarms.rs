//! The lines that alerts search the log for: `infra/modules/alerts.bicep` has the same words, and a test holds them
//! together.

/// A message failed for good, and the fallback is notified.
pub const WILL_NOT_BE_DELIVERED: &str = "a message will not be delivered";

/// A new operator alert was noted.
pub const OPERATOR_IS_NEEDED: &str = "trouble that an operator should look at";

/// Messages that nothing holds on purpose are late.
pub const MESSAGES_ARE_LATE: &str = "messages are unsent for more than 15 minutes";

/// Every one of them, in the order of the alerts.
pub const ALL: &[&str] = &[WILL_NOT_BE_DELIVERED, MESSAGES_ARE_LATE, OPERATOR_IS_NEEDED];

/// The parts of the program that write these lines. What they warn of is logged whatever `NOTIFIER_LOG` says.
pub const LOGGED_BY: &[&str] = &[
    "maintenance_notifier::services::app",
    "maintenance_notifier::services::delivery_outcome",
    "maintenance_notifier::services::emit",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_that_write_them_are_these() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/services");
        let mut writers = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if path.is_file()
                && name != "alarms"
                && std::fs::read_to_string(&path).unwrap().contains("alarms::")
            {
                writers.push(format!("maintenance_notifier::services::{name}"));
            }
        }
        writers.sort();
        assert_eq!(writers, LOGGED_BY);
    }
}
