//! Endpoints that refuse: marked with what they answered, given to somebody else, tried again, and used again once they
//! take something.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::retry::{self, RetryError};
use super::{App, ServiceError, fallback_mail};
use crate::deliver::{FaultOwner, classify};
use crate::domain::endpoint::Endpoint;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::planning::PausedChannel;
use crate::domain::recipient_name::RecipientName;
use crate::domain::resource::SubscriptionId;
use crate::http::causes::chain;
use crate::store::StoreError;
use crate::store::repository::{SubscriptionRow, TenantRow};

/// How often every channel is planned for though nothing concerns it: a sign of life may be due.
const CHANNEL_ROUND: TimeDelta = TimeDelta::days(1);

/// Has every channel planned for once a day, whether anything concerns it or not. The wake-ups come first: should this
/// process end before the round is noted, they are written once more.
pub(super) async fn wake_channels(
    app: &App,
    tenant: &TenantRow,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if tenant.go_live.is_none() || tenant.channels_woken.is_some_and(|at| now - at < CHANNEL_ROUND) {
        return Ok(());
    }
    let policy = app.policy();
    let channels = policy.recipients.values().filter(|recipient| recipient.channel().is_some());
    let wakes: Vec<_> = channels.map(|recipient| (recipient.name.clone(), now)).collect();
    app.repository.wake_all(&wakes).await?;
    app.repository.update_tenant(|tenant| tenant.channels_woken = Some(now)).await.map(drop)
}

/// Gives up on the endpoint of `row` for now: somebody else is notified, and so are the operators.
pub(super) async fn give_up_for_row(
    app: &App,
    row: &OutboxRow,
    error: &str,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    match &row.endpoint {
        Endpoint::Email { .. } => give_up(app, &row.recipient, &row.endpoint, error, now, now).await,
        // During a pilot it is the channel of somebody else.
        Endpoint::Teams { recipient } => {
            fallback_mail::mail_instead(app, row, recipient, now).await?;
            give_up(app, recipient, &row.endpoint, error, now, now).await
        }
        // A mail says the same, and the flow is everybody's: it is one alert, and the next chat tries it again.
        Endpoint::Chat { .. } => {
            Ok(app.report(&[undeliverable(&row.recipient, &row.endpoint, error)], now).await?)
        }
    }
}

/// Gives up on an endpoint that refused at `since`: marks it, notifies the operators, and brings the fallback in for the
/// recipient's windows where no other way is left.
pub(super) async fn give_up(
    app: &App,
    recipient: &RecipientName,
    endpoint: &Endpoint,
    error: &str,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let repository = &app.repository;
    app.report(&[undeliverable(recipient, endpoint, error)], now).await?;
    repository.mark_dead(endpoint, app.deliverers.fingerprint(endpoint).as_deref(), error, since).await?;
    assign_again(app, recipient, now).await
}

/// Has the windows of `recipient` assigned anew, to whom they belong now that another way is there or is not.
async fn assign_again(app: &App, recipient: &RecipientName, now: DateTime<Utc>) -> Result<(), ServiceError> {
    let repository = &app.repository;
    let mut state = repository.state(recipient).await?;
    if let Some(present) = state.present_name().cloned() {
        state = repository.state(&present).await?;
    }
    let subscriptions: BTreeSet<SubscriptionId> =
        state.assignments.iter().map(|assignment| assignment.window.place().subscription()).collect();
    for subscription in &subscriptions {
        // Should this process end here, the next round of collecting finds the mark and assigns anew.
        repository.update_subscription(subscription, SubscriptionRow::ask_to_assign).await?;
    }
    let people = super::owner_lookup::known_people(app).await?;
    if let Err(error) = super::hand_overs::assign_without(app, &people, subscriptions, now).await {
        tracing::warn!(
            error = chain(&error),
            "the fallback could not be brought in at once; the next round of collecting does it"
        );
    }
    Ok(())
}

/// `endpoint` was marked though nothing was wrong with it: it is used again, what it was not sent is, and its windows
/// leave the fallback.
pub(super) async fn free(app: &App, endpoint: &Endpoint, now: DateTime<Utc>) -> Result<(), ServiceError> {
    let repository = &app.repository;
    if repository.last_refusal(endpoint).await?.is_none() {
        return Ok(());
    }
    tracing::info!(to = %endpoint, "an endpoint was marked for a refusal that was none of its own; it is used again");
    let mut recipients = put_up_again(app, endpoint, now).await?;
    let alerts = repository.operator_alerts().await?;
    let about = |alert: &OperatorAlert| matches!(alert, OperatorAlert::Undeliverable { endpoint: known, .. } if known == endpoint);
    let over = alerts.values().map(|row| &row.operator_alert).filter(|alert| about(alert));
    repository.resolve(&over.map(OperatorAlert::key).collect::<Vec<_>>()).await?;
    // The mark goes after it: should this process end before, all of it is done again.
    repository.revive(endpoint).await?;
    // And what another one gave up meanwhile. Whoever does so later finds no mark, and puts it up again themselves.
    recipients.extend(put_up_again(app, endpoint, now).await?);
    for recipient in recipients {
        assign_again(app, &recipient, now).await?;
    }
    Ok(())
}

