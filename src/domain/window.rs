//! Maintenance windows: what Azure plans for one resource, and what became of it.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::advice::{Advice, advice};
use super::imminent::ScheduledEvent;
use super::machine::Machine;
use super::resource::ResourceId;

/// A span of time with both ends known, start before end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Interval {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

/// An interval whose end is not after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the window ends at {end}, which is not after its start at {start}")]
pub struct InvalidInterval {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Interval {
    /// The span from `start` to `end`.
    ///
    /// # Errors
    /// When `end` is not after `start`.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, InvalidInterval> {
        if start < end { Ok(Self { start, end }) } else { Err(InvalidInterval { start, end }) }
    }

    /// When it begins.
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// When it ends.
    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// Whether `moment` lies in it, the end excluded.
    pub fn contains(&self, moment: DateTime<Utc>) -> bool {
        self.start <= moment && moment < self.end
    }
}

/// The dates of a planned maintenance. The two windows need not touch, and either can be missing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Schedule {
    /// When the owner may start the maintenance (`preMaintenanceWindow*`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_service: Option<Interval>,
    /// When Azure does it (`maintenanceWindow*`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled: Option<Interval>,
}

impl Schedule {
    /// The end of the last window: after it nothing of this schedule is left to come.
    pub fn end(&self) -> Option<DateTime<Utc>> {
        self.self_service.iter().chain(&self.scheduled).map(Interval::end).max()
    }
}

/// How the last attempt at self-service maintenance went, as Azure says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LastResult {
    /// There was none.
    #[default]
    None,
    /// It may be tried again later.
    RetryLater,
    /// It failed; Azure skips this machine in the scheduled window and plans anew later.
    MaintenanceAborted,
    /// It is done.
    MaintenanceCompleted,
    /// A word that Azure did not use when this was written.
    Other(String),
}

/// What Azure says of one resource's planned maintenance: the fields of `maintenanceRedeployStatus`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceFacts {
    /// Both windows.
    pub schedule: Schedule,
    /// Whether Azure would accept a start by the owner now.
    pub self_start_allowed: bool,
    /// How the last start by the owner went.
    #[serde(default)]
    pub last_result: LastResult,
    /// What Azure says of that attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<String>,
}

/// The word that Azure's portal shows for a machine in a wave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MaintenanceStatus {
    /// The owner can start it.
    StartNow,
    /// Azure will do it; the owner cannot start it at the moment.
    Scheduled,
    /// An earlier start did not succeed; it can be tried again now.
    RetryNow,
    /// An earlier start did not succeed; it may become possible later.
    RetryLater,
    /// A start failed. Azure will not reboot it in this window and will plan anew.
    Skipped,
    /// It is done.
    AlreadyUpdated,
}

impl MaintenanceStatus {
    /// The portal's own words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StartNow => "Start now",
            Self::Scheduled => "Scheduled",
            Self::RetryNow => "Retry now",
            Self::RetryLater => "Retry later",
            Self::Skipped => "Skipped",
            Self::AlreadyUpdated => "Already updated",
        }
    }
}

impl fmt::Display for MaintenanceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl MaintenanceFacts {
    /// The portal's word for these facts. No document gives the mapping; this is the one that fits every sample.
    pub fn status(&self) -> MaintenanceStatus {
        match (&self.last_result, self.self_start_allowed) {
            (LastResult::MaintenanceCompleted, _) => MaintenanceStatus::AlreadyUpdated,
            (LastResult::RetryLater | LastResult::MaintenanceAborted, true) => MaintenanceStatus::RetryNow,
            (LastResult::RetryLater, false) => MaintenanceStatus::RetryLater,
            (LastResult::MaintenanceAborted, false) => MaintenanceStatus::Skipped,
            (LastResult::None | LastResult::Other(_), true) => MaintenanceStatus::StartNow,
            (LastResult::None | LastResult::Other(_), false) => MaintenanceStatus::Scheduled,
        }
    }
}

/// What the maintenance does to the machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Impact {
    /// A pause of seconds.
    Freeze,
    /// A reboot.
    Reboot,
    /// A move to another host: a reboot, and the temporary disk is lost.
    Redeploy,
    /// Azure did not say, as it often does for machines.
    #[default]
    Unknown,
    /// A word that Azure did not use when this was written.
    Other(String),
}

