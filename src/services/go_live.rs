//! The first look at a tenant: when it is complete, operators get its numbers, and everybody is planned for once.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{App, log_unreadable};
use crate::domain::ledger::MessageRecord;
use crate::domain::message::MessageKind;
use crate::domain::message_content::GoLiveReport;
use crate::domain::planning::GoLive;
use crate::store::StoreError;
use crate::store::repository::{GoLiveRow, SubscriptionRow, TenantRow};

/// A first look that is not complete by then counts as complete: somebody waits for the rest of it.
const REPORT_WITHOUT_AFTER: TimeDelta = TimeDelta::minutes(30);

/// Where the first look stands.
#[derive(Debug)]
enum FirstLook {
    UnderWay,
    /// It is complete, which nobody has noted yet.
    Complete(GoLiveRow),
    Noted(GoLiveRow),
}

/// Where the tenant stands. Nothing is written. Another instance may have noted the first look by a clock that is
/// ahead of this one; that it is complete holds at once, or the go-live message would follow the digest it belongs with.
pub async fn go_live(app: &App, tenant: &TenantRow, now: DateTime<Utc>) -> Result<GoLive, StoreError> {
    Ok(match first_look(app, tenant, now).await? {
        FirstLook::UnderWay => GoLive::Looking,
        FirstLook::Complete(row) | FirstLook::Noted(row) => GoLive::Since(row.at.min(now)),
    })
}

/// Notes a first look that is complete now, and has everybody planned for.
///
/// # Errors
/// When the store cannot be read or written.
pub(super) async fn note_first_look(app: &App, now: DateTime<Utc>) -> Result<(), StoreError> {
    let tenant = app.repository.tenant().await?.0;
    let FirstLook::Complete(row) = first_look(app, &tenant, now).await? else { return Ok(()) };
    // The wake-ups come first: should this process end here, the next one finds the first look complete once more.
    let mut waiting = app.repository.everyone_waiting().await?;
    waiting.extend(app.policy().fallback.iter().cloned());
    let wakes: Vec<_> = waiting.into_iter().map(|name| (name, now)).collect();
    app.repository.wake_all(&wakes).await?;
    app.repository
        .update_tenant(|tenant| {
            tenant.go_live.get_or_insert_with(|| row.clone());
        })
        .await?;
    tracing::info!(
        subscriptions = row.report.subscriptions,
        machines = row.report.machines,
        "the first look at the tenant is complete"
    );
    Ok(())
}

/// Notes that the operators know that the notifier is live, which is said once in the life of a deployment. Whoever is
/// made one of them later reads what concerns them then.
///
/// # Errors
/// When the store cannot be read or written.
pub(super) async fn note_go_live_notified(app: &App, now: DateTime<Utc>) -> Result<(), StoreError> {
    let tenant = app.repository.tenant().await?.0;
    if tenant.go_live.is_none() || tenant.live_told.is_some() {
        return Ok(());
    }
    let (mut notified, mut unsent) = (false, false);
    for operator in &app.policy().fallback {
        let state = app.repository.state(operator).await?;
        notified |= state.head.as_ref().is_some_and(|head| head.value.head.past.go_live);
        for message in state.messages().iter().filter(|message| message.kind == MessageKind::GoLive) {
            notified |= message.notifies() && message.notified_at.is_some();
            // In a dry run it waits, and grows with what comes to it.
            unsent |= message.notifies() && message.notified_at.is_none();
        }
    }
    if notified && !unsent {
        app.repository.update_tenant(|tenant| tenant.live_told = Some(now)).await?;
    }
    Ok(())
}

async fn first_look(app: &App, tenant: &TenantRow, now: DateTime<Utc>) -> Result<FirstLook, StoreError> {
    if let Some(row) = &tenant.go_live {
        return Ok(FirstLook::Noted(row.clone()));
    }
    let Some(round) = &tenant.round else {
        return Ok(FirstLook::UnderWay);
    };
    let summaries = app.repository.subscription_rows().await?;
    log_unreadable("a subscription's summary", &summaries.unreadable);
    let summaries: Vec<SubscriptionRow> = summaries.rows.into_iter().map(|row| row.value).collect();
    let looked_at =
        |summary: &&SubscriptionRow| summary.observed.is_some_and(|observed| observed >= round.started);
    let done: BTreeSet<_> = summaries.iter().filter(looked_at).map(|summary| &summary.subscription).collect();
    if round.expected.iter().any(|expected| !done.contains(expected))
        && now - round.started < REPORT_WITHOUT_AFTER
    {
        return Ok(FirstLook::UnderWay);
    }
    let waiting = app.repository.everyone_waiting().await?.len();
    let report = report(&summaries, tenant.known_subscriptions.len(), waiting);
    Ok(FirstLook::Complete(GoLiveRow { at: now, report }))
}

/// What a go-live message reports: the numbers of now, because after a dry run those of the first look are days old.
pub(super) async fn report_for(
    app: &App,
    message: &MessageRecord,
    now: DateTime<Utc>,
) -> Result<Option<GoLiveReport>, StoreError> {
    if message.kind != MessageKind::GoLive {
        return Ok(None);
    }
    let tenant = app.repository.tenant().await?.0;
    let summaries = app.repository.subscription_rows().await?;
    log_unreadable("a subscription's summary", &summaries.unreadable);
    let summaries: Vec<SubscriptionRow> = summaries.rows.into_iter().map(|row| row.value).collect();
    let subscriptions: Vec<_> = summaries.iter().map(|summary| summary.subscription.clone()).collect();
    let windows = app.repository.windows_everywhere(&subscriptions).await?;
    log_unreadable("a window", &windows.unreadable);
    let open = windows.values().filter(|row| row.window.is_planned(now));
    // Not who was responsible before, nor who hears only in case nobody responds.
    let holders = open.flat_map(|row| &row.holders).filter(|it| it.withdrawn.is_none() && !it.escalated);
    let recipients: BTreeSet<_> = holders.map(|holder| &holder.recipient).collect();
    Ok(Some(report(&summaries, tenant.known_subscriptions.len(), recipients.len())))
}

fn report(summaries: &[SubscriptionRow], subscriptions: usize, recipients: usize) -> GoLiveReport {
    let mut unowned: Vec<String> =
        summaries.iter().flat_map(|summary| summary.unowned.iter().cloned()).collect();
    unowned.sort();
    GoLiveReport {
        subscriptions,
        machines: summaries.iter().map(|summary| summary.planned.unwrap_or(summary.open_windows)).sum(),
        owned: summaries.iter().map(|summary| summary.owned).sum(),
        recipients,
        unowned,
    }
}
