//! Binds a message to the newest facts before its first attempt: for all its endpoints, and again for one that has not got
//! it while these facts changed.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::domain::ledger::{MessageRecord, MessageState};
use crate::domain::message::MessageKind;
use crate::domain::message_content::MessageContent;
use crate::domain::outbox::OutboxRow;
use crate::domain::planning::content::{TenantFacts, content};
use crate::domain::planning::self_start;
use crate::domain::planning::still_true::still_true;
use crate::domain::resource::ResourceId;
use crate::store::repository::{RecipientState, Stored};
use crate::store::{TRIES, retry_on_conflict};

use super::ages::{ReadTimes, add_ages, open_windows};
use super::planning_input::{RecipientFacts, TenantState, read_tenant_for};
use super::{App, ServiceError};

/// A message and what it says.
pub(super) struct BoundMessage {
    pub(super) content: MessageContent,
    pub(super) message: Stored<MessageRecord>,
}

/// Binds the message to facts if it is not bound yet, and notes that this endpoint may have it from now on. `None`
/// when it is not to be sent there any more.
pub(super) async fn bind(
    app: &App,
    row: &OutboxRow,
    state: RecipientState,
    now: DateTime<Utc>,
) -> Result<Option<BoundMessage>, ServiceError> {
    let mut known = Some(state);
    retry_on_conflict!(TRIES, {
        let state = match known.take() {
            Some(state) => state,
            None => app.repository.whole_state(&row.recipient).await?,
        };
        try_bind(app, row, state, now).await
    })
}

async fn try_bind(
    app: &App,
    row: &OutboxRow,
    state: RecipientState,
    now: DateTime<Utc>,
) -> Result<Option<BoundMessage>, ServiceError> {
    let repository = &app.repository;
    let policy = app.policy();
    let Some(Stored { value: message, etag }) = message_of(app, row, &state).await? else {
        return Ok(None);
    };
    let message = &message;
    if !message.notifies() || !message.endpoints.contains(&row.endpoint) {
        return Ok(None);
    }
    let mut next = message.clone();
    next.in_doubt.insert(row.endpoint.key());
    next.notified_at.get_or_insert(now);
    let frozen = match message.state {
        MessageState::Frozen => repository.content_for(&row.recipient, row.sequence, &row.endpoint).await?,
        _ => None,
    };
    // What this endpoint may have stays as it is, and so does an exercise. What nobody has is planning's to change.
    let may_have_it = row.doubtful || message.in_doubt.contains(&row.endpoint.key());
    let stays =
        frozen.is_some() && (may_have_it || message.is_unsent() || message.kind == MessageKind::Drill);
    let recipient = policy.recipient(&row.recipient).filter(|_| !stays);
    let (Some(recipient), true) = (recipient, !stays) else {
        let Some(content) = frozen else { return Ok(None) };
        let etag = repository.put_message(&next, etag).await?;
        return Ok(Some(BoundMessage { content, message: Stored { value: next, etag } }));
    };
    let tenant = read_tenant_for(app, message.kind, now).await?;
    let known = RecipientFacts::new(&policy, recipient, state, &tenant);
    let input = known.input(&policy, &tenant);
    if let Some(frozen) = frozen {
        // Others have it, and this one surely has not: it gets what is true by now.
        let still = still_true(&input, message, now);
        let content =
            bound(app, row, &known, &tenant, &MessageRecord { items: still, ..message.clone() }, now).await?;
        let (content, etag) = match content {
            _ if says_the_same(&frozen, &content) => (frozen, repository.put_message(&next, etag).await?),
            content if !content.says_something() => return Ok(None),
            content => {
                let etag = repository.freeze_for(&next, etag, &row.endpoint, &content).await?;
                (content, etag)
            }
        };
        return Ok(Some(BoundMessage { content, message: Stored { value: next, etag } }));
    }
    let content = if message.kind == MessageKind::Drill {
        let Some(content) = super::drill::content(app, &input, message, &tenant, now) else {
            return Ok(None);
        };
        content
    } else {
        bound(app, row, &known, &tenant, message, now).await?
    };
    next.state = MessageState::Frozen;
    // What was told of a start is what is so when it leaves.
    for item in next.items.iter_mut().filter(|item| self_start::reports_start(item.stage)) {
        let own = input.assignments().find(|assignment| assignment.window.id == item.window);
        item.start = own.and_then(|assignment| self_start::reported(&input, assignment, now));
    }
    // What was told are the dates that it leaves with.
    for item in next.items.iter_mut().filter(|item| !item.is_of_start()) {
        let bound = content.items.iter().map(|bound| &bound.window).find(|window| window.id == item.window);
        let schedule = bound.map(|window| (window.facts.schedule, window.schedule_of(item.revision)));
        item.dates = schedule.filter(|(now, known)| Some(*now) != *known).map(|(now, _)| now);
    }
    let was_bound = message.state == MessageState::Frozen;
    let etag = repository.freeze(&next, etag, &content, was_bound).await?;
    Ok(Some(BoundMessage { content, message: Stored { value: next, etag } }))
}

