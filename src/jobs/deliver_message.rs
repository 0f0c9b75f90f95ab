//! `DeliverMessage`: for each ticket, one attempt to send one message to one endpoint; and what became of an effect
//! outside, where whoever had it could not write it down.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::outputs::{failed, hand_on};
use crate::functions::{FromText, HandlerError, Invocation, Outputs, QueueTrigger};
use crate::services::App;
use crate::services::delivery::deliver;
use crate::services::known_outcome::keep;
use crate::services::ticket::{InvalidTicket, Ticket};
use crate::services::unwritten::CarriedOutcome;

/// What a message of the queue `deliver-message` is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// An attempt is to be made.
    Attempt(Ticket),
    /// What became of an effect is to be written down.
    Outcome(Box<CarriedOutcome>),
}

/// A message that is neither.
#[derive(Debug)]
pub enum InvalidErrand {
    Ticket(InvalidTicket),
    Outcome(serde_json::Error),
}

impl fmt::Display for InvalidErrand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ticket(error) => error.fmt(f),
            Self::Outcome(error) => write!(f, "this is no outcome of an effect: {error}"),
        }
    }
}

impl FromStr for Errand {
    type Err = InvalidErrand;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('{') {
            return text
                .parse()
                .map(|outcome| Self::Outcome(Box::new(outcome)))
                .map_err(InvalidErrand::Outcome);
        }
        text.parse().map(Self::Attempt).map_err(InvalidErrand::Ticket)
    }
}

/// Makes the attempt, or writes the outcome down. A message that could not be sent is no error: its outbox row says so.
/// An outcome that could not be written is none either: it goes back into the queue with the answer.
pub async fn run(
    app: Arc<App>,
    _: Invocation,
    message: QueueTrigger<FromText<Errand>>,
) -> Result<Outputs, HandlerError> {
    match message.payload.0 {
        Errand::Attempt(ticket) => deliver(&app, &ticket).await.map(drop),
        Errand::Outcome(outcome) => keep(&app, *outcome).await,
    }
    .map_err(failed)?;
    let mut outputs = Outputs::none();
    hand_on(&app, &mut outputs);
    Ok(outputs)
}
