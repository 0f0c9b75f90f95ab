//! What the message of a fire drill says. It names no machine, and says in every line that stands alone what it is.

use crate::domain::message_content::MessageContent;

pub(super) const SUBJECT: &str = "EXERCISE: do messages about Azure maintenance reach you?";
pub(super) const HEADLINE: &str = "EXERCISE: do messages about Azure maintenance reach you?";
pub(super) const CALLOUT: &str = "This is an exercise. No machine is affected.";

/// The label of the button.
pub(super) const CONFIRM: &str = "I got this";

/// What the page behind the button does, as a sentence.
pub(super) const WHAT_IT_DOES: &str =
    "There one click confirms that this exercise reached you. It does nothing else.";

/// The first sentences.
pub(super) fn lead(content: &MessageContent) -> String {
    let what = "This is an EXERCISE: nothing is planned for any machine. Your organisation tries out whether messages \
                about Azure maintenance reach those who run the machines.";
    let then = match &content.link {
        Some(_) => {
            "Please confirm that you got it. Nothing happens if you do not, but that it may not have reached you."
        }
        None => "There is nothing to do.",
    };
    format!("{what} {then}")
}
