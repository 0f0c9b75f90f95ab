//! What whoever started a machine hears of it, though it was not announced to them, or is no longer theirs: how it ended.

use chrono::{DateTime, TimeDelta, Utc};

use super::history::{NotificationHistory, WindowHistory};
use super::pending_stage::PendingStage;
use super::responses::{NOT_KNOWN, stage_of_end};
use crate::domain::action::response::{StartStatus, StartSummary};
use crate::domain::assignment::Assignment;
use crate::domain::message::Item;
use crate::domain::stage::Stage;

/// What ended longer ago than this is no news to whoever started it any more.
const NEWS: TimeDelta = TimeDelta::days(14);

/// How late an end can be looked at: something else can leave in the same minutes.
const LATE: TimeDelta = TimeDelta::minutes(5);

/// How the starts that the recipient decided ended, as far as they were not told.
pub(super) fn unreported_ends<'a>(
    assignment: &'a Assignment,
    history: &NotificationHistory<'_>,
    now: DateTime<Utc>,
) -> Vec<PendingStage<'a>> {
    let window = &assignment.window.id;
    let last = history.last_of(window);
    let is_news = |end: &PendingStage<'_>| {
        // Whoever heard of the machine since knows how it stands.
        now - end.at < NEWS && last.is_none_or(|last| last <= end.at + LATE)
    };
    let was_notified = |end: &PendingStage<'_>| {
        end.start.is_some_and(|start| history.notified_of_start(window, end.stage, end.step, &start.id))
    };
    own(assignment).filter_map(end).filter(|end| is_news(end) && !was_notified(end)).collect()
}

/// Whether all that somebody was told of a machine is how their own starts of it ended: nobody said that it is theirs.
pub(super) fn is_all_that_is_known(assignment: &Assignment, history: &WindowHistory<'_>) -> bool {
    let is_own_end = |item: &Item| {
        let of_own = own(assignment).any(|start| item.event.as_deref() == Some(start.id.as_str()));
        let is_end = item.step == Some(NOT_KNOWN) || !matches!(item.stage, Stage::Planned | Stage::Started);
        item.is_of_start() && of_own && is_end
    };
    history.consists_of(is_own_end)
}

fn own(assignment: &Assignment) -> impl Iterator<Item = &StartSummary> {
    assignment
        .actions
        .starts
        .iter()
        .filter(|start| start.by.recipient.as_ref() == Some(&assignment.recipient))
}

fn end(start: &StartSummary) -> Option<PendingStage<'_>> {
    match (&start.status, start.progress.not_known) {
        (StartStatus::Settled { at, outcome }, _) => {
            Some(PendingStage::of(start, stage_of_end(start, outcome), *at))
        }
        (StartStatus::UnderWay, Some(since)) => {
            Some(PendingStage { step: Some(NOT_KNOWN), ..PendingStage::of(start, Stage::Started, since) })
        }
        _ => None,
    }
}
