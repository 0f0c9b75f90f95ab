//! What people did about a window: who knows of it, and who planned or started it. Names, notes and Azure's own words are
//! foreign.

use super::super::times;
use super::actor::name;
use super::loss::planned;
use super::outcome;
use super::refusal::refusal;
use super::sentences::sentences;
use super::settings::ordered;
use crate::domain::action::response::{Response, StartStatus, StartSummary, WindowActions};
use crate::domain::action::start::StartPhase;
use crate::domain::message_content::ContentItem;
use crate::domain::sanitize::one_line;
use crate::domain::window::MaintenanceWindow;
use crate::words::{self, Language, Locale};

/// What was done about the dates of `window`, a sentence or two each. Responses to other dates are history; a start is
/// reported whatever became of its dates.
pub fn responses(
    actions: &WindowActions,
    window: &MaintenanceWindow,
    reader: impl Into<Locale>,
) -> Vec<String> {
    let reader = reader.into();
    let (mut lines, revision, language) = (Vec::new(), window.revision, reader.language);
    if let Some(record) = actions.acknowledged(revision)
        && let Response::Acknowledge { note, change } = &record.response
    {
        let note = note.as_deref().map(|note| one_line(note, 200));
        let change = change.as_deref().map(|change| one_line(change, 60));
        lines.push(acknowledged(language, &name(&record.by), note.as_deref(), change.as_deref()));
    }
    if let Some((until, record)) = actions.snooze(revision) {
        lines.push(words::snoozed(language, &name(&record.by), &times::both(reader, until)));
    }
    match (actions.open_start(), actions.last_settled()) {
        (Some(start), _) if start.status == StartStatus::Planned => {
            let at = times::both(reader, start.begins);
            let plan = match &start.ordered {
                Some(hours) => words::planned_by_hours(language, &at, &ordered(hours, reader)),
                None => words::planned_by(language, &at, &name(&start.by)),
            };
            lines.push(sentences(
                [Some(plan), planned(language, &window.machine, start)].into_iter().flatten(),
            ));
            if let Some(why) = &start.progress.waits {
                lines.push(words::waits(language, &refusal(language, why)));
            }
        }
        (Some(start), _) => {
            let started = words::started_by(language, &times::both(reader, start.begins), &name(&start.by));
            lines.push(started + &phase(start, reader));
        }
        (None, Some(start)) => lines.extend(outcome::settled(start, reader)),
        (None, None) => {}
    }
    lines
}

fn acknowledged(language: Language, by: &str, note: Option<&str>, change: Option<&str>) -> String {
    match (note, change) {
        (None, None) => words::acknowledged(language, by),
        (Some(note), None) => words::acknowledged_note(language, by, note),
        (None, Some(change)) => words::acknowledged_change(language, by, change),
        (Some(note), Some(change)) => words::acknowledged_note_change(language, by, change, note),
    }
}

/// The same for one window of a message.
pub(crate) fn of_item(item: &ContentItem, reader: Locale) -> Vec<String> {
    // What is no longer theirs is no longer their business.
    if item.withdrawn.is_some() {
        return Vec::new();
    }
    let mut lines = responses(&item.actions, &item.window, reader);
    lines.extend(outcome::correction(item, reader.language));
    lines
}

/// How far a start under way is, with a blank before it; empty where that is all there is to say.
pub(crate) fn phase(start: &StartSummary, reader: impl Into<Locale>) -> String {
    let reader = reader.into();
    let language = reader.language;
    let phase = match start.progress.phase {
        Some(StartPhase::Unanswered) => words::phase_unanswered(language),
        Some(StartPhase::Running) => match start.progress.began {
            Some(began) => words::phase_running_since(language, &times::clock(reader, began)),
            None => words::phase_running(language),
        },
        Some(StartPhase::Recovering) => words::phase_recovering(language),
        Some(StartPhase::NotKnown { since }) => words::phase_not_known(language, &times::both(reader, since)),
        Some(StartPhase::Accepted | StartPhase::Waiting | StartPhase::Ended) | None => return String::new(),
    };
    format!(" {phase}")
}
