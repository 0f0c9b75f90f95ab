//! The result of one ticket.

use crate::deliver::Delivery;
use crate::domain::held_for::HeldFor;

/// Result of one ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeliveryReport {
    /// The ticket is an old one, or its row is gone: nothing was done.
    Stale,
    /// The message has nothing left to say.
    Dropped,
    /// An earlier message to the same endpoint goes first, or nothing leaves by its way for a while.
    Waits,
    /// It would be one too many, or says nothing new: operators are notified.
    Held(HeldFor),
    /// Somebody else changed the row or its message at the same time. Nothing was sent; whoever that was goes on, or the
    /// lease brings the row back.
    GaveWay,
    /// The service that took it was asked what became of it.
    Asked,
    /// An attempt was made, with this outcome.
    Attempted(Delivery),
}
