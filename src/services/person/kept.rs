//! Everything that is kept of a person, row by row.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::domain::person::{Mention, Person};
use crate::domain::recipient_name::RecipientName;
use crate::services::ServiceError;
use crate::store::document::kept_rows;
use crate::store::repository::Repository;
use crate::store::{PartitionKey, StoreError};

/// Links are the right to act: they are no data of a person.
const LINKS: [&str; 3] = ["link", "unsubscribe", "feed"];

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

/// The partitions that are the person's alone.
pub(super) fn own_partitions(person: &Person) -> Result<BTreeSet<PartitionKey>, StoreError> {
    let names = person.names().filter_map(|name| name.parse::<RecipientName>().ok());
    names.map(|name| Repository::partition_of(&name)).collect()
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
pub(super) fn kind(partition: &PartitionKey, row: &str) -> &'static str {
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
