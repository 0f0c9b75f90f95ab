//! How starts end.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::action::start::refusal::StartRefusal;

/// How a start ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "was")]
pub enum StartOutcome {
    /// The maintenance is done, by Azure's word.
    Completed { well: bool },
    /// Azure says that it is done; the machine does not show it.
    Unconfirmed,
    /// Azure could not do it now; it may be tried again.
    RetryLater {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        #[serde(default)]
        again: RetryTime,
    },
    /// Azure broke it off, leaves this machine out of its own window and plans anew.
    Skipped {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// Azure does not let whoever asked start this.
    Forbidden { code: String, message: String },
    /// Azure refused it.
    Refused { code: String, message: String },
    /// It was not begun.
    NotBegun { reason: StartRefusal },
    /// Somebody called it off before it began.
    CalledOff,
    /// It was posted, no answer came, and Azure shows no sign of it.
    NeverReceived,
    /// The machine is gone.
    Gone,
    /// Nothing was to be found out within six hours. Starts of earlier versions ended like this; today none does.
    Unknown,
    /// What became of it was not known for a day, and nobody waits for it any more.
    NotKnown { released: ReleasedBy },
}

/// What ended the wait for a start of which nothing was known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
pub enum ReleasedBy {
    /// The machine's own record lets it be started again.
    Status,
    /// Its window is over.
    Window,
    /// An operator's command.
    Operator { name: String },
}

/// When a start can be tried again, as far as Azure says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryTime {
    /// Whether Azure accepted another one at once.
    #[serde(default)]
    pub at_once: bool,
    /// Until when its owner may start it at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

impl StartOutcome {
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
