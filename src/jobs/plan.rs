//! `PlanNotifications`, first half: plans for everyone who is due, claims what is to be told, writes outbox rows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::ledger::{MessageRecord, RecipientHead};
use crate::domain::message::{GoLiveReport, Trouble};
use crate::domain::outbox::{OutboxId, OutboxRow, OutboxState};
use crate::domain::plan::{GoLive, Situation, Step, plan};
use crate::domain::recipient::RecipientName;
use crate::domain::routing::Policy;
use crate::store::StoreError;
use crate::store::repository::{RecipientState, Wake};

use super::spread::for_each_bounded;
use super::{App, JobError, log_unreadable};

/// How many wake-ups are read at once.
const WAKE_LIMIT: usize = 500;
/// How often planning for one recipient is tried again when somebody else wrote at the same time.
const TRIES: usize = 5;

/// What every recipient's planning needs to know of the tenant.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Where the first look stands.
    pub go_live: GoLive,
    /// Its report.
    pub report: Option<GoLiveReport>,
    /// Trouble, with the time at which each was first seen.
    pub troubles: Vec<(DateTime<Utc>, Trouble)>,
}

/// Reads what every recipient's planning needs to know.
///
/// # Errors
/// When the store cannot be read.
pub async fn tenant(app: &App, now: DateTime<Utc>) -> Result<Tenant, StoreError> {
    let (go_live, report) = super::go_live::go_live(app, now).await?;
    let troubles = app.repository.troubles().await?;
    log_unreadable("a trouble", &troubles.unreadable);
    let troubles = troubles.rows.into_iter().map(|row| (row.value.first_seen, row.value.trouble)).collect();
    Ok(Tenant { go_live, report, troubles })
}

/// Plans for everyone whose wake-up has come. Returns how many messages were claimed or changed.
///
/// # Errors
/// When the due index cannot be read. What goes wrong with one recipient is logged and tried again later.
pub async fn plan_due(app: &App) -> Result<usize, JobError> {
    let now = app.clock.now();
    let tenant = tenant(app, now).await?;
    let mut messages = 0;
    loop {
        let wakes = app.repository.due(now, WAKE_LIMIT).await?;
        let is_last = wakes.len() < WAKE_LIMIT;
        let mut by_recipient: BTreeMap<RecipientName, Vec<Wake>> = BTreeMap::new();
        for wake in wakes {
            by_recipient.entry(wake.recipient.clone()).or_default().push(wake);
        }
        let counted = std::sync::atomic::AtomicUsize::new(0);
        let failed = std::sync::atomic::AtomicBool::new(false);
        let (counted_ref, failed_ref, tenant_ref) = (&counted, &failed, &tenant);
        for_each_bounded(by_recipient.into_iter().collect(), |(name, wakes)| async move {
            match plan_recipient(app, &name, tenant_ref, now).await {
                Ok(changed) => {
                    counted_ref.fetch_add(usize::from(changed), std::sync::atomic::Ordering::Relaxed);
                    if let Err(error) = app.repository.done(&wakes).await {
                        tracing::warn!(%error, recipient = %name, "a wake-up could not be removed; it does no harm");
                    }
                }
                Err(error) => {
                    failed_ref.store(true, std::sync::atomic::Ordering::Relaxed);
                    tracing::error!(%error, recipient = %name, "planning failed; the wake-up stays");
                }
            }
        })
        .await;
        messages += counted.into_inner();
        // Wake-ups that stay would be read again and again.
        if is_last || failed.into_inner() {
            return Ok(messages);
        }
    }
}

/// The situation of one recipient, as planning and binding see it.
pub(crate) fn situation<'a>(
    policy: &'a Policy,
    recipient: &'a crate::domain::recipient::Recipient,
    state: &'a RecipientState,
    ledger: &'a [MessageRecord],
    head: &'a RecipientHead,
    tenant: &'a Tenant,
) -> Situation<'a> {
    Situation {
        recipient,
        operator: policy.is_operator(&recipient.name),
        assignments: &state.assignments,
        ledger,
        head,
        troubles: &tenant.troubles,
        go_live: tenant.go_live,
        version: &policy.version,
    }
}

