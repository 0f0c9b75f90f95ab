//! Result of an operation of Communication Services, and whose fault it is where it failed.

use chrono::TimeDelta;

use super::outcome::Delivery;
use super::service_reply::ServiceReply;

/// What became of a message that a service took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperationStatus {
    /// Nobody knows yet: the service works on it, or did not say.
    UnderWay {
        /// What was heard, for a person. Holds no secret.
        said: String,
        /// How long the service asked us to wait before we ask again.
        wait: Option<TimeDelta>,
    },
    /// It is on its way to the recipient's mail system. Whether it arrives, a delivery report says.
    Succeeded,
    /// It came to nothing.
    Failed(Delivery),
}

/// The words of [`OperationStatus`] that the service uses.
pub(super) fn status(answer: &ServiceReply) -> &str {
    answer.body["status"].as_str().unwrap_or_default()
}

/// What its word for how an operation stands comes to, in whatever case it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OperationWord {
    Succeeded,
    Failed,
    UnderWay,
}

/// How the operation stands.
pub(super) fn word(answer: &ServiceReply) -> OperationWord {
    match status(answer).to_ascii_lowercase().as_str() {
        "succeeded" => OperationWord::Succeeded,
        "failed" | "canceled" | "cancelled" => OperationWord::Failed,
        _ => OperationWord::UnderWay,
    }
}

/// Whether this is the service's own answer to a mail that it took: a page of somebody in between has no operation.
pub(super) fn is_taken(answer: &ServiceReply) -> bool {
    let id = answer.body["id"].as_str().unwrap_or_default();
    answer.status.is_success() && !id.is_empty() && !status(answer).is_empty()
}

/// An operation that failed or was cancelled: the recipient's address is to blame only where the words are clearly
/// about it. Everything else would befall other mails too.
pub(super) fn failure(said: String, answer: &ServiceReply) -> Delivery {
    if blames_recipient(answer) { Delivery::rejected(said) } else { Delivery::ours_for_this(said) }
}

/// Whether the service speaks of the recipient's address, and not of the sender, a limit or a reputation.
pub(super) fn blames_recipient(answer: &ServiceReply) -> bool {
    const OURS: [&str; 7] = ["sender", "replyto", "reply-to", "reputation", "blocked", "limit", "exceed"];
    const THEIRS: [&str; 3] = ["recipient", "invalidemailaddress", "invalid format for email address"];
    !OURS.iter().any(|word| answer.names(word)) && THEIRS.iter().any(|word| answer.names(word))
}
