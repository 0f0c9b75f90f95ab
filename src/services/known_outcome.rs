//! What somebody knows of an effect outside and the store does not know yet: a mail was taken, a start was accepted.
//!
//! It is never forgotten while anybody is there to know it, since nobody could ask again. Whoever knows it writes it
//! down again and again, for as long as their invocation has time; what still cannot be written leaves with the
//! function's answer as a message of our own queue. It is taken from there and written down by the same steps. Those
//! are safe to do twice, and say nothing where the row has gone on meanwhile.

use std::collections::VecDeque;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::delivery_outcome::{AttemptOutcome, record};
use super::start::{StartAnswer, record_answer};
use super::ticket::Ticket;
use super::{App, ServiceError};
use crate::http::causes::chain;
use crate::http::time_budget;
use crate::store::{StoreError, TRIES};

/// The wait after the first time; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest wait: shorter than the minute between two runs of the planner, so that after an outage what is known is
/// there before anybody asks.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How often an outcome is handed on. Each time takes minutes, so these are more than a day.
const MOST_CARRIED: u32 = 300;

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
    outcome: KnownOutcome,
    /// How often it was handed on.
    #[serde(default)]
    carried: u32,
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

    fn put(&self, outcome: CarriedOutcome) {
        let mut held = self.held();
        held.waiting.truncate(MOST_HELD - 1);
        held.waiting.push_back(outcome);
    }

    fn held(&self) -> MutexGuard<'_, HeldOutcomes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes an outcome down, again and again while there is time. What cannot be written then is among the app's
/// [`UnwrittenOutcomes`].
///
/// # Errors
/// When it never can be: its row is unreadable, or it was handed on too often.
pub async fn keep(app: &App, known: CarriedOutcome) -> Result<(), ServiceError> {
    let (mut wait, mut tries, begun) = (FIRST_WAIT, 0, Instant::now());
    loop {
        let error = match write_down(app, &known.outcome).await {
            Ok(()) => return Ok(()),
            Err(error) if is_in_vain(&error) || known.carried >= MOST_CARRIED => return Err(error),
            Err(error) => error,
        };
        tries += 1;
        // Whoever has no time of their own, or no clock that moves, does not wait.
        let left = time_budget::remaining().filter(|_| !app.asks_once());
        let is_last = match left {
            Some(left) => wait >= left,
            None => tries >= TRIES || begun.elapsed() > LONGEST_WAIT,
        };
        if is_last {
            tracing::warn!(error = chain(&error), outcome = ?known.outcome, "could not record the outcome; will retry");
            app.live.unwritten().put(CarriedOutcome { carried: known.carried + 1, ..known });
            return Ok(());
        }
        if left.is_some() {
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
}

/// Writes down an outcome that was handed on as often as it may.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn keep_at_last(app: &App, known: &CarriedOutcome) -> Result<(), ServiceError> {
    write_down(app, &known.outcome).await
}

/// Writes down what this process holds, for as long as the work has time: a page that has answered leaves this behind.
pub async fn keep_unwritten(app: &App) {
    for known in app.live.unwritten().take() {
        if let Err(error) = keep(app, known).await {
            tracing::error!(error = chain(&error), "could not record the outcome");
        }
    }
}

/// Writes an outcome down once. Doing it twice changes nothing.
///
/// # Errors
/// When the store cannot be read or written.
async fn write_down(app: &App, outcome: &KnownOutcome) -> Result<(), ServiceError> {
    match outcome {
        KnownOutcome::Delivery(outcome) => record(app, outcome).await,
        KnownOutcome::Start(answer) => record_answer(app, answer).await.map(drop),
    }
}

/// Whether the store lacks an outcome. What it is about may have gone on, or not be kept any more.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn is_lacked(app: &App, carried: &CarriedOutcome) -> Result<bool, StoreError> {
    Ok(match &carried.outcome {
        KnownOutcome::Delivery(outcome) => {
            let row = app.repository.outbox_row(&outcome.row).await?;
            row.is_some_and(|row| outcome.is_news_of(&row.value))
        }
        KnownOutcome::Start(answer) => {
            let start = app.repository.start(&answer.start).await?;
            start.is_some_and(|start| answer.is_meant_for(&start))
        }
    })
}

/// Whether trying again cannot help: the row itself is the problem.
pub fn is_in_vain(error: &ServiceError) -> bool {
    matches!(error, ServiceError::Store(error) if error.is_unreadable_row())
}
