//! Which reminders a window still needs, after what people did about it.

use chrono::{DateTime, TimeDelta, Utc};

use super::reminder_clock::ReminderClock;
use crate::domain::action::response::{StartStatus, WindowActions};
use crate::domain::window::MaintenanceWindow;

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
    Later { until: DateTime<Utc>, said: DateTime<Utc> },
    /// A start is planned, under way or done.
    Taken,
}

impl ReminderState {
    /// What the window needs, as its dates are now. Responses to other dates are history.
    pub fn of(window: &MaintenanceWindow, actions: &WindowActions) -> Self {
        let revision = window.revision;
        // A planned start lives as long as its moment lies in self-service, whatever became of the dates.
        let self_service = window.facts.schedule.self_service;
        let is_good = |begins| self_service.is_some_and(|self_service| self_service.contains(begins));
        let open = actions.open_start().is_some_and(|start| {
            start.revision == revision || start.status == StartStatus::UnderWay || is_good(start.begins)
        });
        if open || actions.completed(revision) && !actions.is_contradicted(window) {
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
        let moment = |step: &TimeDelta| (step.num_minutes(), reminder_clock.step(deadline - *step));
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
