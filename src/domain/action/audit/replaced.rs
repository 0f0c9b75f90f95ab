//! Rewriting an entry of the trail so that a person is forgotten, and the chain still proves everything else.
//!
//! The entry keeps its hash, so every later hash and every earlier anchor still fits. A sealed note takes the place of
//! what the hash proved: whoever may only write to the store has not the key. And the trail goes on with an entry that
//! lists what was rewritten, so that no note can be put in later.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use super::entry::{AuditEntry, AuditEvent, ReplacedEntry, ReplacedNote, hex};
use crate::domain::action::token::LinkKeys;

/// What the seal of a note is for.
const PURPOSE: &str = "maintenance-notifier audit note 1";

/// The entry with `event` as its text, and a sealed note; `None` without a key.
pub fn rewritten(
    entry: &AuditEntry,
    event: AuditEvent,
    person: &str,
    keys: &LinkKeys,
    at: DateTime<Utc>,
) -> Option<AuditEntry> {
    let note = ReplacedNote {
        at,
        person: person.to_owned(),
        digest: text_digest(&event),
        key: String::new(),
        seal: String::new(),
    };
    let mut next = AuditEntry { event, replaced: None, ..entry.clone() };
    let (key, seal) = keys.seal(PURPOSE, &sealed_text(&next, &note))?;
    next.replaced = Some(ReplacedNote { key, seal, ..note });
    Some(next)
}

/// How the trail lists an entry that was rewritten.
pub fn listed(entry: &AuditEntry) -> Option<ReplacedEntry> {
    let note = entry.replaced.as_ref()?;
    Some(ReplacedEntry { sequence: entry.sequence, digest: note.digest.clone() })
}

/// Whether the note is about the text that the entry has.
pub(super) fn is_of_text(entry: &AuditEntry, note: &ReplacedNote) -> bool {
    note.digest == text_digest(&entry.event)
}

/// Whether the note was sealed with one of `keys`.
pub(super) fn is_sealed(entry: &AuditEntry, note: &ReplacedNote, keys: &LinkKeys) -> bool {
    keys.is_sealed(PURPOSE, &sealed_text(entry, note), (&note.key, &note.seal))
}

fn text_digest(event: &AuditEvent) -> String {
    hex(&Sha256::digest(serde_json::to_string(event).unwrap_or_default().as_bytes()))
}

fn sealed_text(entry: &AuditEntry, note: &ReplacedNote) -> String {
    let AuditEntry { sequence, previous, hash, .. } = entry;
    let ReplacedNote { at, person, digest, .. } = note;
    format!("{sequence}\n{previous}\n{hash}\n{}\n{person}\n{digest}", at.to_rfc3339())
}
