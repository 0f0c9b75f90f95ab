//! What people did about a window: who knows of it, who planned or started it, and how that ended. Names, notes and
//! Azure's own words are foreign.

use crate::domain::time_zone::Tz;

use super::super::times;
use super::loss::planned_loss;
use super::machine::NAME;
use super::ordered;
use crate::domain::action::Actor;
use crate::domain::action::response::{Response, StartStatus, StartSummary, WindowActions};
use crate::domain::action::start::{ReleasedBy, StartOutcome, StartPhase};
use crate::domain::message_content::ContentItem;
use crate::domain::sanitize::one_line;
use crate::domain::window::{MaintenanceStatus, MaintenanceWindow};

/// What was done about the dates of `window`, a sentence or two each. Responses to other dates are history; a start is
/// reported whatever became of its dates.
pub fn responses(actions: &WindowActions, window: &MaintenanceWindow, zone: Tz) -> Vec<String> {
    let (mut lines, revision) = (Vec::new(), window.revision);
    if let Some(record) = actions.acknowledged(revision)
        && let Response::Acknowledge { note, change } = &record.response
    {
        let note = note.as_deref().map(|note| format!(": “{}”", one_line(note, 200))).unwrap_or_default();
        let change = change.as_deref().map(|change| format!(" (change {})", one_line(change, 60)));
        lines.push(format!("Acknowledged by {}{note}{}.", name(&record.by), change.unwrap_or_default()));
    }
    if let Some((until, record)) = actions.snooze(revision) {
        lines.push(format!("{} asked to be reminded on {}.", name(&record.by), times::both(zone, until)));
    }
    match (actions.open_start(), actions.last_settled()) {
        (Some(start), _) if start.status == StartStatus::Planned => {
            let when = times::both(zone, start.begins);
            let planned = match &start.ordered {
                Some(hours) => format!(
                    "Planned by itself for {when}, in the maintenance hours {}.",
                    ordered(hours, zone)
                ),
                None => format!("Planned by {} for {when}.", name(&start.by)),
            };
            let loss = planned_loss(&window.machine, start).map(|loss| format!(" {loss}"));
            lines.push(planned + &loss.unwrap_or_default());
            if let Some(why) = &start.progress.waits {
                lines.push(format!("It waits: {}.", one_line(&why.to_string(), 300)));
            }
        }
        (Some(start), _) => {
            let (who, when) = (name(&start.by), times::both(zone, start.begins));
            lines.push(format!("Started by {who} on {when}.{}", phase(start, zone)));
        }
        (None, Some(start)) => lines.extend(settled(start, zone)),
        (None, None) => {}
    }
    lines
}

/// The same for one window of a message.
pub(crate) fn of_item(item: &ContentItem, zone: Tz) -> Vec<String> {
    // What is no longer theirs is no longer their business.
    let concerns = item.withdrawn.is_none();
    if !concerns {
        return Vec::new();
    }
    let mut lines = responses(&item.actions, &item.window, zone);
    lines.extend(correction(item));
    lines
}

/// The name to show for somebody.
pub(crate) fn name(actor: &Actor) -> String {
    one_line(actor.name(), NAME)
}

/// How far a start under way is; empty where that is all there is to say.
pub(crate) fn phase(start: &StartSummary, zone: Tz) -> String {
    match start.progress.phase {
        Some(StartPhase::Unanswered) => {
            " It was sent, and Azure has not answered yet. It is not sent again.".to_owned()
        }
        Some(StartPhase::Running) => match start.progress.began {
            Some(began) => format!(" Azure works on it since {}.", times::clock(zone, began)),
            None => " Azure works on it.".to_owned(),
        },
        Some(StartPhase::Recovering) => {
            " Azure says that it is done; the machine does not show it yet.".to_owned()
        }
        Some(StartPhase::NotKnown { since }) => format!(
            " What became of it is not known since {}. Until Azure says it, the machine can be started again, or its \
             window ends, nothing else of its group is started.",
            times::both(zone, since)
        ),
        Some(StartPhase::Accepted | StartPhase::Waiting | StartPhase::Ended) | None => String::new(),
    }
}

/// When Azure worked on it and how long, where it said so.
fn took(start: &StartSummary, zone: Tz) -> String {
    match (start.progress.began, start.progress.succeeded) {
        (Some(began), Some(ended)) if began <= ended => format!(
            " Azure worked on it from {} to {} ({}).",
            times::clock(zone, began),
            times::clock(zone, ended),
            minutes((ended - began).num_minutes())
        ),
        _ => String::new(),
    }
}

fn minutes(count: i64) -> String {
    match count {
        0 => "less than a minute".to_owned(),
        1 => "a minute".to_owned(),
        several => format!("{several} minutes"),
    }
}

