//! `PlanNotifications`, first half: plans for everyone who is due, claims what is to be told, writes outbox rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::{FutureExt, StreamExt, stream};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::{App, JobError, drill, endpoint_health, log_unreadable, summary};
use crate::domain::coverage::CoverageReport;
use crate::domain::drill::Drill;
use crate::domain::endpoint::Endpoint;
use crate::domain::ids::OutboxId;
use crate::domain::ledger::{MessageRecord, RecipientHead};
use crate::domain::message::MessageKind;
use crate::domain::message_content::GoLiveReport;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::planning::{GoLive, LedgerStep, PausedChannel, PlanningInput, plan};
use crate::domain::policy::Policy;
use crate::domain::recipient::Recipient;
use crate::domain::recipient_name::RecipientName;
use crate::domain::stage::Stage;
use crate::store::StoreError;
use crate::store::repository::{RecipientState, Stored, TenantRow, Wake};

/// How many wake-ups are read at once.
const WAKE_LIMIT: usize = 500;
/// Collecting runs every quarter of an hour: this long without success is trouble.
const STALE: TimeDelta = TimeDelta::hours(2);
/// Trouble that was not seen for so long is over. Until then it is told once.
const FORGET: TimeDelta = TimeDelta::days(8);
/// For how many recipients is planned at once.
const PARALLEL: usize = 8;
/// How often planning for one recipient is tried again when somebody else wrote at the same time.
const TRIES: usize = 5;

/// What every recipient's planning needs to know of the tenant.
#[derive(Debug, Clone)]
pub struct TenantState {
    /// Where the first look stands.
    pub go_live: GoLive,
    /// Its report.
    pub report: Option<GoLiveReport>,
    /// How much of it has an owner, as of the last survey.
    pub coverage: Option<CoverageReport>,
    /// Channels that refused and are left alone for a while.
    pub resting: Vec<PausedChannel>,
    /// Trouble, with the time at which each was first seen.
    pub operator_alerts: Vec<(DateTime<Utc>, OperatorAlert)>,
    /// The number after which the messages of somebody new begin.
    pub last_retired: u64,
    /// The newest fire drill.
    pub drill: Option<Drill>,
}

/// Reads what every recipient's planning needs to know.
///
/// # Errors
/// When the store cannot be read.
pub async fn tenant(app: &App, now: DateTime<Utc>) -> Result<TenantState, StoreError> {
    let (go_live, report) = super::go_live::go_live(app, now).await?;
    let operator_alerts = app.repository.operator_alerts().await?;
    log_unreadable("a trouble", &operator_alerts.unreadable);
    let operator_alerts = operator_alerts
        .rows
        .into_iter()
        .map(|row| (row.value.first_seen, row.value.operator_alert))
        .collect();
    let last_retired = app.repository.tenant().await?.0.last_retired;
    let coverage = app.repository.coverage().await?;
    let (resting, drill) = (endpoint_health::resting(app).await?, app.repository.drill().await?);
    Ok(TenantState { go_live, report, coverage, resting, operator_alerts, last_retired, drill })
}

/// Operators hear when nothing was collected for too long, old trouble that was not seen again is forgotten, and quiet
/// channels and those who want summaries are thought of.
async fn watch_over_tenant(app: &App, now: DateTime<Utc>) -> Result<(), StoreError> {
    let (tenant, _) = app.repository.tenant().await?;
    wake_under_another_configuration(app, &tenant, now).await?;
    endpoint_health::wake_channels(app, &tenant, now).await?;
    summary::wake_watchers(app, &tenant, now).await?;
    drill::wake(app, now).await?;
    if let Some(since) = tenant.collected.filter(|since| now - *since > STALE) {
        app.report(&[OperatorAlert::Stale { since }], now).await?;
    }
    let operator_alerts = app.repository.operator_alerts().await?;
    super::silences::note_ends(app, &operator_alerts, now).await?;
    let resting = endpoint_health::resting(app).await?;
    let over = operator_alerts.values().filter(|row| {
        now - row.last_seen > FORGET && !endpoint_health::lasts(&row.operator_alert, &resting, app)
    });
    let over = over.map(|row| row.operator_alert.key());
    app.repository.resolve(&over.collect::<Vec<_>>()).await
}

