//! Sentences around what a message is about.

use super::content::{main_group, reader};
use super::machine::NAME;
use super::sentences::sentences;
use crate::domain::message::MessageKind;
use crate::domain::message_content::{ActionLink, MessageContent};
use crate::domain::sanitize::one_line;
use crate::render::groups::MachineGroup;
use crate::render::times;
use crate::words::{self, Language};

/// What stands over everything: what kind of message it is.
pub(crate) fn kind(kind: MessageKind, language: Language) -> String {
    match kind {
        MessageKind::Alert => words::kind_alert(language),
        MessageKind::Digest | MessageKind::Heartbeat => words::kind_digest(language),
        MessageKind::Summary => words::kind_summary(language),
        MessageKind::Operator => words::kind_operator(language),
        MessageKind::Coverage => words::kind_coverage(language),
        MessageKind::GoLive => words::kind_go_live(language),
        MessageKind::Drill => words::kind_drill(language),
    }
}

/// During a pilot: whom a message was meant for.
pub(crate) fn diverted(content: &MessageContent) -> String {
    words::diverted(reader(content).language, &one_line(content.recipient.as_str(), NAME))
}

/// That an earlier message may be missing, if that is so.
pub(crate) fn missed(content: &MessageContent) -> Option<String> {
    let reader = reader(content);
    Some(words::missed(reader.language, &times::both(reader, content.missed?)))
}

/// Who writes, in a first mail.
pub(crate) fn introduction(content: &MessageContent) -> String {
    let language = reader(content).language;
    let why = (!content.items.is_empty()).then(|| words::introduction_why(language));
    sentences([words::introduction(language)].into_iter().chain(why))
}

/// The label of the button, and what the page behind it does.
pub(crate) fn button(
    content: &MessageContent,
    link: &ActionLink,
    groups: &[MachineGroup<'_>],
) -> (String, String) {
    let language = reader(content).language;
    let asked = main_group(groups).is_some_and(|group| group.asked_by.is_some());
    if content.kind == MessageKind::Drill {
        (words::drill_button(language), words::drill_detail(language))
    } else if asked {
        (words::button_take_over(language), words::detail_answer(language))
    } else if groups.iter().any(MachineGroup::asks) && link.starts {
        (words::button_choose(language), words::detail_button(language))
    } else if groups.iter().all(|group| !group.is_open()) {
        (words::button_details(language), words::detail_answer(language))
    } else {
        (words::button_answer(language), words::detail_answer(language))
    }
}

/// How many machines are as they were, as a sentence.
pub(crate) fn unchanged(content: &MessageContent) -> Option<String> {
    let (count, reader) = (content.unchanged, reader(content));
    let language = reader.language;
    let until = content.unchanged_deadline.map(|deadline| times::both(reader, deadline));
    let since = content.unread_since.map(|since| times::both(reader, since));
    (count > 0).then(|| match (since, until) {
        (Some(since), Some(until)) => words::unchanged_unread_by(language, count, &since, &until),
        (Some(since), None) => words::unchanged_unread(language, count, &since),
        (None, Some(until)) => words::unchanged_by(language, count, &until),
        (None, None) => words::unchanged(language, count),
    })
}
