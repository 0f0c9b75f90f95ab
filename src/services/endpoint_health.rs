//! Endpoints that refuse: marked with what they answered, given to somebody else, tried again, and used again once they
//! take something.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{App, ServiceError, fallback_mail};
use crate::domain::endpoint::Endpoint;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::outbox::OutboxRow;
use crate::domain::planning::PausedChannel;
use crate::domain::recipient_name::RecipientName;
use crate::domain::resource::SubscriptionId;
use crate::http::causes::chain;
use crate::store::StoreError;
use crate::store::repository::TenantRow;

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
    let mut state = repository.state(recipient).await?;
    if let Some(present) = state.present_name().cloned() {
        state = repository.state(&present).await?;
    }
    let subscriptions: BTreeSet<SubscriptionId> =
        state.assignments.iter().map(|assignment| assignment.window.place().subscription()).collect();
    for subscription in &subscriptions {
        // Should this process end here, the next round of collecting finds the mark and assigns anew.
        repository.update_summary(subscription, |summary| summary.unassigned = true).await?;
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
