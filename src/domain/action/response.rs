//! Responses: what somebody said of a window. They belong to the window, so every owner sees them.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::actor::Actor;
use super::form_keys;
use super::hours::OrderedHours;
use super::start::{Start, StartOrigin, StartOutcome, StartPhase, StartRefusal};
use crate::domain::data_loss::DataLoss;
use crate::domain::ids::{PlanId, StartId};
use crate::domain::recipient_name::RecipientName;
use crate::domain::window::{LastResult, MaintenanceWindow, Revision};

/// For so long after an end Azure's word on the last attempt is a correction of it, though the dates moved since.
const CORRECTED: TimeDelta = TimeDelta::days(2);

/// How many responses and starts of one window are kept beside it. The audit trail has them all.
const MOST_RECORDS: usize = 20;

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "response")]
pub enum Response {
    Acknowledge {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// The number of the change in their own system.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        change: Option<String>,
    },
    /// They want to be reminded at another time.
    Snooze { until: DateTime<Utc> },
    /// Somebody else shall take it. Until they accept, it stays where it is.
    HandOver { to: RecipientName },
    /// Whom it was handed to takes it.
    Accept,
    /// It is not theirs, or they do not take what was handed to them.
    NotMine,
    /// It is theirs after all: they take back that it is not.
    TakeBack,
    /// They object to a start that was planned.
    Object { start: StartId },
}

impl Response {
    /// Whether it says whose the window is.
    pub fn is_about_owners(&self) -> bool {
        matches!(self, Self::HandOver { .. } | Self::Accept | Self::NotMine | Self::TakeBack)
    }

    /// The response in one word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Acknowledge { .. } => "acknowledge",
            Self::Snooze { .. } => "snooze",
            Self::HandOver { .. } => "hand over",
            Self::Accept => "accept",
            Self::NotMine => "not mine",
            Self::TakeBack => "take back",
            Self::Object { .. } => "object",
        }
    }
}

/// A response with who gave it, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResponseRecord {
    #[serde(flatten)]
    pub response: Response,
    pub by: Actor,
    pub at: DateTime<Utc>,
    /// Of which dates. Once these move, the response is history.
    pub revision: Revision,
}

/// Where a start stands, as others need to know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum StartStatus {
    /// It begins at its time.
    Planned,
    /// It is under way.
    UnderWay,
    /// It came to its end.
    Settled { at: DateTime<Utc>, outcome: StartOutcome },
}

/// What is known of a start beyond its status. Those written by earlier versions have none of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StartProgress {
    /// How far it is, once it was sent. What ended without one ended under an earlier program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<StartPhase>,
    /// The one-time key of the form that decided it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<String>,
    /// What a planned one waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<StartRefusal>,
    /// Since when its outcome was not known, if it ever was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_known: Option<DateTime<Utc>>,
    /// When Azure's operation began and when it succeeded, by Azure's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded: Option<DateTime<Utc>>,
}

impl StartProgress {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl From<&Start> for StartProgress {
    fn from(start: &Start) -> Self {
        let evidence = &start.evidence;
        let phase = Some(start.phase());
        let form = match &start.origin {
            StartOrigin::Link { form, .. } => form.clone(),
            _ => None,
        };
        Self {
            form,
            phase: phase.filter(|phase| *phase != StartPhase::Waiting),
            waits: evidence.waits.as_ref().map(|wait| wait.why.clone()),
            not_known: evidence.not_known,
            began: evidence.began,
            succeeded: evidence.succeeded,
        }
    }
}

/// A start in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartSummary {
    pub id: StartId,
    pub by: Actor,
    pub decided: DateTime<Utc>,
    pub begins: DateTime<Utc>,
    pub revision: Revision,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanId>,
    /// What whoever decided it agreed to lose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepts: Option<DataLoss>,
    #[serde(rename = "standing")]
    pub status: StartStatus,
    /// How far it is, beyond what its status says.
    #[serde(default, skip_serializing_if = "StartProgress::is_empty")]
    pub progress: StartProgress,
    /// The hours that it was planned by, when nobody planned it themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ordered: Option<OrderedHours>,
}

impl StartSummary {
    /// Whether it is one of the dates that the window has now: decided for these, or tried and ended when these were known.
    pub fn is_of_dates_of(&self, window: &MaintenanceWindow) -> bool {
        let ended_in_them = || match &self.status {
            StartStatus::Settled {
                outcome: StartOutcome::CalledOff | StartOutcome::NotBegun { .. }, ..
            } => false,
            StartStatus::Settled { at, .. } => window.dated_since().is_some_and(|since| since <= *at),
            _ => false,
        };
        self.revision == window.revision || ended_in_them()
    }

    /// Whether what Azure says of the machine's last attempt now is said of this start, which came to its end. Dates may
    /// have moved since; until Azure's own turn nothing else was tried then.
    pub fn is_judged_by(&self, window: &MaintenanceWindow) -> bool {
        let StartStatus::Settled { at, .. } = &self.status else { return false };
        let begun = window.facts.schedule.scheduled.is_some_and(|azures| azures.start() <= window.changed);
        self.is_of_dates_of(window) || window.changed - *at < CORRECTED && !begun
    }
}

/// What people did about one window, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowActions {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub responses: Vec<ResponseRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub starts: Vec<StartSummary>,
    /// How many starts there ever were: their ids count it.
    #[serde(default)]
    pub attempts: u32,
    /// The one-time keys of the forms that responded or were refused, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<String>,
}

