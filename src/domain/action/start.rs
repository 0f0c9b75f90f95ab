//! A start: one attempt at self-service maintenance, from the decision to Azure's final word.
//!
//! ```text
//! planned ──its time has come──▶ claimed ──Azure accepts──▶ accepted ──the machine is seen well──▶ settled
//!    │                              │ └──no answer──▶ in doubt ──evidence, or none for long──▶ settled
//!    └──objection, other dates──▶ settled   └──Azure refuses──▶ settled
//! ```
//!
//! A start is posted in the state `claimed` only, by whoever wrote that state, and never again: what became of a
//! post whose answer was lost is found out by looking.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::Actor;
use super::gap::{GroupKey, Wait};
use super::hours::Source;
use super::rolling::{Halt, PlanId};
use crate::domain::machine::PowerState;
use crate::domain::message::MessageId;
use crate::domain::observation::Reading;
use crate::domain::reconcile::moved_materially;
use crate::domain::window::{LastResult, MaintenanceFacts, MaintenanceWindow, Revision, Schedule, WindowId};

/// How long a start is followed before its outcome is called unknown.
const FOLLOWED_FOR: TimeDelta = TimeDelta::hours(6);

/// How long a post without an answer is looked for before it counts as never received.
const DOUBTED_FOR: TimeDelta = TimeDelta::minutes(20);

/// How long a machine that is done may take to be well again before that is reported.
const RECOVERS_WITHIN: TimeDelta = TimeDelta::minutes(30);

/// The identity of a start: its window and which attempt it is. Fit for a row key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StartId(String);

impl StartId {
    /// The id of the `attempt`-th start of `window`.
    pub fn new(window: &WindowId, attempt: u32) -> Self {
        let name = format!("{window}\n{attempt}");
        Self(uuid::Uuid::new_v5(&START_NAMESPACE, name.as_bytes()).simple().to_string())
    }

    /// The id as 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Start ids live in a name space of their own.
const START_NAMESPACE: uuid::Uuid = uuid::Uuid::from_u128(0x6d61_696e_7465_6e61_6e63_652d_7374_6101);

/// What led to a start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum Origin {
    /// A link in this message.
    Link {
        /// Which message.
        message: MessageId,
    },
    /// The command line.
    CommandLine,
    /// Hours that somebody named once.
    StandingOrder {
        /// The hours as written.
        hours: String,
        /// Where they come from.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sources: Vec<Source>,
    },
    /// A rolling plan.
    RollingPlan {
        /// Which.
        plan: PlanId,
    },
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Its identity.
    pub id: StartId,
    /// What is started.
    pub window: WindowId,
    /// With which dates it was decided.
    pub revision: Revision,
    /// Who decided it.
    pub by: Actor,
    /// What led to it.
    pub origin: Origin,
    /// When it was decided.
    pub decided: DateTime<Utc>,
    /// When it is to begin.
    pub begins: DateTime<Utc>,
    /// The groups that it entered when it was claimed, and leaves at its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupKey>,
    /// Where it stands.
    pub state: StartState,
}

/// Where a start stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum StartState {
    /// It waits for its time.
    Planned,
    /// It is about to be posted, or was, by the one process that wrote this.
    Claimed {
        /// When.
        at: DateTime<Utc>,
        /// What Azure said of an earlier attempt, to tell it from this one's end.
        before: Before,
    },
    /// Azure accepted it.
    Accepted {
        /// When it was claimed.
        at: DateTime<Utc>,
        /// As in `claimed`.
        before: Before,
        /// Where Azure tells of its progress.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        operation: Option<OperationLink>,
        /// Azure's own number for the request.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        correlation: Option<String>,
        /// From when on Azure wants to be asked there again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ask_from: Option<DateTime<Utc>>,
    },
    /// Azure says that it is done; the machine is not seen to be well yet.
    Recovering {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// It came to its end.
    Settled {
        /// When.
        at: DateTime<Utc>,
        /// How.
        outcome: Outcome,
    },
}

