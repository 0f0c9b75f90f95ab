//! Storage queues in memory: Base64 bodies, visibility, dequeue counts, poison queues.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use uuid::Uuid;

/// A message that failed as often as it may. It stays in its poison queue until the process ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoisonMessage {
    /// The poison queue in which it lies.
    pub queue: String,
    /// The function that could not cope with it.
    pub function: String,
    pub text: String,
    pub reason: String,
    pub attempts: u32,
}

/// All queues of the host.
#[derive(Debug, Default)]
pub(super) struct Queues {
    messages: Mutex<BTreeMap<String, VecDeque<Message>>>,
    poisoned: Mutex<Vec<PoisonMessage>>,
    /// Wakes the pump when a message arrives.
    pub(super) arrived: Notify,
}

#[derive(Debug, Clone)]
struct Message {
    id: Uuid,
    base64: String,
    inserted: DateTime<Utc>,
    visible: DateTime<Utc>,
    dequeue_count: u32,
    is_taken: bool,
}

/// A message that was taken. Dropped without a word, it becomes visible again: nothing is lost when a worker is.
#[derive(Debug)]
pub(super) struct Lease {
    queues: Arc<Queues>,
    queue: String,
    pub(super) id: Uuid,
    pub(super) text: String,
    pub(super) inserted: DateTime<Utc>,
    pub(super) dequeue_count: u32,
}

/// Which messages may be taken.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ready {
    /// Those that are visible at this time.
    VisibleAt(DateTime<Utc>),
    /// Those that wait for another attempt too.
    All,
}

impl Queues {
    /// Adds a message.
    pub(super) fn push(&self, queue: &str, body: &[u8], now: DateTime<Utc>) {
        let message = Message {
            id: Uuid::new_v4(),
            base64: STANDARD.encode(body),
            inserted: now,
            visible: now,
            dequeue_count: 0,
            is_taken: false,
        };
        lock(&self.messages).entry(queue.to_owned()).or_default().push_back(message);
        self.arrived.notify_one();
    }

    /// Takes the oldest message that is ready.
    pub(super) fn take(self: &Arc<Self>, queue: &str, ready: Ready) -> Option<Lease> {
        let mut messages = lock(&self.messages);
        let message = messages.get_mut(queue)?.iter_mut().find(|message| {
            !message.is_taken
                && match ready {
                    Ready::All => true,
                    Ready::VisibleAt(now) => message.visible <= now,
                }
        })?;
        message.is_taken = true;
        message.dequeue_count += 1;
        // The queue holds only what `push` encoded; .NET too puts a replacement character for broken UTF-8.
        let bytes = STANDARD.decode(&message.base64).unwrap_or_default();
        Some(Lease {
            queues: Arc::clone(self),
            queue: queue.to_owned(),
            id: message.id,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            inserted: message.inserted,
            dequeue_count: message.dequeue_count,
        })
    }

    /// How many messages lie in a queue, taken ones counted.
    pub(super) fn len(&self, queue: &str) -> usize {
        lock(&self.messages).get(queue).map_or(0, VecDeque::len)
    }

    /// Everything that failed for good so far.
    pub(super) fn poisoned(&self) -> Vec<PoisonMessage> {
        lock(&self.poisoned).clone()
    }
}

impl Lease {
    /// Removes the message: its function succeeded.
    pub(super) fn delete(self) {
        self.remove();
    }

    /// Makes the message visible again at `visible`: its function failed.
    pub(super) fn give_back(self, visible: DateTime<Utc>) {
        self.change(|message| message.visible = visible);
    }

    /// Moves the message to its poison queue: its function failed for the last time.
    pub(super) fn poison(self, function: &str, reason: &str, now: DateTime<Utc>) -> PoisonMessage {
        self.remove();
        let queue = format!("{}-poison", self.queue);
        self.queues.push(&queue, self.text.as_bytes(), now);
        let poison = PoisonMessage {
            queue,
            function: function.to_owned(),
            text: self.text.clone(),
            reason: reason.to_owned(),
            attempts: self.dequeue_count,
        };
        lock(&self.queues.poisoned).push(poison.clone());
        poison
    }

    fn remove(&self) {
        if let Some(queue) = lock(&self.queues.messages).get_mut(&self.queue) {
            queue.retain(|message| message.id != self.id);
        }
    }

    fn change(&self, change: impl FnOnce(&mut Message)) {
        if let Some(message) = lock(&self.queues.messages)
            .get_mut(&self.queue)
            .and_then(|queue| queue.iter_mut().find(|message| message.id == self.id))
        {
            change(message);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.change(|message| message.is_taken = false);
        self.queues.arrived.notify_one();
    }
}

/// Nothing here panics while it holds a lock, so a poisoned lock still guards whole data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2030-03-04T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_taken_message_is_hidden_until_it_is_given_back_and_its_time_has_come() {
        let queues = Arc::new(Queues::default());
        queues.push("orders", b"first", now());
        queues.push("orders", b"second", now());
        let ready = Ready::VisibleAt(now());
        let first = queues.take("orders", ready).unwrap();
        let second = queues.take("orders", ready).unwrap();
        assert_eq!((first.text.as_str(), second.text.as_str()), ("first", "second"));
        assert!(queues.take("orders", Ready::All).is_none());
        first.give_back(now() + TimeDelta::seconds(30));
        second.delete();
        assert!(queues.take("orders", ready).is_none());
        let again = queues.take("orders", Ready::VisibleAt(now() + TimeDelta::seconds(30))).unwrap();
        assert_eq!((again.text.as_str(), again.dequeue_count), ("first", 2));
        assert_eq!(queues.len("orders"), 1);
    }

    #[test]
    fn a_worker_that_is_gone_loses_nothing() {
        let queues = Arc::new(Queues::default());
        queues.push("orders", b"first", now());
        drop(queues.take("orders", Ready::All));
        let again = queues.take("orders", Ready::VisibleAt(now())).unwrap();
        assert_eq!(again.dequeue_count, 2);
    }

    #[test]
    fn a_poison_message_keeps_its_body_in_the_poison_queue() {
        let queues = Arc::new(Queues::default());
        queues.push("orders", "Zoë".as_bytes(), now());
        let poison = queues.take("orders", Ready::All).unwrap().poison("Work", "no", now());
        assert_eq!(queues.poisoned(), [poison]);
        assert_eq!((queues.len("orders"), queues.len("orders-poison")), (0, 1));
        assert_eq!(queues.take("orders-poison", Ready::All).unwrap().text, "Zoë");
    }
}
