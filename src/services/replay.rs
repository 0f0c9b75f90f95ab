//! What would be sent at the moment that the app's clock shows: the steps of `PlanNotifications` and `DeliverMessage`
//! over a copy of the state, with deliverers that keep everything in memory.
//!
//! Not a function of its own: the same code plans, claims, hands out, binds and renders, so a rehearsal cannot say
//! something else than what then happens.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::all_recipients::all_recipients;
use super::delivery_report::DeliveryReport;
use super::{
    App, ServiceError, ages, assign, delivery, emit, go_live, owner_lookup, planning, planning_input,
    recipient_renames, status_summary, ticket,
};
use crate::domain;
use crate::domain::age::if_old;
use crate::domain::ledger::MessageRecord;
use crate::domain::message_content::MessageContent;
use crate::domain::outbox::OutboxRow;
use crate::domain::planning::content::{TenantFacts, content};
use crate::domain::planning::{LedgerStep, Pace};
use crate::domain::recipient_name::RecipientName;
use crate::domain::resource::SubscriptionId;
use crate::store::StoreError;

/// One message that would be handed over to one endpoint.
#[derive(Debug, Clone)]
pub struct ReplayedMessage {
    pub row: OutboxRow,
    /// The message as claimed.
    pub message: MessageRecord,
    /// What it was bound to.
    pub content: MessageContent,
}

/// Plans for everybody and delivers what is due, most urgent first. Between the state and this moment nothing new was
/// seen at Azure: that nobody looked is no alert.
///
/// # Errors
/// When the state cannot be read.
pub async fn replay(app: &Arc<App>) -> Result<Vec<ReplayedMessage>, ServiceError> {
    prepare(app).await?;
    planning::plan_due_in_copy(app).await?;
    let mut replayed = Vec::new();
    loop {
        let tickets = emit::emit(app).await?;
        if tickets.is_empty() {
            return Ok(replayed);
        }
        for ticket in tickets {
            if let DeliveryReport::Attempted(_) = delivery::deliver(app, &ticket).await? {
                replayed.extend(found(app, &ticket).await?);
            }
        }
    }
}

async fn found(app: &App, ticket: &ticket::Ticket) -> Result<Option<ReplayedMessage>, StoreError> {
    let Some(row) = app.repository.outbox_row(&ticket.row).await?.map(|row| row.value) else {
        return Ok(None);
    };
    let message = app.repository.message(&row.recipient, row.sequence).await?.map(|message| message.value);
    let content = app.repository.content_for(&row.recipient, row.sequence, &row.endpoint).await?;
    Ok(message.zip(content).map(|(message, content)| ReplayedMessage { row, message, content }))
}

/// Brings the copy to this moment: the configuration in force decides who is responsible, and everybody is looked at.
///
/// # Errors
/// When the state cannot be read.
pub async fn prepare(app: &App) -> Result<(), ServiceError> {
    let (now, repository) = (app.clock.now(), &app.repository);
    // Addresses of flows are secrets, which a rehearsal does not have: what refused is taken to be the same flow.
    for dead in repository.dead_endpoints().await? {
        if dead.address.is_some() {
            repository.mark_dead(&dead.endpoint, None, &dead.error, dead.last_tried()).await?;
        }
    }
    recipient_renames::names_in_force(app, now).await?;
    let summaries = repository.subscription_rows().await?;
    let decided = Some(&app.policy().version);
    let undecided = summaries.values().filter(|summary| summary.decided_by.as_ref() != decided);
    let undecided: BTreeSet<SubscriptionId> = undecided.map(|summary| summary.subscription.clone()).collect();
    let people = owner_lookup::known_people(app).await?;
    assign::assign_anew(repository, &app.policy(), &people, undecided, now).await?;
    // What was read as often as it should be goes on being read.
    let collected = repository.tenant().await?.0.collected;
    for summary in summaries.values().filter(|summary| {
        summary.last_read.or(summary.observed).is_some()
            && collected.is_some_and(|at| if_old(summary.last_read.or(summary.observed), at).is_none())
    }) {
        repository.update_subscription(&summary.subscription, |row| row.last_read = Some(now)).await?;
    }
    if collected.is_some() {
        repository.update_tenant(|tenant| tenant.collected = tenant.collected.max(Some(now))).await?;
    }
    let wakes: Vec<_> = all_recipients(app).await?.into_iter().map(|name| (name, now)).collect();
    Ok(repository.wake_all(&wakes).await?)
}

/// The message that `name` would be sent now if nothing had to wait, with what it would be bound to.
pub async fn next_message(
    app: &App,
    name: &RecipientName,
    tenant: &planning_input::TenantState,
) -> Result<Option<(MessageRecord, MessageContent)>, StoreError> {
    let (policy, now) = (app.policy(), app.clock.now());
    let Some(recipient) = policy.recipient(name) else { return Ok(None) };
    let state = app.repository.whole_state(name).await?;
    let known = planning_input::RecipientFacts::new(&policy, recipient, state, tenant);
    let input = known.input(&policy, tenant);
    Ok(match domain::planning::plan(input, Pace::Immediate, now).step {
        LedgerStep::Claim(message) | LedgerStep::Amend(message) if message.notifies() => {
            let summary = status_summary::summary_for(app, &message, &known.recipient, now).await?;
            let report = go_live::report_for(app, &message, now).await?;
            let facts = TenantFacts {
                report: report.as_ref(),
                summary: summary.as_ref(),
                cluster_tag: &app.start_rules.cluster_tag,
            };
            let mut content = content(&input, &message, facts, now);
            let read =
                ages::ReadTimes::of(app, ages::open_windows(&input).map(|window| window.place())).await?;
            ages::add_ages(&mut content, &input, &read, now);
            Some((*message, content))
        }
        _ => None,
    })
}
