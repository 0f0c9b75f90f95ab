//! How things stand in the whole tenant, read when a message that carries a summary is bound.

use chrono::{DateTime, TimeDelta, Utc};

use super::ages::ReadTimes;
use super::{App, log_unreadable, owner_lookup};
use crate::domain::ledger::MessageRecord;
use crate::domain::recipient::Recipient;
use crate::domain::recipient_name::RecipientName;
use crate::domain::routing::responsible;
use crate::domain::summary::{Summary, UnreadMachines, WatchedWindow, summary};
use crate::domain::window::MaintenanceWindow;
use crate::store::StoreError;
use crate::store::repository::{TenantRow, WindowRow};

/// How often everyone who wants summaries is planned for though nothing concerns them. Planning then wakes them at
/// their slots.
const ROUND: TimeDelta = TimeDelta::hours(1);

/// The summary that `message` carries, if it carries one.
pub(super) async fn summary_for(
    app: &App,
    message: &MessageRecord,
    recipient: &Recipient,
    now: DateTime<Utc>,
) -> Result<Option<Summary>, StoreError> {
    let Some(request) = recipient.summary.as_ref().filter(|_| message.summary.is_some()) else {
        return Ok(None);
    };
    let repository = &app.repository;
    let summaries = repository.subscription_rows().await?;
    log_unreadable("a subscription's summary", &summaries.unreadable);
    let subscriptions: Vec<_> = summaries.rows.into_iter().map(|row| row.value.subscription).collect();
    let windows = repository.windows_everywhere(&subscriptions).await?;
    log_unreadable("a window", &windows.unreadable);
    let (policy, people) = (app.policy(), owner_lookup::known_people(app).await?);
    let rows: Vec<WindowRow> = windows.rows.into_iter().map(|row| row.value).collect();
    let in_scope = rows.iter().filter(|row| request.of.matches(&row.window.machine, &row.window.impact));
    let owned: Vec<(&WindowRow, Option<RecipientName>)> = in_scope
        .map(|row| {
            let responsible = responsible(&policy, &row.window, &row.actions, &people, now);
            (row, responsible.recipients.into_iter().next().map(|(name, _)| name))
        })
        .collect();
    let watched: Vec<WatchedWindow<'_>> = owned
        .iter()
        .map(|(row, team)| WatchedWindow { window: &row.window, actions: &row.actions, team: team.as_ref() })
        .collect();
    let summary = summary(&watched, &app.start_rules.cluster_tag, now);
    let planned = watched.iter().map(|one| one.window).filter(|window| window.is_planned(now));
    let unread = unread(app, &planned.collect::<Vec<_>>(), now).await?;
    Ok(Some(Summary { unread, ..summary }))
}

/// Of how many of `windows` it is not known how they stand, and since when.
async fn unread(
    app: &App,
    windows: &[&MaintenanceWindow],
    now: DateTime<Utc>,
) -> Result<Option<UnreadMachines>, StoreError> {
    let times = ReadTimes::of(app, windows.iter().map(|window| window.place())).await?;
    let old: Vec<DateTime<Utc>> = windows.iter().filter_map(|window| times.if_old(window, now)).collect();
    let since = old.iter().min().copied();
    Ok(since.map(|since| UnreadMachines { machines: old.len(), since }))
}

/// Has everyone who wants summaries planned for, whether anything concerns them or not. The wake-ups come first:
/// should this process end before the round is noted, they are written once more.
pub(super) async fn wake_watchers(
    app: &App,
    tenant: &TenantRow,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if tenant.go_live.is_none() || tenant.watchers_woken.is_some_and(|at| now - at < ROUND) {
        return Ok(());
    }
    let policy = app.policy();
    let watchers = policy.recipients.values().filter(|recipient| recipient.summary.is_some());
    let wakes: Vec<_> = watchers.map(|recipient| (recipient.name.clone(), now)).collect();
    if wakes.is_empty() {
        return Ok(());
    }
    app.repository.wake_all(&wakes).await?;
    app.repository.update_tenant(|tenant| tenant.watchers_woken = Some(now)).await.map(drop)
}
