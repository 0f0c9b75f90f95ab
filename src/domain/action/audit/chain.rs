//! The chain of the audit trail: how an entry is appended, and where a trail is broken.

use sha2::{Digest as _, Sha256};

use super::entry::{AuditAction, AuditEntry, AuditEvent, AuditHead, hex};

/// Where a trail is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainBreak {
    #[error("entry {found} follows entry {after}: something between them is missing")]
    Gap { after: u64, found: u64 },
    #[error("entry {0} does not follow from the one before it")]
    Unchained(u64),
    #[error("entry {0} was changed after it was written")]
    Changed(u64),
    #[error("entry {0} is not the one that was anchored: the trail was written anew")]
    Rewritten(u64),
    #[error("the trail ends at entry {found}, and {expected} were written")]
    Cut {
        /// The last entry that is there.
        found: u64,
        /// How many there should be.
        expected: u64,
    },
}

/// Appends `event` to the trail that ends in `head`.
pub fn append(head: &AuditHead, event: AuditEvent) -> (AuditEntry, AuditHead) {
    let sequence = head.sequence + 1;
    let hash = digest(sequence, &event, &head.hash);
    let entry = AuditEntry { sequence, event, previous: head.hash.clone(), hash: hash.clone() };
    (entry, AuditHead { sequence, hash })
}

/// Whether `entries`, in order, lead from `start` to `head` without a break.
///
/// # Errors
/// The first break.
pub fn verify<'a>(
    start: &AuditHead,
    entries: impl IntoIterator<Item = &'a AuditEntry>,
    head: &AuditHead,
) -> Result<(), ChainBreak> {
    let mut chain = AuditChain::after(start);
    for entry in entries {
        chain.follow(entry)?;
    }
    chain.end(head)
}

/// A walk along the trail, entry by entry, so that memory does not grow with its length.
#[derive(Debug, Clone, Default)]
pub struct AuditChain {
    last: AuditHead,
    /// The last one of those that are not there, when the trail begins later than the walk.
    removed: Option<AuditHead>,
    /// What the newest checkpoint says was removed.
    checkpoint: Option<AuditHead>,
}

impl AuditChain {
    /// A walk that begins behind the entry that `start` names.
    pub fn after(start: &AuditHead) -> Self {
        Self { last: start.clone(), ..Self::default() }
    }

