//! Results of effects outside that the store does not have yet.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::attempt_outcome::AttemptOutcome;
use super::start::StartAnswer;
use super::ticket::Ticket;

/// How many outcomes one process holds. It has a few at a time.
const MOST_HELD: usize = 1_000;

/// An outcome and what it is the outcome of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownOutcome {
    /// Result of an attempt to deliver.
    Delivery(AttemptOutcome),
    /// What Azure answered to a start.
    Start(Box<StartAnswer>),
}

/// An outcome on its way to the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedOutcome {
    pub(super) outcome: KnownOutcome,
    /// How often it was handed on.
    #[serde(default)]
    pub(super) carried: u32,
}

impl From<KnownOutcome> for CarriedOutcome {
    fn from(outcome: KnownOutcome) -> Self {
        Self { outcome, carried: 0 }
    }
}

/// The text of a queue message.
impl fmt::Display for CarriedOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for CarriedOutcome {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text)
    }
}

/// What this process could not write down in time.
#[derive(Debug, Default)]
pub struct UnwrittenOutcomes(Mutex<HeldOutcomes>);

#[derive(Debug, Default)]
struct HeldOutcomes {
    /// What is to be handed on.
    waiting: VecDeque<CarriedOutcome>,
    /// What was handed on lately. The host may not have taken it: then the ticket comes again, and its result is
    /// known here.
    handed_on: VecDeque<CarriedOutcome>,
}

impl UnwrittenOutcomes {
    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.held().waiting.is_empty()
    }

    /// Takes all of them: whoever does has to hand them on.
    pub fn take(&self) -> Vec<CarriedOutcome> {
        let mut held = self.held();
        let taken: Vec<_> = held.waiting.drain(..).collect();
        held.handed_on.extend(taken.iter().cloned());
        let too_many = held.handed_on.len().saturating_sub(MOST_HELD);
        held.handed_on.drain(..too_many);
        taken
    }

    /// Result of the attempt of this ticket, if that was handed on from here.
    pub(super) fn of(&self, ticket: &Ticket) -> Option<CarriedOutcome> {
        let is_of = |known: &&CarriedOutcome| match &known.outcome {
            KnownOutcome::Delivery(outcome) => outcome.row == ticket.row && outcome.attempt == ticket.attempt,
            KnownOutcome::Start(_) => false,
        };
        self.held().handed_on.iter().find(is_of).cloned()
    }

    pub(super) fn put(&self, outcome: CarriedOutcome) {
        let mut held = self.held();
        held.waiting.truncate(MOST_HELD - 1);
        held.waiting.push_back(outcome);
    }

    fn held(&self) -> MutexGuard<'_, HeldOutcomes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
