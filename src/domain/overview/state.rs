//! Where a machine stands, in one word.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::action::response::{StartStatus, WindowActions};
use crate::domain::action::start::StartOutcome;
use crate::domain::forecast::{Forecast, coming};
use crate::domain::window::{EndReason, MaintenanceWindow, WindowState};

/// What was done longer ago than this is not shown any more.
pub(super) const SHOWN_AFTER_END: TimeDelta = TimeDelta::days(35);

/// Where a machine stands. The order is that in which somebody has to look: what went wrong and what moves first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OverviewState {
    /// A start came to nothing, or Azure could not do it.
    Failed,
    /// A start is under way.
    Running,
    /// Somebody could act, and nobody has answered.
    Undecided,
    /// Somebody knows, or wants to be reminded later.
    Acknowledged,
    /// A start is planned.
    Scheduled,
    /// Nothing is left to be chosen: Azure does it.
    LeftToAzure,
    /// Done within the last weeks, by somebody or by Azure.
    Done,
}

impl OverviewState {
    /// Every state, in order.
    pub const ALL: [Self; 7] = [
        Self::Failed,
        Self::Running,
        Self::Undecided,
        Self::Acknowledged,
        Self::Scheduled,
        Self::LeftToAzure,
        Self::Done,
    ];

    /// The word in addresses, tables of export and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Undecided => "undecided",
            Self::Acknowledged => "acknowledged",
            Self::Scheduled => "scheduled",
            Self::LeftToAzure => "left-to-azure",
            Self::Done => "done",
        }
    }

    /// The same for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Failed => "Failed",
            Self::Running => "Running",
            Self::Undecided => "Undecided",
            Self::Acknowledged => "Acknowledged",
            Self::Scheduled => "Scheduled",
            Self::LeftToAzure => "Left to Azure",
            Self::Done => "Done",
        }
    }

    /// The state that `word` names.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Where the machine of `window` stands at `now`; nothing for what is over otherwise than done, or long done.
    pub fn of_window(
        window: &MaintenanceWindow,
        actions: &WindowActions,
        now: DateTime<Utc>,
    ) -> Option<Self> {
        match window.state {
            WindowState::Ended { at, why: EndReason::Completed } if now - at <= SHOWN_AFTER_END => {
                return Some(Self::Done);
            }
            WindowState::Ended { .. } => return None,
            WindowState::Open => {}
        }
        Some(match coming(window, actions, now) {
            Forecast::Nothing => Self::Done,
            Forecast::PlannedStart { .. } => Self::Scheduled,
            Forecast::UnderWay => Self::Running,
            Forecast::NewDates => Self::Failed,
            Forecast::Passed { .. } => Self::LeftToAzure,
            Forecast::ByAzure { .. } | Forecast::Unknown => {
                let revision = window.revision;
                if why_failed(window, actions).is_some() {
                    Self::Failed
                } else if actions.acknowledged(revision).is_some() || actions.snooze(revision).is_some() {
                    Self::Acknowledged
                } else if window.asks_owner(now) {
                    Self::Undecided
                } else {
                    Self::LeftToAzure
                }
            }
        })
    }
}

/// Why the last start for these dates came to nothing, in words; nothing where none did, or somebody answered since.
pub(super) fn why_failed(window: &MaintenanceWindow, actions: &WindowActions) -> Option<String> {
    let last = actions.last_settled().filter(|start| start.revision == window.revision)?;
    let StartStatus::Settled { at, outcome } = &last.status else { return None };
    let answered_since =
        actions.responses.iter().any(|record| record.revision == window.revision && record.at > *at);
    if answered_since {
        return None;
    }
    let with = |what: &str, text: &str| match text.trim() {
        "" => what.to_owned(),
        text => format!("{what}: {text}"),
    };
    Some(match outcome {
        StartOutcome::Completed { .. } | StartOutcome::CalledOff => return None,
        StartOutcome::Unconfirmed => "Azure says done, the machine does not show it".to_owned(),
        StartOutcome::RetryLater { message, .. } => {
            with("Azure could not do it now", message.as_deref().unwrap_or_default())
        }
        StartOutcome::Skipped { message } => {
            with("Azure broke it off and plans new dates", message.as_deref().unwrap_or_default())
        }
        StartOutcome::Forbidden { message, .. } => with("Not allowed to start it", message),
        StartOutcome::Refused { message, .. } => with("Azure refused the start", message),
        StartOutcome::NotBegun { .. } => "The planned start did not begin".to_owned(),
        StartOutcome::NeverReceived => "Azure never received the start".to_owned(),
        StartOutcome::Gone => "The machine is gone".to_owned(),
        StartOutcome::Unknown | StartOutcome::NotKnown { .. } => "Nobody knows what became of it".to_owned(),
    })
}

/// How many machines stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StateCounts([usize; 7]);

impl StateCounts {
    /// Counts one more.
    pub fn add(&mut self, state: OverviewState) {
        self.0[state as usize] += 1;
    }

    /// How many there are in `state`.
    pub fn of(&self, state: OverviewState) -> usize {
        self.0[state as usize]
    }

    /// How many there are.
    pub fn all(&self) -> usize {
        self.0.iter().sum()
    }

    /// How many are still to come.
    pub fn open(&self) -> usize {
        self.all() - self.of(OverviewState::Done)
    }
}