/// The message of `row`, as it was read with the others.
async fn message_of(
    app: &App,
    row: &OutboxRow,
    state: &RecipientState,
) -> Result<Option<Stored<MessageRecord>>, ServiceError> {
    match state.ledger.iter().find(|known| known.value.sequence == row.sequence) {
        Some(known) => Ok(Some(Stored { value: (*known.value).clone(), etag: known.etag.clone() })),
        // One that cannot be read is not one that is missing.
        None => Ok(app.repository.message(&row.recipient, row.sequence).await?),
    }
}

/// What `message` says by the newest facts.
async fn bound(
    app: &App,
    row: &OutboxRow,
    known: &RecipientFacts,
    tenant: &TenantState,
    message: &MessageRecord,
    now: DateTime<Utc>,
) -> Result<MessageContent, ServiceError> {
    let policy = app.policy();
    let summary = super::status_summary::summary_for(app, message, &known.recipient, now).await?;
    let report = super::go_live::report_for(app, message, now).await?;
    let facts = TenantFacts {
        report: report.as_ref(),
        summary: summary.as_ref(),
        cluster_tag: &app.start_rules.cluster_tag,
    };
    let input = known.input(&policy, tenant);
    let mut content = content(&input, message, facts, now);
    let places = content.items.iter().map(|item| item.window.place().clone());
    let places: BTreeSet<ResourceId> =
        open_windows(&input).map(|window| window.place().clone()).chain(places).collect();
    let read = ReadTimes::of(app, places.iter()).await?;
    add_ages(&mut content, &input, &read, now);
    super::escalation_history::add_escalation_history(
        &app.repository,
        &mut content,
        &known.state.assignments,
    )
    .await?;
    super::standing_orders::add_why_not(app, &mut content, now).await?;
    let forbidden = super::start_permissions::forbidden_of(app, read.summaries());
    content.link = super::links::action_link(app, &content, row.sequence, &forbidden, now);
    content.unsubscribe = super::links::unsubscribe_link(app, &content, row.sequence, now);
    content.feed = super::links::feed_link(app, &content, now);
    Ok(content)
}

/// Whether two contents differ in nothing but when they were bound: then every endpoint gets the same.
fn says_the_same(frozen: &MessageContent, fresh: &MessageContent) -> bool {
    let undated = MessageContent {
        frozen_at: frozen.frozen_at,
        link: frozen.link.clone(),
        unsubscribe: frozen.unsubscribe.clone(),
        feed: frozen.feed.clone(),
        ..fresh.clone()
    };
    let is_valid = |content: &MessageContent| content.link.is_some();
    undated == *frozen && is_valid(frozen) == is_valid(fresh)
}
