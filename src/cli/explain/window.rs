//! One window, with everybody who hears of it, why, and what they were notified of.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::listing;
use super::endpoints::{EndpointOutcome, endpoint_outcomes, reasons};
use super::forecast::{ForecastLine, forecast};
use crate::domain::action::hours::{OrderedHours, RecipientHours};
use crate::domain::action::response::{StartStatus, WindowActions};
use crate::domain::action::rolling::{HaltReason, PlanState};
use crate::domain::action::standing_order::{NextStart, NotPlanned};
use crate::domain::assignment::Withdrawn;
use crate::domain::directory::People;
use crate::domain::ids::MessageId;
use crate::domain::message::MessageKind;
use crate::domain::planning::{PlanningInput, forecast as planned};
use crate::domain::reason::Reason;
use crate::domain::recipient_settings::{Mute, SettingAuthor};
use crate::domain::stage::Stage;
use crate::domain::window::{MaintenanceWindow, Revision};
use crate::render::{next_start, ordered_sentence};
use crate::services::ages::ReadTimes;
use crate::services::planning_input::{RecipientFacts, TenantState};
use crate::services::standing_orders::order_of;
use crate::services::{self, App};
use crate::store::repository::WindowRow;

/// One window with everyone who holds it, as `--format json` prints it.
#[derive(Debug, Serialize)]
pub struct ExplainedWindow {
    pub(super) window: MaintenanceWindow,
    pub(super) decided_by: String,
    pub(super) silenced: Option<String>,
    pub(super) silenced_until: Option<DateTime<Utc>>,
    /// The maintenance hours that hold for it, and who named them; why none do, where some were named.
    pub(super) hours: Option<String>,
    /// When its maintenance starts by itself, or why it does not, where hours were named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_start: Option<String>,
    /// Why the start that is planned does not begin as things stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) held: Option<String>,
    #[serde(rename = "foreseen")]
    pub(super) forecast: ForecastLine,
    pub(super) actions: WindowActions,
    /// When its machine was last read, where that is longer ago than two looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_read: Option<DateTime<Utc>>,
    #[serde(rename = "told")]
    pub(super) recipients: Vec<WindowRecipient>,
}

/// One recipient of a window.
#[derive(Debug, Serialize)]
pub(super) struct WindowRecipient {
    pub(super) recipient: String,
    pub(super) primary: bool,
    pub(super) since: DateTime<Utc>,
    pub(super) reasons: Vec<Reason>,
    /// The version of the configuration that found these reasons.
    pub(super) decided_by: Option<String>,
    pub(super) withdrawn: Option<Withdrawn>,
    /// That they asked to hear nothing of it, until when and why.
    #[serde(rename = "silence")]
    pub(super) mute: Option<Mute>,
    pub(super) without_digests: Option<SettingAuthor>,
    pub(super) messages: Vec<NotifiedItem>,
    /// What they will hear of this window if nothing changes.
    pub(super) next: Vec<NextItem>,
}

/// One thing of which a recipient is going to be notified.
#[derive(Debug, Serialize)]
pub(super) struct NextItem {
    pub(super) at: DateTime<Utc>,
    pub(super) stage: Stage,
}

/// One thing of which a recipient was notified.
#[derive(Debug, Serialize)]
pub(super) struct NotifiedItem {
    pub(super) at: DateTime<Utc>,
    pub(super) stage: Stage,
    pub(super) revision: Revision,
    pub(super) message: MessageId,
    pub(super) kind: MessageKind,
    /// The version of the configuration that decided it.
    pub(super) decided_by: String,
    /// Why, as the message says; nothing before it is bound, and when what it said is kept no longer.
    pub(super) reasons: Vec<Reason>,
    pub(super) delivered: Vec<String>,
    /// What became of it at each endpoint.
    #[serde(rename = "ways")]
    pub(super) outcomes: Vec<EndpointOutcome>,
}

/// Explains every wanted window: everyone who holds it, why, what they were notified of and what they will be.
pub async fn explain_all(
    app: &App,
    is_wanted: impl Fn(&WindowRow) -> bool,
) -> anyhow::Result<Vec<ExplainedWindow>> {
    let tenant = services::planning_input::read_tenant(app, app.clock.now()).await?;
    let named = app.repository.named_hours().await?;
    let people = services::owner_lookup::known_people(app).await?;
    let rows = listing::stored_windows(&app.repository).await?;
    let mut explained = Vec::new();
    for row in rows.iter().filter(|row| is_wanted(row)) {
        let forecast = forecast(row, &rows, &app.start_rules.cluster_tag, app.clock.now());
        explained.push(explain(app, &tenant, &named, &people, row.clone(), forecast).await?);
    }
    Ok(explained)
}

