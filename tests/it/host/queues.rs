//! Queues of the storage service in memory, on a virtual clock.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How long a message is hidden that was taken, and one that fails on a poison queue: nothing moves that.
const HIDDEN: u64 = 600;

fn is_poison(queue: &str) -> bool {
    queue.ends_with("-poison")
}

/// What the host can read in a message.
fn text_of(stored: &str) -> Option<String> {
    String::from_utf8(STANDARD.decode(stored).ok()?).ok()
}

/// A message that the host took: hidden from others until it is deleted or its time is over.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) queue: String,
    pub(super) id: u64,
    pub(super) text: String,
    pub(super) dequeue_count: u32,
}

#[derive(Debug)]
struct Message {
    id: u64,
    /// As it lies in the service: Base64.
    stored: String,
    visible_at: u64,
    dequeue_count: u32,
}

/// All queues.
#[derive(Debug, Default)]
pub(super) struct Queues {
    queues: BTreeMap<String, Vec<Message>>,
    last_id: u64,
    pub(super) now: u64,
    pub(super) max_dequeue_count: u32,
    pub(super) visibility_timeout: u64,
}

impl Queues {
    pub(super) fn send(&mut self, queue: &str, text: &str) {
        let stored = STANDARD.encode(text);
        assert!(stored.len() <= 64 * 1024, "larger than the service takes: {}", stored.len());
        self.put(queue, stored);
    }

    /// As it lies in the service, whatever it is.
    pub(super) fn put(&mut self, queue: &str, stored: String) {
        self.last_id += 1;
        let message = Message { id: self.last_id, stored, visible_at: self.now, dequeue_count: 0 };
        self.queues.entry(queue.to_owned()).or_default().push(message);
    }

    /// The next visible message, hidden for ten minutes. What is no Base64, or no UTF-8 in it, is for the poison queue
    /// without a call; there, it stays hidden.
    pub(super) fn take(&mut self, queue: &str) -> Option<Taken> {
        let now = self.now;
        loop {
            let messages = self.queues.get_mut(queue)?;
            let index = messages.iter().position(|message| message.visible_at <= now)?;
            let message = &mut messages[index];
            message.visible_at = now + HIDDEN;
            message.dequeue_count += 1;
            match text_of(&message.stored) {
                Some(text) => {
                    let (id, dequeue_count) = (message.id, message.dequeue_count);
                    return Some(Taken { queue: queue.to_owned(), id, text, dequeue_count });
                }
                None if is_poison(queue) => {}
                None => {
                    let message = messages.remove(index);
                    self.put(&format!("{queue}-poison"), message.stored);
                }
            }
        }
    }

    /// After a success the message goes; after the last failure it goes to the poison queue, and before that it comes
    /// again.
    pub(super) fn done(&mut self, taken: &Taken, succeeded: bool) {
        let visible_at = self.now + self.visibility_timeout;
        let messages = self.queues.get_mut(&taken.queue).unwrap();
        let index = messages.iter().position(|message| message.id == taken.id).unwrap();
        if succeeded {
            messages.remove(index);
        } else if is_poison(&taken.queue) {
            messages[index].visible_at = self.now + HIDDEN;
        } else if taken.dequeue_count >= self.max_dequeue_count {
            let message = messages.remove(index);
            self.put(&format!("{}-poison", taken.queue), message.stored);
        } else {
            messages[index].visible_at = visible_at;
        }
    }

    /// The texts that lie in a queue, hidden or not.
    pub(super) fn texts(&self, queue: &str) -> Vec<String> {
        let messages = self.queues.get(queue).into_iter().flatten();
        messages.map(|message| text_of(&message.stored).unwrap_or_else(|| message.stored.clone())).collect()
    }

    /// When the next hidden message can be seen again, in whichever queue.
    pub(super) fn next_visible(&self) -> Option<u64> {
        self.queues.values().flatten().map(|message| message.visible_at).min()
    }
}
