//! What people did about a window, as planning sees it: which reminders it still needs, and what is told of starts.

use chrono::{DateTime, TimeDelta, Utc};

use super::history::WindowHistory;
use super::timing::ReminderClock;
use crate::domain::action::response::{Response, StartStatus, StartSummary, WindowActions};
use crate::domain::action::start::{StartOutcome, StartRefusal};
use crate::domain::assignment::Assignment;
use crate::domain::recipient::RecipientName;
use crate::domain::stage::Stage;
use crate::domain::window::MaintenanceWindow;

/// How long before it begins a planned start is named again to everyone who can object.
const ANNOUNCED_BEFORE: [TimeDelta; 2] = [TimeDelta::hours(48), TimeDelta::hours(1)];

/// One thing to tell of a window.
#[derive(Debug, Clone, Copy)]
pub struct PendingStage<'a> {
    /// What.
    pub stage: Stage,
    /// Which step of it, in minutes before its time.
    pub step: Option<i64>,
    /// Since when it is true.
    pub at: DateTime<Utc>,
    /// Of which start.
    pub start: Option<&'a StartSummary>,
}

impl<'a> PendingStage<'a> {
    /// A stage that comes from Azure's facts or with time.
    pub fn new(stage: Stage, step: Option<i64>, at: DateTime<Utc>) -> Self {
        Self { stage, step, at, start: None }
    }

    fn of(start: &'a StartSummary, stage: Stage, at: DateTime<Utc>) -> Self {
        Self { stage, step: None, at, start: Some(start) }
    }
}

/// How much attention a window still needs from its owners. Responses belong to the window: it is the same for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReminderState {
    /// All of it, but for what passed before this moment.
    Whole {
        /// When a start last came to nothing: what passed while it was planned is not caught up on.
        since: Option<DateTime<Utc>>,
    },
    /// Somebody knows; it comes back once before the deadline.
    Known,
    /// Nobody wants to hear of it before this moment.
    Later {
        /// When it comes back.
        until: DateTime<Utc>,
        /// When that was said.
        said: DateTime<Utc>,
    },
    /// A start is planned, under way or done.
    Taken,
}

impl ReminderState {
    /// What the window needs, as its dates are now. Responses to other dates are history.
    pub fn of(window: &MaintenanceWindow, actions: &WindowActions) -> Self {
        let revision = window.revision;
        let open = actions
            .open_start()
            .is_some_and(|start| start.revision == revision || start.status == StartStatus::UnderWay);
        if open || actions.completed(revision) {
            return Self::Taken;
        }
        if let Some((until, record)) = actions.snooze(revision) {
            return Self::Later { until, said: record.at };
        }
        let settled = actions.starts.iter().filter(|start| start.revision == revision);
        let settled = settled.filter_map(|start| match start.status {
            StartStatus::Settled { at, .. } => Some(at),
            _ => None,
        });
        let settled = settled.max();
        // What somebody knew before a start came to nothing is not what there is to know now.
        if actions.acknowledged(revision).is_some_and(|record| settled < Some(record.at)) {
            return Self::Known;
        }
        Self::Whole { since: settled }
    }

    /// Whether nothing is said of the window at `now` but what happens to it.
    pub fn rests(self, now: DateTime<Utc>) -> bool {
        match self {
            Self::Whole { .. } => false,
            Self::Known | Self::Taken => true,
            Self::Later { until, .. } => now < until,
        }
    }

    /// From when on what comes with time alone counts, for someone who knows the dates since `history`.
    pub fn since(self, history: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Whole { since: Some(since) } => history.max(since),
            _ => history,
        }
    }

    /// Which of `steps` before `deadline` are left, in minutes, with their moments.
    pub fn steps(
        self,
        steps: &[TimeDelta],
        deadline: DateTime<Utc>,
        reminder_clock: &ReminderClock<'_>,
    ) -> Vec<(i64, DateTime<Utc>)> {
        let moment = |step: &TimeDelta| (step.num_minutes(), reminder_clock.moment(deadline - *step));
        match self {
            Self::Taken => Vec::new(),
            Self::Whole { .. } => steps.iter().map(moment).collect(),
            Self::Known => steps.iter().min().map(moment).into_iter().collect(),
            Self::Later { until, said } => {
                let left = steps.iter().filter(|step| until < deadline - **step).map(moment);
                // As reminders do, it comes early rather than at a time when nobody should be disturbed; but never
                // at once.
                let earlier = Some(reminder_clock.moment(until)).filter(|moment| said < *moment);
                let back = ((deadline - until).num_minutes(), earlier.unwrap_or(until));
                left.chain(Some(back).filter(|_| until < deadline)).collect()
            }
        }
    }
}