/// How a start ended, as sentences; `None` while it has not.
pub(crate) fn settled(start: &StartSummary, zone: Tz) -> Option<String> {
    let StartStatus::Settled { outcome, .. } = &start.status else { return None };
    let corrects = match (start.progress.not_known, outcome) {
        (Some(_), StartOutcome::NotKnown { .. }) | (None, _) => "",
        (Some(_), _) => "Correction: we said that what became of it was not known. ",
    };
    how_it_ended(start, outcome, zone).map(|ended| format!("{corrects}{ended}{}", took(start, zone)))
}

fn how_it_ended(start: &StartSummary, outcome: &StartOutcome, zone: Tz) -> Option<String> {
    let (who, when) = (name(&start.by), times::both(zone, start.begins));
    let started = format!("Started by {who} on {when}");
    let planned = format!("The start that {who} planned for {when}");
    Some(match outcome {
        StartOutcome::Completed { well: true } => format!("{started}: completed, and it runs again."),
        StartOutcome::Completed { well: false } => format!(
            "{started}: completed, but the machine was not seen running and well within half an hour. Look at it."
        ),
        StartOutcome::Unconfirmed => format!(
            "{started}: Azure says that it is done; the machine does not show it yet. Look at it in Azure’s portal."
        ),
        StartOutcome::RetryLater { message, again } => {
            let again = match (again.at_once, again.until) {
                (true, Some(until)) => format!("it can be tried again until {}", times::both(zone, until)),
                (false, Some(until)) => format!(
                    "it may be tried again once Azure accepts that, until {}",
                    times::both(zone, until)
                ),
                (_, None) => "it may be tried again".to_owned(),
            };
            format!("{started}: Azure could not do it then; {again}.{}", says(message.as_deref()))
        }
        StartOutcome::Skipped { message } => format!(
            "{started}: Azure broke it off, leaves the machine out of its own window and plans new dates.{}",
            says(message.as_deref())
        ),
        StartOutcome::Forbidden { code, message } => {
            let code = one_line(code, 60);
            format!(
                "{started}: Azure does not let whoever asked start it ({code}). {}{}",
                way_out(&code).unwrap_or("It can be started in Azure’s portal."),
                says(Some(message))
            )
        }
        StartOutcome::Refused { code, message } => {
            let code = format!(" ({})", one_line(code, 60));
            format!("{started}: Azure refused it{code}.{}", says(Some(message)))
        }
        StartOutcome::NotBegun { reason } => {
            let subject =
                if start.decided < start.begins { planned } else { format!("The start by {who} on {when}") };
            format!("{subject} was not begun: {}.", one_line(&reason.to_string(), 300))
        }
        StartOutcome::CalledOff => format!("{planned} was called off. Nothing was done."),
        StartOutcome::NeverReceived => {
            format!("{started}: Azure never received it. Nothing was done, and it may be started again.")
        }
        StartOutcome::Gone => format!("{started}: the machine no longer exists."),
        StartOutcome::NotKnown { released } => {
            let now = match released {
                ReleasedBy::Status => {
                    "The machine’s own record lets it be started again, so it may be.".to_owned()
                }
                ReleasedBy::Window => "Its window is over.".to_owned(),
                ReleasedBy::Operator { name } => {
                    format!("{} says that nothing runs any more.", one_line(name, NAME))
                }
            };
            format!("{started}: it is not known what became of it. {now}")
        }
        StartOutcome::Unknown => format!(
            "{started}: what became of it could not be found out within six hours. Look at it in Azure’s portal."
        ),
    })
}

/// What lets a machine be started that Azure keeps from it, where that is not somebody with more rights.
pub(crate) fn way_out(code: &str) -> Option<&'static str> {
    match code {
        "RequestDisallowedByPolicy" => Some(
            "A policy of your organisation forbids it: ask whoever keeps it for an exemption, then start it again.",
        ),
        "ScopeLocked" => Some(
            "A lock on the machine or around it forbids it: remove it, start the machine, and put it back.",
        ),
        _ => None,
    }
}

/// What Azure says against what a start came to, when it says so later.
fn correction(item: &ContentItem) -> Option<String> {
    let start = item.actions.last_settled()?;
    let StartStatus::Settled { at, outcome } = &start.status else { return None };
    let window = &item.window;
    if start.revision != window.revision || window.changed <= *at {
        return None;
    }
    let says_done = window.status() == MaintenanceStatus::AlreadyUpdated;
    let was_tried = outcome.disturbed() || matches!(outcome, StartOutcome::Refused { .. });
    let was_done = matches!(outcome, StartOutcome::Completed { .. } | StartOutcome::Unconfirmed);
    match (item.actions.is_contradicted(window), says_done && !was_done) {
        (true, _) => Some(format!(
            "Correction: we said that it was done; Azure says that it was not.{}",
            says(window.facts.last_message.as_deref())
        )),
        (false, true) if was_tried => {
            Some("Correction: we said that it had not succeeded; Azure says that it is done.".to_owned())
        }
        _ => None,
    }
}

fn says(message: Option<&str>) -> String {
    let message = message.map(|message| one_line(message, 300)).filter(|message| !message.is_empty());
    message.map(|message| format!(" Azure says: “{message}”")).unwrap_or_default()
}