/// What Azure said of earlier attempts when a start was claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// The result.
    pub last_result: LastResult,
    /// Its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<String>,
}

impl From<&MaintenanceFacts> for Before {
    fn from(facts: &MaintenanceFacts) -> Self {
        Self { last_result: facts.last_result.clone(), last_message: facts.last_message.clone() }
    }
}

/// Where Azure tells of a long-running operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "header")]
pub enum OperationLink {
    /// `Azure-AsyncOperation`: a document with a status.
    AsyncOperation {
        /// Its address.
        address: String,
    },
    /// `Location`: 202 until it is done.
    Location {
        /// Its address.
        address: String,
    },
}

/// How a start ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "was")]
pub enum Outcome {
    /// The maintenance is done.
    Completed {
        /// Whether the machine was seen running and well afterwards.
        well: bool,
    },
    /// Azure could not do it now; it may be tried again.
    RetryLater {
        /// Azure's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// When that can be.
        #[serde(default)]
        again: Again,
    },
    /// Azure broke it off, leaves this machine out of its own window and plans anew.
    Skipped {
        /// Azure's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Azure does not let whoever asked start this.
    Forbidden {
        /// Azure's word for the reason.
        code: String,
        /// Azure's words.
        message: String,
    },
    /// Azure refused it.
    Refused {
        /// Azure's word for the reason.
        code: String,
        /// Azure's words.
        message: String,
    },
    /// It was not begun.
    NotBegun {
        /// Why.
        reason: Refusal,
    },
    /// Somebody called it off before it began.
    CalledOff,
    /// It was posted, no answer came, and Azure shows no sign of it.
    NeverReceived,
    /// The machine is gone.
    Gone,
    /// Nothing was to be found out within six hours.
    Unknown,
}

/// When a start can be tried again, as far as Azure says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// Whether Azure accepted another one at once.
    #[serde(default)]
    pub at_once: bool,
    /// Until when its owner may start it at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

impl Outcome {
    /// Whether the machine can have been down.
    pub fn disturbed(&self) -> bool {
        !matches!(
            self,
            Self::Forbidden { .. }
                | Self::Refused { .. }
                | Self::NotBegun { .. }
                | Self::CalledOff
                | Self::NeverReceived
        )
    }
}

/// Why a start is not begun. Each is told to whoever wanted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum Refusal {
    /// The configuration does not allow starts.
    #[error("maintenance cannot be started from here; use Azure's portal")]
    Disabled,
    /// Starts stand still.
    #[error("starts are paused by the operators of this service")]
    Paused,
    /// It is over already.
    #[error("this maintenance is over")]
    Over,
    /// Azure does not let a resource of this kind be started.
    #[error("Azure has no way to start the maintenance of a resource of this kind")]
    NoSelfStart,
    /// It belongs to another tenant than ours.
    #[error(
        "the machine belongs to another tenant, in which nothing is started from here; use Azure's portal, signed in there"
    )]
    OtherTenant,
    /// The dates are others by now.
    #[error("the dates have changed since this was decided")]
    Moved {
        /// The dates now.
        schedule: Schedule,
    },
    /// Azure does not accept a start at the moment.
    #[error("Azure does not accept a start of this machine at the moment")]
    NotAllowed,
    /// The time lies outside the self-service window.
    #[error("the time lies outside the window in which Azure lets the maintenance be started")]
    OutsideSelfService,
    /// A machine that is not running is not touched by maintenance.
    #[error(
        "the machine is not running, and maintenance does not touch it; Azure only starts it for running machines"
    )]
    NotRunning,
    /// Another member of its group is in the way.
    #[error("another member of its group was just started")]
    Gap {
        /// What to wait for.
        wait: Wait,
    },
    /// So many were started lately that the brake holds.
    #[error("as many starts as the operators allow were made lately")]
    Brake {
        /// When the next may be made.
        until: DateTime<Utc>,
    },
    /// One is planned or under way already.
    #[error("a start of this machine is planned or under way already")]
    AlreadyOpen {
        /// Which.
        start: StartId,
    },
    /// The hours that led to it are other ones by now, or passed while it waited.
    #[error("the maintenance hours that led to this start have changed, or passed while it waited")]
    NotOrdered,
    /// Starts are made with the rights of whoever clicks, who is not there when a planned one begins.
    #[error(
        "starts are made with the rights of whoever clicks, and nobody is there to click when a planned one begins"
    )]
    OwnRights,
    /// Whoever decided it is not responsible for the machine any more.
    #[error("whoever decided this is not responsible for the machine any more")]
    NotTheirs,
    /// Its rolling plan took it back.
    #[error("{halt}")]
    Halted {
        /// Why.
        halt: Halt,
    },
    /// Azure could not be asked.
    #[error("Azure could not be asked how the machine is")]
    Unseen {
        /// Why not.
        problem: String,
    },
}