impl Impact {
    /// The impact in one word, as used in routes.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Freeze => "freeze",
            Self::Reboot => "reboot",
            Self::Redeploy => "redeploy",
            Self::Unknown => "unknown",
            Self::Other(word) => word,
        }
    }
}

/// The identity of a maintenance window: its resource, and how many windows that resource had before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct WindowId {
    /// What is maintained.
    pub resource: ResourceId,
    /// 1 for the first window of this resource, counted up when one reappears after the last has ended.
    pub generation: u32,
}

impl fmt::Display for WindowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.resource.folded(), self.generation)
    }
}

/// Counts up, from 1, when a window's dates move materially: an hour or more, or to another local date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub u32);

impl Revision {
    /// The revision with which a window is announced.
    pub const FIRST: Self = Self(1);

    /// The one after this.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// One entry of a window's history: the dates that a revision began with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevisionRecord {
    /// Which revision.
    pub revision: Revision,
    /// When it was first seen.
    pub seen: DateTime<Utc>,
    /// The dates.
    pub schedule: Schedule,
}

/// Why a window ended, told from evidence.
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
    Ended {
        /// When that was seen.
        at: DateTime<Utc>,
        /// Why.
        why: EndReason,
    },
}

/// One planned maintenance of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceWindow {
    /// Which one.
    pub id: WindowId,
    /// How often its dates have moved materially.
    pub revision: Revision,
    /// The newest facts.
    pub facts: MaintenanceFacts,
    /// What it does to the machine.
    pub impact: Impact,
    /// Azure's own numbers for the wave, in order and without repeats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracking_ids: Vec<String>,
    /// The machine as last seen.
    pub machine: Machine,
    /// Open or ended.
    pub state: WindowState,
    /// When it was first seen.
    pub first_seen: DateTime<Utc>,
    /// When anything of it last changed.
    pub changed: DateTime<Utc>,
    /// The dates of every revision, oldest first. Bounded: the first and the newest are always kept.
    pub history: Vec<RevisionRecord>,
    /// What Azure announced minutes ahead, in order. Bounded: the newest are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scheduled_events: Vec<ScheduledEvent>,
}

impl MaintenanceWindow {
    /// The portal's word for its newest facts.
    pub fn status(&self) -> MaintenanceStatus {
        self.facts.status()
    }

    /// Whether Azure still lists it.
    pub fn is_open(&self) -> bool {
        matches!(self.state, WindowState::Open)
    }

    /// Whether nothing is left to happen: it ended, or the machine is already updated.
    pub fn is_over(&self) -> bool {
        !self.is_open() || self.status() == MaintenanceStatus::AlreadyUpdated
    }

    /// Whether the owner could still start it at some time from `now` on.
    pub fn can_still_be_started(&self, now: DateTime<Utc>) -> bool {
        let startable_status =
            !matches!(self.status(), MaintenanceStatus::AlreadyUpdated | MaintenanceStatus::Skipped);
        let self_service_left = self.facts.schedule.self_service.is_some_and(|interval| now < interval.end());
        self.is_open() && startable_status && self_service_left
    }

    /// Whether there is nothing for the owner to press: something speaks for leaving it to Azure.
    pub fn is_left_to_azure(&self) -> bool {
        advice(&self.machine).iter().any(Advice::leaves_it_to_azure)
    }

    /// The moment by which the owner has to act, or before which the reboot comes: the end of self-service while it
    /// can still be started and nothing speaks for leaving it to Azure, else the start of Azure's own window, else
    /// its end.
    pub fn deadline(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let for_owner = self.can_still_be_started(now) && !self.is_left_to_azure();
        let self_service = self.facts.schedule.self_service.filter(|_| for_owner);
        let scheduled = self.facts.schedule.scheduled;
        self_service.map(|interval| interval.end()).or_else(|| {
            scheduled.map(|interval| if now < interval.start() { interval.start() } else { interval.end() })
        })
    }

    /// Whether Azure's own window has begun: from then on there is nothing to prepare for.
    pub fn is_in_azures_hands(&self, now: DateTime<Utc>) -> bool {
        self.facts.schedule.scheduled.is_some_and(|scheduled| scheduled.start() <= now)
    }

    /// The dates of a given revision, when they are still remembered.
    pub fn schedule_of(&self, revision: Revision) -> Option<Schedule> {
        self.history.iter().find(|record| record.revision == revision).map(|record| record.schedule)
    }
}
