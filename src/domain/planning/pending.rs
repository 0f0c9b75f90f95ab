//! What a recipient should have been notified of by now and was not: stage by stage, window by window.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::ends::{attempted, end, is_of_our_start, is_under_way, of_end};
use super::history::{NotificationHistory, WindowHistory};
use super::input::{GoLive, PlanningInput};
use super::pending_notification::{PendingNotification, PendingReason};
use super::pending_stage::PendingStage;
use super::reminder_clock::ReminderClock;
use super::reminders::of_time;
use super::{
    channels, coverage, elsewhere, escalation, events, muted, own_starts, passed, responses, self_start,
    summaries,
};
use crate::domain::action::response::StartSummary;
use crate::domain::assignment::Assignment;
use crate::domain::message::Item;
use crate::domain::ownership::{asked, gave_away, handed_back};
use crate::domain::stage::{END, Stage};

/// That somebody was asked to take a window over is news for as long.
const HANDED_OVER: TimeDelta = TimeDelta::days(1);

/// Everything that should have been reported by `now` and was not, in order of window.
pub fn pending(
    input: &PlanningInput<'_>,
    history: &NotificationHistory,
    now: DateTime<Utc>,
) -> Vec<PendingNotification> {
    let mut assignments: Vec<&Assignment> = input.assignments().collect();
    assignments.sort_by(|a, b| a.window.id.cmp(&b.window.id));
    let reminder_clock = ReminderClock::new(&input.recipient.preferences);
    let mut pending = Vec::new();
    for assignment in assignments {
        let window = &assignment.window;
        let unconfirmed = history.unconfirmed(&window.id);
        let knows_elsewhere = history.knows_elsewhere(&window.id);
        // Whoever was only told how their own starts of it ended does not know it as theirs.
        let known = history.of(window, now);
        let known = known.filter(|known| !own_starts::is_all_that_is_known(assignment, known));
        let ends = own_starts::unreported_ends(assignment, history, now);
        let whole = history;
        let history = known.as_ref();
        let items = match history {
            _ if window.elsewhere.is_some() && window.is_open() => {
                let was_notified = knows_elsewhere || history.is_some_and(|it| it.known_since().is_some());
                elsewhere::due(assignment, was_notified, now).into_iter().collect()
            }
            None if assignment.is_only_escalated() => {
                escalation::due(assignment, None, &reminder_clock, now).into_iter().chain(ends).collect()
            }
            None => announcement(assignment, ends, now),
            Some(history) => changes(input, &reminder_clock, assignment, history, ends, now),
        };
        let items =
            items.into_iter().filter(|moment| !muted::holds(input, &reminder_clock, assignment, moment, now));
        let items = items.map(|moment| stage_notification(input, assignment, moment, now));
        // Whatever holds parts of it back: what was told is not wanted again for as long as it is true.
        let is_known = |pending: &PendingNotification| {
            pending.item().is_some_and(|item| !can_come_back(item.stage) && whole.was_notified(item))
        };
        let events = events::due(input, &reminder_clock, assignment, history, unconfirmed, now);
        pending.extend(items.chain(events).filter(|pending| !is_known(pending)));
    }
    let notes = muted::notes(input, now).into_iter();
    let unreported = notes.filter(|(note, arises)| !history.knows(note, *arises));
    pending.extend(
        unreported
            .map(|(operator_alert, arises)| PendingNotification::OperatorAlert { operator_alert, arises }),
    );
    if input.operator {
        let unknown = input
            .operator_alerts
            .iter()
            .filter(|(arises, operator_alert)| !history.knows(operator_alert, *arises));
        pending.extend(unknown.map(|(arises, operator_alert)| PendingNotification::OperatorAlert {
            operator_alert: operator_alert.clone(),
            arises: *arises,
        }));
        if let GoLive::Since(arises) = input.go_live
            && !history.past.go_live
        {
            pending.push(PendingNotification::GoLive { arises });
        }
    }
    pending.extend(coverage::due(input, history).map(|arises| PendingNotification::Coverage { arises }));
    let heartbeat = channels::heartbeat(input, history).filter(|arises| *arises <= now);
    pending.extend(heartbeat.map(|arises| PendingNotification::Heartbeat { arises }));
    let summary = summaries::slot(input, history.past.last_summary, now).filter(|slot| *slot <= now);
    pending.extend(summary.map(|slot| PendingNotification::Summary { slot }));
    pending
}

