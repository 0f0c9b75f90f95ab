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
