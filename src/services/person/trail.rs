//! Forgetting somebody in the audit trail.

use chrono::{DateTime, Utc};

use crate::domain::action::Actor;
use crate::domain::action::audit::{AuditAction, AuditEntry, AuditEvent, listed, rewritten};
use crate::domain::action::token::LinkKeys;
use crate::domain::person::Person;
use crate::services::ServiceError;
use crate::store::repository::Repository;
use crate::store::{StoreError, TRIES, retry_on_conflict};

/// How many entries of the audit trail are read at a time, and rewritten in one batch with what the trail says of it.
const PAGE: usize = 80;

/// Rewrites the entries of the audit trail that name the person. Returns how many those are.
pub(super) async fn forget_in_trail(
    repository: &Repository,
    person: &Person,
    keys: &LinkKeys,
    by: &Actor,
    dry_run: bool,
    now: DateTime<Utc>,
    pseudonym: &str,
) -> Result<usize, ServiceError> {
    let end = repository.audit_head().await?.sequence;
    let (mut first, mut count) = (1, 0);
    while first <= end {
        let (next, found) = retry_on_conflict!(TRIES, {
            let page = repository.audit_page(first, PAGE).await?;
            let Some(last) = page.values().last().map(|entry| entry.sequence) else {
                return Ok::<_, StoreError>((end + 1, 0));
            };
            let mut entries = Vec::new();
            for stored in &page.rows {
                if let Some(entry) = rewritten_entry(&stored.value, person, keys, pseudonym, now)? {
                    entries.push((entry, stored.etag.clone()));
                }
            }
            if !entries.is_empty() && !dry_run {
                let action = AuditAction::Forgotten {
                    person: pseudonym.to_owned(),
                    entries: entries.iter().filter_map(|(entry, _)| listed(entry)).collect(),
                };
                let event = AuditEvent { at: now, actor: by.clone(), action, window: None, message: None };
                repository.rewrite_entries(&event, &entries).await?;
            }
            Ok((last + 1, entries.len()))
        })?;
        first = next;
        count += found;
    }
    Ok(count)
}

/// The entry without the person; `None` when it does not name them.
fn rewritten_entry(
    entry: &AuditEntry,
    person: &Person,
    keys: &LinkKeys,
    pseudonym: &str,
    now: DateTime<Utc>,
) -> Result<Option<AuditEntry>, StoreError> {
    let refused = |error: serde_json::Error| {
        StoreError::Refused(format!(
            "entry {} of the audit trail cannot be rewritten: {error}",
            entry.sequence
        ))
    };
    let mut event = serde_json::to_value(&entry.event).map_err(refused)?;
    if !person.replace(&mut event) {
        return Ok(None);
    }
    let event: AuditEvent = serde_json::from_value(event).map_err(refused)?;
    Ok(rewritten(entry, event, pseudonym, keys, now))
}
