//! What a recipient should have been notified of by now and was not: stage by stage, window by window.

use chrono::{DateTime, TimeDelta, Utc};

use super::ends::{attempted, end, is_of_our_start, of_end};
use super::history::{NotificationHistory, WindowHistory};
use super::input::{GoLive, PlanningInput};
use super::pending_notification::{PendingNotification, PendingReason};
use super::pending_stage::PendingStage;
use super::reminder_clock::ReminderClock;
use super::reminders::of_time;
use super::{channels, coverage, elsewhere, escalation, events, muted, passed, responses, summaries};
use crate::domain::assignment::Assignment;
use crate::domain::message::Item;
use crate::domain::ownership::{asked, gave_away, handed_back};
use crate::domain::stage::{END, Stage};
use crate::domain::window::MaintenanceWindow;

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
        let history = history.of(&window.id).filter(|history| !is_back(window, history));
        let items = match history {
            _ if window.elsewhere.is_some() && window.is_open() => {
                let was_told = knows_elsewhere || history.is_some_and(|it| it.known_since().is_some());
                elsewhere::due(assignment, was_told, now).into_iter().collect()
            }
            None if assignment.is_only_escalated() => {
                escalation::due(assignment, None, &reminder_clock, now).into_iter().collect()
            }
            None => announcement(assignment, now),
            Some(history) => changes(input, &reminder_clock, assignment, history, now),
        };
        let items =
            items.into_iter().filter(|moment| !muted::holds(input, &reminder_clock, assignment, moment, now));
        pending.extend(items.map(|moment| stage_notification(assignment, moment, now)));
        pending.extend(events::due(input, &reminder_clock, assignment, history, unconfirmed, now));
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

/// Whether the recipient was told that the window is over, and it is not.
fn is_back(window: &MaintenanceWindow, history: &WindowHistory) -> bool {
    let told = [Stage::NoLongerPlanned, Stage::Cancelled];
    window.is_open() && told.into_iter().any(|stage| history.has_any(stage))
}

fn stage_notification(
    assignment: &Assignment,
    moment: PendingStage<'_>,
    now: DateTime<Utc>,
) -> PendingNotification {
    let window = &assignment.window;
    let planned = moment.start.filter(|_| moment.stage == Stage::Planned).map(|start| start.begins);
    PendingNotification::Stage {
        item: Item {
            window: window.id.clone(),
            stage: moment.stage,
            // A start belongs to the dates for which it was decided, whatever they are now.
            revision: moment.start.map_or(window.revision, |start| start.revision),
            step: moment.step,
            event: moment.start.map(|start| start.id.to_string()),
        },
        arises: moment.at,
        deadline: planned.or_else(|| window.deadline(now)),
        reason: reason(assignment, moment),
    }
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
        (None, None) => PendingReason::News,
    }
}

/// A window that the recipient does not know of. What is over, or long past its dates, is not announced any more.
fn announcement(assignment: &Assignment, now: DateTime<Utc>) -> Vec<PendingStage<'_>> {
    let window = &assignment.window;
    if assignment.withdrawn.is_some() || window.is_over() || window.is_past(now) {
        return Vec::new();
    }
    // What became of an attempt before we looked is reported with the announcement.
    let attempt = attempted(window).map(|stage| PendingStage::new(stage, None, assignment.since));
    let announced = PendingStage::new(Stage::Announced, None, assignment.since);
    std::iter::once(announced).chain(attempt).chain(responses::with_announcement(assignment)).collect()
}

/// A window that the recipient knows of.
fn changes<'a>(
    input: &PlanningInput<'_>,
    reminder_clock: &ReminderClock<'_>,
    assignment: &'a Assignment,
    history: &WindowHistory,
    now: DateTime<Utc>,
) -> Vec<PendingStage<'a>> {
    let window = &assignment.window;
    if END.into_iter().any(|stage| history.has_any(stage)) && window.is_over() {
        return Vec::new();
    }
    let withdrawn = assignment.withdrawn.as_ref();
    let starts = match withdrawn {
        None => responses::of_starts(assignment, history, reminder_clock, now),
        Some(_) => Vec::new(),
    };
    if let Some(end) = end(window) {
        return of_end(assignment, starts, end);
    }
    if let Some(withdrawn) = withdrawn {
        return vec![PendingStage::new(Stage::Reassigned, None, withdrawn.at)];
    }
    let mut moments = Vec::new();
    if history.revision() < Some(window.revision) {
        let seen = window.history.iter().find(|record| record.revision == window.revision);
        let at = seen.map_or(window.changed, |record| record.seen);
        moments.push(PendingStage::new(Stage::Rescheduled, None, at));
    }
    let attempted = attempted(window).filter(|stage| {
        !history.has_from_azure(*stage, window.revision) && !is_of_our_start(assignment, *stage)
    });
    moments.extend(attempted.map(|stage| PendingStage::new(stage, None, window.changed)));
    if assignment.is_only_escalated() {
        // What comes with time alone is for those who are responsible.
        moments.extend(escalation::due(assignment, Some(history), reminder_clock, now));
    } else if moments.is_empty() {
        moments.extend(passed::due(assignment, history, now));
        moments.extend(of_time(&input.recipient.preferences, reminder_clock, assignment, history, now));
    }
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
        moments.extend(window.elsewhere.map(|it| it.since.max(assignment.since) + elsewhere::PATIENCE));
        moments.extend(window.facts.schedule.end().map(|end| end + passed::OWNER_AFTER));
        moments.extend(responses::moments(assignment, &reminder_clock));
        moments.extend(escalation::steps(assignment, &reminder_clock, now).into_iter().map(|(_, at)| at));
        if let Some(self_service) = window.facts.schedule.self_service {
            moments.extend([self_service.start(), self_service.end()]);
            moments.extend(
                preferences.reminders.iter().map(|step| reminder_clock.moment(self_service.end() - *step)),
            );
        }
        if let Some(scheduled) = window.facts.schedule.scheduled {
            moments.extend([scheduled.start(), scheduled.end()]);
            moments.extend(
                preferences.scheduled.iter().map(|step| reminder_clock.moment(scheduled.start() - *step)),
            );
        }
    }
    moments.extend(muted::moments(input, &reminder_clock, now));
    moments
}
