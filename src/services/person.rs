//! What is kept of a person: reading all of it, and having them forgotten.
//!
//! Both go through every row of the store as documents, so that no kind of row is left out, those of later versions not
//! either. Forgetting can be killed anywhere and run again: what needs the person's own rows comes before they go.

mod kept;
mod trail;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

pub use self::kept::{KeptOfPerson, kept_of};
use self::kept::{kind, own_partitions};
use self::trail::forget_in_trail;
use super::ServiceError;
use crate::domain::action::Actor;
use crate::domain::action::token::LinkKeys;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::person::{Person, Pseudonyms};
use crate::domain::recipient_name::RecipientName;
use crate::store::document::{KeptRow, kept_rows, replace_kept};
use crate::store::repository::{Repository, SubscriptionRow};
use crate::store::{PartitionKey, StoreError, TRIES, Write, retry_on_conflict};

/// Result of forgetting somebody, or what it would be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ForgetReport {
    /// What stands for them since.
    pub pseudonym: String,
    /// Rows that are gone, by kind.
    pub deleted: BTreeMap<&'static str, usize>,
    /// Rows in which the pseudonym stands now, by kind.
    pub replaced: BTreeMap<&'static str, usize>,
    /// Entries of the audit trail that were rewritten, each with a note.
    pub audit_entries: usize,
    /// Messages to them that were unsent and will not be sent.
    pub cancelled: usize,
    /// Messages to them whose sending is under way.
    pub under_way: usize,
    /// Whether the last valid configuration names them: it is left as it is.
    pub configured: bool,
}

/// Whoever has this name or address, with the other names by which the configuration knows them.
pub fn person_of(
    given: &str,
    known: &BTreeMap<RecipientName, Vec<String>>,
    pseudonyms: &Pseudonyms,
) -> Person {
    let mut names: BTreeSet<String> = [given.trim().to_ascii_lowercase()].into();
    for (name, addresses) in known {
        let label = name.as_str().to_ascii_lowercase();
        let is_named = names.contains(&label);
        // The mailbox of a team is not its members'.
        let is_alone = matches!(addresses.as_slice(), [one] if names.contains(&one.to_ascii_lowercase()));
        if is_named || is_alone {
            names.insert(label);
            names.extend(addresses.iter().map(|address| address.to_ascii_lowercase()));
        }
    }
    Person::new(names.iter().map(String::as_str), pseudonyms)
}

/// Adds the former names to those by which the configuration knows somebody.
///
/// # Errors
/// When the store cannot be read.
pub async fn add_former_names(
    repository: &Repository,
    known: &mut BTreeMap<RecipientName, Vec<String>>,
) -> Result<(), ServiceError> {
    let (names, _) = repository.recipient_names().await?;
    for (from, to) in names.moved() {
        let addresses = known.get(to).cloned().unwrap_or_else(|| vec![to.as_str().to_owned()]);
        known.entry(from.clone()).or_insert(addresses);
    }
    Ok(())
}

/// Has the person forgotten: what is theirs goes, and elsewhere a pseudonym takes their place. With `dry_run` it only
/// says what that would come to.
///
/// # Errors
/// When the store cannot be read or written, or there is no key. Doing it again is safe.
pub async fn forget(
    repository: &Repository,
    person: &Person,
    keys: &LinkKeys,
    by: Actor,
    dry_run: bool,
    now: DateTime<Utc>,
) -> Result<ForgetReport, ServiceError> {
    let Some(pseudonyms) = keys.pseudonyms() else {
        return Err(StoreError::Refused(
            "without a key in NOTIFIER_LINK_KEYS there is no pseudonym".to_owned(),
        )
        .into());
    };
    let own = own_partitions(person)?;
    let names: Vec<RecipientName> = person.names().filter_map(|name| name.parse().ok()).collect();
    let mut report = ForgetReport {
        pseudonym: person.names().next().map(|name| pseudonyms.forgotten(name)).unwrap_or_default(),
        ..ForgetReport::default()
    };
    // The ids of their messages are made of their name: whoever guesses it could find them.
    let mut ids = Vec::new();
    for name in &names {
        let state = repository.state(name).await?;
        ids.extend(state.ledger.iter().map(|message| message.value.id.to_string()));
        if dry_run {
            continue;
        }
        let windows = state.assignments.iter().map(|assignment| assignment.window.place().subscription());
        for subscription in windows.collect::<BTreeSet<_>>() {
            // Somebody else has to hear of their machines.
            repository.update_subscription(&subscription, SubscriptionRow::ask_to_assign).await?;
        }
    }
    let person = person.clone().with_ids(ids, &pseudonyms);
    cancel_unsent(repository, &person, dry_run, now, &mut report).await?;
    let store = repository.store();
    let mut last = None;
    while let Some(partition) = store.next_partition(last.as_ref()).await? {
        if !own.contains(&partition) {
            for row in kept_rows(&*store, &partition).await? {
                forget_row(repository, &person, &partition, row, dry_run, &mut report).await?;
            }
        }
        last = Some(partition);
    }
    report.audit_entries =
        forget_in_trail(repository, &person, keys, &by, dry_run, now, &report.pseudonym).await?;
    for name in &names {
        // No number of theirs is used a second time: mails and calendars still carry them.
        if let Some(head) = repository.state(name).await?.head.filter(|_| !dry_run) {
            let last = head.value.head.sequence;
            repository.update_tenant(|tenant| tenant.last_retired = tenant.last_retired.max(last)).await?;
        }
    }
    for partition in &own {
        for row in kept_rows(&*store, partition).await? {
            *report.deleted.entry(kind(partition, row.key())).or_default() += 1;
            if !dry_run {
                for key in row.keys {
                    store.write(partition, vec![Write::Delete { row: key, etag: None }]).await?;
                }
            }
        }
    }
    Ok(report)
}