/// What is known of the machine just before a start is claimed.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The window as stored.
    pub window: &'a MaintenanceWindow,
    /// What the machine's own record says at this moment.
    pub reading: &'a Reading,
    /// Its power state at this moment.
    pub power: &'a PowerState,
    /// The zone that decides what another date is.
    pub zone: Tz,
}

/// Whether a start that was decided for `revision` may be claimed now.
///
/// # Errors
/// Why not.
pub fn may_begin(ground: Ground<'_>, revision: Revision, now: DateTime<Utc>) -> Result<(), Refusal> {
    let Reading::Planned(facts) = ground.reading else { return Err(Refusal::Over) };
    if ground.window.is_over() || facts.last_result == LastResult::MaintenanceCompleted {
        return Err(Refusal::Over);
    }
    let withdrawn =
        facts.schedule.self_service.is_none() && ground.window.facts.schedule.self_service.is_some();
    // What Azure says now may not have been collected yet, and nobody decided for it.
    let decided = ground.window.schedule_of(revision).unwrap_or(ground.window.facts.schedule);
    let has_dates = facts.schedule != Schedule::default();
    let moved = has_dates && moved_materially(decided, facts.schedule, ground.zone, now);
    if ground.window.revision != revision || withdrawn || moved {
        return Err(Refusal::Moved { schedule: facts.schedule });
    }
    if !facts.schedule.self_service.is_some_and(|self_service| self_service.contains(now)) {
        return Err(Refusal::OutsideSelfService);
    }
    if matches!(ground.power, PowerState::Deallocated | PowerState::Stopped) {
        return Err(Refusal::NotRunning);
    }
    if !facts.self_start_allowed {
        return Err(Refusal::NotAllowed);
    }
    Ok(())
}

/// Whether a start may be planned for `begins`.
///
/// # Errors
/// Why not.
pub fn may_plan(
    window: &MaintenanceWindow,
    begins: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if window.is_over() {
        return Err(Refusal::Over);
    }
    let inside = window.facts.schedule.self_service.is_some_and(|self_service| self_service.contains(begins));
    if begins < now || !inside { Err(Refusal::OutsideSelfService) } else { Ok(()) }
}

/// How far Azure's operation is, as far as that could be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Progress {
    /// There is no operation to ask, or it did not answer.
    #[default]
    Unknown,
    /// Under way.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended badly.
    Failed {
        /// Azure's word for the reason.
        code: String,
        /// Azure's words.
        message: String,
    },
}

/// What one look at a start under way showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// What the machine's record says; `None` when it could not be seen.
    pub reading: Option<Reading>,
    /// Its power state.
    pub power: PowerState,
    /// Whether its agent reports that it is ready; `None` when there is no agent.
    pub agent_ready: Option<bool>,
    /// Whether Resource Health calls it available; `None` when that does not say, or was not asked.
    pub available: Option<bool>,
    /// Whether the address that its owner named answers; `None` when there is none, or it may not be asked.
    pub answers: Option<bool>,
    /// How far the operation is.
    pub progress: Progress,
    /// From when on Azure wants to be asked for that again.
    pub ask_from: Option<DateTime<Utc>>,
    /// For a start without an answer: whether the activity log or an annotation of the machine shows one. `None` when
    /// neither was asked or did answer.
    pub in_activity_log: Option<bool>,
}