fn stage_notification(
    input: &PlanningInput<'_>,
    assignment: &Assignment,
    moment: PendingStage<'_>,
    now: DateTime<Utc>,
) -> PendingNotification {
    let window = &assignment.window;
    // Somebody can be asked again: each time is told once.
    let asked = matches!(moment.stage, Stage::HandedOver | Stage::HandedBack);
    let asked = asked.then(|| moment.at.to_rfc3339_opts(SecondsFormat::Millis, true));
    let planned = moment.start.filter(|_| moment.stage == Stage::Planned).map(|start| start.begins);
    PendingNotification::Stage {
        item: Item {
            window: window.id.clone(),
            stage: moment.stage,
            // A start belongs to the dates for which it was decided, whatever they are now.
            revision: moment.start.map_or(window.revision, |start| start.revision),
            step: moment.step,
            event: moment.start.map(|start| start.id.to_string()).or(asked),
            dates: moment.start.map_or_else(|| window.drifted_dates(), |_| None),
            start: self_start::reported(input, assignment, now)
                .filter(|_| self_start::reports_start(moment.stage)),
        },
        arises: moment.at,
        deadline: planned.or_else(|| window.deadline(now)),
        reason: reason(assignment, moment),
    }
}

/// Whether a stage can become true again in the same words, after something else was told: dates that come back, and
/// self-service that opens again.
fn can_come_back(stage: Stage) -> bool {
    matches!(stage, Stage::Rescheduled | Stage::SelfServiceOpen | Stage::SelfServiceClosed)
}

fn reason(assignment: &Assignment, moment: PendingStage<'_>) -> PendingReason {
    match (moment.step, moment.start) {
        (Some(_), Some(_)) if moment.stage == Stage::Started => match moment.start {
            Some(start) if responses::is_own(assignment, start) => PendingReason::OwnStart,
            _ => PendingReason::OthersStart,
        },
        (Some(_), _) => PendingReason::DeadlineNear,
        (None, Some(start)) if responses::is_own(assignment, start) => PendingReason::OwnStart,
        (None, Some(_)) => PendingReason::OthersStart,
        (None, None) if moment.stage == Stage::HandedBack => PendingReason::HandedBack,
        (None, None) if moment.stage == Stage::HandedOver => PendingReason::HandedOver,
        (None, None)
            if moment.stage == Stage::Reassigned && gave_away(&assignment.actions, &assignment.recipient) =>
        {
            PendingReason::HandedOver
        }
        // Whoever was told of an outcome that is another one hears that as they heard of the first.
        (None, None) => match corrected(assignment, moment.stage) {
            Some(start) if responses::is_own(assignment, start) => PendingReason::OwnStart,
            Some(_) => PendingReason::OthersStart,
            None => PendingReason::News,
        },
    }
}

/// The start of which `stage` says that its reported outcome is another one.
fn corrected(assignment: &Assignment, stage: Stage) -> Option<&StartSummary> {
    let says_not = matches!(stage, Stage::Failed | Stage::Skipped);
    let contradicted = says_not && assignment.actions.is_contradicted(&assignment.window);
    assignment.actions.last_settled().filter(|_| contradicted)
}

/// What is reported of a window that the recipient does not know of.
fn announcement<'a>(
    assignment: &'a Assignment,
    ends: Vec<PendingStage<'a>>,
    now: DateTime<Utc>,
) -> Vec<PendingStage<'a>> {
    let Some(announced) = announced(assignment, now) else { return ends };
    // What became of an attempt before we looked is reported with the announcement.
    let attempt = attempted(&assignment.window).filter(|_| !is_under_way(assignment));
    let attempt = attempt.filter(|stage| !ends.iter().any(|end| end.stage == *stage));
    let attempt = attempt.map(|stage| PendingStage::new(stage, None, assignment.since));
    let with_it = attempt.into_iter().chain(responses::with_announcement(assignment));
    std::iter::once(announced).chain(with_it).chain(ends).collect()
}

/// That the window is the recipient's. What is over or done, or long past its dates, is not announced any more.
fn announced(assignment: &Assignment, now: DateTime<Utc>) -> Option<PendingStage<'static>> {
    let window = &assignment.window;
    let is_done =
        assignment.actions.completed(window.revision) && !assignment.actions.is_contradicted(window);
    let is_open = assignment.withdrawn.is_none() && !window.is_over() && !is_done && !window.is_past(now);
    is_open.then(|| PendingStage::new(Stage::Announced, None, assignment.since))
}

