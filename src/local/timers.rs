//! Timer functions: by their schedules, and by hand.

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::folders::LocalTrigger;
use super::hosted::Hosted;
use super::wire::{TimerDelivery, TimerStatus};
use super::{InvocationOutcome, LocalHost, LocalHostError};

impl LocalHost {
    /// Runs a timer function now, after a run that may be under way. Says how many messages it put into queues.
    ///
    /// # Errors
    /// When there is no timer function of this name, or when it fails.
    pub async fn invoke_timer(&self, name: &str) -> Result<usize, LocalHostError> {
        let found = self.0.functions.iter().find(|hosted| {
            hosted.function.name == name && matches!(hosted.function.trigger, LocalTrigger::Timer { .. })
        });
        let hosted = found.ok_or_else(|| LocalHostError::NoSuchTimer(name.to_owned()))?;
        match self.fire(hosted, None, false).await {
            InvocationOutcome::Succeeded { messages, .. } => Ok(messages),
            InvocationOutcome::Failed { reason } | InvocationOutcome::Poisoned { reason, .. } => {
                Err(LocalHostError::TimerFailed { function: name.to_owned(), reason })
            }
        }
    }

    /// Runs a timer function at every time of its schedule. A time that passes during a run is left out.
    pub(super) async fn follow_schedule(&self, index: usize, cancel: &CancellationToken) {
        let hosted = &self.0.functions[index];
        let LocalTrigger::Timer { schedule, .. } = &hosted.function.trigger else {
            return;
        };
        let mut due = schedule.next_after(self.0.clock.now());
        while let Some(time) = due {
            tokio::select! {
                () = cancel.cancelled() => return,
                () = self.until(time) => (),
            }
            let now = self.0.clock.now();
            // The clock stood still for longer than an interval, as on a machine that was asleep.
            let is_past_due = schedule.next_after(time).is_some_and(|next| next <= now);
            self.fire(hosted, Some(time), is_past_due).await;
            due = schedule.next_after(self.0.clock.now());
        }
        tracing::warn!(function = %hosted.function.name,
            "{} has the schedule \"{schedule}\", which never comes", hosted.function.name);
    }

    async fn fire(
        &self,
        hosted: &Hosted,
        due: Option<DateTime<Utc>>,
        is_past_due: bool,
    ) -> InvocationOutcome {
        let function = &hosted.function;
        let mut state = hosted.timer.lock().await;
        let now = self.0.clock.now();
        let LocalTrigger::Timer { binding, schedule, monitored } = &function.trigger else {
            return InvocationOutcome::Failed { reason: "it is not a timer function".into() };
        };
        let is_monitored = *monitored && !schedule.is_faster_than_a_minute(now);
        let next = due.or_else(|| schedule.next_after(now));
        let status = is_monitored.then_some(TimerStatus { last: state.last, next });
        let delivery = TimerDelivery { function: &function.name, binding, now, status, is_past_due };
        let call = self.call(function, &delivery.body()).await;
        state.last = Some(now);
        drop(state);
        let outcome = call.outcome();
        self.report(call, outcome.clone());
        outcome
    }
}
