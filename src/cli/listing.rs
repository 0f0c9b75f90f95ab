//! What commands print of the state: plain rows, the same for tables and for JSON.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::words::dated;
use crate::domain::action::response::StartStatus;
use crate::domain::age::if_old;
use crate::domain::outbox::OutboxState;
use crate::domain::resource::{ResourceId, ResourceKind, same_id};
use crate::domain::sanitize::one_line;
use crate::domain::scheduled_event::{EventNews, ScheduledEvent};
use crate::domain::stage::Stage;
use crate::domain::window::{Interval, MaintenanceWindow, WindowState};
use crate::render::planned_loss;
use crate::store::StoreError;
use crate::store::repository::{Repository, WindowRow};

/// One window as commands print it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct WindowLine {
    pub(super) name: String,
    pub(super) resource: String,
    pub(super) subscription: String,
    /// Its tenant, when that is not ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) tenant: Option<String>,
    pub(super) resource_group: String,
    pub(super) region: Option<String>,
    pub(super) generation: u32,
    pub(super) status: &'static str,
    /// Whether nothing is planned by what the machine itself shows, or not any more.
    #[serde(skip)]
    pub(super) is_past: bool,
    pub(super) impact: String,
    pub(super) self_service: Option<UtcSpan>,
    pub(super) scheduled: Option<UtcSpan>,
    pub(super) owners: Vec<String>,
    pub(super) silenced: Option<String>,
    /// What Azure announces by itself, minutes or days ahead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) events: Vec<EventLine>,
    /// What people said and started, in a few words each.
    pub(super) done: Vec<String>,
    pub(super) tracking_ids: Vec<String>,
    /// When it was last read, where that is longer ago than two looks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last_read: Option<DateTime<Utc>>,
}

/// A scheduled event, as commands print it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct EventLine {
    pub(super) impact: String,
    pub(super) not_before: Option<DateTime<Utc>>,
    /// Whether Azure, when asked, said so itself.
    pub(super) confirmed: bool,
}

/// A span of time in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct UtcSpan {
    /// Nothing where Azure does not say it.
    pub(super) start: Option<DateTime<Utc>>,
    /// Nothing where Azure does not say it.
    pub(super) end: Option<DateTime<Utc>>,
}

impl From<Interval> for UtcSpan {
    fn from(interval: Interval) -> Self {
        Self { start: interval.said_start(), end: interval.said_end() }
    }
}

/// One message at one endpoint, as commands print it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct MessageLine {
    pub(super) recipient: String,
    pub(super) kind: &'static str,
    pub(super) machines: usize,
    pub(super) endpoint: String,
    pub(super) outcome: &'static str,
    /// The file or the service's name for it, or why it was not delivered.
    pub(super) detail: String,
    pub(super) message: String,
}

/// Every window that Azure still lists, nearest deadline first.
pub(super) async fn windows(
    repository: &Repository,
    now: DateTime<Utc>,
) -> Result<Vec<WindowLine>, StoreError> {
    let mut rows = stored_windows(repository).await?;
    rows.retain(|row| row.window.state == WindowState::Open);
    rows.sort_by_key(|row| {
        let window = &row.window;
        (
            window.is_over() || window.is_past(now),
            window.deadline(now).is_none(),
            window.deadline(now),
            window.id.clone(),
        )
    });
    let summaries = repository.subscription_rows().await?;
    let last_read = |place: &ResourceId| {
        let summary = summaries.values().find(|summary| summary.subscription == place.subscription());
        if_old(summary.and_then(|summary| summary.read_at(place)), now)
    };
    Ok(rows.iter().map(|row| line(row, last_read(row.window.place()), now)).collect())
}

/// Every stored window of the tenant.
pub(super) async fn stored_windows(repository: &Repository) -> Result<Vec<WindowRow>, StoreError> {
    let mut all = Vec::new();
    for summary in repository.subscription_rows().await?.rows {
        let windows = repository.windows(&summary.value.subscription).await?;
        for error in &windows.unreadable {
            tracing::error!(%error, "a window was set aside");
        }
        all.extend(windows.rows.into_iter().map(|row| row.value));
    }
    Ok(all)
}

/// Whether a person means this resource when they write `wanted`: its id, or its name, in any case.
pub(super) fn is_meant(id: &ResourceId, wanted: &str) -> bool {
    let display = id.display_name();
    // A dedicated host is called by its own name, without its group.
    let is_host = id.kind() == ResourceKind::DedicatedHost;
    let own = display.rsplit('/').next().filter(|_| is_host);
    same_id(id.folded(), wanted) || same_id(&display, wanted) || own.is_some_and(|own| same_id(own, wanted))
}

