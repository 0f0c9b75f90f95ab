//! Why a rolling plan takes back a start that it planned.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::action::actor::Actor;
use crate::domain::resource::ResourceId;

/// Why a plan takes back a start that it planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "halt")]
pub enum HaltReason {
    /// Somebody paused it. When it is resumed, the start is planned anew.
    Paused { by: Actor },
    /// Somebody ended it.
    Cancelled { by: Actor },
    /// A member failed.
    Stopped { failed: ResourceId },
    /// Its turn did not come within the hours. The start is planned anew for the next ones.
    Late,
}

impl fmt::Display for HaltReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paused { by } => {
                write!(f, "the rolling plan that it belongs to was paused by {}", by.name())
            }
            Self::Cancelled { by } => {
                write!(f, "the rolling plan that it belongs to was cancelled by {}", by.name())
            }
            Self::Stopped { failed } => write!(
                f,
                "the rolling plan that it belongs to stopped, because {} did not come through well",
                failed.display_name()
            ),
            Self::Late => {
                f.write_str("its turn in its rolling plan did not come in time, and it is planned anew")
            }
        }
    }
}
