//! How a start goes that a script speaks of.

/// What the next `performMaintenance` on a resource comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptedStart {
    /// The operation succeeds and the machine is maintained.
    Complete,
    /// The operation succeeds, and the instance view says `RetryLater`.
    RetryLater,
    /// The operation succeeds, and the instance view says `MaintenanceAborted`.
    Abort,
    /// The operation ends as failed, and the instance view stays as it was.
    Fail { code: String, message: String },
    /// The operation is accepted and never ends.
    NeverEnd,
    /// The call is refused with status 409.
    Refuse { message: String },
    /// The call is refused with another status or code.
    RefuseWith { status: u16, code: String, message: String },
    /// The operation succeeds, and the instance view stays as it was.
    Unshown,
}
