//! Maintenance windows: what Azure plans for one resource, and what became of it.

mod acceptance;
mod dates;
mod facts;
mod id;
mod record;

pub use acceptance::{Acceptance, ReportedStart, SECOND_LOOK, StartWord};
pub use dates::{Interval, InvalidInterval, Schedule, UnsaidDate};
pub use facts::{Impact, LastResult, MaintenanceFacts, MaintenanceStatus};
pub use id::{Revision, WindowId};
pub use record::{Elsewhere, EndReason, MaintenanceWindow, RevisionRecord, WindowState};
