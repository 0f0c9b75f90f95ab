//! How a start ended.

use super::super::times;
use super::actor::name;
use super::machine::NAME;
use super::refusal::refusal;
use super::sentences::sentences;
use crate::domain::action::response::{StartStatus, StartSummary};
use crate::domain::action::start::{ReleasedBy, StartOutcome};
use crate::domain::message_content::ContentItem;
use crate::domain::sanitize::one_line;
use crate::domain::window::MaintenanceStatus;
use crate::words::{self, Language, Locale};

/// How a start ended, as sentences; `None` while it has not.
pub(crate) fn settled(start: &StartSummary, reader: impl Into<Locale>) -> Option<String> {
    let reader = reader.into();
    let StartStatus::Settled { outcome, .. } = &start.status else { return None };
    let corrects = match (start.progress.not_known, outcome) {
        (Some(_), StartOutcome::NotKnown { .. }) | (None, _) => None,
        (Some(_), _) => Some(words::corrects_not_known(reader.language)),
    };
    let ended = how_it_ended(start, outcome, reader);
    Some(sentences(corrects.into_iter().chain([ended]).chain(took(start, reader))))
}

/// How long Azure worked on it, in words, where it said so.
pub(crate) fn length(start: &StartSummary, language: Language) -> Option<String> {
    let (began, ended) = (start.progress.began?, start.progress.succeeded?);
    let minutes = usize::try_from((ended - began).num_minutes()).ok()?;
    Some(match minutes {
        0 => words::less_than_a_minute(language),
        minutes => words::length(language, minutes, "minutes"),
    })
}

/// When Azure worked on it and how long, where it said so.
fn took(start: &StartSummary, reader: Locale) -> Option<String> {
    let (began, ended) = (start.progress.began?, start.progress.succeeded?);
    let length = length(start, reader.language)?;
    let clock = |moment| times::clock(reader, moment);
    Some(words::took(reader.language, &clock(began), &length, &clock(ended)))
}

fn how_it_ended(start: &StartSummary, outcome: &StartOutcome, reader: Locale) -> String {
    let language = reader.language;
    let (by, at) = (name(&start.by), times::both(reader, start.begins));
    let said = |message: Option<&str>| says(message, language);
    let (what, azure) = match outcome {
        StartOutcome::Completed { well: true } => (words::ended_well(language), None),
        StartOutcome::Completed { well: false } => (words::ended_unseen(language), None),
        StartOutcome::Unconfirmed => (words::ended_unconfirmed(language), None),
        StartOutcome::RetryLater { message, again } => {
            let until = again.until.map(|until| times::both(reader, until));
            let what = match (again.at_once, until) {
                (true, Some(until)) => words::ended_retry_until(language, &until),
                (false, Some(until)) => words::ended_retry_later(language, &until),
                (_, None) => words::ended_retry(language),
            };
            (what, said(message.as_deref()))
        }
        StartOutcome::Skipped { message } => (words::ended_skipped(language), said(message.as_deref())),
        StartOutcome::Forbidden { code, message } => {
            let code = one_line(code, 60);
            let hint = hint(language, &code).unwrap_or_else(|| words::hint_portal(language));
            (words::ended_forbidden(language, &code, &hint), said(Some(message)))
        }
        StartOutcome::Refused { code, message } => {
            (words::ended_refused(language, &one_line(code, 60)), said(Some(message)))
        }
        StartOutcome::NotBegun { reason } => {
            let why = refusal(language, reason);
            return match start.decided < start.begins {
                true => words::ended_not_begun_planned(language, &at, &by, &why),
                false => words::ended_not_begun(language, &at, &by, &why),
            };
        }
        StartOutcome::CalledOff => return words::ended_called_off(language, &at, &by),
        StartOutcome::NeverReceived => (words::ended_never_received(language), None),
        StartOutcome::Gone => (words::ended_gone(language), None),
        StartOutcome::NotKnown { released } => {
            let now = match released {
                ReleasedBy::Status => words::released_status(language),
                ReleasedBy::Window => words::released_window(language),
                ReleasedBy::Operator { name } => words::released_operator(language, &one_line(name, NAME)),
            };
            (words::ended_not_known(language, &now), None)
        }
        StartOutcome::Unknown => (words::ended_unknown(language), None),
    };
    sentences([Some(words::start_of(language, &at, &by, &what)), azure].into_iter().flatten())
}

/// What lets a machine be started that Azure keeps from it, where that is not somebody with more rights.
pub(crate) fn hint(language: Language, code: &str) -> Option<String> {
    match code {
        "RequestDisallowedByPolicy" => Some(words::hint_policy(language)),
        "ScopeLocked" => Some(words::hint_lock(language)),
        _ => None,
    }
}

/// What Azure says against the reported result of a start, when it says so later.
pub(super) fn correction(item: &ContentItem, language: Language) -> Option<String> {
    let start = item.actions.last_settled()?;
    let StartStatus::Settled { at, outcome } = &start.status else { return None };
    let window = &item.window;
    if !start.is_judged_by(window) || window.changed <= *at {
        return None;
    }
    let says_done = window.status() == MaintenanceStatus::AlreadyUpdated;
    let was_tried = outcome.disturbed() || matches!(outcome, StartOutcome::Refused { .. });
    let was_done = matches!(outcome, StartOutcome::Completed { .. } | StartOutcome::Unconfirmed);
    match (item.actions.is_contradicted(window), says_done && !was_done) {
        (true, _) => {
            let azure = says(window.facts.last_message.as_deref(), language);
            Some(sentences([Some(words::corrects_done(language)), azure].into_iter().flatten()))
        }
        (false, true) if was_tried => Some(words::corrects_failed(language)),
        _ => None,
    }
}

fn says(message: Option<&str>, language: Language) -> Option<String> {
    let message = message.map(|message| one_line(message, 300)).filter(|message| !message.is_empty())?;
    Some(words::azure_says(language, &message))
}
