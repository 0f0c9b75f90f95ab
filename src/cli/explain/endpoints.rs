//! What became of a message at each of its endpoints, and what it said.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::domain::ledger::{MessageRecord, MessageState};
use crate::domain::message_content::MessageContent;
use crate::domain::outbox::OutboxState;
use crate::domain::reason::Reason;
use crate::domain::sanitize::one_line;
use crate::domain::window::WindowId;
use crate::store::StoreError;
use crate::store::repository::Repository;

/// What an answer of another side is cut to.
const DETAIL: usize = 200;

/// What became of a message at one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct EndpointOutcome {
    pub(crate) endpoint: String,
    pub(crate) outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<DateTime<Utc>>,
    /// What the other side called it, or why it did not take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// What became of a message at each of its endpoints.
pub(crate) async fn endpoint_outcomes(
    repository: &Repository,
    message: &MessageRecord,
) -> Result<Vec<EndpointOutcome>, StoreError> {
    let rows = repository.outbox_of_message(&message.id).await?;
    let outcome = |endpoint: &crate::domain::endpoint::Endpoint| {
        let row = rows.values().find(|row| row.endpoint == *endpoint);
        let (outcome, at, detail) = match row.map(|row| (&row.state, row)) {
            None if message.state == MessageState::Withdrawn => ("withdrawn", None, None),
            None => ("waiting", None, None),
            // A service has it and has not said yet what becomes of it.
            Some((OutboxState::Delivered { at, reference }, row)) if row.next_question().is_some() => {
                ("taken", Some(*at), Some(reference.clone()))
            }
            Some((OutboxState::Delivered { at, reference }, _)) => {
                ("delivered", Some(*at), Some(reference.clone()))
            }
            Some((OutboxState::Failed { at, error }, row)) if row.is_unknown() => {
                ("unknown", Some(*at), Some(error.clone()))
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
    Ok(message.endpoints.iter().map(outcome).collect())
}

/// The same in one line.
pub(crate) fn outcomes_sentence(outcomes: &[EndpointOutcome]) -> String {
    let sentence = |one: &EndpointOutcome| match (one.outcome, &one.detail) {
        // What the other side called it helps its operators only; JSON has it.
        ("delivered" | "taken", _) | (_, None) => format!("{} {}", one.endpoint, one.outcome),
        (outcome, Some(detail)) => format!("{} {outcome}: {detail}", one.endpoint),
    };
    outcomes.iter().map(sentence).collect::<Vec<_>>().join(", ")
}

/// Why its recipient was notified of `window`, as the message says.
pub(crate) fn reasons(content: Option<&MessageContent>, window: &WindowId) -> Vec<Reason> {
    let items = content.map(|content| content.items.as_slice()).unwrap_or_default();
    let item = items.iter().find(|item| item.window.id == *window);
    item.map(|item| item.reasons.clone()).unwrap_or_default()
}
