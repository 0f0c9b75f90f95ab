//! What somebody asks to be started, and what became of it.

use chrono::{DateTime, Utc};

use crate::domain::action::Actor;
use crate::domain::action::response::StartSummary;
use crate::domain::action::start::{Start, StartOrigin, StartRefusal};
use crate::domain::data_loss::DataLoss;
use crate::domain::window::{Revision, WindowId};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRequest {
    /// What is to be started.
    pub window: WindowId,
    /// The dates that they saw.
    pub revision: Revision,
    pub by: Actor,
    /// What led to it.
    pub origin: StartOrigin,
    /// What they agreed to lose, for this machine.
    pub accepts: Option<DataLoss>,
    /// At a time of their choosing, or now.
    pub begins: Option<DateTime<Utc>>,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartResult {
    /// It is under way, or ended at once, as the start's state says.
    Begun(Box<Start>),
    /// It begins at its time.
    Planned(Box<Start>),
    /// Somebody else was first.
    Already(Box<StartSummary>),
    /// It is not done.
    Refused(StartRefusal),
    /// The form that asked for it was refused before: sent again it decides nothing, whatever passed since.
    SentBefore,
}
