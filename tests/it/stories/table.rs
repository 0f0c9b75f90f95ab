//! What a message says, in the words of a story.

use std::collections::BTreeSet;

use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::MessageContent;

/// Stage and machine of everything in it, and the operator alerts. A message without either is the weekly line, or what
/// its kind says.
pub(super) fn of(content: &MessageContent) -> BTreeSet<String> {
    let items = content.items.iter().flat_map(|item| {
        let machine = item.window.id.resource.name();
        item.stages.iter().map(move |stage| format!("{stage} {machine}"))
    });
    let alerts = content.operator_alerts.iter().map(|alert| match alert.is_note() {
        true => format!("note {}", alert.kind()),
        false => format!("operator alert {}", alert.kind()),
    });
    let mut what: BTreeSet<String> = items.chain(alerts).collect();
    if what.is_empty() {
        what.insert(match content.kind {
            MessageKind::Digest => "the weekly line".to_owned(),
            kind => kind.as_str().to_owned(),
        });
    }
    what
}
