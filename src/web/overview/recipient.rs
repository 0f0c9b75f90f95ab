//! One recipient: which machines are theirs, and what they were notified of.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::detail_query::{Asked, of_machine, of_recipient};
use super::gather::Gathered;
use super::messages::{SentTo, Visible, outcome, sent_to};
use super::moments::of_seconds;
use super::visit::Visit;
use crate::domain::overview::{OverviewEntry, OverviewSort, sort};
use crate::domain::recipient_name::RecipientName;
use crate::domain::resource::folded;
use crate::services::{App, ServiceError};

/// How many machines and messages are shown, and how many machines and stages of a message are named.
const MACHINES: usize = 100;
const NEWEST: u64 = 40;
const NAMED: usize = 4;

/// One recipient.
#[derive(Debug, Serialize)]
pub(super) struct RecipientDetail {
    recipient: String,
    machines_in_all: usize,
    machines: Vec<MachineOfRecipient>,
    /// The newest first.
    messages: Vec<MessageOfRecipient>,
    #[serde(rename = "query")]
    address: String,
}

#[derive(Debug, Serialize)]
struct MachineOfRecipient {
    machine: String,
    state: &'static str,
    label: &'static str,
    deadline: Option<DateTime<Utc>>,
    #[serde(rename = "query")]
    address: String,
}

#[derive(Debug, Serialize)]
struct MessageOfRecipient {
    at: DateTime<Utc>,
    kind: &'static str,
    stages: BTreeSet<String>,
    machines: Vec<String>,
    more_machines: usize,
    outcome: &'static str,
    message: String,
    sent_to: Vec<SentTo>,
}

/// Finds the recipient that is asked for. Whoever may see a part knows recipients by the machines in it, and of messages
/// what they say of these.
pub(super) async fn find(
    app: &App,
    gathered: &Gathered,
    visit: &Visit,
    asked: &Asked,
) -> Result<Option<RecipientDetail>, ServiceError> {
    let wanted = folded(&asked.id);
    let mut machines = gathered.entries(visit);
    machines.retain(|entry| entry.owners().any(|owner| folded(owner) == wanted));
    if machines.is_empty() && !visit.sees_everything() {
        return Ok(None);
    }
    let Ok(name) = asked.id.parse::<RecipientName>() else { return Ok(None) };
    let visible = Visible::to(visit, gathered);
    let messages = messages(app, &name, &visible).await?;
    if machines.is_empty() && messages.is_empty() {
        return Ok(None);
    }
    let machines_in_all = machines.len();
    let shown = sort(machines, OverviewSort::Urgency, 0, MACHINES);
    Ok(Some(RecipientDetail {
        recipient: name.to_string(),
        machines_in_all,
        machines: shown.iter().map(machine).collect(),
        messages,
        address: of_recipient(name.as_str()),
    }))
}

fn machine(entry: &OverviewEntry<'_>) -> MachineOfRecipient {
    MachineOfRecipient {
        machine: entry.display_name().to_owned(),
        state: entry.state.as_str(),
        label: entry.state.label(),
        deadline: entry.line.deadline.map(of_seconds),
        address: of_machine(&entry.resource(), entry.line.generation),
    }
}

async fn messages(
    app: &App,
    name: &RecipientName,
    visible: &Visible,
) -> Result<Vec<MessageOfRecipient>, ServiceError> {
    let mut shown = Vec::new();
    for message in app.repository.newest_messages(name, NEWEST).await?.iter().rev() {
        let items: Vec<_> = message.items.iter().filter(|item| visible.has(&item.window)).collect();
        if !message.notifies() || (items.is_empty() && !visible.is_everything()) {
            continue;
        }
        let machines: BTreeSet<String> =
            items.iter().map(|item| item.window.resource.display_name()).collect();
        shown.push(MessageOfRecipient {
            at: message.moment(),
            kind: message.kind.as_str(),
            stages: items.iter().map(|item| item.stage.to_string()).collect(),
            more_machines: machines.len().saturating_sub(NAMED),
            machines: machines.into_iter().take(NAMED).collect(),
            outcome: outcome(message),
            message: message.id.to_string(),
            sent_to: sent_to(message, visible),
        });
    }
    Ok(shown)
}
