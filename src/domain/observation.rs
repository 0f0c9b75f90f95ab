//! What one look at Azure returned, together with what it could not see.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::machine::{Machine, PowerState};
use super::resource::{ResourceId, SubscriptionId};
use super::window::{Impact, Interval, MaintenanceFacts};

/// What a *direct read* of one resource said. Rows missing from lists or from Resource Graph say nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "read")]
pub enum Reading {
    #[serde(rename = "planned")]
    Maintenance(MaintenanceFacts),
    /// The resource exists and nothing is planned.
    NothingPlanned,
    /// The resource does not exist (404).
    Gone,
}

/// When announcements say that a resource is maintained, as far as they do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Whether a scheduled event says so: whatever wave is over, this is to come.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_event: bool,
}

impl Announcement {
    /// Both, where both speak of the resource.
    pub fn and(self, other: Option<Self>) -> Self {
        let Some(other) = other else { return self };
        let earliest = |a: Option<DateTime<Utc>>, b: Option<DateTime<Utc>>| a.into_iter().chain(b).min();
        Self {
            from: earliest(self.from, other.from),
            until: self.until.max(other.until),
            by_event: self.by_event || other.by_event,
        }
    }

    /// Whether something of it is still to come.
    pub fn is_ahead(&self, now: DateTime<Utc>) -> bool {
        self.until.or(self.from).is_some_and(|last| now < last)
    }
}

/// One resource that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservedResource {
    /// The machine, as far as it could be described. Its power state is the one of this read.
    pub machine: Machine,
    pub reading: Reading,
    /// The impact, where Azure gave one.
    pub impact: Impact,
    /// Azure's numbers of the waves in which the resource was listed.
    pub tracking_ids: Vec<String>,
    /// When announcements say that it is maintained, whatever it shows itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced: Option<Announcement>,
    /// Whether the machine has a record of its maintenance with nothing in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_blank: bool,
}

/// Why something was not seen. Only the first is a matter of rights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnseenCause {
    /// Azure refuses our identity, or shows it nothing. An operator can mend it. Rows written by earlier versions say
    /// no other.
    #[default]
    NoRights,
    /// No answer came that says anything: nobody was there, Azure failed, or it was asked too often. It passes.
    NoAnswer,
    /// Azure answered, and it does not have what was asked for: not now, or not for this kind of resource.
    NotThere,
    /// The subscription is gone: it was deleted, or moved to another tenant. No role is missing.
    SubscriptionGone,
    /// A part of it is known and told; what is missing stands in the reason.
    InPart,
}

/// A scope that could not be looked at, and why. Nothing in it ends or changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnseenScope {
    /// The resource, group or subscription, as text.
    pub scope: String,
    /// Why, in words for the operator: `HTTP 403 AuthorizationFailed: …`.
    pub reason: String,
    #[serde(default, skip_serializing_if = "UnseenCause::is_no_rights")]
    pub cause: UnseenCause,
}

impl UnseenCause {
    /// Whether only a role can mend it.
    pub fn is_no_rights(&self) -> bool {
        *self == Self::NoRights
    }
}

/// A record that could not be understood. It is set aside and reported; the rest goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadableRecord {
    /// The resource that it describes, when that much could be read.
    pub resource: Option<ResourceId>,
    /// What was read, in words: `instance view of web-01`.
    pub what: String,
    pub problem: String,
    /// The beginning of the record as received.
    pub excerpt: String,
}

/// A resource to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// A machine, an instance, a dedicated host, or a whole scale set.
    pub id: ResourceId,
    /// The gravest impact that was announced.
    pub impact: Impact,
    /// The numbers of the waves that list it, in order.
    pub tracking_ids: Vec<String>,
    /// When it happens, where the announcement alone says so: of a dedicated host, and of a machine that is only paused.
    /// Neither has it in a record of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_window: Option<HostWindow>,
    /// When it is maintained by what announces it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced: Option<Announcement>,
    /// Whether all that was announced is done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub done: bool,
}

impl Candidate {
    /// A resource of which nothing was announced.
    pub fn bare(id: ResourceId) -> Self {
        Self {
            id,
            impact: Impact::Unknown,
            tracking_ids: Vec::new(),
            announced: None,
            host_window: None,
            done: false,
        }
    }
}

impl Candidate {
    /// Whether something that was announced of it is still to come.
    pub fn is_ahead(&self, now: DateTime<Utc>) -> bool {
        let by_row = self.host_window.is_some_and(|window| now < window.interval.end());
        by_row || self.announced.is_some_and(|announced| announced.is_ahead(now))
    }

    /// With what was known of it before, where not everything was said anew.
    #[must_use]
    pub fn with(mut self, before: Option<Self>) -> Self {
        let Some(before) = before else { return self };
        self.host_window = self.host_window.or(before.host_window);
        self.announced = self.announced.or(before.announced);
        if self.impact == Impact::Unknown {
            self.impact = before.impact;
        }
        let missing = before.tracking_ids.into_iter().filter(|id| !self.tracking_ids.contains(id));
        let missing: Vec<String> = missing.collect();
        self.tracking_ids.extend(missing);
        self
    }
}

/// What an announcement says of a resource that has no record with dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostWindow {
    /// When Azure updates it; one of the dates may not be said.
    pub interval: Interval,
    pub is_done: bool,
}

/// Something that says why a window ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "evidence")]
pub enum Evidence {
    /// An annotation or a power change showed that the machine left its host.
    Moved { resource: ResourceId, at: DateTime<Utc> },
    /// An alert said that a wave was called off.
    Cancelled { tracking_id: String, at: DateTime<Utc> },
    /// We, or the owner by other means, started the maintenance.
    Started { resource: ResourceId, at: DateTime<Utc> },
}

/// One look at one subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    pub subscription: SubscriptionId,
    pub at: DateTime<Utc>,
    pub resources: Vec<ObservedResource>,
    pub unseen: Vec<UnseenScope>,
    pub unreadable: Vec<UnreadableRecord>,
    pub evidence: Vec<Evidence>,
}

impl Observation {
    /// Sets aside what machines that run say with a blank record, where `is_planned` knows maintenance that they showed
    /// before: it neither goes on nor ends by that.
    pub fn set_blanks_aside(&mut self, is_planned: impl Fn(&ResourceId) -> bool) {
        let is_odd = |one: &ObservedResource| {
            one.is_blank && one.machine.power != PowerState::Deallocated && is_planned(&one.machine.id)
        };
        let (odd, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.resources).into_iter().partition(is_odd);
        self.resources = rest;
        self.unreadable.extend(odd.into_iter().map(|one| UnreadableRecord {
            what: format!("instance view of {}", one.machine.id.full_name()),
            problem: "maintenanceRedeployStatus names no window, and one is known".to_owned(),
            excerpt: "{}".to_owned(),
            resource: Some(one.machine.id),
        }));
    }

    /// A look at `subscription` that has not returned anything yet.
    pub fn empty(subscription: SubscriptionId, at: DateTime<Utc>) -> Self {
        Self {
            subscription,
            at,
            resources: Vec::new(),
            unseen: Vec::new(),
            unreadable: Vec::new(),
            evidence: Vec::new(),
        }
    }
}
