//! One window, as it is stored.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::acceptance::{Acceptance, StartWord};
use super::dates::{Interval, Schedule};
use super::facts::{Impact, MaintenanceFacts, MaintenanceStatus};
use super::id::{Revision, WindowId};
use crate::domain::machine::Machine;
use crate::domain::resource::ResourceId;
use crate::domain::scheduled_event::ScheduledEvent;
use crate::domain::start_cautions::{StartCaution, start_cautions};

/// How many revisions a window remembers: the first and the newest.
const HISTORY_LIMIT: usize = 32;
/// Dates that are less than this apart are the same dates.
const OTHER_DATES: TimeDelta = TimeDelta::hours(1);

/// One entry of a window's history: the dates that a revision began with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionRecord {
    pub revision: Revision,
    /// Since when these dates are there; anew when they came back.
    pub seen: DateTime<Utc>,
    pub schedule: Schedule,
}

/// Why a window ended, worked out from evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndReason {
    /// The maintenance is done.
    Completed,
    /// The resource no longer exists.
    Deleted,
    /// The machine moved to another host: it was deallocated and started again, resized or redeployed.
    Moved,
    /// Azure called it off.
    Cancelled,
    /// Azure no longer lists it, and nothing says why.
    NoLongerPlanned,
}

/// Whether a window is still to come or over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum WindowState {
    /// Azure still lists it.
    Open,
    /// A direct read of the resource showed that it is over.
    Ended { at: DateTime<Utc>, why: EndReason },
}

/// What Azure announces for a resource, in Service Health or in its list of updates, that the resource does not show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// Since when that is so.
    pub since: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

/// One planned maintenance of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceWindow {
    pub id: WindowId,
    /// Which of the dates in its history it has.
    pub revision: Revision,
    pub facts: MaintenanceFacts,
    pub impact: Impact,
    /// Azure's own numbers for the wave, in order and without repeats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracking_ids: Vec<String>,
    pub machine: Machine,
    pub state: WindowState,
    pub first_seen: DateTime<Utc>,
    pub changed: DateTime<Utc>,
    /// The dates of every revision, oldest first. Bounded: the first and the newest are always kept.
    pub history: Vec<RevisionRecord>,
    /// What Azure announced elsewhere, as long as the machine itself shows nothing of it: then it has no dates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Elsewhere>,
    /// What Azure announced minutes ahead, in order. Bounded: the newest are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scheduled_events: Vec<ScheduledEvent>,
    /// Since when Azure shows nothing of it without saying why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_since: Option<DateTime<Utc>>,
    /// What several looks say of whether Azure accepts a start.
    #[serde(default, skip_serializing_if = "StartWord::is_default")]
    pub start_word: StartWord,
}

impl MaintenanceWindow {
    /// The portal's word for its newest facts.
    pub fn status(&self) -> MaintenanceStatus {
        self.facts.status()
    }

    /// Where its machine stands now. Its id says where that stood when the window was first seen.
    pub fn place(&self) -> &ResourceId {
        let now = &self.machine.id;
        // In another case it is the same place, as it was written first.
        if *now == self.id.resource { &self.id.resource } else { now }
    }

    /// Whether Azure still lists it.
    pub fn is_open(&self) -> bool {
        matches!(self.state, WindowState::Open)
    }

    /// Whether its last date lies behind `now`. One without dates is never past.
    pub fn is_past(&self, now: DateTime<Utc>) -> bool {
        self.facts.schedule.end().is_some_and(|end| end <= now)
    }

    /// Whether something of it is still to come, as far as the machine itself shows.
    pub fn is_planned(&self, now: DateTime<Utc>) -> bool {
        !self.is_over() && !self.is_past(now) && self.elsewhere.is_none()
    }

