//! `explain MESSAGE`: what one message said, why, and what became of it.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::args::Format;
use super::explain::moment;
use super::{CommandOutcome, output};
use crate::domain::ids::MessageId;
use crate::domain::ledger::{MessageRecord, MessageState};
use crate::domain::message::MessageKind;
use crate::domain::message_content::MessageContent;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::outbox::OutboxState;
use crate::domain::reason::Reason;
use crate::domain::stage::Stage;
use crate::domain::window::{Revision, WindowId};
use crate::render::{reason_sentence, sanitize::one_line};
use crate::store::StoreError;
use crate::store::repository::Repository;

/// What an answer of another side is cut to.
const DETAIL: usize = 200;

/// What became of a message at one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct EndpointOutcome {
    pub(super) endpoint: String,
    pub(super) outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<DateTime<Utc>>,
    /// What the other side called it, or why it did not take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// One message.
#[derive(Debug, Serialize)]
struct ExplainedMessage {
    message: MessageId,
    recipient: String,
    kind: MessageKind,
    at: DateTime<Utc>,
    state: MessageState,
    /// During a pilot: that it went elsewhere.
    diverted: bool,
    decided_by: String,
    ways: Vec<EndpointOutcome>,
    items: Vec<MessageEntry>,
    #[serde(rename = "troubles")]
    operator_alerts: Vec<OperatorAlert>,
}

/// One thing that it said.
#[derive(Debug, Serialize)]
struct MessageEntry {
    window: WindowId,
    stage: Stage,
    revision: Revision,
    reasons: Vec<Reason>,
}

/// The id of a message, as a person copies it: from `outbox`, or from a mail's Message-ID.
pub(super) fn id(text: &str) -> Option<String> {
    let bare = text.trim_start_matches('<').trim_end_matches('>');
    let bare = bare.split_once('@').map_or(bare, |(id, _)| id);
    let is_id = bare.len() == 32 && bare.chars().all(|c| c.is_ascii_hexdigit());
    is_id.then(|| bare.to_ascii_lowercase())
}

/// Explains the message with this id.
pub(super) async fn run(repository: &Repository, id: &str, format: Format) -> anyhow::Result<CommandOutcome> {
    let row = repository.outbox_rows_of(id).await?.into_iter().next();
    let message = match row {
        Some(row) => repository.message(&row.recipient, row.sequence).await?.map(|message| message.value),
        None => None,
    };
    let Some(message) = message else {
        output::note(&format!("error: no message `{id}` is known"));
        output::note("hint: it may be older than what is kept; a resource can be given by id or by name");
        return Ok(CommandOutcome::Failed);
    };
    let content = repository.content(&message.recipient, message.sequence).await?;
    let items = message.items.iter().map(|item| MessageEntry {
        window: item.window.clone(),
        stage: item.stage,
        revision: item.revision,
        reasons: reasons(content.as_ref(), &item.window),
    });
    let explained = ExplainedMessage {
        recipient: message.recipient.to_string(),
        kind: message.kind,
        at: message.moment(),
        state: message.state,
        diverted: message.diverted,
        decided_by: message.decided_by.0.clone(),
        ways: ways(repository, &message).await?,
        items: items.collect(),
        operator_alerts: message.operator_alerts,
        message: message.id,
    };
    match format {
        Format::Json => output::json(&explained)?,
        Format::Text => output::data(text(&explained).trim_end())?,
    }
    Ok(CommandOutcome::Done)
}

/// Why its recipient was told of `window`, as the message says.
pub(super) fn reasons(content: Option<&MessageContent>, window: &WindowId) -> Vec<Reason> {
    let items = content.map(|content| content.items.as_slice()).unwrap_or_default();
    let item = items.iter().find(|item| item.window.id == *window);
    item.map(|item| item.reasons.clone()).unwrap_or_default()
}

/// What became of a message at each of its endpoints.
pub(super) async fn ways(
    repository: &Repository,
    message: &MessageRecord,
) -> Result<Vec<EndpointOutcome>, StoreError> {
    let rows = repository.outbox_of_message(&message.id).await?;
    let way = |endpoint: &crate::domain::endpoint::Endpoint| {
        let row = rows.values().find(|row| row.endpoint == *endpoint);
        let (outcome, at, detail) = match row.map(|row| (&row.state, row)) {
            None if message.state == MessageState::Withdrawn => ("withdrawn", None, None),
            None => ("waiting", None, None),
            Some((OutboxState::Delivered { at, reference }, _)) => {
                ("delivered", Some(*at), Some(reference.clone()))
            }
            Some((OutboxState::Failed { at, error }, _)) => ("failed", Some(*at), Some(error.clone())),
            Some((OutboxState::Dropped { at }, _)) => ("dropped", Some(*at), None),
            Some((OutboxState::Sending { .. } | OutboxState::Emitted | OutboxState::Waiting, row)) => {
                ("waiting", Some(row.next_attempt), row.last_error.clone())
            }
        };
        let detail = detail.map(|detail| one_line(&detail, DETAIL)).filter(|detail| !detail.is_empty());
        EndpointOutcome { endpoint: endpoint.key(), outcome, at, detail }
    };
    Ok(message.endpoints.iter().map(way).collect())
}

/// The same in one line.
pub(super) fn ways_sentence(ways: &[EndpointOutcome]) -> String {
    let way = |way: &EndpointOutcome| match (way.outcome, &way.detail) {
        // What the other side called it helps its operators only; JSON has it.
        ("delivered", _) | (_, None) => format!("{} {}", way.endpoint, way.outcome),
        (outcome, Some(detail)) => format!("{} {outcome}: {detail}", way.endpoint),
    };
    ways.iter().map(way).collect::<Vec<_>>().join(", ")
}

fn text(explained: &ExplainedMessage) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{} · {} to {}", explained.message, explained.kind.as_str(), explained.recipient);
    let _ = writeln!(text, "  at            {}", moment(explained.at));
    let _ = writeln!(text, "  decided by    configuration {}", explained.decided_by);
    if explained.diverted {
        let _ = writeln!(text, "  pilot         it went to whoever watches the pilot");
    }
    if explained.state == MessageState::Withdrawn {
        let _ = writeln!(text, "  withdrawn     everything in it was overtaken before it was sent");
    }
    for (number, way) in explained.ways.iter().enumerate() {
        let name = if number == 0 { "to" } else { "" };
        let _ = writeln!(text, "  {name:<13} {}", ways_sentence(std::slice::from_ref(way)));
    }
    for said in &explained.items {
        let name = said.window.resource.display_name();
        let _ = writeln!(text, "\n  {name}  {} (revision {})", said.stage, said.revision.0);
        for reason in &said.reasons {
            let _ = writeln!(text, "    why: {}", reason_sentence(reason));
        }
    }
    for operator_alert in &explained.operator_alerts {
        let _ = writeln!(text, "\n  trouble: {}", operator_alert.kind());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_found_however_it_was_copied() {
        let bare = "bea1ecb3853659fea110f3921a51afd8";
        for text in [bare, "BEA1ECB3853659FEA110F3921A51AFD8", &format!("<{bare}@contoso.com>")] {
            assert_eq!(id(text).as_deref(), Some(bare), "{text}");
        }
        for text in ["vm-web-01", &bare[1..], "/subscriptions/1", ""] {
            assert_eq!(id(text), None, "{text}");
        }
    }
}