/// Whoever is configured may want to be told otherwise from now on, also of what has ended and is not told yet.
async fn wake_under_another_configuration(
    app: &App,
    tenant: &TenantRow,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let policy = app.policy();
    if tenant.planned_by.as_ref() == Some(&policy.version) {
        return Ok(());
    }
    if tenant.planned_by.is_some() {
        let everybody: Vec<_> = policy.recipients.keys().map(|name| (name.clone(), now)).collect();
        app.repository.wake_all(&everybody).await?;
    }
    let planned_by = |tenant: &mut TenantRow| tenant.planned_by = Some(policy.version.clone());
    app.repository.update_tenant(planned_by).await.map(drop)
}

/// Plans for everyone whose wake-up has come. Returns how many messages were claimed or changed.
///
/// # Errors
/// When the due index cannot be read. What goes wrong with one recipient is logged and tried again later.
pub async fn plan_due(app: &Arc<App>) -> Result<usize, JobError> {
    let now = app.clock.now();
    watch_over_tenant(app, now).await?;
    let tenant = Arc::new(tenant(app, now).await?);
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
            AbortOnDropHandle::new(tokio::spawn(planned.in_current_span())).map(move |planned| {
                planned.unwrap_or_else(|panic| {
                    tracing::error!(%panic, recipient = %of, "planning failed; the wake-up stays");
                    None
                })
            })
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
        Ok(changed) => {
            if let Err(error) = app.repository.wakes_done(wakes).await {
                tracing::warn!(%error, recipient = %name, "a wake-up could not be removed; it does no harm");
            }
            Some(changed)
        }
        Err(error) => {
            tracing::error!(%error, recipient = %name, "planning failed; the wake-up stays");
            None
        }
    }
}

/// The situation of one recipient, as planning and binding see it.
pub(crate) fn input<'a>(
    policy: &'a Policy,
    (recipient, diverted_to): (&'a Recipient, Option<&'a [Endpoint]>),
    state: &'a RecipientState,
    ledger: &'a [Arc<MessageRecord>],
    head: &'a RecipientHead,
    tenant: &'a TenantState,
) -> PlanningInput<'a> {
    PlanningInput {
        recipient,
        operator: policy.is_operator(&recipient.name),
        diverted_to,
        assignments: &state.assignments,
        ledger,
        head,
        notification_settings: &state.notification_settings,
        resting: &tenant.resting,
        operator_alerts: &tenant.operator_alerts,
        coverage: tenant.coverage.as_ref(),
        go_live: tenant.go_live,
        version: &policy.version,
    }
}

async fn plan_recipient(
    app: &App,
    name: &RecipientName,
    tenant: &TenantState,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let planned = match drill::claim(app, name, tenant, now).await {
            Ok(()) => try_plan(app, name, tenant, now).await,
            Err(error) => Err(error),
        };
        match planned {
            Err(error) if error.is_conflict() && tries < TRIES => {}
            done => return done,
        }
    }
}