/// Cancels what is to be sent to the person, and removes their rows of the outbox.
async fn cancel_unsent(
    repository: &Repository,
    person: &Person,
    dry_run: bool,
    now: DateTime<Utc>,
    report: &mut ForgetReport,
) -> Result<(), ServiceError> {
    let is_theirs =
        |row: &OutboxRow| person.is_in(row.recipient.as_str()) || person.is_in(&row.endpoint.key());
    for stored in repository.outbox_rows().await?.rows {
        if !is_theirs(&stored.value) {
            continue;
        }
        *report.deleted.entry("outbox").or_default() += 1;
        let id = stored.value.id.clone();
        if !stored.value.is_settled() {
            let under_way = matches!(stored.value.state, OutboxState::Sending { .. });
            *(if under_way { &mut report.under_way } else { &mut report.cancelled }) += 1;
        }
        if dry_run {
            continue;
        }
        // What changes on the way is read again: it must not go out once this returned.
        retry_on_conflict!(TRIES, {
            match repository.outbox_row(&id).await? {
                Some(stored) if !stored.value.is_settled() => {
                    let dropped =
                        OutboxRow { state: OutboxState::Dropped { at: now }, ..stored.value.clone() };
                    repository.replace_outbox(&stored, &dropped).await.map(drop)
                }
                _ => Ok::<(), StoreError>(()),
            }
        })?;
        repository.delete_outbox_row(&id).await?;
    }
    Ok(())
}

/// Removes a row that is about the person, or puts the pseudonym into it.
async fn forget_row(
    repository: &Repository,
    person: &Person,
    partition: &PartitionKey,
    row: KeptRow,
    dry_run: bool,
    report: &mut ForgetReport,
) -> Result<(), ServiceError> {
    let kind = kind(partition, row.key());
    if kind == "audit" || person.mentions(&row.document).is_empty() {
        return Ok(());
    }
    if kind == "configuration" {
        report.configured = true;
        return Ok(());
    }
    let recipient = row.document.get("recipient").and_then(Value::as_str);
    let endpoint = row.document.pointer("/endpoint/address").and_then(Value::as_str);
    if kind == "outbox" && recipient.or(endpoint).is_some() {
        let is_theirs = [recipient, endpoint].into_iter().flatten().any(|name| person.is_in(name));
        // These were seen to before anything else.
        if is_theirs {
            return Ok(());
        }
    }
    // What the rows of an outbox index, wake-ups and caches say is found again; what carries the name in its key or is
    // about the person alone goes.
    let is_about_them = recipient.is_some_and(|name| person.is_in(name));
    let goes =
        matches!(kind, "wake-ups" | "directory" | "addresses that refuse" | "expiry" | "operator alerts")
            || (is_about_them && matches!(kind, "drills" | "decisions" | "hours"))
            || row.keys.len() > 1;
    *(if goes { &mut report.deleted } else { &mut report.replaced }).entry(kind).or_default() += 1;
    if dry_run {
        return Ok(());
    }
    let store = repository.store();
    if goes {
        for key in row.keys {
            store.write(partition, vec![Write::Delete { row: key, etag: None }]).await?;
        }
        return Ok(());
    }
    retry_on_conflict!(TRIES, {
        replace_kept(&*store, partition, row.key(), |document| person.replace(document)).await
    })?;
    Ok(())
}
