//! `explain MESSAGE`: what one message said, why, and what became of it.

use std::collections::BTreeSet;
use std::fmt::Write;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::args::Format;
use super::super::words::moment;
use super::super::{CommandOutcome, output};
use super::endpoints::{EndpointOutcome, endpoint_outcomes, outcomes_sentence, reasons};
use crate::domain::ids::MessageId;
use crate::domain::ledger::MessageState;
use crate::domain::message::MessageKind;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::reason::Reason;
use crate::domain::stage::Stage;
use crate::domain::window::{Revision, WindowId};
use crate::render::reason_sentence;
use crate::store::repository::Repository;

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
    #[serde(rename = "ways")]
    outcomes: Vec<EndpointOutcome>,
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

/// The fewest digits of an id that are taken for its beginning.
const FEWEST: usize = 6;

/// The ids of messages that begin with `text`, as `outbox` shows them in short; none where it cannot be a beginning.
pub(super) async fn beginning_with(repository: &Repository, text: &str) -> anyhow::Result<BTreeSet<String>> {
    let wanted = text.to_ascii_lowercase();
    if !(FEWEST..32).contains(&wanted.len()) || !wanted.chars().all(|c| c.is_ascii_hexdigit()) {
        return Ok(BTreeSet::new());
    }
    let rows = repository.outbox_rows().await?.rows;
    let ids = rows.iter().map(|row| row.value.message.as_str());
    Ok(ids.filter(|id| id.starts_with(&wanted)).map(str::to_owned).collect())
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
        outcomes: endpoint_outcomes(repository, &message).await?,
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
    for (number, outcome) in explained.outcomes.iter().enumerate() {
        let name = if number == 0 { "to" } else { "" };
        let _ = writeln!(text, "  {name:<13} {}", outcomes_sentence(std::slice::from_ref(outcome)));
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
