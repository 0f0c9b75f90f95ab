//! The chain of the audit trail: how an entry is appended, and where a trail is broken.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::entry::{AuditAction, AuditEntry, AuditEvent, AuditHead, hex};
use super::replaced::{is_of_text, is_sealed};
use crate::domain::action::token::LinkKeys;

/// Where a trail is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainBreak {
    #[error("entry {found} follows entry {after}: something between them is missing")]
    Gap { after: u64, found: u64 },
    #[error("entry {0} does not follow from the one before it")]
    Unchained(u64),
    #[error("entry {0} was changed after it was written")]
    Changed(u64),
    /// An entry says that it was rewritten to forget a person, and that cannot be proved.
    #[error(
        "entry {0} says that a person was forgotten in it, and none of the keys in NOTIFIER_LINK_KEYS sealed that"
    )]
    Unsealed(u64),
    /// An entry says that it was rewritten, and the trail does not list it.
    #[error("entry {0} says that a person was forgotten in it, and the trail does not list that")]
    Unlisted(u64),
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
    let entry =
        AuditEntry { sequence, event, previous: head.hash.clone(), hash: hash.clone(), replaced: None };
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
    /// Which keys seal notes of entries that were rewritten; without, their seals are not looked at.
    keys: Option<LinkKeys>,
    /// The entries that say they were rewritten, and are not listed yet.
    noted: BTreeMap<u64, String>,
}

impl AuditChain {
    /// A walk that begins behind the entry that `start` names.
    pub fn after(start: &AuditHead) -> Self {
        Self { last: start.clone(), ..Self::default() }
    }

    /// The same, that also looks at the seals of notes.
    #[must_use]
    pub fn checking(self, keys: &LinkKeys) -> Self {
        Self { keys: Some(keys.clone()), ..self }
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
        match &entry.replaced {
            None if entry.hash == digest(entry.sequence, &entry.event, &entry.previous) => {}
            Some(note) if is_of_text(entry, note) => {
                if self.keys.as_ref().is_some_and(|keys| !is_sealed(entry, note, keys)) {
                    return Err(ChainBreak::Unsealed(entry.sequence));
                }
                self.noted.insert(entry.sequence, note.digest.clone());
            }
            _ => return Err(ChainBreak::Changed(entry.sequence)),
        }
        if let AuditAction::Forgotten { entries, .. } = &entry.event.action {
            for listed in entries {
                if self.noted.get(&listed.sequence) == Some(&listed.digest) {
                    self.noted.remove(&listed.sequence);
                }
            }
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
        if let Some(sequence) = self.noted.keys().next() {
            return Err(ChainBreak::Unlisted(*sequence));
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
    use super::super::replaced::{listed, rewritten};
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
    fn a_forgotten_person_leaves_a_sealed_and_listed_note_and_anything_else_is_found() {
        let keys = LinkKeys::new([("k".to_owned(), vec![7; 32])]);
        let (mut entries, before) = trail(5);
        let forget = |entry: &AuditEntry, keys: &LinkKeys| {
            let actor = Actor { principal: Some("person-1".to_owned()), ..Actor::default() };
            let event = AuditEvent { actor, ..entry.event.clone() };
            rewritten(entry, event, "person-1", keys, utc("2026-12-02T08:00:00Z")).unwrap()
        };
        let record = |entry: &AuditEntry| {
            let entries = vec![listed(entry).unwrap()];
            let action = AuditAction::Forgotten { person: "person-1".to_owned(), entries };
            append(&before, AuditEvent { action, ..entry.event.clone() })
        };
        let walk = |entries: &[AuditEntry], head: &AuditHead| {
            let mut chain = AuditChain::default().checking(&keys);
            entries.iter().try_for_each(|entry| chain.follow(entry))?;
            chain.end(head)
        };
        let original = entries.clone();
        entries[2] = forget(&entries[2], &keys);
        assert_eq!(walk(&entries, &before), Err(ChainBreak::Unlisted(3)), "the trail does not say so");
        let (entry, head) = record(&entries[2]);
        entries.push(entry);
        assert_eq!(walk(&entries, &head), Ok(()));
        assert_eq!(entries[4].hash, before.hash, "an earlier anchor still fits");
        let text = serde_json::to_string(&entries[2]).unwrap();
        assert_eq!(serde_json::from_str::<AuditEntry>(&text).unwrap(), entries[2]);

        // Without a note, with the note of another text, with a note by another key, or one that is not listed.
        let mut forged = entries.clone();
        forged[1].event.actor.principal = Some("arjun".to_owned());
        assert_eq!(walk(&forged, &head), Err(ChainBreak::Changed(2)));
        let mut forged = entries.clone();
        forged[2].event.actor.principal = Some("arjun".to_owned());
        assert_eq!(walk(&forged, &head), Err(ChainBreak::Changed(3)));
        let mut forged = entries.clone();
        forged[1] = forget(&original[1], &LinkKeys::new([("k".to_owned(), vec![8; 32])]));
        assert_eq!(walk(&forged, &head), Err(ChainBreak::Unsealed(2)));
        forged[1] = forget(&original[1], &keys);
        assert_eq!(walk(&forged, &head), Err(ChainBreak::Unlisted(2)));
        let mut forged = entries.clone();
        forged[1].replaced = entries[2].replaced.clone();
        assert_eq!(walk(&forged, &head), Err(ChainBreak::Changed(2)));
        // Listed with the digest of another text.
        let (mut forged, mut other) = (entries[..5].to_vec(), entries[2].clone());
        if let Some(note) = &mut other.replaced {
            note.digest = "00".repeat(32);
        }
        let (entry, end) = record(&other);
        forged.push(entry);
        assert_eq!(walk(&forged, &end), Err(ChainBreak::Unlisted(3)));
        // Two people can be forgotten in one entry, one after the other.
        entries[2] = forget(&entries[2], &keys);
        assert_eq!(walk(&entries, &head), Ok(()));
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
