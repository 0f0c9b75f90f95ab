//! What is unsent, as `outbox` lists it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::held::{HeldBy, Holds};
use super::output;
use crate::domain::brake::Hold;
use crate::domain::ids::OutboxId;
use crate::domain::mail_limit::MailLimit;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::store::StoreError;
use crate::store::repository::{ParkedRow, Repository};

/// Everything that is unsent.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Unsent {
    /// Why nothing leaves at all, where the configuration says so.
    #[serde(rename = "standing_still")]
    pub(super) why_nothing_leaves: Option<String>,
    pub(super) held: Option<Hold>,
    pub(super) waiting: Vec<UnsentLine>,
    pub(super) given_up: Vec<UnsentLine>,
    /// What a service took without saying yet what became of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) taken: Vec<UnsentLine>,
    pub(super) parked: Vec<Parked>,
}

/// One message on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct UnsentLine {
    pub(super) id: OutboxId,
    pub(super) recipient: String,
    pub(super) endpoint: String,
    pub(super) kind: &'static str,
    pub(super) machines: usize,
    pub(super) since: DateTime<Utc>,
    pub(super) attempts: u32,
    pub(super) next_attempt: Option<DateTime<Utc>>,
    pub(super) deadline: Option<DateTime<Utc>>,
    pub(super) in_doubt: bool,
    pub(super) held: bool,
    /// Everything that holds it back now.
    pub(super) held_by: Vec<HeldBy>,
    pub(super) state: &'static str,
    pub(super) last_error: Option<String>,
}

/// One queue message on which a function failed too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Parked {
    pub(super) id: String,
    pub(super) function: String,
    pub(super) message: String,
    pub(super) since: DateTime<Utc>,
    pub(super) asked: Option<DateTime<Utc>>,
}

/// Reads everything that is unsent. What cannot be read is said.
pub(super) async fn unsent(
    repository: &Repository,
    everything: Option<HeldBy>,
    limit: &MailLimit,
    now: DateTime<Utc>,
) -> Result<Unsent, StoreError> {
    let mut unsent = Unsent { held: repository.brake().await?.held, ..Unsent::default() };
    let rows = repository.outbox_rows().await?;
    for error in &rows.unreadable {
        output::note(&format!("Set aside: {error}"));
    }
    let allowance = repository.send_log().await?.0.allowance(limit, now);
    let all: Vec<&OutboxRow> = rows.values().collect();
    let holds = Holds::new(&all, everything, unsent.held.is_some(), allowance, now);
    for row in all {
        match row.state {
            OutboxState::Delivered { .. } if row.next_question().is_some() => {
                unsent.taken.push(line(repository, row, Vec::new()).await?);
            }
            OutboxState::Failed { .. } => unsent.given_up.push(line(repository, row, Vec::new()).await?),
            _ if row.is_settled() => {}
            _ => unsent.waiting.push(line(repository, row, holds.of(row, now)).await?),
        }
    }
    let order = |line: &UnsentLine| (line.deadline.is_none(), line.deadline, line.since, line.id.clone());
    unsent.waiting.sort_by_key(order);
    for lines in [&mut unsent.given_up, &mut unsent.taken] {
        lines.sort_by_key(|line| (line.since, line.id.clone()));
    }
    let parked = repository.parked().await?;
    for error in &parked.unreadable {
        output::note(&format!("Set aside: {error}"));
    }
    unsent.parked.extend(parked.rows.into_iter().map(|row| row.value.into()));
    Ok(unsent)
}

async fn line(
    repository: &Repository,
    row: &OutboxRow,
    held_by: Vec<HeldBy>,
) -> Result<UnsentLine, StoreError> {
    let message = repository.message(&row.recipient, row.sequence).await?.map(|stored| stored.value);
    let windows: BTreeSet<_> =
        message.iter().flat_map(|message| &message.items).map(|item| &item.window).collect();
    Ok(UnsentLine {
        id: row.id.clone(),
        recipient: row.recipient.to_string(),
        endpoint: row.endpoint.key(),
        kind: message.as_ref().map_or("", |message| message.kind.as_str()),
        machines: windows.len(),
        since: row.created,
        attempts: row.attempt,
        next_attempt: (!row.is_settled()).then_some(row.next_attempt),
        deadline: row.deadline,
        in_doubt: row.is_in_doubt(),
        held: held_by.contains(&HeldBy::Brake),
        held_by,
        state: match row.state {
            OutboxState::Emitted => "in the queue",
            OutboxState::Sending { .. } => "being sent",
            OutboxState::Failed { .. } if row.is_unknown() => "unknown",
            OutboxState::Failed { .. } => "given up",
            OutboxState::Delivered { .. } => "taken",
            _ => "waiting",
        },
        last_error: row.last_error.clone(),
    })
}

impl From<ParkedRow> for Parked {
    fn from(row: ParkedRow) -> Self {
        // As foreign as any text that came over a queue: nothing in it may steer a terminal.
        let message = row.payload.chars().filter(|c| !c.is_control()).take(80).collect();
        Self { id: row.id, function: row.function, message, since: row.first_seen, asked: row.asked }
    }
}