fn line(row: &WindowRow, last_read: Option<DateTime<Utc>>, now: DateTime<Utc>) -> WindowLine {
    let window: &MaintenanceWindow = &row.window;
    let id = window.place();
    WindowLine {
        name: id.display_name(),
        resource: id.to_string(),
        subscription: window
            .machine
            .subscription_name
            .clone()
            .unwrap_or_else(|| id.subscription().to_string()),
        tenant: window.machine.tenant.as_ref().map(|tenant| one_line(tenant.display_name(), 90)),
        resource_group: id.resource_group().to_owned(),
        region: window.machine.region.clone(),
        generation: window.id.generation,
        status: window.word(now),
        is_past: window.is_past(now) || window.elsewhere.is_some(),
        impact: window.impact.as_str().to_owned(),
        self_service: window.facts.schedule.self_service.map(UtcSpan::from),
        scheduled: window.facts.schedule.scheduled.map(UtcSpan::from),
        owners: row
            .holders
            .iter()
            .filter(|holder| holder.withdrawn.is_none() && !holder.escalated)
            .map(|holder| holder.recipient.to_string())
            .collect(),
        silenced: row.silenced.clone(),
        events: window.event_news(now).map(|(event, news)| event_line(event, news)).collect(),
        done: done(row, now),
        tracking_ids: window.tracking_ids.clone(),
        last_read,
    }
}

fn event_line(event: &ScheduledEvent, news: EventNews) -> EventLine {
    EventLine {
        impact: event.impact().as_str().to_owned(),
        not_before: event.not_before(),
        confirmed: news.stage != Stage::Unconfirmed,
    }
}

/// What counts at the moment of what people said and started.
fn done(row: &WindowRow, now: DateTime<Utc>) -> Vec<String> {
    let (actions, revision) = (&row.actions, row.window.revision);
    let mut done = Vec::new();
    if let Some(record) = actions.acknowledged(revision) {
        done.push(format!("acknowledged by {}", record.by.name()));
    }
    if let Some((until, record)) = actions.snooze(revision) {
        done.push(format!("{} asked for {}", record.by.name(), dated(until, now)));
    }
    match actions.open_start() {
        Some(start) if start.status == StartStatus::Planned => {
            let loss = planned_loss(&row.window.machine, start).map(|loss| format!(". {loss}"));
            let loss = loss.unwrap_or_default();
            done.push(format!("{} starts it {}{loss}", start.by.name(), dated(start.begins, now)));
        }
        Some(start) => done.push(format!("{} started it {}", start.by.name(), dated(start.begins, now))),
        None => {}
    }
    done
}

/// Every message written to the outbox from `since` on, in order of recipient.
pub(super) async fn messages(
    repository: &Repository,
    since: DateTime<Utc>,
) -> Result<Vec<MessageLine>, StoreError> {
    let mut lines = Vec::new();
    for row in repository.outbox_rows().await?.rows {
        let row = row.value;
        if row.created < since {
            continue;
        }
        let message = repository.message(&row.recipient, row.sequence).await?;
        let (kind, machines) = message.map_or(("", 0), |message| {
            let mut windows: Vec<_> = message.value.items.iter().map(|item| &item.window).collect();
            windows.sort();
            windows.dedup();
            (message.value.kind.as_str(), windows.len())
        });
        let (outcome, detail) = match &row.state {
            OutboxState::Delivered { reference, .. } => ("delivered", reference.clone()),
            OutboxState::Failed { error, .. } if row.is_unknown() => ("unknown", error.clone()),
            OutboxState::Failed { error, .. } => ("failed", error.clone()),
            OutboxState::Dropped { .. } => ("dropped", "nothing was left to say".to_owned()),
            OutboxState::Waiting | OutboxState::Emitted | OutboxState::Sending { .. } => {
                ("waiting", row.last_error.clone().unwrap_or_default())
            }
        };
        lines.push(MessageLine {
            recipient: row.recipient.to_string(),
            kind,
            machines,
            endpoint: row.endpoint.key(),
            outcome,
            detail,
            message: row.message.to_string(),
        });
    }
    lines.sort_by(|a, b| {
        (&a.recipient, &a.message, &a.endpoint).cmp(&(&b.recipient, &b.message, &b.endpoint))
    });
    Ok(lines)
}
