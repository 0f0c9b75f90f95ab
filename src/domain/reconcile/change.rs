//! What one look changed.

use crate::domain::resource::ResourceId;
use crate::domain::window::{EndReason, Impact, MaintenanceStatus, MaintenanceWindow, Schedule, WindowId};

/// What one look changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Every window that is new or different, as it is now, in order of id.
    pub windows: Vec<MaintenanceWindow>,
    /// What became different, in the same order.
    pub changes: Vec<Change>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub window: WindowId,
    pub kind: ChangeKind,
}

/// Every way in which a window can become different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was not there before.
    Announced { again: bool },
    /// Its dates moved materially.
    Rescheduled { from: Schedule },
    /// Its dates moved by little.
    Adjusted { from: Schedule },
    /// Azure's portal would show another word.
    Status { from: MaintenanceStatus, to: MaintenanceStatus },
    /// Another impact, or the first one that Azure gave.
    Impact { from: Impact },
    /// It ended, and Azure shows it again with the same dates.
    Returned,
    /// The machine stands elsewhere now.
    Moved { from: ResourceId },
    /// The machine or its tags.
    Machine,
    /// Azure's numbers for it, or its words about the last attempt.
    Details,
    /// It ended.
    Ended { why: EndReason },
}