async fn explain(
    app: &App,
    tenant: &TenantState,
    named: &[RecipientHours],
    people: &People,
    row: WindowRow,
    forecast: ForecastLine,
) -> anyhow::Result<ExplainedWindow> {
    let (repository, policy, now) = (&app.repository, app.policy(), app.clock.now());
    let starts = std::iter::once((&row.window, &row.actions)).filter(|(window, _)| window.is_open());
    let next = services::standing_orders::next_starts(app, starts, (named, people), now).await?;
    // A start that is planned is said among what was done.
    let next = next.get(&row.window.id).filter(|next| !matches!(next, Ok(NextStart::Planned { .. })));
    let next_start = next.and_then(|next| next_start(next, &row.window, crate::domain::time_zone::Tz::UTC));
    let order = row.window.is_open().then(|| order_of(app, &row.window, &row.actions, named, people, now));
    let hours = match order {
        Some(Ok(order)) => {
            let ordered = OrderedHours { hours: order.hours(), sources: order.sources() };
            Some(ordered_sentence(&ordered, crate::domain::time_zone::Tz::UTC))
        }
        None | Some(Err(NotPlanned::NoOrder | NotPlanned::NobodyNotified)) => None,
        Some(Err(reason)) => Some(format!("none, because {reason}")),
    };
    let mut recipients = Vec::new();
    for holder in &row.holders {
        let state = repository.whole_state(&holder.recipient).await?;
        let assignment = state.assignments.iter().find(|assignment| assignment.window.id == row.window.id);
        let mut messages = Vec::new();
        let former = state.former.iter().flat_map(|former| &former.messages);
        let ledger = state.ledger.iter().chain(former).map(|stored| &stored.value);
        for message in ledger.filter(|message| message.notifies()) {
            let about: Vec<_> = message.items.iter().filter(|item| item.window == row.window.id).collect();
            if about.is_empty() {
                continue;
            }
            let outcomes = endpoint_outcomes(repository, message).await?;
            let content = repository.content(&message.recipient, message.sequence).await?;
            let reasons = reasons(content.as_ref(), &row.window.id);
            let delivered = outcomes.iter().filter(|one| one.outcome == "delivered");
            let delivered: Vec<String> = delivered.map(|one| one.endpoint.clone()).collect();
            messages.extend(about.into_iter().map(|item| NotifiedItem {
                at: message.moment(),
                stage: item.stage,
                revision: item.revision,
                message: message.id.clone(),
                kind: message.kind,
                decided_by: message.decided_by.0.clone(),
                reasons: reasons.clone(),
                delivered: delivered.clone(),
                outcomes: outcomes.clone(),
            }));
        }
        messages.sort_by_key(|item| (item.at, item.stage));
        recipients.push(WindowRecipient {
            recipient: holder.recipient.to_string(),
            primary: assignment.is_some_and(|assignment| assignment.primary),
            since: holder.since,
            reasons: assignment.map(|assignment| assignment.reasons.clone()).unwrap_or_default(),
            decided_by: assignment.map(|assignment| assignment.decided_by.0.clone()),
            withdrawn: holder.withdrawn.clone(),
            mute: state.notification_settings.muted(&row.window, now).cloned(),
            without_digests: state.notification_settings.without_digests.clone(),
            messages,
            next: match policy.recipient(&holder.recipient) {
                Some(recipient) => {
                    let facts = RecipientFacts::new(&policy, recipient, state, tenant);
                    next_items(&facts.input(&policy, tenant), &row.window, now)
                }
                None => Vec::new(),
            },
        });
    }
    let read_times = ReadTimes::of(app, std::iter::once(row.window.place())).await?;
    Ok(ExplainedWindow {
        last_read: read_times.if_old(&row.window, now),
        decided_by: row.decided_by.0,
        silenced: row.silenced,
        silenced_until: row.silenced_until,
        hours,
        next_start,
        held: held(app, &row.actions).await?,
        forecast,
        actions: row.actions,
        window: row.window,
        recipients,
    })
}

/// Why the planned start does not begin as things stand: nothing starts at all, or its rolling plan is paused.
async fn held(app: &App, actions: &WindowActions) -> anyhow::Result<Option<String>> {
    let Some(planned) = actions.open_start().filter(|start| start.status == StartStatus::Planned) else {
        return Ok(None);
    };
    if let Err(refusal) = services::start::rules_allow(app) {
        return Ok(Some(refusal.to_string()));
    }
    let Some(plan) = &planned.plan else { return Ok(None) };
    let plan = app.repository.plan(plan).await?;
    Ok(plan.and_then(|plan| match plan.state {
        PlanState::Paused { by, .. } => Some(HaltReason::Paused { by }.to_string()),
        _ => None,
    }))
}

/// What the recipient will hear of `window` until its dates are over.
fn next_items(input: &PlanningInput<'_>, window: &MaintenanceWindow, now: DateTime<Utc>) -> Vec<NextItem> {
    let horizon = window.facts.schedule.end().unwrap_or(now);
    let messages = planned::forecast(input, now, horizon);
    let items = messages.iter().flat_map(|message| {
        let of_window = message.items.iter().filter(|item| item.window == window.id);
        of_window.map(|item| NextItem { at: message.moment(), stage: item.stage })
    });
    items.collect()
}
