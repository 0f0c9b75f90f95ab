//! Sentences around what a message is about.

use super::drill;
use super::machine::NAME;
use crate::domain::message::MessageKind;
use crate::domain::message_content::{ActionLink, MessageContent};
use crate::domain::sanitize::one_line;
use crate::render::times;

/// The language of these sentences, for the `lang` attribute.
pub(crate) const LANGUAGE: &str = "en";

/// During a pilot: whom a message was meant for.
pub(crate) fn diverted(content: &MessageContent) -> String {
    let recipient = one_line(content.recipient.as_str(), NAME);
    format!(
        "This message was meant for {recipient}. It comes to you because the notifier is in its pilot phase."
    )
}

/// That an earlier message may be missing, if that is so.
pub(crate) fn missed(content: &MessageContent) -> Option<String> {
    let at = times::both(content.timezone, content.missed?);
    Some(format!(
        "An earlier message, sent on {at}, may not have reached you: nobody confirmed that it arrived. What is open \
         stands in this message and on its page."
    ))
}

/// What the button says that leads to the page where one can respond.
pub(crate) fn respond(kind: MessageKind, link: &ActionLink) -> &'static str {
    if kind == MessageKind::Drill {
        drill::CONFIRM
    } else if link.starts {
        "Choose when, or answer"
    } else {
        "Answer"
    }
}

/// What can be done on the page behind the button, as a sentence.
pub(crate) fn what_to_respond(kind: MessageKind, link: &ActionLink) -> &'static str {
    if kind == MessageKind::Drill {
        drill::WHAT_IT_DOES
    } else if link.starts {
        "There you can start the maintenance now or at a time of your choosing, acknowledge it, be reminded later or \
         hand it over. Opening it starts nothing."
    } else {
        "There you can acknowledge it, be reminded later or hand it over."
    }
}
