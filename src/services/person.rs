//! What is kept of a person: reading all of it, and having them forgotten.
//!
//! Both go through every row of the store as documents, so that no kind of row is left out, those of later versions not
//! either. Forgetting can be killed anywhere and run again: what needs the person's own rows comes before they go.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use crate::domain::action::Actor;
use crate::domain::action::audit::{AuditAction, AuditEntry, AuditEvent, listed, rewritten};
use crate::domain::action::token::LinkKeys;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::person::{Mention, Person, Pseudonyms};
use crate::domain::recipient_name::RecipientName;
use crate::store::document::{KeptRow, kept_rows, replace_kept};
use crate::store::repository::Repository;
use crate::store::{PartitionKey, StoreError, TRIES, Write, retry_on_conflict};

use super::ServiceError;

/// How many entries of the audit trail are read at a time, and rewritten in one batch with what the trail says of it.
const PAGE: usize = 80;

/// Links are the right to act: they are no data of a person.
const LINKS: [&str; 2] = ["link", "unsubscribe"];

/// One row in which something is kept of a person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeptOfPerson {
    /// What kind of row it is, in words.
    pub kind: &'static str,
    pub partition: String,
    pub row: String,
    /// All of it, where the row is the person's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<Value>,
    /// Where it names them, where it is about others too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Mention>,
}

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

/// Everything that is kept of the person, row by row, in the order of the store.
///
/// # Errors
/// When the store cannot be read.
pub async fn kept_of(repository: &Repository, person: &Person) -> Result<Vec<KeptOfPerson>, ServiceError> {
    let store = repository.store();
    let own = own_partitions(person)?;
    let mut kept = Vec::new();
    let mut last = None;
    while let Some(partition) = store.next_partition(last.as_ref()).await? {
        for mut row in kept_rows(&*store, &partition).await? {
            let is_own = own.contains(&partition);
            let mentions = if is_own { Vec::new() } else { person.mentions(&row.document) };
            if is_own {
                without_links(&mut row.document);
            }
            if is_own || !mentions.is_empty() {
                kept.push(KeptOfPerson {
                    kind: kind(&partition, row.key()),
                    partition: partition.to_string(),
                    row: row.key().to_owned(),
                    document: is_own.then_some(row.document),
                    mentions,
                });
            }
        }
        last = Some(partition);
    }
    Ok(kept)
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
            repository.update_summary(&subscription, |summary| summary.unassigned = true).await?;
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

/// The partitions that are the person's alone.
fn own_partitions(person: &Person) -> Result<BTreeSet<PartitionKey>, StoreError> {
    let names = person.names().filter_map(|name| name.parse::<RecipientName>().ok());
    names.map(|name| Repository::partition_of(&name)).collect()
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

/// Rewrites the entries of the audit trail that name the person. Returns how many those are.
async fn forget_in_trail(
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

fn without_links(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if LINKS.contains(&name.as_str()) && !member.is_null() {
                    *member = Value::from("(left out: a link is the right to act)");
                } else {
                    without_links(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_links),
        _ => {}
    }
}

/// What kind of row it is, in words.
fn kind(partition: &PartitionKey, row: &str) -> &'static str {
    let place = partition.as_str().split('|').next().unwrap_or_default();
    match (place, row.split('|').next().unwrap_or_default()) {
        ("recipient", "a") => "assignments",
        ("recipient", "m") => "messages",
        ("recipient", "c") => "contents of messages",
        ("recipient", _) => "recipients",
        ("actions", "a") => "audit",
        ("actions", "o" | "s") => "starts",
        ("actions", "p" | "q") => "rolling plans",
        ("actions", "h") => "hours",
        ("actions", _) => "decisions",
        ("due", _) => "wake-ups",
        ("directory", _) => "directory",
        ("drills", _) => "drills",
        ("endpoints", _) => "addresses that refuse",
        ("forget", _) => "expiry",
        ("outbox", _) => "outbox",
        ("overview", _) => "overview",
        ("poison", _) => "parked messages",
        ("troubles", _) => "operator alerts",
        ("windows", _) => "windows",
        ("configuration", _) => "configuration",
        _ => "tenant",
    }
}