/// Sends what was given up at `endpoint` after all. Returns whose messages these are.
async fn put_up_again(
    app: &App,
    endpoint: &Endpoint,
    now: DateTime<Utc>,
) -> Result<BTreeSet<RecipientName>, ServiceError> {
    let rows = app.repository.outbox_rows().await?;
    let failed =
        |row: &&OutboxRow| row.endpoint == *endpoint && matches!(row.state, OutboxState::Failed { .. });
    let mut recipients = BTreeSet::new();
    for row in rows.values().filter(failed) {
        retry_given_up(app, row, now).await?;
        recipients.insert(row.recipient.clone());
    }
    Ok(recipients)
}

async fn retry_given_up(app: &App, row: &OutboxRow, now: DateTime<Utc>) -> Result<(), ServiceError> {
    match retry::retry_row(&app.repository, &row.id, false, now).await {
        Ok(_) | Err(RetryError::NotRetried { .. }) => Ok(()),
        Err(RetryError::Store(error)) => Err(error.into()),
        Err(error) => {
            tracing::warn!(%error, "a message could not be put up again");
            Ok(())
        }
    }
}

/// Puts up again what was just given up, if its endpoint was freed of the mark before that was written; and its windows leave
/// the fallback again.
pub(super) async fn unless_freed(app: &App, row: &OutboxRow, now: DateTime<Utc>) -> Result<(), ServiceError> {
    let is_marked = match &row.endpoint {
        // It has no mark.
        Endpoint::Chat { .. } => true,
        endpoint => app.repository.last_refusal(endpoint).await?.is_some(),
    };
    if is_marked {
        return Ok(());
    }
    // Whoever freed it found no message of it, and so nobody whose windows the fallback had got.
    retry_given_up(app, row, now).await?;
    assign_again(app, &row.recipient, now).await
}

/// Frees addresses that were marked, by an earlier version, for refusals that blame nobody's address.
pub(super) async fn free_misjudged(app: &App, now: DateTime<Utc>) -> Result<(), ServiceError> {
    for dead in app.repository.dead_endpoints().await? {
        if !dead.judged && dead.endpoint.is_mail() && is_no_fault(&dead.error) {
            free(app, &dead.endpoint, now).await?;
        }
    }
    Ok(())
}

/// Whether an error that an address was marked for is a mail server's refusal that does not speak of the mailbox.
fn is_no_fault(error: &str) -> bool {
    const STEPS: [&str; 3] = ["for the recipient's address", "for the message", "after the whole message"];
    let refusal = || {
        let (server, said) = error.split_once(" answered ")?;
        let (code, rest) = said.split_once(' ')?;
        let (step, text) = rest.split_once(": ")?;
        let code: u16 = code.parse().ok()?;
        let is_of_a_server = !server.contains(' ') && code >= 500 && STEPS.contains(&step);
        is_of_a_server.then(|| classify(code, text))
    };
    refusal().is_some_and(|fault| fault != FaultOwner::Mailbox)
}

/// `endpoint` took something: what was marked and reported is over. Its windows leave the fallback with the next look.
pub(super) async fn note_working(
    app: &App,
    recipient: &RecipientName,
    endpoint: &Endpoint,
) -> Result<(), StoreError> {
    let repository = &app.repository;
    if repository.last_refusal(endpoint).await?.is_none() {
        return Ok(());
    }
    tracing::info!(to = %endpoint, "an endpoint that refused takes messages again");
    let whose = match endpoint {
        Endpoint::Teams { recipient } => recipient,
        Endpoint::Email { .. } | Endpoint::Chat { .. } => recipient,
    };
    repository.resolve(&[undeliverable(whose, endpoint, "").key()]).await?;
    repository.revive(endpoint).await
}

/// Whether `operator_alert` is about an address or a channel that still refuses. It lasts until that is over, so that it
/// is notified once.
pub(super) fn still_refuses(
    operator_alert: &OperatorAlert,
    paused_channels: &[PausedChannel],
    app: &App,
) -> bool {
    let OperatorAlert::Undeliverable { recipient, endpoint, unknown: false, .. } = operator_alert else {
        return false;
    };
    let policy = app.policy();
    let is_used = match endpoint {
        Endpoint::Teams { recipient } => policy.recipient(recipient).is_some_and(|recipient| recipient.teams),
        Endpoint::Email { .. } => {
            policy.recipient(recipient).is_some_and(|recipient| recipient.endpoints().contains(endpoint))
        }
        Endpoint::Chat { .. } => false,
    };
    is_used && paused_channels.iter().any(|paused| paused.endpoint == *endpoint)
}

/// The alert about what cannot be delivered there.
pub(super) fn undeliverable(recipient: &RecipientName, endpoint: &Endpoint, error: &str) -> OperatorAlert {
    OperatorAlert::Undeliverable {
        recipient: recipient.clone(),
        endpoint: endpoint.clone(),
        error: error.to_owned(),
        unknown: false,
    }
}

/// The alert that nobody knows whether a message arrived there.
pub(super) fn not_known(recipient: &RecipientName, endpoint: &Endpoint, error: &str) -> OperatorAlert {
    OperatorAlert::Undeliverable {
        recipient: recipient.clone(),
        endpoint: endpoint.clone(),
        error: error.to_owned(),
        unknown: true,
    }
}
