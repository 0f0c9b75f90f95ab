//! Whether a start may be planned or claimed, and why not.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::StartId;
use crate::domain::action::anti_affinity::WaitReason;
use crate::domain::action::rolling::HaltReason;
use crate::domain::machine::PowerState;
use crate::domain::observation::Reading;
use crate::domain::reconcile::moved_materially;
use crate::domain::window::{LastResult, MaintenanceWindow, Revision, Schedule};

/// Why a start is not begun. Each is told to whoever wanted it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum StartRefusal {
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
        wait: WaitReason,
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
        halt: HaltReason,
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
pub struct StartFacts<'a> {
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
pub fn may_begin(ground: StartFacts<'_>, revision: Revision, now: DateTime<Utc>) -> Result<(), StartRefusal> {
    let Reading::Planned(facts) = ground.reading else { return Err(StartRefusal::Over) };
    if ground.window.is_over() || facts.last_result == LastResult::MaintenanceCompleted {
        return Err(StartRefusal::Over);
    }
    let withdrawn =
        facts.schedule.self_service.is_none() && ground.window.facts.schedule.self_service.is_some();
    // What Azure says now may not have been collected yet, and nobody decided for it.
    let decided = ground.window.schedule_of(revision).unwrap_or(ground.window.facts.schedule);
    let has_dates = facts.schedule != Schedule::default();
    let moved = has_dates && moved_materially(decided, facts.schedule, ground.zone, now);
    if ground.window.revision != revision || withdrawn || moved {
        return Err(StartRefusal::Moved { schedule: facts.schedule });
    }
    if !facts.schedule.self_service.is_some_and(|self_service| self_service.contains(now)) {
        return Err(StartRefusal::OutsideSelfService);
    }
    if matches!(ground.power, PowerState::Deallocated | PowerState::Stopped) {
        return Err(StartRefusal::NotRunning);
    }
    if !facts.self_start_allowed {
        return Err(StartRefusal::NotAllowed);
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
) -> Result<(), StartRefusal> {
    if window.is_over() {
        return Err(StartRefusal::Over);
    }
    let inside = window.facts.schedule.self_service.is_some_and(|self_service| self_service.contains(begins));
    if begins < now || !inside { Err(StartRefusal::OutsideSelfService) } else { Ok(()) }
}