/// What is to be told of the window's starts to someone who knows of it. Only the newest standing of each is: who
/// could not be told that one began hears how it ended.
pub fn of_starts<'a>(
    assignment: &'a Assignment,
    history: &WindowHistory,
    reminder_clock: &ReminderClock<'_>,
    now: DateTime<Utc>,
) -> Vec<PendingStage<'a>> {
    let starts = assignment.actions.starts.iter();
    starts.filter_map(|start| of_start(start, history, reminder_clock, now)).collect()
}

fn of_start<'a>(
    start: &'a StartSummary,
    history: &WindowHistory,
    reminder_clock: &ReminderClock<'_>,
    now: DateTime<Utc>,
) -> Option<PendingStage<'a>> {
    match &start.status {
        StartStatus::Planned => {
            let Some(since) = history.of_start(Stage::Planned, &start.id) else {
                return Some(PendingStage::of(start, Stage::Planned, start.decided));
            };
            let (step, at) = planned_steps(start, reminder_clock)
                .filter(|(_, at)| *at <= now && now < start.begins)
                .min()
                .filter(|(step, at)| since < *at && !history.has_step_of_start(&start.id, *step))?;
            Some(PendingStage { step: Some(step), ..PendingStage::of(start, Stage::Planned, at) })
        }
        StartStatus::UnderWay => {
            let untold = history.of_start(Stage::Started, &start.id).is_none();
            untold.then(|| PendingStage::of(start, Stage::Started, start.begins))
        }
        StartStatus::Settled { at, outcome } => {
            let stage = stage_of(outcome);
            // What was over before somebody came to know of the window is no news for them, and neither is the end
            // of a plan that they never heard of.
            let concerns = history.knows_start(&start.id)
                || stage != Stage::CalledOff && history.known_since().is_some_and(|since| since <= *at);
            let untold = history.of_start(stage, &start.id).is_none();
            (concerns && untold).then(|| PendingStage::of(start, stage, *at))
        }
    }
}

/// What goes with the announcement of a window of which a start is planned or under way.
pub fn with_announcement(assignment: &Assignment) -> Option<PendingStage<'_>> {
    let start = assignment.actions.open_start()?;
    let stage = match start.status {
        StartStatus::Planned => Stage::Planned,
        _ => Stage::Started,
    };
    Some(PendingStage::of(start, stage, assignment.since))
}

/// The steps before a planned start, in minutes, with their moments.
fn planned_steps(
    start: &StartSummary,
    reminder_clock: &ReminderClock<'_>,
) -> impl Iterator<Item = (i64, DateTime<Utc>)> {
    ANNOUNCED_BEFORE.iter().map(|step| (step.num_minutes(), reminder_clock.moment(start.begins - *step)))
}

/// Every moment at which a planned start or a request for later could make something wanted.
pub fn moments(assignment: &Assignment, reminder_clock: &ReminderClock<'_>) -> Vec<DateTime<Utc>> {
    let open = assignment.actions.open_start().filter(|start| start.status == StartStatus::Planned);
    let planned = open.into_iter().flat_map(|start| planned_steps(start, reminder_clock)).map(|(_, at)| at);
    let later = match ReminderState::of(&assignment.window, &assignment.actions) {
        ReminderState::Later { until, .. } => vec![reminder_clock.moment(until), until],
        _ => Vec::new(),
    };
    planned.chain(later).collect()
}

/// Whether the recipient is told of the start in answer to something they did.
pub fn is_own(assignment: &Assignment, start: &StartSummary) -> bool {
    let is_recipient = |name: &Option<RecipientName>| name.as_ref() == Some(&assignment.recipient);
    let objects = assignment.actions.responses.iter().any(|record| {
        matches!(&record.response, Response::Object { start: id } if *id == start.id)
            && is_recipient(&record.by.recipient)
    });
    objects || is_recipient(&start.by.recipient)
}

/// The stage at which an outcome is told.
pub fn stage_of(outcome: &StartOutcome) -> Stage {
    match outcome {
        StartOutcome::Completed { .. } => Stage::Completed,
        StartOutcome::Skipped { .. } => Stage::Skipped,
        // What a rolling plan takes back was announced and does not come: nothing has failed.
        StartOutcome::CalledOff | StartOutcome::NotBegun { reason: StartRefusal::Halted { .. } } => {
            Stage::CalledOff
        }
        StartOutcome::RetryLater { .. }
        | StartOutcome::Forbidden { .. }
        | StartOutcome::Refused { .. }
        | StartOutcome::NotBegun { .. }
        | StartOutcome::NeverReceived
        | StartOutcome::Gone
        | StartOutcome::Unknown => Stage::Failed,
    }
}
