//! Plans for everyone who is due, claims what is to be notified and writes outbox rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::{FutureExt, StreamExt, stream};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::domain::operator_alert::OperatorAlert;
use crate::domain::planning::{LedgerStep, plan};
use crate::domain::recipient_name::RecipientName;
use crate::http::causes::chain;
use crate::http::time_budget;
use crate::store::StoreError;
use crate::store::repository::{Stored, Wake};
use crate::store::{TRIES, retry_on_conflict};

use super::go_live::{note_first_look, note_go_live_notified};
use super::outbox_rows::emit_claimed;
use super::planning_input::{RecipientFacts, TenantState, read_tenant};
use super::recipient_renames::names_in_force;
use super::tenant_watch::watch_over_tenant;
use super::{App, ServiceError, drill, log_unreadable};

/// How many wake-ups are read at once.
const WAKE_LIMIT: usize = 500;

/// For how many recipients is planned at once.
const PARALLEL: usize = 8;

/// Plans for everyone whose wake-up has come. Returns how many messages were claimed or changed.
///
/// # Errors
/// When the due index cannot be read. What goes wrong with one recipient is logged and tried again later.
pub async fn plan_due(app: &Arc<App>) -> Result<usize, ServiceError> {
    app.repository.begin(app.clock.now()).await?;
    plan_due_in_copy(app).await
}

/// The same on a copy of the state, which begins no life of its own.
pub(super) async fn plan_due_in_copy(app: &Arc<App>) -> Result<usize, ServiceError> {
    let now = app.clock.now();
    watch_over_tenant(app, now).await?;
    names_in_force(app, now).await?;
    note_first_look(app, now).await?;
    note_go_live_notified(app, now).await?;
    let tenant = Arc::new(read_tenant(app, now).await?);
    let mut messages = 0;
    loop {
        let wakes = app.repository.due_wakes(now, WAKE_LIMIT).await?;
        log_unreadable("a wake-up", &wakes.unreadable);
        let is_last = wakes.rows.len() < WAKE_LIMIT;
        let mut by_recipient: BTreeMap<RecipientName, Vec<Stored<Wake>>> = BTreeMap::new();
        for wake in wakes.rows {
            by_recipient.entry(wake.value.recipient.clone()).or_default().push(wake);
        }
        // On tasks of their own they share the processors.
        let plans = by_recipient.into_iter().map(|(name, wakes)| {
            let (app, tenant, of) = (app.clone(), tenant.clone(), name.clone());
            let planned = async move { plan_and_clear(&app, &name, &wakes, &tenant, now).await };
            AbortOnDropHandle::new(tokio::spawn(time_budget::shared(planned.in_current_span()))).map(
                move |planned| {
                    planned.unwrap_or_else(|panic| {
                        tracing::error!(%panic, recipient = %of, "planning failed; the wake-up stays");
                        None
                    })
                },
            )
        });
        let done: Vec<Option<bool>> = stream::iter(plans).buffer_unordered(PARALLEL).collect().await;
        messages += done.iter().filter(|changed| **changed == Some(true)).count();
        let failed = done.iter().any(Option::is_none);
        // Wake-ups that stay would be read again and again.
        if is_last || failed {
            return Ok(messages);
        }
    }
}

/// Plans for one recipient and removes the wake-ups. `None` when it failed: the wake-ups stay.
async fn plan_and_clear(
    app: &App,
    name: &RecipientName,
    wakes: &[Stored<Wake>],
    tenant: &TenantState,
    now: DateTime<Utc>,
) -> Option<bool> {
    match plan_recipient(app, name, tenant, now).await {
        Ok(Planned { changed, wake }) => {
            let next = wake.map(|at| (name.clone(), at));
            if let Err(error) = app.repository.wakes_done(wakes, next.as_slice()).await {
                tracing::warn!(error = chain(&error), recipient = %name, "planning could not be noted as done; it is done again");
            }
            Some(changed)
        }
        Err(error) => {
            tracing::error!(error = chain(&error), recipient = %name, "planning failed; the wake-up stays");
            None
        }
    }
}

/// Result of planning for one recipient.
struct Planned {
    /// Whether a message was claimed or changed.
    changed: bool,
    /// When to plan for them again.
    wake: Option<DateTime<Utc>>,
}

impl Planned {
    /// Nothing was found for them.
    const NOTHING: Self = Self { changed: false, wake: None };
}

async fn plan_recipient(
    app: &App,
    name: &RecipientName,
    tenant: &TenantState,
    now: DateTime<Utc>,
) -> Result<Planned, StoreError> {
    retry_on_conflict!(TRIES, {
        drill::claim(app, name, tenant, now).await?;
        try_plan(app, name, tenant, now).await
    })
}

async fn try_plan(
    app: &App,
    name: &RecipientName,
    tenant: &TenantState,
    now: DateTime<Utc>,
) -> Result<Planned, StoreError> {
    let policy = app.policy();
    let repository = &app.repository;
    let state = repository.whole_state(name).await?;
    if let Some(present) = state.present_name() {
        // Somebody who is kept under another name since is planned for under that.
        repository.wake(present, now).await?;
        return Ok(Planned::NOTHING);
    }
    let Some(recipient) = policy.recipient(name) else {
        tracing::warn!(recipient = %name, "skipped planning: {name} is no longer configured");
        return Ok(Planned::NOTHING);
    };
    if repository.withdraw_unsent(&state).await? {
        // As is found with the next look.
        repository.wake(name, now).await?;
        return Ok(Planned { changed: true, wake: None });
    }
    // What an unreadable row notified is notified again, once: better than never.
    log_unreadable("a row of a recipient", &state.unreadable);
    let unreadable = state.unreadable.iter().map(|error| OperatorAlert::Unreadable {
        what: format!("a stored row of {name}"),
        problem: error.to_string(),
    });
    app.report(&unreadable.collect::<Vec<_>>(), now).await?;
    let facts = RecipientFacts::new(&policy, recipient, state, tenant);
    // What an earlier run claimed or changed and did not get to emit comes first.
    emit_claimed(app, name, (&facts.head, facts.head_etag.clone()), &facts.ledger, true, now).await?;

    let plan = plan(facts.input(&policy, tenant), app.pace(), now);
    let wake = plan.wake;
    let (message, known) = match plan.step {
        LedgerStep::Nothing => return Ok(Planned { changed: false, wake }),
        LedgerStep::Claim(message) => (message, None),
        LedgerStep::Amend(message) => {
            let known = facts.state.ledger.iter().find(|known| known.value.id == message.id);
            (message, known.map(|known| known.etag.clone()))
        }
    };
    let RecipientFacts { mut head, head_etag, mut ledger, .. } = facts;
    head.sequence = head.sequence.max(message.sequence);
    if message.notifies() {
        head.unemitted.insert(message.sequence);
    }
    let claim = repository.claim(name, (head.clone(), head_etag), (&message, known.clone()), known.is_some());
    let head_etag = claim.await?;
    tracing::info!(
        recipient = %name,
        message_id = %message.id,
        kind = message.kind.as_str(),
        items = message.items.len(),
        state = ?message.state,
        "claimed message {} to {name}",
        message.id
    );
    ledger.retain(|known| known.id != message.id);
    ledger.push(Arc::from(message));
    emit_claimed(app, name, (&head, head_etag), &ledger, known.is_some(), now).await?;
    Ok(Planned { changed: true, wake })
}