async fn try_plan(
    app: &App,
    name: &RecipientName,
    tenant: &TenantState,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let policy = app.policy();
    let Some(recipient) = policy.recipient(name) else {
        tracing::warn!(recipient = %name, "nobody of this name is configured any more; the windows were assigned anew");
        return Ok(false);
    };
    let repository = &app.repository;
    let state = repository.state(name).await?;
    // What an unreadable row told is told again, once: better than never.
    log_unreadable("a row of a recipient", &state.unreadable);
    let unreadable = state.unreadable.iter().map(|error| OperatorAlert::Unreadable {
        what: format!("a stored row of {name}"),
        problem: error.to_string(),
    });
    app.report(&unreadable.collect::<Vec<_>>(), now).await?;
    let mut ledger = state.messages();
    let (mut head, etag) = match &state.head {
        Some(stored) => (stored.value.head.clone(), Some(stored.etag.clone())),
        None => (RecipientHead { sequence: tenant.last_retired, ..RecipientHead::default() }, None),
    };
    let diverted_to = policy.diverted(name);
    // What an earlier run claimed or changed and did not get to emit comes first.
    emit_claimed(app, name, &head, &ledger, true, now).await?;

    let plan = plan(
        input(&policy, (&recipient, diverted_to.as_deref()), &state, &ledger, &head, tenant),
        app.pace(),
        now,
    );
    if let Some(wake) = plan.wake {
        repository.wake(name, wake).await?;
    }
    let (message, known) = match plan.step {
        LedgerStep::Nothing => return Ok(false),
        LedgerStep::Claim(message) => (message, None),
        LedgerStep::Amend(message) => {
            let known = state
                .ledger
                .iter()
                .find(|known| known.value.id == message.id)
                .map(|known| known.etag.clone());
            (message, known)
        }
    };
    head.sequence = head.sequence.max(message.sequence);
    if message.notifies() {
        head.unemitted.insert(message.sequence);
    }
    repository.claim(name, (head.clone(), etag), (&message, known.clone()), known.is_some()).await?;
    tracing::info!(
        recipient = %name,
        message_id = %message.id,
        kind = message.kind.as_str(),
        items = message.items.len(),
        state = ?message.state,
        "a message was claimed"
    );
    ledger.retain(|known| known.id != message.id);
    ledger.push(Arc::from(message));
    emit_claimed(app, name, &head, &ledger, known.is_some(), now).await?;
    Ok(true)
}

/// Writes the outbox rows of every claimed message that may lack some. Rows that are there stay as they are, but
/// where a message was `amended` they become as urgent as it is.
async fn emit_claimed(
    app: &App,
    name: &RecipientName,
    head: &RecipientHead,
    ledger: &[Arc<MessageRecord>],
    amended: bool,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if head.unemitted.is_empty() {
        return Ok(());
    }
    let unemitted = ledger.iter().filter(|message| head.unemitted.contains(&message.sequence));
    let rows: Vec<OutboxRow> = unemitted.flat_map(|message| outbox_rows(message, ledger, now)).collect();
    app.repository.add_to_outbox(&rows).await?;
    if amended {
        app.repository.keep_urgency(&rows).await?;
    }
    let sequences: Vec<u64> = head.unemitted.iter().copied().collect();
    app.repository.settle_unemitted(name, &sequences).await
}

fn outbox_rows(message: &MessageRecord, ledger: &[Arc<MessageRecord>], now: DateTime<Utc>) -> Vec<OutboxRow> {
    let row = |endpoint: &Endpoint| {
        // An earlier message to the same endpoint goes first, so that nobody reads the end before the beginning.
        let earlier = ledger.iter().filter(|other| other.sequence < message.sequence);
        let waiting = earlier.filter(|other| other.open_endpoints().any(|open| open == endpoint));
        // Nothing waits for an exercise.
        let waiting = waiting.filter(|other| other.kind != MessageKind::Drill);
        let after =
            waiting.max_by_key(|other| other.sequence).map(|other| OutboxId::derive(&other.id, endpoint));
        outbox_row(message, endpoint, after, now)
    };
    message.endpoints.iter().map(row).collect()
}

/// The row that sends `message` to `endpoint`, once `after` is settled.
pub(super) fn outbox_row(
    message: &MessageRecord,
    endpoint: &Endpoint,
    after: Option<OutboxId>,
    now: DateTime<Utc>,
) -> OutboxRow {
    OutboxRow {
        id: OutboxId::derive(&message.id, endpoint),
        message: message.id.clone(),
        recipient: message.recipient.clone(),
        sequence: message.sequence,
        endpoint: endpoint.clone(),
        deadline: message.deadline,
        imminent: message.items.iter().any(|item| item.stage == Stage::Imminent),
        after,
        created: now,
        state: OutboxState::Waiting,
        attempt: 0,
        next_attempt: now,
        last_error: None,
        doubtful: false,
        for_operators: message.operator_alerts.iter().any(|operator_alert| !operator_alert.is_note())
            || matches!(
                message.kind,
                MessageKind::GoLive | MessageKind::Operator | MessageKind::Drill | MessageKind::Coverage
            ),
        anew: None,
    }
}
