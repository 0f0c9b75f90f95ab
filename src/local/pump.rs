//! Queue functions: messages are taken as they come, several at once.

use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::folders::LocalTrigger;
use super::host::TICK;
use super::queues::{Lease, PoisonMessage, Ready};
use super::wire::QueueDelivery;
use super::{InvocationOutcome, LocalHost};

/// What came of the messages that were in the queues.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DrainReport {
    pub succeeded: usize,
    /// Invocations that failed; a message may be among them several times.
    pub failed: usize,
    /// Messages that failed as often as they may.
    pub poisoned: Vec<PoisonMessage>,
}

/// How one attempt at a message ended.
enum Attempt {
    Succeeded,
    Failed,
    Poisoned(PoisonMessage),
}

impl LocalHost {
    /// Works on the queues until nothing is left in them, what was put in meanwhile included. A failed message is
    /// tried again at once, until it succeeds or is poison. Not meant to be used while the host
    /// [runs](LocalHost::run): it does not wait for messages that others have taken.
    pub async fn drain_queues(&self) -> DrainReport {
        let mut running = JoinSet::new();
        let mut report = DrainReport::default();
        loop {
            self.start_ready(&mut running, Ready::All);
            match running.join_next().await {
                None => return report,
                Some(Ok(Attempt::Succeeded)) => report.succeeded += 1,
                Some(Ok(Attempt::Failed) | Err(_)) => report.failed += 1,
                Some(Ok(Attempt::Poisoned(message))) => {
                    report.failed += 1;
                    report.poisoned.push(message);
                }
            }
        }
    }

    /// Works on the queues until `cancel`, then finishes what is under way.
    pub(super) async fn pump(&self, cancel: &CancellationToken) {
        let mut running = JoinSet::new();
        while !cancel.is_cancelled() {
            self.start_ready(&mut running, Ready::VisibleAt(self.0.clock.now()));
            tokio::select! {
                () = cancel.cancelled() => (),
                Some(_) = running.join_next() => (),
                () = self.0.queues.arrived.notified() => (),
                () = sleep(TICK) => (),
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Takes as many messages as there are free slots.
    fn start_ready(&self, running: &mut JoinSet<Attempt>, ready: Ready) {
        for index in 0..self.0.functions.len() {
            let hosted = &self.0.functions[index];
            let LocalTrigger::Queue { queue, .. } = &hosted.function.trigger else {
                continue;
            };
            while let Ok(slot) = hosted.slots.clone().try_acquire_owned() {
                let Some(lease) = self.0.queues.take(queue, ready) else {
                    break;
                };
                let host = self.clone();
                running.spawn(async move { host.deliver(index, lease, slot).await });
            }
        }
    }

    async fn deliver(&self, index: usize, lease: Lease, _slot: OwnedSemaphorePermit) -> Attempt {
        let function = &self.0.functions[index].function;
        let LocalTrigger::Queue { binding, .. } = &function.trigger else {
            return Attempt::Failed;
        };
        let delivery = QueueDelivery {
            function: &function.name,
            binding,
            now: self.0.clock.now(),
            text: &lease.text,
            id: lease.id,
            inserted: lease.inserted,
            dequeue_count: lease.dequeue_count,
        };
        let call = self.call(function, &delivery.body()).await;
        let now = self.0.clock.now();
        let (outcome, attempt) = match &call.result {
            Ok(_) => {
                lease.delete();
                (call.outcome(), Attempt::Succeeded)
            }
            Err(reason) if lease.dequeue_count >= self.0.settings.max_dequeue_count => {
                let poison = lease.poison(&function.name, reason, now);
                let outcome =
                    InvocationOutcome::Poisoned { reason: reason.clone(), queue: poison.queue.clone() };
                (outcome, Attempt::Poisoned(poison))
            }
            Err(_) => {
                lease.give_back(now + self.0.settings.visibility_timeout);
                (call.outcome(), Attempt::Failed)
            }
        };
        self.report(call, outcome);
        attempt
    }
}
