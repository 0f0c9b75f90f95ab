//! Why a local host cannot start. What happens to invocations is reported by [`HostEvent`](super::HostEvent)s.

/// A folder, a setting or host.json that the local host cannot work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocalHostError {
    #[error("host.json: {0}")]
    HostJson(String),
    #[error("{function}/function.json: {reason}")]
    FunctionJson { function: String, reason: String },
    #[error("{function}/function.json: the setting `{setting}` is not set")]
    MissingSetting { function: String, setting: String },
    #[error("there is no timer function named `{0}`")]
    NoSuchTimer(String),
    #[error("{function} failed: {reason}")]
    TimerFailed { function: String, reason: String },
    #[error("there is no function `{0}` that is called this way")]
    NoSuchHook(String),
    #[error("{function} failed: {reason}")]
    HookFailed { function: String, reason: String },
}
