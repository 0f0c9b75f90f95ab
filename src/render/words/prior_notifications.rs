//! What others were notified of about a machine for which nobody responded.

use chrono::{DateTime, Utc};

use super::super::times;
use super::machine::NAME;
use crate::domain::message_content::{ContentItem, PriorNotification};
use crate::domain::recipient_name::RecipientName;
use crate::domain::sanitize::one_line;
use crate::domain::stage::Stage;
use crate::words::{self, Language, Locale};

/// How many others are named.
const NAMED: usize = 5;

/// One sentence for each of the others: when they were notified, reminded, and escalated to.
pub(crate) fn of_item(item: &ContentItem, reader: Locale) -> Vec<String> {
    let mut names: Vec<&RecipientName> = Vec::new();
    for prior_notifications in &item.prior_notifications {
        if !names.contains(&&prior_notifications.recipient) {
            names.push(&prior_notifications.recipient);
        }
    }
    // Those who are responsible come first.
    names.sort_by_key(|name| item.others.iter().position(|other| other == *name).unwrap_or(usize::MAX));
    let sentences =
        names.into_iter().take(NAMED).map(|name| sentence(name, &item.prior_notifications, reader));
    sentences.collect()
}

/// How one kind of notification is said, with the moments of it.
type Phrase = fn(Language, &str) -> String;

fn sentence(name: &RecipientName, prior_notifications: &[PriorNotification], reader: Locale) -> String {
    let of = |stages: &[Stage]| {
        let own = prior_notifications.iter().filter(|prior_notifications| {
            prior_notifications.recipient == *name && stages.contains(&prior_notifications.stage)
        });
        own.map(|prior_notifications| prior_notifications.at).collect::<Vec<_>>()
    };
    let moments = |ats: &[DateTime<Utc>]| {
        let ats = ats.iter().map(|at| times::day_and_time(reader, *at));
        ats.reduce(|first, second| words::moment_and(reader.language, &first, &second)).unwrap_or_default()
    };
    let parts: [(Phrase, Vec<DateTime<Utc>>); 3] = [
        (words::told_on, of(&[Stage::Announced, Stage::Rescheduled])),
        (words::reminded_on, of(&[Stage::Reminder])),
        (words::escalated_on, of(&[Stage::Escalated])),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, ats)| !ats.is_empty())
        .map(|(phrase, ats)| phrase(reader.language, &moments(ats)))
        .collect();
    words::was_told(reader.language, &one_line(name.as_str(), NAME), &parts.join(", "))
}
