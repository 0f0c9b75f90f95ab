//! Where a machine stands, in a word or two.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::action::response::{StartStatus, StartSummary};
use crate::domain::action::start::StartOutcome;
use crate::domain::assignment::Assignment;
use crate::domain::time_zone::Tz;
use crate::domain::window::{EndReason, MaintenanceWindow, WindowState};
use crate::render::times::day_and_time;

/// What stands beside the name of a machine, and its tone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct RowLabel {
    pub(super) text: String,
    /// The same for narrow screens, where that is long.
    short: Option<String>,
    tone: &'static str,
    /// Under which word it is counted.
    #[serde(skip)]
    pub(super) counted: Counted,
}

/// The words under which machines are counted, in the order in which they ask for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Counted {
    Failed,
    Handed,
    Undecided,
    Acknowledged,
    Planned,
    UnderWay,
    LeftToAzure,
    Done,
    Gone,
}

impl Counted {
    /// The word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Failed => "start failed",
            Self::Handed => "handed to you",
            Self::Undecided => "undecided",
            Self::Acknowledged => "acknowledged",
            Self::Planned => "planned",
            Self::UnderWay => "under way",
            Self::LeftToAzure => "left to Azure",
            Self::Done => "done",
            Self::Gone => "no longer open",
        }
    }
}

impl RowLabel {
    fn new(text: &str, tone: &'static str, counted: Counted) -> Self {
        Self { text: text.to_owned(), short: None, tone, counted }
    }

    /// Whether nothing has to stand beside it: what there is to say repeats it.
    pub(super) fn says_it_all(&self) -> bool {
        matches!(self.counted, Counted::Planned | Counted::UnderWay | Counted::Done)
    }
}

impl RowLabel {
    /// Where a machine stands at `now`, for a reader in `zone`.
    pub(crate) fn of(
        assignment: Option<&Assignment>,
        window: &MaintenanceWindow,
        now: DateTime<Utc>,
        zone: Tz,
    ) -> Self {
        let new = Self::new;
        let Some(assignment) = assignment else { return new("Over", "calm", Counted::Gone) };
        if assignment.withdrawn.is_some() {
            return new("Not yours", "calm", Counted::Gone);
        }
        match window.state {
            WindowState::Ended { why: EndReason::Completed, .. } => {
                return new("Done", "good", Counted::Done);
            }
            WindowState::Ended { .. } => return new("Over", "calm", Counted::Gone),
            WindowState::Open if window.is_over() => return new("Done", "good", Counted::Done),
            WindowState::Open => {}
        }
        let (actions, revision) = (&assignment.actions, window.revision);
        if let Some(start) = actions.open_start() {
            return match start.status {
                StartStatus::Planned => {
                    let tone = if start.accepts.is_some() { "act" } else { "good" };
                    let begins = day_and_time(zone, start.begins);
                    let short = start.begins.with_timezone(&zone).format("%a %-d %b %H:%M").to_string();
                    let label = new(&format!("Starts {begins}"), tone, Counted::Planned);
                    Self { short: Some(short), ..label }
                }
                _ => new("Under way", "act", Counted::UnderWay),
            };
        }
        if actions.last_settled().is_some_and(|start| start.revision == revision && failed(start)) {
            return new("Start failed", "problem", Counted::Failed);
        }
        if assignment.asked_by().is_some() {
            return new("Handed to you", "act", Counted::Handed);
        }
        if actions.acknowledged(revision).is_some() {
            return new("Acknowledged", "good", Counted::Acknowledged);
        }
        if actions.snoozed(revision).is_some() {
            return new("Reminder set", "good", Counted::Acknowledged);
        }
        if window.asks_owner(now) {
            return new("Undecided", "act", Counted::Undecided);
        }
        new("Left to Azure", "calm", Counted::LeftToAzure)
    }
}

/// Whether a start ended otherwise than well, and not because somebody wanted that.
fn failed(start: &StartSummary) -> bool {
    match &start.status {
        StartStatus::Settled { outcome, .. } => !matches!(
            outcome,
            StartOutcome::Completed { .. } | StartOutcome::Unconfirmed | StartOutcome::CalledOff
        ),
        _ => false,
    }
}
