//! What Azure says of the maintenance of one resource.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::dates::Schedule;

/// How the last attempt at self-service maintenance went, as Azure says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LastResult {
    #[default]
    None,
    /// It may be tried again later.
    RetryLater,
    /// It failed; Azure skips this machine in the scheduled window and plans anew later.
    MaintenanceAborted,
    MaintenanceCompleted,
    /// A word that Azure did not use when this was written.
    Other(String),
}

/// What Azure says of one resource's planned maintenance: the fields of `maintenanceRedeployStatus`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceFacts {
    pub schedule: Schedule,
    /// Whether Azure would accept a start by the owner now.
    pub self_start_allowed: bool,
    /// That Azure says nothing of it: then it is neither accepted nor refused.
    #[serde(default, skip_serializing_if = "is_false")]
    pub is_start_unsaid: bool,
    /// How the last start by the owner went.
    #[serde(default)]
    pub last_result: LastResult,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<String>,
}

fn is_false(flag: &bool) -> bool {
    !flag
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
    /// These facts after those that were `known` of the same dates. An answer that leaves out whether a start is accepted
    /// turns nothing: what was said before still holds, as long as Azure tells of no other result.
    #[must_use]
    pub fn with_start_word_of(mut self, known: &Self) -> Self {
        if self.is_start_unsaid && known.self_start_allowed && known.last_result == self.last_result {
            self.self_start_allowed = true;
            self.is_start_unsaid = false;
        }
        self
    }

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
