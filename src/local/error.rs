//! Why a local host cannot start. What happens to invocations is told by [`HostEvent`](super::HostEvent)s.

/// A folder, a setting or host.json that the local host cannot work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LocalHostError {
    /// host.json is wrong, or asks for something that is not done here.
    #[error("host.json: {0}")]
    HostJson(String),
    /// A function.json is wrong, or asks for something that is not done here.
    #[error("{function}/function.json: {reason}")]
    FunctionJson {
        /// The function.
        function: String,
        /// What is wrong.
        reason: String,
    },
    /// A `%NAME%` without a value.
    #[error("{function}/function.json: the setting `{setting}` is not set")]
    MissingSetting {
        /// The function.
        function: String,
        /// The setting.
        setting: String,
    },
    /// No timer function has this name.
    #[error("there is no timer function named `{0}`")]
    NoSuchTimer(String),
    /// The timer ran and its function failed.
    #[error("{function} failed: {reason}")]
    TimerFailed {
        /// The function.
        function: String,
        /// Why.
        reason: String,
    },
    /// There is nothing that could be called this way.
    #[error("there is no function `{0}` that is called this way")]
    NoSuchHook(String),
    /// A function that was called failed.
    #[error("{function} failed: {reason}")]
    HookFailed {
        /// The function.
        function: String,
        /// Why.
        reason: String,
    },
}