    /// The last good entry.
    pub fn last(&self) -> &AuditHead {
        &self.last
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// When it does not follow from the one before.
    pub fn follow(&mut self, entry: &AuditEntry) -> Result<(), ChainBreak> {
        // The beginning may have been removed. Whether that was right is known once the checkpoint was met; that the
        // rest is as it was follows from the head, as ever, because an entry's hash covers the one before it.
        if self.last == AuditHead::default() && entry.sequence > 1 {
            self.last = AuditHead { sequence: entry.sequence - 1, hash: entry.previous.clone() };
            self.removed = Some(self.last.clone());
        }
        if entry.sequence != self.last.sequence + 1 {
            return Err(ChainBreak::Gap { after: self.last.sequence, found: entry.sequence });
        }
        if entry.previous != self.last.hash {
            return Err(ChainBreak::Unchained(entry.sequence));
        }
        if entry.hash != digest(entry.sequence, &entry.event, &entry.previous) {
            return Err(ChainBreak::Changed(entry.sequence));
        }
        if let AuditAction::Checkpoint { through, hash } = &entry.event.action {
            self.checkpoint = Some(AuditHead { sequence: *through, hash: hash.clone() });
        }
        self.last = AuditHead { sequence: entry.sequence, hash: entry.hash.clone() };
        Ok(())
    }

    /// Whether the walk ended where the trail does.
    ///
    /// # Errors
    /// When it did not, or its beginning is missing and no checkpoint says so.
    pub fn end(self, head: &AuditHead) -> Result<(), ChainBreak> {
        if let Some(removed) = &self.removed {
            // Less than what the checkpoint allows may be gone: removing was interrupted.
            let is_right = self
                .checkpoint
                .is_some_and(|checkpoint| checkpoint == *removed || removed.sequence < checkpoint.sequence);
            if !is_right {
                return Err(ChainBreak::Gap { after: 0, found: removed.sequence + 1 });
            }
        }
        if self.last.sequence < head.sequence {
            return Err(ChainBreak::Cut { found: self.last.sequence, expected: head.sequence });
        }
        if self.last == *head { Ok(()) } else { Err(ChainBreak::Changed(self.last.sequence)) }
    }
}

fn digest(sequence: u64, event: &AuditEvent, previous: &str) -> String {
    // The order of a struct's fields is fixed, so the same event always gives the same text.
    let text = serde_json::to_string(event).unwrap_or_default();
    hex(&Sha256::digest(format!("{previous}\n{sequence}\n{text}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::actor::Actor;
    use crate::domain::fixtures::utc;

    fn trail(count: u64) -> (Vec<AuditEntry>, AuditHead) {
        let mut head = AuditHead::default();
        let entries = (0..count).map(|number| {
            let event = AuditEvent {
                at: utc("2026-12-01T08:00:00Z"),
                actor: Actor { principal: Some("jane".to_owned()), ..Actor::default() },
                action: AuditAction::Declined { reason: format!("{number}") },
                window: None,
                message: None,
            };
            let (entry, next) = append(&head, event);
            head = next;
            entry
        });
        (entries.collect(), head)
    }

    #[test]
    fn s24_whatever_is_changed_removed_or_added_is_found() {
        let (entries, head) = trail(5);
        let start = AuditHead::default();
        assert_eq!(verify(&start, &entries, &head), Ok(()));

        let mut changed = entries.clone();
        changed[2].event.actor.principal = Some("arjun".to_owned());
        assert_eq!(verify(&start, &changed, &head), Err(ChainBreak::Changed(3)));
        // Who also makes the hash fit breaks the chain behind it.
        changed[2].hash = digest(3, &changed[2].event, &changed[2].previous);
        assert_eq!(verify(&start, &changed, &head), Err(ChainBreak::Unchained(4)));

        let mut removed = entries.clone();
        removed.remove(2);
        assert_eq!(verify(&start, &removed, &head), Err(ChainBreak::Gap { after: 2, found: 4 }));
        assert_eq!(verify(&start, &entries[..4], &head), Err(ChainBreak::Cut { found: 4, expected: 5 }));

        let (forged, _) = append(&head, entries[0].event.clone());
        let mut added = entries.clone();
        added.push(forged);
        assert_eq!(verify(&start, &added, &head), Err(ChainBreak::Changed(6)));
    }

    #[test]
    fn a_removed_beginning_is_right_as_far_as_a_checkpoint_says_so() {
        let (mut entries, head) = trail(5);
        let start = AuditHead::default();
        assert_eq!(verify(&start, &entries[2..], &head), Err(ChainBreak::Gap { after: 0, found: 3 }));
        let removed = AuditHead { sequence: 2, hash: entries[1].hash.clone() };
        let checkpoint = |removed: &AuditHead| {
            let action = AuditAction::Checkpoint { through: removed.sequence, hash: removed.hash.clone() };
            append(&head, AuditEvent { action, ..entries[0].event.clone() })
        };
        let (entry, after) = checkpoint(&removed);
        let (other, after_other) = checkpoint(&AuditHead { hash: head.hash.clone(), ..removed });
        entries.push(entry);
        assert_eq!(verify(&start, &entries, &after), Ok(()), "nothing is removed yet");
        assert_eq!(verify(&start, &entries[1..], &after), Ok(()), "removing was interrupted");
        assert_eq!(verify(&start, &entries[2..], &after), Ok(()));
        assert_eq!(verify(&start, &entries[3..], &after), Err(ChainBreak::Gap { after: 0, found: 4 }));
        entries[5] = other;
        assert_eq!(verify(&start, &entries[2..], &after_other), Err(ChainBreak::Gap { after: 0, found: 3 }));
    }

    #[test]
    fn an_entry_reads_back_as_it_was_written() {
        let (entries, head) = trail(1);
        let checkpoint = AuditAction::Checkpoint { through: 1, hash: head.hash.clone() };
        let (checkpoint, _) = append(&head, AuditEvent { action: checkpoint, ..entries[0].event.clone() });
        for entry in [&entries[0], &checkpoint] {
            let text = serde_json::to_string(entry).unwrap();
            let read: AuditEntry = serde_json::from_str(&text).unwrap();
            assert_eq!(read, *entry);
            assert_eq!(digest(read.sequence, &read.event, &read.previous), read.hash);
        }
    }
}
