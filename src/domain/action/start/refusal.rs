//! Whether a start may be planned or claimed, and why not.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::action::anti_affinity::WaitReason;
use crate::domain::action::rolling::HaltReason;
use crate::domain::data_loss::DataLoss;
use crate::domain::ids::StartId;
use crate::domain::window::Schedule;

/// What kept a start from its moment.
fn kept_by(waited: Option<&StartRefusal>) -> String {
    waited.map_or_else(|| "this service did not run at its moment".to_owned(), ToString::to_string)
}

fn not_allowed(unsaid: bool) -> &'static str {
    match unsaid {
        true => "Azure does not say whether it accepts a start of this machine at the moment",
        false => "Azure does not accept a start of this machine at the moment",
    }
}

impl StartRefusal {
    /// Whether it may pass by itself, so that a planned start waits for that as long as its moment is good.
    pub fn passes(&self) -> bool {
        matches!(
            self,
            Self::Gap { .. }
                | Self::Limit { .. }
                | Self::Unseen { .. }
                | Self::NotAllowed { .. }
                | Self::Paused
                | Self::Starting
                | Self::NotNow { .. }
                | Self::NoLongerExists
        )
    }

    /// Whether what keeps it is the machine's own matter, for which no other has to wait.
    pub fn is_its_own(&self) -> bool {
        matches!(
            self,
            Self::Unseen { .. }
                | Self::NotAllowed { .. }
                | Self::Starting
                | Self::NotNow { .. }
                | Self::NoLongerExists
        )
    }
}

/// Why a start is not begun. Whoever wanted it is notified of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "why")]
pub enum StartRefusal {
    /// The configuration does not allow starts.
    #[error("maintenance cannot be started from here; use Azure's portal")]
    Disabled,
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
    Moved { schedule: Schedule },
    /// Azure does not accept a start at the moment, or does not say whether it does.
    #[error("{}", not_allowed(*unsaid))]
    NotAllowed {
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unsaid: bool,
    },
    /// The time lies outside the self-service window.
    #[error("the time lies outside the window in which Azure lets the maintenance be started")]
    OutsideSelfService,
    /// It would lose data, and nobody agreed to that for this machine.
    #[error("{loss}, and nobody has agreed to that for this machine")]
    DataLoss { loss: DataLoss },
    /// A machine that is not running is not touched by maintenance.
    #[error(
        "the machine is not running, and maintenance does not touch it; Azure only starts it for running machines"
    )]
    NotRunning,
    /// Another member of its group is in the way.
    #[error("another member of its group was just started")]
    Gap { wait: WaitReason },
    /// So many were started lately that the limit is reached.
    #[error("as many starts as the operators allow were made lately")]
    #[serde(rename = "brake")]
    Limit { until: DateTime<Utc> },
    /// One is planned or under way already.
    #[error("a start of this machine is planned or under way already")]
    AlreadyOpen { start: StartId },
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
    Halted { halt: Box<HaltReason> },
    /// Its moment passed while something kept it.
    #[error("it could not begin in time: {}", kept_by(waited.as_deref()))]
    TooLate {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waited: Option<Box<StartRefusal>>,
    },
    #[error("the machine no longer exists")]
    NoLongerExists,
    #[error("the machine is just starting")]
    Starting,
    /// Azure refused it for a reason that passes by itself.
    #[error("Azure could not do it at that moment ({code}: {message})")]
    NotNow { code: String, message: String },
    /// Azure does not let it be started: a policy, a lock, a missing role.
    #[error("Azure does not let it be started ({code}: {message})")]
    NotPermitted { code: String, message: String },
    /// Whoever planned it is not part of the pilot.
    #[error("in a pilot nothing is started for whoever is not part of it")]
    OutsidePilot,
    /// Others are planned, and the time is over before its turn comes.
    #[error("other starts are planned before it, and there is no room left for it")]
    DoesNotFit,
    /// Azure could not be asked, or its answer says nothing.
    #[error("Azure does not say how the machine is")]
    Unseen { problem: String },
}
