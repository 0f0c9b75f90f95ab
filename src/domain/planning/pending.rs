//! What a recipient should have been told by now and was not: stage by stage, window by window.

use chrono::{DateTime, Utc};

use super::digest::NEAR;
use super::history::{NotificationHistory, WindowHistory};
use super::input::PlanningInput;
use super::pending_notification::PendingNotification;
use super::pending_stage::PendingStage;
use super::reminder_clock::ReminderClock;
use super::reminder_state::ReminderState;
use super::{channels, coverage, escalation, muted, responses, summaries};
use crate::domain::action::response::StartStatus;
use crate::domain::action::start::StartOutcome;
use crate::domain::assignment::Assignment;
use crate::domain::message::Item;
use crate::domain::ownership::handed_back;
use crate::domain::recipient::Preferences;
use crate::domain::stage::{END, Stage};
use crate::domain::window::{EndReason, LastResult, MaintenanceStatus, MaintenanceWindow, WindowState};

/// Everything that should have been told by `now` and was not, in order of window.
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
        let history = history.of(&window.id);
        let items = match history {
            None if assignment.is_only_escalated() => {
                escalation::due(assignment, None, &reminder_clock, now).into_iter().collect()
            }
            None => announcement(assignment, now),
            Some(history) => changes(input, &reminder_clock, assignment, history, now),
        };
        let items =
            items.into_iter().filter(|moment| !muted::holds(input, &reminder_clock, assignment, moment, now));
        pending.extend(items.map(|moment| stage_wanted(assignment, moment, now)));
        pending.extend(imminent(assignment, history, now));
    }
    let notes = muted::notes(input, now).into_iter();
    let untold = notes.filter(|(note, arises)| !history.knows(note, *arises));
    pending.extend(
        untold.map(|(operator_alert, arises)| PendingNotification::OperatorAlert { operator_alert, arises }),
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
        if let crate::domain::planning::input::GoLive::Since(arises) = input.go_live
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

fn stage_wanted(
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
        own: moment.start.is_some_and(|start| responses::is_own(assignment, start)),
    }
}

/// What Azure announced minutes ahead, once for each event, to whoever is responsible.
fn imminent(
    assignment: &Assignment,
    history: Option<&WindowHistory>,
    now: DateTime<Utc>,
) -> Vec<PendingNotification> {
    let window = &assignment.window;
    // Whoever would have been turned to later was not turned to.
    let stranger = assignment.is_only_escalated() && history.is_none();
    if assignment.withdrawn.is_some() || window.is_over() || stranger {
        return Vec::new();
    }
    let untold =
        window.imminent(now).filter(|event| !history.is_some_and(|history| history.has_event(&event.id)));
    let pending = untold.map(|event| PendingNotification::Stage {
        item: Item {
            window: window.id.clone(),
            stage: Stage::Imminent,
            revision: window.revision,
            step: None,
            event: Some(event.id.clone()),
        },
        arises: event.at.min(now),
        deadline: event.not_before,
        own: false,
    });
    pending.collect()
}

/// A window that the recipient does not know of. What is over, or long past its dates, is not announced any more.
fn announcement(assignment: &Assignment, now: DateTime<Utc>) -> Vec<PendingStage<'_>> {
    let window = &assignment.window;
    let past = window.facts.schedule.end().is_some_and(|end| end <= now);
    if assignment.withdrawn.is_some() || window.is_over() || past {
        return Vec::new();
    }
    // What became of an attempt before we looked is told with the announcement.
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
        moments.extend(of_time(&input.recipient.preferences, reminder_clock, assignment, history, now));
    }
    let back = handed_back(&assignment.actions, &assignment.recipient)
        .filter(|back| history.last_of(Stage::HandedBack).max(history.known_since()) < Some(*back));
    moments.extend(back.map(|back| PendingStage::new(Stage::HandedBack, None, back)));
    moments.extend(starts);
    moments
}

/// That nothing is left to happen: since when that is known, and how it is told.
fn end(window: &MaintenanceWindow) -> Option<PendingStage<'static>> {
    match window.state {
        WindowState::Ended { at, why } => Some(PendingStage::new(end_stage(why), None, at)),
        WindowState::Open if window.status() == MaintenanceStatus::AlreadyUpdated => {
            Some(PendingStage::new(Stage::Completed, None, window.changed))
        }
        WindowState::Open => None,
    }
}

/// What is told of a window that is over. As long as a start is under way its outcome is still to come, and tells
/// the end too.
fn of_end<'a>(
    assignment: &Assignment,
    starts: Vec<PendingStage<'a>>,
    end: PendingStage<'a>,
) -> Vec<PendingStage<'a>> {
    let open = assignment.actions.open_start().is_some_and(|start| start.status == StartStatus::UnderWay);
    let told_by_start = starts.iter().any(|moment| moment.stage == Stage::Completed);
    let end = (assignment.withdrawn.is_some() || !open && !told_by_start).then_some(end);
    let still = |moment: &PendingStage<'_>| moment.stage != Stage::Planned;
    starts.into_iter().filter(still).chain(end).collect()
}