async fn plan_recipient(
    app: &App,
    name: &RecipientName,
    tenant: &Tenant,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match try_plan(app, name, tenant, now).await {
            Err(error) if error.is_conflict() && tries < TRIES => {}
            done => return done,
        }
    }
}

async fn try_plan(
    app: &App,
    name: &RecipientName,
    tenant: &Tenant,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let policy = app.policy();
    let Some(recipient) = policy.recipient(name) else {
        tracing::warn!(recipient = %name, "nobody of this name is configured any more; the windows were assigned anew");
        return Ok(false);
    };
    let repository = &app.repository;
    let state = repository.state(name).await?;
    log_unreadable("a row of a recipient", &state.unreadable);
    let ledger: Vec<MessageRecord> = state.ledger.iter().map(|message| message.value.clone()).collect();
    let (mut head, etag) = match &state.head {
        Some(stored) => (stored.value.head.clone(), Some(stored.etag.clone())),
        None => (RecipientHead::default(), None),
    };
    // What an earlier run claimed and did not get to emit comes first.
    emit_claimed(app, name, &head, &ledger, now).await?;

    let plan = plan(situation(&policy, &recipient, &state, &ledger, &head, tenant), app.pace(), now);
    if let Some(wake) = plan.wake {
        repository.wake(name, wake).await?;
    }
    let (message, known) = match plan.step {
        Step::Nothing => return Ok(false),
        Step::Claim(message) => (message, None),
        Step::Amend(message) => {
            let known = state
                .ledger
                .iter()
                .find(|known| known.value.id == message.id)
                .map(|known| known.etag.clone());
            (message, known)
        }
    };
    head.sequence = head.sequence.max(message.sequence);
    if message.tells() {
        head.unemitted.insert(message.sequence);
    }
    repository.claim(name, (head.clone(), etag), (&message, known.clone()), known.is_some()).await?;
    tracing::info!(
        recipient = %name,
        message = %message.id,
        kind = message.kind.as_str(),
        items = message.items.len(),
        state = ?message.state,
        "a message was claimed"
    );
    let mut ledger: Vec<MessageRecord> = ledger.into_iter().filter(|known| known.id != message.id).collect();
    ledger.push(*message);
    emit_claimed(app, name, &head, &ledger, now).await?;
    Ok(true)
}

/// Writes the outbox rows of every claimed message that may lack some. Rows that are there stay as they are.
async fn emit_claimed(
    app: &App,
    name: &RecipientName,
    head: &RecipientHead,
    ledger: &[MessageRecord],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if head.unemitted.is_empty() {
        return Ok(());
    }
    let unemitted = ledger.iter().filter(|message| head.unemitted.contains(&message.sequence));
    let rows: Vec<OutboxRow> = unemitted.flat_map(|message| outbox_rows(message, ledger, now)).collect();
    app.repository.add(&rows).await?;
    app.repository.settle_unemitted(name, &head.unemitted).await
}

fn outbox_rows(message: &MessageRecord, ledger: &[MessageRecord], now: DateTime<Utc>) -> Vec<OutboxRow> {
    let row = |endpoint: &crate::domain::recipient::Endpoint| {
        // An earlier message to the same endpoint goes first, so that nobody reads the end before the beginning.
        let earlier = ledger.iter().filter(|other| other.sequence < message.sequence);
        let waiting = earlier.filter(|other| other.open_endpoints().any(|open| open == endpoint));
        let after =
            waiting.max_by_key(|other| other.sequence).map(|other| OutboxId::derive(&other.id, endpoint));
        OutboxRow {
            id: OutboxId::derive(&message.id, endpoint),
            message: message.id.clone(),
            recipient: message.recipient.clone(),
            sequence: message.sequence,
            endpoint: endpoint.clone(),
            deadline: message.deadline,
            after,
            created: now,
            state: OutboxState::Waiting,
            attempt: 0,
            next_attempt: now,
            last_error: None,
            doubtful: false,
        }
    };
    message.endpoints.iter().map(row).collect()
}
