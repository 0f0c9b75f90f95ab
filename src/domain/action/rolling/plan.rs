//! A rolling plan and its members, as they are stored.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::action::actor::Actor;
use crate::domain::action::form_keys;
use crate::domain::action::group_key::{GroupKey, groups};
use crate::domain::action::rolling::times::StartTimes;
use crate::domain::action::start::{StartOutcome, StartRefusal};
use crate::domain::ids::{MessageId, PlanId, StartId};
use crate::domain::recipient_name::RecipientName;
use crate::domain::resource::ResourceId;
use crate::domain::window::{Interval, MaintenanceWindow, Revision, WindowId};

/// How many keys of forms a plan remembers: more than anybody sends within the life of one.
const MOST_FORMS: usize = 50;

/// How many machines one plan takes.
pub const MOST_MEMBERS: usize = 50;

/// One plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollingPlan {
    pub id: PlanId,
    /// With whose link it was made: only theirs lead to it.
    pub owner: RecipientName,
    pub by: Actor,
    pub message: MessageId,
    pub made: DateTime<Utc>,
    pub times: StartTimes,
    pub members: Vec<PlanMember>,
    pub state: PlanState,
    /// The one-time keys of the forms that paused, resumed or ended it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<String>,
}

/// Where a plan stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum PlanState {
    /// Members begin when it is their turn.
    Running,
    /// No member begins.
    Paused { by: Actor, at: DateTime<Utc> },
    /// A member failed, and no other begins any more.
    Stopped { at: DateTime<Utc>, failed: ResourceId },
    /// Somebody ended it.
    Cancelled { by: Actor, at: DateTime<Utc> },
    /// Every member has come to its end.
    Finished { at: DateTime<Utc> },
}

/// One machine of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanMember {
    pub window: WindowId,
    pub revision: Revision,
    /// When Azure lets its owner start it, by these dates.
    pub self_service: Interval,
    /// The groups whose members keep a pause.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupKey>,
    /// Its place in its availability set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub update_domain: Option<UpdateDomain>,
    pub state: MemberState,
}

/// One update domain of one availability set.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UpdateDomain {
    pub set: ResourceId,
    /// The domain's number. A machine of which Azure does not say it comes after all others of its set.
    pub number: u32,
}

/// Where a member stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum MemberState {
    /// No start is planned for it at the moment.
    Waiting,
    /// Its start is planned.
    Planned {
        start: StartId,
        /// For when. It begins then or later, when it is its turn; never before.
        begins: DateTime<Utc>,
    },
    /// Its start is under way.
    UnderWay { start: StartId, since: DateTime<Utc> },
    /// It is done, and was seen to be well.
    Done { at: DateTime<Utc> },
    /// Its start came to a bad end.
    Failed { at: DateTime<Utc>, outcome: StartOutcome },
    /// It is not started by this plan.
    LeftOut { at: DateTime<Utc>, why: ExclusionReason },
}

/// Why a plan does not start a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum ExclusionReason {
    /// No time is left for it before self-service ends. Azure does it in its own window.
    DoesNotFit,
    /// Its turn came, and it could not be begun.
    NotBegun { reason: StartRefusal },
    /// An owner called its start off.
    CalledOff,
    /// Somebody planned or started it by other means.
    Elsewhere,
    /// The plan ended before its turn.
    Ended,
}

impl PlanMember {
    /// The member for `window`, by its dates as they are; `None` when it has no self-service.
    pub fn of(window: &MaintenanceWindow, cluster_tag: &str) -> Option<Self> {
        let machine = &window.machine;
        Some(Self {
            window: window.id.clone(),
            revision: window.revision,
            self_service: window.facts.schedule.self_service?,
            groups: groups(machine, cluster_tag),
            update_domain: machine
                .availability_set
                .clone()
                .map(|set| UpdateDomain { set, number: machine.update_domain.unwrap_or(u32::MAX) }),
            state: MemberState::Waiting,
        })
    }

    /// Goes by the dates that `window` has now; where it has no self-service any more, by those of before.
    pub fn takes_dates_of(&mut self, window: &MaintenanceWindow) {
        if let Some(self_service) = window.facts.schedule.self_service {
            (self.revision, self.self_service) = (window.revision, self_service);
        }
    }

    /// The start that is planned or under way for it.
    pub fn start(&self) -> Option<&StartId> {
        match &self.state {
            MemberState::Planned { start, .. } | MemberState::UnderWay { start, .. } => Some(start),
            _ => None,
        }
    }

    /// Whether one of `others` goes first: a machine of a lower update domain of the same availability set.
    pub(super) fn waits_for<'a>(&self, others: impl IntoIterator<Item = &'a Self>) -> bool {
        let Some(own) = &self.update_domain else { return false };
        let mut domains = others.into_iter().filter_map(|other| other.update_domain.as_ref());
        domains.any(|other| other.set == own.set && other.number < own.number)
    }

    /// Whether it has come to its end.
    pub fn is_over(&self) -> bool {
        !matches!(
            self.state,
            MemberState::Waiting | MemberState::Planned { .. } | MemberState::UnderWay { .. }
        )
    }
}

impl RollingPlan {
    /// Whether nothing is left to be done: it ended, and so has each of its members.
    pub fn is_over(&self) -> bool {
        self.has_ended() && self.members.iter().all(PlanMember::is_over)
    }

    /// Whether no member begins any more.
    pub fn has_ended(&self) -> bool {
        !matches!(self.state, PlanState::Running | PlanState::Paused { .. })
    }

    /// The start of a member has begun.
    pub fn began(&mut self, start: &StartId, since: DateTime<Utc>) {
        if let Some(member) = self.members.iter_mut().find(|member| member.start() == Some(start)) {
            member.state = MemberState::UnderWay { start: start.clone(), since };
        }
    }

    /// Takes the one-time key of a form; whether it was not taken before.
    pub fn take_form(&mut self, form: &str) -> bool {
        form_keys::take(&mut self.forms, form, MOST_FORMS)
    }

    /// Pauses a running plan; whether that changed anything.
    pub fn pause(&mut self, by: Actor, at: DateTime<Utc>) -> bool {
        self.turn(PlanState::Paused { by, at }, |state| matches!(state, PlanState::Running))
    }

    /// Lets a paused plan go on; whether that changed anything.
    pub fn resume(&mut self) -> bool {
        self.turn(PlanState::Running, |state| matches!(state, PlanState::Paused { .. }))
    }

    /// Ends a plan that has not ended; whether that changed anything. What is under way goes on.
    pub fn cancel(&mut self, by: Actor, at: DateTime<Utc>) -> bool {
        let may = |state: &PlanState| matches!(state, PlanState::Running | PlanState::Paused { .. });
        self.turn(PlanState::Cancelled { by, at }, may)
    }

    fn turn(&mut self, next: PlanState, may: impl Fn(&PlanState) -> bool) -> bool {
        let may = may(&self.state);
        if may {
            self.state = next;
        }
        may
    }
}