/// Whether what Azure says of the last attempt is about a start that we follow: then its outcome is told, once.
fn is_of_our_start(assignment: &Assignment, stage: Stage) -> bool {
    assignment.actions.starts.iter().filter(|start| start.revision == assignment.window.revision).any(
        |start| match &start.status {
            StartStatus::UnderWay => true,
            StartStatus::Settled {
                outcome: outcome @ (StartOutcome::Skipped { .. } | StartOutcome::RetryLater { .. }),
                ..
            } => responses::stage_of(outcome) == stage,
            _ => false,
        },
    )
}

fn end_stage(why: EndReason) -> Stage {
    match why {
        EndReason::Completed => Stage::Completed,
        EndReason::Cancelled => Stage::Cancelled,
        EndReason::Deleted | EndReason::Moved | EndReason::NoLongerPlanned => Stage::NoLongerPlanned,
    }
}

/// What became of an attempt to start it.
fn attempted(window: &MaintenanceWindow) -> Option<Stage> {
    match (window.status(), &window.facts.last_result) {
        (MaintenanceStatus::Skipped, _) => Some(Stage::Skipped),
        (_, LastResult::RetryLater | LastResult::MaintenanceAborted) => Some(Stage::Failed),
        _ => None,
    }
}

/// What comes with time alone. Steps that passed before the dates were told are dropped.
fn of_time(
    preferences: &Preferences,
    reminder_clock: &ReminderClock<'_>,
    assignment: &Assignment,
    history: &WindowHistory,
    now: DateTime<Utc>,
) -> Vec<PendingStage<'static>> {
    let window = &assignment.window;
    let revision = window.revision;
    let attention = ReminderState::of(window, &assignment.actions);
    if attention == ReminderState::Taken {
        return Vec::new();
    }
    let since = attention.since(history.since(revision).unwrap_or(now));
    let mut moments = Vec::new();
    let for_owner = !window.is_left_to_azure();
    if let Some(self_service) = window.facts.schedule.self_service.filter(|_| for_owner) {
        let (start, end) = (self_service.start(), self_service.end());
        let startable = window.can_still_be_started(now);
        if since < start
            && start <= now
            && startable
            && window.facts.self_start_allowed
            && !history.has(Stage::SelfServiceOpen, revision)
        {
            moments.push(PendingStage::new(Stage::SelfServiceOpen, None, start));
        }
        if startable {
            let reminder =
                passed_step(attention.steps(&preferences.reminders, end, reminder_clock), end, now)
                    .filter(|(step, at)| since < *at && !history.has_step(Stage::Reminder, revision, *step));
            moments.extend(reminder.map(|(step, at)| PendingStage::new(Stage::Reminder, Some(step), at)));
        }
        let still_to_come = window.facts.schedule.scheduled.is_some_and(|scheduled| now < scheduled.end());
        if since < end && end <= now && still_to_come && !history.has(Stage::SelfServiceClosed, revision) {
            moments.push(PendingStage::new(Stage::SelfServiceClosed, None, end));
        }
    }
    if let Some(scheduled) = window.facts.schedule.scheduled {
        let start = scheduled.start();
        let closed = window.facts.schedule.self_service.map(|it| it.end()).filter(|_| for_owner);
        if now < start && (!for_owner || !window.can_still_be_started(now)) {
            // The end of self-service is told with Azure's own dates: no step follows shortly after.
            let since = closed.filter(|end| *end <= now).map_or(since, |end| since.max(end + NEAR));
            let soon =
                passed_step(attention.steps(&preferences.scheduled, start, reminder_clock), start, now)
                    .filter(|(step, at)| {
                        since < *at && !history.has_step(Stage::ScheduledSoon, revision, *step)
                    });
            moments.extend(soon.map(|(step, at)| PendingStage::new(Stage::ScheduledSoon, Some(step), at)));
        }
        // Whoever heard shortly before that self-service is over heard of Azure's own window with it.
        let was_told = closed.is_some_and(|end| since < end && start - end <= NEAR);
        if since < start
            && start <= now
            && now < scheduled.end()
            && !was_told
            && !history.has(Stage::ScheduledOpen, revision)
        {
            moments.push(PendingStage::new(Stage::ScheduledOpen, None, start));
        }
    }
    moments
}

/// The nearest step before `deadline` that has come, with its moment. Earlier ones are dropped, not sent in a row.
fn passed_step(
    steps: Vec<(i64, DateTime<Utc>)>,
    deadline: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<(i64, DateTime<Utc>)> {
    steps.into_iter().filter(|(_, moment)| *moment <= now && now < deadline).min()
}

/// Every moment, past or to come, at which time alone could make something wanted.
pub fn moments(input: &PlanningInput<'_>, now: DateTime<Utc>) -> Vec<DateTime<Utc>> {
    let preferences = &input.recipient.preferences;
    let reminder_clock = ReminderClock::new(preferences);
    let mut moments = Vec::new();
    let open = input.assignments().filter(|assignment| assignment.withdrawn.is_none());
    for assignment in open.filter(|assignment| !assignment.window.is_over()) {
        let window = &assignment.window;
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
