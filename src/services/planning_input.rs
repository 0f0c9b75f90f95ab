//! What planning and binding see of a recipient and of the tenant.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::domain::coverage::CoverageReport;
use crate::domain::drill::Drill;
use crate::domain::endpoint::Endpoint;
use crate::domain::ledger::{MessageRecord, RecipientHead};
use crate::domain::message::MessageKind;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::planning::PausedChannel;
use crate::domain::planning::{GoLive, PlanningInput};
use crate::domain::policy::Policy;
use crate::domain::recipient::Recipient;
use crate::domain::store_epoch::StoreEpoch;
use crate::store::repository::{RecipientState, TenantRow};
use crate::store::{ETag, StoreError};

use super::dead_endpoints::paused_channels;
use super::{App, log_unreadable};

/// What every recipient's planning needs to know of the tenant.
#[derive(Debug, Clone)]
pub struct TenantState {
    /// Where the first look stands.
    pub go_live: GoLive,
    /// Whether maintenance can be started with the notifier's own pages.
    pub starts_here: bool,
    /// How much of it has an owner, as of the last survey.
    pub coverage: Option<CoverageReport>,
    /// Channels that refused and are left alone for a while.
    pub paused_channels: Vec<PausedChannel>,
    /// Operator alerts, with the time at which each was first seen.
    pub operator_alerts: Vec<(DateTime<Utc>, OperatorAlert)>,
    /// The number after which the messages of somebody new begin.
    pub last_retired: u64,
    /// Whether operators were notified that the notifier is live.
    pub live_told: bool,
    /// Which life of the state this is.
    pub epoch: Option<StoreEpoch>,
    /// The newest fire drill.
    pub drill: Option<Drill>,
}

/// Reads what every recipient's planning needs to know.
pub async fn read_tenant(app: &App, now: DateTime<Utc>) -> Result<TenantState, StoreError> {
    let tenant = app.repository.tenant().await?.0;
    let go_live = super::go_live::go_live(app, &tenant, now).await?;
    let operator_alerts = app.repository.operator_alerts().await?;
    log_unreadable("an operator alert", &operator_alerts.unreadable);
    let operator_alerts = operator_alerts
        .rows
        .into_iter()
        .map(|row| (row.value.first_seen, row.value.operator_alert))
        .collect();
    let TenantRow { last_retired, epoch, live_told, .. } = tenant;
    let live_told = live_told.is_some();
    let coverage = app.repository.coverage().await?;
    let (paused_channels, drill) = (paused_channels(app).await?, app.repository.drill().await?);
    let starts_here = app.start_rules.enabled;
    Ok(TenantState {
        go_live,
        starts_here,
        coverage,
        paused_channels,
        operator_alerts,
        last_retired,
        live_told,
        epoch,
        drill,
    })
}

/// Reads what binding a message of this kind needs to know: what it reports was decided when it was claimed.
pub(super) async fn read_tenant_for(
    app: &App,
    kind: MessageKind,
    now: DateTime<Utc>,
) -> Result<TenantState, StoreError> {
    let tenant = app.repository.tenant().await?.0;
    let go_live = super::go_live::go_live(app, &tenant, now).await?;
    let coverage = if kind == MessageKind::Coverage { app.repository.coverage().await? } else { None };
    let drill = if kind == MessageKind::Drill { app.repository.drill().await? } else { None };
    Ok(TenantState {
        go_live,
        starts_here: app.start_rules.enabled,
        coverage,
        paused_channels: Vec::new(),
        operator_alerts: Vec::new(),
        last_retired: tenant.last_retired,
        live_told: tenant.live_told.is_some(),
        epoch: tenant.epoch,
        drill,
    })
}

/// What is known of one recipient, for planning and binding.
#[derive(Debug)]
pub struct RecipientFacts {
    pub recipient: Recipient,
    /// During a pilot: where the messages go instead.
    pub diverted_to: Option<Vec<Endpoint>>,
    pub state: RecipientState,
    /// The messages, without the states of their rows.
    pub ledger: Vec<Arc<MessageRecord>>,
    pub head: RecipientHead,
    /// The state of the head's row; nothing before the first message.
    pub head_etag: Option<ETag>,
}

impl RecipientFacts {
    /// Puts together what was read. The messages of somebody new are counted on from the last who was forgotten.
    pub fn new(policy: &Policy, recipient: Recipient, state: RecipientState, tenant: &TenantState) -> Self {
        let (mut head, head_etag) = match &state.head {
            Some(stored) => (stored.value.head.clone(), Some(stored.etag.clone())),
            None => (RecipientHead { sequence: tenant.last_retired, ..RecipientHead::default() }, None),
        };
        state.former.iter().for_each(|former| head.past.join(&former.past));
        head.past.go_live |= tenant.live_told;
        let diverted_to = policy.diverted(&recipient.name);
        let mut ledger = state.messages();
        // The name is a label: what went to an address that is somebody else's now notified nobody here.
        ledger.retain(|message| message.is_unsent() || recipient.may_have_read(message));
        Self { ledger, recipient, diverted_to, state, head, head_etag }
    }

    /// What planning and binding see.
    pub fn input<'a>(&'a self, policy: &'a Policy, tenant: &'a TenantState) -> PlanningInput<'a> {
        PlanningInput {
            recipient: &self.recipient,
            operator: policy.is_operator(&self.recipient.name),
            diverted_to: self.diverted_to.as_deref(),
            assignments: &self.state.assignments,
            ledger: &self.ledger,
            head: &self.head,
            notification_settings: &self.state.notification_settings,
            paused_channels: &tenant.paused_channels,
            operator_alerts: &tenant.operator_alerts,
            coverage: tenant.coverage.as_ref(),
            go_live: tenant.go_live,
            starts_here: tenant.starts_here,
            version: &policy.version,
            epoch: tenant.epoch.as_ref(),
        }
    }
}