/// A window that the recipient knows of.
fn changes<'a>(
    input: &PlanningInput<'_>,
    reminder_clock: &ReminderClock<'_>,
    assignment: &'a Assignment,
    history: &WindowHistory,
    ends: Vec<PendingStage<'a>>,
    now: DateTime<Utc>,
) -> Vec<PendingStage<'a>> {
    let window = &assignment.window;
    if END.into_iter().any(|stage| history.has_any(stage)) && window.is_over() {
        return Vec::new();
    }
    let withdrawn = assignment.withdrawn.as_ref();
    let starts = match withdrawn {
        None => responses::of_starts(assignment, history, reminder_clock, now),
        Some(_) => ends.clone(),
    };
    if let Some(end) = end(window) {
        return of_end(assignment, starts, end);
    }
    // Who was responsible and is only escalated to from now on is so no longer.
    let escalated = (assignment.is_only_escalated() && history.is_announced()).then_some(assignment.since);
    if let Some(at) = withdrawn.map(|withdrawn| withdrawn.at).or(escalated) {
        let left = PendingStage::new(Stage::Reassigned, None, at);
        return std::iter::once(left).chain(ends).collect();
    }
    let mut moments = Vec::new();
    if !history.is_announced() && !assignment.is_only_escalated() {
        moments.extend(announced(assignment, now));
    } else if history.since().is_none() {
        let at = window.dated_since().unwrap_or(window.changed);
        moments.push(PendingStage::new(Stage::Rescheduled, None, at));
    }
    let dates_are_known = moments.is_empty();
    let attempted =
        attempted(window).filter(|stage| !history.has_from_azure(*stage) && !is_of_our_start(assignment));
    moments.extend(attempted.map(|stage| PendingStage::new(stage, None, window.changed)));
    if assignment.is_only_escalated() {
        // What comes with time alone is for those who are responsible.
        moments.extend(escalation::due(assignment, Some(history), reminder_clock, now));
    } else if dates_are_known {
        // Whatever else is reported: what is true beside it goes with it, and not in another message a minute later.
        moments.extend(passed::due(assignment, history, now));
        moments.extend(of_time(&input.recipient.preferences, reminder_clock, assignment, history, now));
    }
    // What became of a start says with it whether another is accepted.
    let is_alone = moments.is_empty() && starts.is_empty();
    moments.extend(self_start::turned(input, assignment, history, now).filter(|_| is_alone));
    let back = handed_back(&assignment.actions, &assignment.recipient)
        .filter(|back| history.last_of(Stage::HandedBack).max(history.known_since()) < Some(*back));
    moments.extend(back.map(|back| PendingStage::new(Stage::HandedBack, None, back)));
    moments.extend(handed_over(assignment, history, now));
    moments.extend(starts);
    moments
}

/// That somebody was asked to take the window over. Every owner hears of it, whoever asked: a link may be in other hands.
fn handed_over<'a>(
    assignment: &'a Assignment,
    history: &WindowHistory,
    now: DateTime<Utc>,
) -> Option<PendingStage<'a>> {
    let (to, record) = asked(&assignment.actions)?;
    let concerns =
        *to != assignment.recipient && !assignment.is_only_escalated() && now - record.at < HANDED_OVER;
    let unreported = history.last_of(Stage::HandedOver).max(history.known_since()) < Some(record.at);
    (concerns && unreported).then(|| PendingStage::new(Stage::HandedOver, None, record.at))
}

/// Every moment, past or to come, at which time alone could make something pending.
pub fn moments(input: &PlanningInput<'_>, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let preferences = &input.recipient.preferences;
    let reminder_clock = ReminderClock::new(preferences);
    let mut moments = Vec::new();
    let open = input.assignments().filter(|assignment| assignment.withdrawn.is_none());
    for assignment in open.filter(|assignment| !assignment.window.is_over()) {
        let window = &assignment.window;
        moments.extend(events::moments(preferences, &reminder_clock, window));
        moments.extend(window.elsewhere.map(|it| it.since.max(assignment.since) + elsewhere::NOTIFY_AFTER));
        moments.extend(window.facts.schedule.end().map(|end| end + passed::OWNER_AFTER));
        moments.extend(responses::moments(assignment, &reminder_clock));
        moments.extend(escalation::steps(assignment, &reminder_clock, now).into_iter().map(|(_, at)| at));
        if let Some(self_service) = window.facts.schedule.self_service {
            moments.extend([self_service.start(), self_service.end()]);
            moments.extend(
                preferences.reminders.iter().map(|step| reminder_clock.step(self_service.end() - *step)),
            );
        }
        if let Some(scheduled) = window.facts.schedule.scheduled {
            moments.extend([scheduled.start(), scheduled.end()]);
            moments.extend(
                preferences.scheduled.iter().map(|step| reminder_clock.step(scheduled.start() - *step)),
            );
        }
    }
    moments.extend(muted::moments(input, &reminder_clock, now));
    moments
}