    /// How it stands at `now`, in a word: the portal's, unless that speaks of dates that have passed.
    pub fn word(&self, now: DateTime<Utc>) -> &'static str {
        match self.status() {
            status @ (MaintenanceStatus::AlreadyUpdated | MaintenanceStatus::Skipped) => status.as_str(),
            _ if self.elsewhere.is_some() => "Announced elsewhere",
            _ if self.is_past(now) => "Date passed",
            _ if self.machine.subscription_disabled => "Subscription disabled",
            status => match (status, self.acceptance(now)) {
                (MaintenanceStatus::StartNow | MaintenanceStatus::RetryNow, Acceptance::Now { .. }) => {
                    status.as_str()
                }
                (MaintenanceStatus::RetryNow, _) => MaintenanceStatus::RetryLater.as_str(),
                (MaintenanceStatus::Scheduled, Acceptance::Now { .. }) => {
                    MaintenanceStatus::StartNow.as_str()
                }
                (MaintenanceStatus::Scheduled, Acceptance::Unsaid) => "Start not said",
                (MaintenanceStatus::StartNow, _) => MaintenanceStatus::Scheduled.as_str(),
                _ => status.as_str(),
            },
        }
    }

    /// Whether nothing is left to happen: it ended, or the machine is already updated.
    pub fn is_over(&self) -> bool {
        !self.is_open() || self.status() == MaintenanceStatus::AlreadyUpdated
    }

    /// Whether Azure accepts a start by the owner, as far as the looks at it agree.
    pub fn acceptance(&self, now: DateTime<Utc>) -> Acceptance {
        if !self.is_planned(now) {
            return Acceptance::Never;
        }
        let acceptance =
            Acceptance::of(&self.facts, self.start_word.allowed(self.facts.self_start_allowed), now);
        match acceptance {
            // Whatever the machine's own record says, nothing is changed there.
            Acceptance::Never => Acceptance::Never,
            _ if self.machine.subscription_disabled => Acceptance::Refused,
            // What two looks agreed on still holds where a third says nothing.
            Acceptance::Unsaid if self.start_word.is_refusal() => Acceptance::Refused,
            acceptance => acceptance,
        }
    }

    /// Whether the owner can start it now, or will be able to.
    pub fn can_still_be_started(&self, now: DateTime<Utc>) -> bool {
        self.acceptance(now).is_open()
    }

    /// Whether its owner is asked to start it: that is accepted now or will be, and nothing speaks for leaving it to Azure.
    pub fn asks_owner(&self, now: DateTime<Utc>) -> bool {
        self.can_still_be_started(now) && !self.is_left_to_azure()
    }

    /// Whether there is nothing for the owner to press: something speaks for leaving it to Azure.
    pub fn is_left_to_azure(&self) -> bool {
        start_cautions(&self.machine).iter().any(StartCaution::leaves_it_to_azure)
    }

    /// The moment by which the owner has to act, or before which the reboot comes: the end of self-service while it
    /// can still be started and nothing speaks for leaving it to Azure, else the start of Azure's own window, else
    /// its end.
    pub fn deadline(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let for_owner = self.asks_owner(now);
        let self_service = self.facts.schedule.self_service.filter(|_| for_owner);
        let scheduled = self.facts.schedule.scheduled;
        // A date that Azure did not say is nobody's deadline.
        self_service.and_then(|interval| interval.said_end()).or_else(|| {
            scheduled.and_then(|it| it.said_start().filter(|start| now < *start).or(it.said_end()))
        })
    }

    /// Whether Azure's own window has begun: from then on there is nothing to prepare for.
    pub fn is_in_azures_hands(&self, now: DateTime<Utc>) -> bool {
        self.facts.schedule.scheduled.is_some_and(|scheduled| scheduled.start() <= now)
    }

    /// Its dates, where they are not quite those that its revision began with.
    pub fn drifted_dates(&self) -> Option<Schedule> {
        Some(self.facts.schedule).filter(|dates| self.schedule_of(self.revision) != Some(*dates))
    }

    /// Since when it has the dates that it has.
    pub fn dated_since(&self) -> Option<DateTime<Utc>> {
        self.history.iter().find(|record| record.revision == self.revision).map(|record| record.seen)
    }

    /// Takes note of dates that are other than those of its revision. Dates that it had before get the number that they
    /// had then: what was said and answered of them is true again.
    pub fn note_dates(&mut self, now: DateTime<Utc>) {
        let schedule = self.facts.schedule;
        let apart = |record: &RevisionRecord| distance(record.schedule, schedule);
        let known = self.history.iter_mut().filter(|record| apart(record).is_some_and(|it| it < OTHER_DATES));
        if let Some(record) = known.min_by_key(|record| apart(record)) {
            record.seen = now;
            self.revision = record.revision;
            return;
        }
        let newest = self.history.iter().map(|record| record.revision).max();
        self.revision = newest.map_or(self.revision, |newest| newest.max(self.revision)).next();
        self.history.push(RevisionRecord { revision: self.revision, seen: now, schedule });
        if self.history.len() > HISTORY_LIMIT {
            self.history.remove(1);
        }
    }

    /// The dates of a given revision, when they are still remembered.
    pub fn schedule_of(&self, revision: Revision) -> Option<Schedule> {
        self.history.iter().find(|record| record.revision == revision).map(|record| record.schedule)
    }
}

/// How far the dates are apart at most; nothing where one of them has a window that the other lacks.
fn distance(one: Schedule, other: Schedule) -> Option<TimeDelta> {
    let apart = |one: Option<Interval>, other: Option<Interval>| match (one, other) {
        (Some(one), Some(other)) => {
            let moved = |from: DateTime<Utc>, to: DateTime<Utc>| (to - from).abs();
            Some(moved(one.start(), other.start()).max(moved(one.end(), other.end())))
        }
        (None, None) => Some(TimeDelta::zero()),
        _ => None,
    };
    Some(apart(one.self_service, other.self_service)?.max(apart(one.scheduled, other.scheduled)?))
}
