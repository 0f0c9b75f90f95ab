//! Why a local host cannot start. What happens to invocations is reported by [`HostEvent`](super::HostEvent)s.

/// A folder, a setting or host.json that the local host cannot work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocalHostError {
    /// host.json is wrong, or asks for something that is not done here.
    #[error("host.json: {0}")]
    HostJson(String),
    /// A function.json is wrong, or asks for something that is not done here.
    #[error("{function}/function.json: {reason}")]
    FunctionJson { function: String, reason: String },
    /// A `%NAME%` without a value.
    #[error("{function}/function.json: the setting `{setting}` is not set")]
    MissingSetting { function: String, setting: String },
    /// No timer function has this name.
    #[error("there is no timer function named `{0}`")]
    NoSuchTimer(String),
    /// The timer ran and its function failed.
    #[error("{function} failed: {reason}")]
    TimerFailed { function: String, reason: String },
    /// There is nothing that could be called this way.
    #[error("there is no function `{0}` that is called this way")]
    NoSuchHook(String),
    /// A function that was called failed.
    #[error("{function} failed: {reason}")]
    HookFailed { function: String, reason: String },
}
