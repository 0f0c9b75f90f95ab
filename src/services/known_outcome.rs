//! What somebody knows of an effect outside and the store does not know yet: a mail was taken, a start was accepted.
//!
//! It is never forgotten while anybody is there to know it, since nobody could ask again. Whoever knows it writes it
//! down again and again, for as long as their invocation has time; what still cannot be written leaves with the
//! function's answer as a message of our own queue. It is taken from there and written down by the same steps. Those
//! are safe to do twice, and say nothing where the row has gone on meanwhile.

use std::time::Duration;

use tokio::time::Instant;

use super::delivery_outcome::record;
use super::start::record_answer;
use super::unwritten::{CarriedOutcome, KnownOutcome};
use super::{App, ServiceError};
use crate::http::causes::chain;
use crate::http::time_budget;
use crate::store::TRIES;

/// The wait after the first time; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// The longest wait: shorter than the minute between two runs of the planner, so that after an outage what is known is
/// there before anybody asks.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// How often an outcome is handed on. Each time takes minutes, so these are more than a day.
const MOST_CARRIED: u32 = 300;

/// Writes an outcome down, again and again while there is time. What cannot be written then is among the app's
/// [`UnwrittenOutcomes`](super::unwritten::UnwrittenOutcomes).
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

/// Whether trying again cannot help: the row itself is the problem.
pub fn is_in_vain(error: &ServiceError) -> bool {
    matches!(error, ServiceError::Store(error) if error.is_unreadable_row())
}