impl WindowActions {
    /// Whether nothing was ever done.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Every name of a recipient in it.
    pub fn names_mut(&mut self) -> impl Iterator<Item = &mut RecipientName> {
        let responses = self.responses.iter_mut().flat_map(|record| {
            let to = match &mut record.response {
                Response::HandOver { to } => Some(to),
                _ => None,
            };
            record.by.recipient.as_mut().into_iter().chain(to)
        });
        responses.chain(self.starts.iter_mut().filter_map(|start| start.by.recipient.as_mut()))
    }

    /// Adds a response.
    pub fn respond(&mut self, record: ResponseRecord) {
        self.responses.push(record);
        // Whose the window is depends on all that was said about that, so what was said of its dates goes first.
        if self.responses.len() > MOST_RECORDS
            && let Some(oldest) = self.responses.iter().position(|record| !record.response.is_about_owners())
        {
            self.responses.remove(oldest);
        }
        trim(&mut self.responses);
    }

    /// Takes the one-time key of a form; whether it was not taken before.
    pub fn take_form(&mut self, form: &str) -> bool {
        form_keys::take(&mut self.forms, form, MOST_RECORDS)
    }

    /// Whether the one-time key of a form was taken.
    pub fn knows_form(&self, form: &str) -> bool {
        self.forms.iter().any(|taken| taken == form)
    }

    /// Adds a start or replaces what was known of it.
    pub fn note_start(&mut self, summary: StartSummary) {
        match self.starts.iter_mut().find(|known| known.id == summary.id) {
            Some(known) => *known = summary,
            None => self.starts.push(summary),
        }
        trim(&mut self.starts);
    }

    /// The start that a form decided, whatever became of it.
    pub fn of_form(&self, form: &str) -> Option<&StartSummary> {
        self.starts.iter().rev().find(|start| start.progress.form.as_deref() == Some(form))
    }

    /// The start that is planned or under way; there is one at most.
    pub fn open_start(&self) -> Option<&StartSummary> {
        self.starts.iter().rev().find(|start| !matches!(start.status, StartStatus::Settled { .. }))
    }

    /// The newest start that came to its end.
    pub fn last_settled(&self) -> Option<&StartSummary> {
        self.starts.iter().rev().find(|start| matches!(start.status, StartStatus::Settled { .. }))
    }

    /// Whether a start of these dates was completed.
    pub fn completed(&self, revision: Revision) -> bool {
        let done = |start: &StartSummary| {
            matches!(start.status, StartStatus::Settled { outcome: StartOutcome::Completed { .. }, .. })
        };
        self.starts.iter().any(|start| start.revision == revision && done(start))
    }

    /// Whether Azure says since that what a start of these dates completed was not done.
    pub fn is_contradicted(&self, window: &MaintenanceWindow) -> bool {
        let settled = self.last_settled().filter(|start| start.is_judged_by(window));
        let says_not =
            matches!(window.facts.last_result, LastResult::RetryLater | LastResult::MaintenanceAborted);
        settled.is_some_and(|start| match &start.status {
            StartStatus::Settled {
                at,
                outcome: StartOutcome::Completed { .. } | StartOutcome::Unconfirmed,
            } => says_not && *at < window.changed,
            _ => false,
        })
    }

    /// The acknowledgement of dates of this revision, when it is the last word on them.
    pub fn acknowledged(&self, revision: Revision) -> Option<&ResponseRecord> {
        self.last_word(revision).filter(|record| matches!(record.response, Response::Acknowledge { .. }))
    }

    /// Until when reminders wait because somebody asked for that.
    pub fn snoozed(&self, revision: Revision) -> Option<DateTime<Utc>> {
        self.snooze(revision).map(|(until, _)| until)
    }

    /// Until when reminders wait, with the response that asked for it.
    pub fn snooze(&self, revision: Revision) -> Option<(DateTime<Utc>, &ResponseRecord)> {
        let record = self.last_word(revision)?;
        match record.response {
            Response::Snooze { until } => Some((until, record)),
            _ => None,
        }
    }

    /// The last word on whether these dates need anybody's attention. Whoever gives the window away takes their word
    /// along, and whoever takes it over starts anew.
    fn last_word(&self, revision: Revision) -> Option<&ResponseRecord> {
        let mut last: Option<&ResponseRecord> = None;
        for record in self.responses.iter().filter(|record| record.revision == revision) {
            let same = |last: &ResponseRecord| {
                last.by.recipient.is_some() && last.by.recipient == record.by.recipient
            };
            match record.response {
                Response::Acknowledge { .. } | Response::Snooze { .. } => last = Some(record),
                Response::Accept => last = None,
                Response::NotMine if last.is_some_and(same) => last = None,
                Response::NotMine
                | Response::TakeBack
                | Response::HandOver { .. }
                | Response::Object { .. } => {}
            }
        }
        last
    }

    /// Whom it was handed to and who has not answered yet.
    pub fn handed_to(&self, revision: Revision) -> Option<&RecipientName> {
        match &self.latest(revision)?.response {
            Response::HandOver { to } => Some(to),
            _ => None,
        }
    }

    /// Whether somebody objected to `start`.
    pub fn objected(&self, start: &StartId) -> bool {
        let objects = |record: &ResponseRecord| matches!(&record.response, Response::Object { start: to } if to == start);
        self.responses.iter().any(objects)
    }

    /// The newest response to these dates.
    fn latest(&self, revision: Revision) -> Option<&ResponseRecord> {
        self.responses.iter().rev().find(|record| record.revision == revision)
    }
}

fn trim<T>(records: &mut Vec<T>) {
    let surplus = records.len().saturating_sub(MOST_RECORDS);
    records.drain(..surplus);
}

#[cfg(test)]
mod tests;
