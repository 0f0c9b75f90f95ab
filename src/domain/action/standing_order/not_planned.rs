//! Why no order applies to a window, or nothing is planned by it.

use chrono::{DateTime, Utc};

use crate::domain::action::start::StartRefusal;
use crate::domain::data_loss::DataLoss;
use crate::domain::schedule::InvalidSchedule;
use crate::domain::window::Interval;

/// Why no order applies to a window, or nothing is planned by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotPlanned {
    #[error("no owner has named maintenance hours")]
    NoOrder,
    /// The tag is there, and says nothing that can be read. Nothing else takes its place.
    #[error("the tag with the maintenance hours cannot be read: {0}")]
    UnreadableTag(InvalidSchedule),
    /// Nobody would hear of it in time.
    #[error("no owner is told of it")]
    NobodyNotified,
    /// A start would lose data, or may. Nobody agrees to that once for all maintenance to come.
    #[error("a start loses data: {0}")]
    LosesData(DataLoss),
    /// It cannot be started by its owner or from here, or something speaks for leaving it to Azure.
    #[error("it is left to Azure")]
    LeftToAzure,
    /// Self-service is open, and Azure does not say whether it accepts a start.
    #[error("Azure does not say whether it accepts a start at the moment")]
    NotSaid,
    /// Self-service is open, and Azure accepts no start.
    #[error("Azure does not accept a start at the moment")]
    NotAccepted,
    /// An owner handed it over and has no answer yet.
    #[error("it was handed over, and that is not accepted yet")]
    HandedOver,
    #[error("an owner objected")]
    Objected,
    /// A start of these dates is planned, under way or came to its end.
    #[error("a start of these dates was decided already")]
    Decided,
    /// None of the hours lie in what is left of self-service.
    #[error("none of the hours lie in self-service")]
    NoHours { self_service: Interval },
    /// Each owner's hours do, and no moment suits all of them.
    #[error("no moment in self-service suits all owners")]
    NoCommonHours,
    /// The only moments are too near for whoever would object.
    #[error(
        "the last of the hours in self-service come in less than a day, and a start is announced a day ahead"
    )]
    ShortNotice { at: DateTime<Utc> },
    /// Other starts take all moments.
    #[error("other starts take all of the hours in self-service")]
    Crowded,
    /// Nothing starts by itself at the moment.
    #[error("{why}")]
    Off { why: StartRefusal },
    /// No messages leave, so that nobody could object.
    #[error("no messages are sent at the moment, so that nobody could object")]
    Silent,
}
