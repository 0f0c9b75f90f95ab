//! One machine: from its announcement to its outcome, with everybody who hears of it, why, and by which messages.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::detail_query::{Asked, of_machine, of_recipient};
use super::gather::Gathered;
use super::messages::{SentTo, Visible, outcome, sent_to};
use super::moments::of_seconds;
use super::visit::Visit;
use crate::domain::ledger::MessageRecord;
use crate::domain::overview::OverviewEntry;
use crate::domain::recipient_name::RecipientName;
use crate::domain::resource::{ResourceId, folded};
use crate::domain::window::WindowId;
use crate::render::{reason_sentence, response_sentences};
use crate::services::{App, ServiceError};
use crate::store::repository::WindowRow;

/// How many recipients are shown, each costs three reads, and how many of somebody's newest messages are looked at.
const HOLDERS: usize = 5;
const NEWEST: u64 = 60;

/// One machine.
#[derive(Debug, Serialize)]
pub(super) struct MachineDetail {
    machine: String,
    state: &'static str,
    label: &'static str,
    azure_says: Option<&'static str>,
    why: Option<String>,
    without_owner: bool,
    resource: String,
    generation: u32,
    resource_group: String,
    subscription: String,
    announced: DateTime<Utc>,
    deadline: Option<DateTime<Utc>>,
    start: Option<DateTime<Utc>>,
    azure_earliest: Option<DateTime<Utc>>,
    azure_latest: Option<DateTime<Utc>>,
    ended: Option<DateTime<Utc>>,
    /// What people did, in order.
    done: Vec<String>,
    recipients: Vec<RecipientOfMachine>,
    /// How many more there are.
    more_recipients: usize,
    /// The question mark of this page, for the same as JSON.
    #[serde(rename = "query")]
    address: String,
}

/// Somebody who hears of it.
#[derive(Debug, Serialize)]
struct RecipientOfMachine {
    recipient: String,
    #[serde(rename = "query")]
    address: String,
    role: &'static str,
    since: DateTime<Utc>,
    /// Why, as their newest message about it says.
    reasons: Vec<String>,
    messages: Vec<MessageOfMachine>,
}

#[derive(Debug, Serialize)]
struct MessageOfMachine {
    at: DateTime<Utc>,
    stage: String,
    kind: &'static str,
    message: String,
    outcome: &'static str,
    sent_to: Vec<SentTo>,
}

/// Finds the machine that is asked for among those that `visit` may see.
pub(super) async fn find(
    app: &App,
    gathered: &Gathered,
    visit: &Visit,
    asked: &Asked,
) -> Result<Option<MachineDetail>, ServiceError> {
    let wanted = folded(asked.id.trim_end_matches('/'));
    let fits = |entry: &OverviewEntry<'_>| {
        asked.generation.is_none_or(|generation| entry.line.generation == generation)
            && folded(&entry.resource()) == wanted
    };
    let entries = gathered.entries(visit);
    let newest = entries.iter().filter(|entry| fits(entry)).max_by_key(|entry| entry.line.generation);
    let Some(entry) = newest else { return Ok(None) };
    let Ok(resource) = ResourceId::parse(&entry.resource()) else { return Ok(None) };
    let id = WindowId { resource, generation: entry.line.generation };
    let row = app.repository.window(&id).await?.map(|row| row.value);
    let mut detail = detail(entry, gathered, row.as_ref());
    if let Some(row) = &row {
        let visible = Visible::to(visit, gathered);
        for holder in row.holders.iter().take(HOLDERS) {
            let mut recipient = RecipientOfMachine {
                recipient: holder.recipient.to_string(),
                address: of_recipient(holder.recipient.as_str()),
                role: match (&holder.withdrawn, holder.escalated) {
                    (Some(_), _) => "no longer responsible",
                    (None, true) => "escalation",
                    (None, false) => "responsible",
                },
                since: holder.since,
                reasons: Vec::new(),
                messages: Vec::new(),
            };
            add_messages(app, &id, &holder.recipient, &visible, &mut recipient).await?;
            detail.recipients.push(recipient);
        }
        detail.more_recipients = row.holders.len().saturating_sub(HOLDERS);
    }
    Ok(Some(detail))
}

fn detail(entry: &OverviewEntry<'_>, gathered: &Gathered, row: Option<&WindowRow>) -> MachineDetail {
    let line = entry.line;
    let date = |at: Option<i64>| at.map(of_seconds);
    MachineDetail {
        machine: entry.display_name().to_owned(),
        state: entry.state.as_str(),
        label: entry.state.label(),
        azure_says: row.filter(|row| row.window.is_open()).map(|row| row.window.word(gathered.now)),
        why: entry.why().map(str::to_owned),
        without_owner: line.unowned,
        resource: entry.resource(),
        generation: line.generation,
        resource_group: entry.resource_group().to_owned(),
        subscription: entry.subscription_name().to_owned(),
        announced: of_seconds(line.announced),
        deadline: date(line.deadline),
        start: date(line.begins),
        azure_earliest: date(line.from),
        azure_latest: date(line.until),
        ended: date(line.ended),
        done: row.map(|row| response_sentences(&row.actions, &row.window, gathered.zone)).unwrap_or_default(),
        recipients: Vec::new(),
        more_recipients: 0,
        address: of_machine(&entry.resource(), line.generation),
    }
}

async fn add_messages(
    app: &App,
    id: &WindowId,
    name: &RecipientName,
    visible: &Visible,
    recipient: &mut RecipientOfMachine,
) -> Result<(), ServiceError> {
    let newest = app.repository.newest_messages(name, NEWEST).await?;
    let is_about =
        |message: &MessageRecord| message.notifies() && message.items.iter().any(|item| item.window == *id);
    let messages: Vec<_> = newest.iter().filter(|message| is_about(message)).collect();
    if let Some(last) = messages.last() {
        let content = app.repository.content(name, last.sequence).await?;
        let items = content.iter().flat_map(|content| &content.items);
        let reasons = items.filter(|item| item.window.id == *id).flat_map(|item| &item.reasons);
        recipient.reasons = reasons.map(reason_sentence).collect();
    }
    recipient.messages = messages
        .iter()
        .flat_map(|message| {
            let items = message.items.iter().filter(|item| item.window == *id);
            items.map(|item| MessageOfMachine {
                at: message.moment(),
                stage: item.stage.to_string(),
                kind: message.kind.as_str(),
                message: message.id.to_string(),
                outcome: outcome(message),
                sent_to: sent_to(message, visible),
            })
        })
        .collect();
    Ok(())
}