impl Sight {
    /// Whether the machine runs, and nothing that was asked speaks against its being well.
    pub fn is_well(&self) -> bool {
        let asked = [self.agent_ready, self.available, self.answers];
        self.power == PowerState::Running && !asked.contains(&Some(false))
    }
}

/// Where a start stands after one more look; `None` when nothing changed.
pub fn follow(start: &Start, sight: &Sight, now: DateTime<Utc>) -> Option<StartState> {
    let settled = |outcome| Some(StartState::Settled { at: now, outcome });
    match &start.state {
        StartState::Planned | StartState::Settled { .. } => None,
        StartState::Recovering { since } => {
            if sight.is_well() {
                settled(Outcome::Completed { well: true })
            } else if sight.reading == Some(Reading::Gone) {
                settled(Outcome::Gone)
            } else if *since + RECOVERS_WITHIN <= now {
                settled(Outcome::Completed { well: false })
            } else {
                None
            }
        }
        StartState::Claimed { at, before } | StartState::Accepted { at, before, .. } => {
            if sight.reading == Some(Reading::Gone) {
                return settled(Outcome::Gone);
            }
            match ended(sight, before) {
                Some(Outcome::Completed { .. }) => return Some(StartState::Recovering { since: now }),
                Some(outcome) => return settled(outcome),
                None => {}
            }
            let in_doubt = matches!(start.state, StartState::Claimed { .. });
            if in_doubt && sight.in_activity_log == Some(true) {
                return Some(StartState::Accepted {
                    at: *at,
                    before: before.clone(),
                    operation: None,
                    correlation: None,
                    ask_from: None,
                });
            }
            let untouched =
                matches!(&sight.reading, Some(Reading::Planned(facts)) if facts.self_start_allowed);
            if in_doubt && sight.in_activity_log == Some(false) && untouched && *at + DOUBTED_FOR <= now {
                return settled(Outcome::NeverReceived);
            }
            if *at + FOLLOWED_FOR <= now {
                return settled(Outcome::Unknown);
            }
            match &start.state {
                StartState::Accepted { ask_from, .. }
                    if sight.ask_from.is_some() && sight.ask_from != *ask_from =>
                {
                    let mut later = start.state.clone();
                    if let StartState::Accepted { ask_from, .. } = &mut later {
                        *ask_from = sight.ask_from;
                    }
                    Some(later)
                }
                _ => None,
            }
        }
    }
}

/// What Azure says of the attempt's end.
fn ended(sight: &Sight, before: &Before) -> Option<Outcome> {
    let facts = match &sight.reading {
        Some(Reading::NothingPlanned) => return Some(Outcome::Completed { well: false }),
        Some(Reading::Planned(facts)) => Some(facts),
        Some(Reading::Gone) | None => None,
    };
    if let Some(facts) = facts {
        // The same words as before may be about the earlier attempt, until the operation itself has ended.
        let fresh = *before != Before::from(facts) || sight.progress == Progress::Succeeded;
        let message = facts.last_message.clone();
        match facts.last_result {
            LastResult::MaintenanceCompleted => return Some(Outcome::Completed { well: false }),
            LastResult::RetryLater if fresh => {
                let until = facts.schedule.self_service.map(|interval| interval.end());
                let again = Again { at_once: facts.self_start_allowed, until };
                return Some(Outcome::RetryLater { message, again });
            }
            LastResult::MaintenanceAborted if fresh => return Some(Outcome::Skipped { message }),
            _ => {}
        }
    }
    match &sight.progress {
        Progress::Failed { code, message } => {
            Some(Outcome::Refused { code: code.clone(), message: message.clone() })
        }
        _ => None,
    }
}

#[cfg(test)]
#[path = "start_tests.rs"]
mod tests;
