//! Binds a message to the newest facts before its first attempt.

use chrono::{DateTime, Utc};

use crate::domain::ledger::MessageState;
use crate::domain::message::MessageKind;
use crate::domain::message_content::MessageContent;
use crate::domain::outbox::OutboxRow;
use crate::domain::planning::content::{TenantFacts, content};
use crate::store::{TRIES, retry_on_conflict};

use super::planning_input::{RecipientFacts, read_tenant};
use super::{App, ServiceError};

/// Binds the message to facts if it is not bound yet, and notes that this endpoint may have it from now on. `None`
/// when it is not to be sent there any more.
pub(super) async fn bind(
    app: &App,
    row: &OutboxRow,
    now: DateTime<Utc>,
) -> Result<Option<MessageContent>, ServiceError> {
    retry_on_conflict!(TRIES, { try_bind(app, row, now).await })
}

async fn try_bind(
    app: &App,
    row: &OutboxRow,
    now: DateTime<Utc>,
) -> Result<Option<MessageContent>, ServiceError> {
    let repository = &app.repository;
    let policy = app.policy();
    let Some(stored) = repository.message(&row.recipient, row.sequence).await? else {
        return Ok(None);
    };
    let message = &stored.value;
    if !message.notifies() || !message.endpoints.contains(&row.endpoint) {
        return Ok(None);
    }
    let mut next = message.clone();
    next.in_doubt.insert(row.endpoint.key());
    next.notified_at.get_or_insert(now);
    if message.state == MessageState::Frozen
        && let Some(content) = repository.content(&row.recipient, row.sequence).await?
    {
        repository.put_message(&next, stored.etag.clone()).await?;
        return Ok(Some(content));
    }
    let Some(recipient) = policy.recipient(&row.recipient) else {
        return Ok(None);
    };
    let state = repository.whole_state(&row.recipient).await?;
    let tenant = read_tenant(app, now).await?;
    let known = RecipientFacts::new(&policy, recipient, state, &tenant);
    let input = known.input(&policy, &tenant);
    let content = if message.kind == MessageKind::Drill {
        let Some(content) = super::drill::content(app, &input, message, &tenant, now) else {
            return Ok(None);
        };
        content
    } else {
        let summary = super::status_summary::summary_for(app, message, &known.recipient, now).await?;
        let report = super::go_live::report_for(app, message, now).await?;
        let facts = TenantFacts {
            report: report.as_ref(),
            summary: summary.as_ref(),
            cluster_tag: &app.start_rules.cluster_tag,
        };
        let mut content = content(&input, message, facts, now);
        super::escalation_history::add_escalation_history(repository, &mut content, &known.state.assignments)
            .await?;
        super::standing_orders::add_why_not(app, &mut content, now).await?;
        let resources = content.items.iter().map(|item| item.window.place());
        let forbidden = super::start_permissions::forbidden(app, resources).await?;
        content.link = super::links::action_link(app, &content, row.sequence, &forbidden, now);
        content.unsubscribe = super::links::unsubscribe_link(app, &content, row.sequence, now);
        content
    };
    next.state = MessageState::Frozen;
    repository.freeze(&next, stored.etag.clone(), &content).await?;
    Ok(Some(content))
}
