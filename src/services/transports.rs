//! The transports that messages leave by: what attempts show of them, and whether something may be sent.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{App, ServiceError, equal_refusals, fallback_mail};
use crate::deliver::{Concerns, Delivery, Rejection};
use crate::domain::endpoint::Endpoint;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::outbox::OutboxRow;
use crate::domain::transport_health::{CircuitState, MAIL, Sign, TransportHealth};
use crate::domain::urgency::Urgency;
use crate::store::StoreError;

/// What is urgent goes another way once its own is closed for longer than this, or lets nothing through for so long.
const PROMPT: TimeDelta = TimeDelta::minutes(10);

/// What operators read that mail does not reach some people for a reason that is ours.
const SOME_MAIL: &str = "mail to some recipients";

/// Result of an attempt, seen with the results of others.
pub(super) struct Judged {
    pub(super) delivery: Delivery,
    /// Whether it counts against the days after which a message is given up.
    pub(super) counts: bool,
}

/// How it goes with every transport.
pub(super) struct Transports(BTreeMap<String, TransportHealth>);

impl Transports {
    pub(super) async fn read(app: &App) -> Result<Self, StoreError> {
        Ok(Self(app.repository.transports_health().await?))
    }

    /// Whether a mail may be sent.
    pub(super) fn mail(&self, now: DateTime<Utc>) -> CircuitState {
        self.0.get(MAIL).map_or(CircuitState::Open, |health| health.circuit(now))
    }

    /// Whether something may be sent to `endpoint`, and by which transport.
    pub(super) fn to(&self, app: &App, endpoint: &Endpoint, now: DateTime<Utc>) -> (String, CircuitState) {
        let transport = transport_of(app, endpoint);
        let circuit = self.0.get(&transport).map_or(CircuitState::Open, |health| health.circuit(now));
        (transport, circuit)
    }

    /// Sends what is urgent by another way, if its own is closed for too long.
    pub(super) async fn divert(
        &self,
        app: &App,
        row: &OutboxRow,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let Some(health) = self.0.get(&transport_of(app, &row.endpoint)) else { return Ok(()) };
        if is_too_slow(health, row, now) { fallback_mail::reroute(app, row, now).await } else { Ok(()) }
    }
}

/// Whether something may be sent to `endpoint` now.
pub(super) async fn circuit(
    app: &App,
    endpoint: &Endpoint,
    now: DateTime<Utc>,
) -> Result<CircuitState, StoreError> {
    Ok(app.repository.transport_health(&transport_of(app, endpoint)).await?.circuit(now))
}

/// Notes what the attempt shows of its transport, and says what is made of it: a refusal that several recipients get in
/// the same words is no matter of theirs, and whoever was marked for it is freed.
pub(super) async fn judge(
    app: &App,
    row: &OutboxRow,
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> Result<Judged, ServiceError> {
    let transport = transport_of(app, &row.endpoint);
    let sign = sign(delivery);
    let refused = match delivery {
        Delivery::Rejected { cause: Rejection::Endpoint, error } if row.endpoint.is_mail() => Some(error),
        _ => None,
    };
    let noted = app.repository.update_transport(&transport, |health| {
        let before = health.clone();
        health.note(sign, now);
        before
    });
    let (health, before) = noted.await?;
    let before = before.unwrap_or_default();
    let ours = match refused {
        Some(error) => equal_refusals::note(app, &row.endpoint, error, now).await?,
        None => None,
    };
    let delivery = ours.unwrap_or_else(|| delivery.clone());
    report(app, row, &delivery, (&before, &health), now).await?;
    if delivery.error().is_some() && is_too_slow(&health, row, now) {
        fallback_mail::reroute(app, row, now).await?;
    }
    let works = before.worked_after(row.tried_since());
    let counts = match &delivery {
        Delivery::Ours { concerns: Concerns::Recipient, .. } => works,
        Delivery::Deferred { concerns: Concerns::Message | Concerns::Recipient, .. } => works,
        Delivery::Ours { .. } | Delivery::Deferred { concerns: Concerns::Channel, .. } => false,
        Delivery::Accepted { .. } | Delivery::Taken { .. } | Delivery::Rejected { .. } => true,
    };
    Ok(Judged { delivery, counts })
}

/// Notifies operators of what is theirs: at once where a service refuses us, after hours where it passes by itself. What
/// is over is resolved.
async fn report(
    app: &App,
    row: &OutboxRow,
    delivery: &Delivery,
    (before, health): (&TransportHealth, &TransportHealth),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let whole = if row.endpoint.is_mail() { "the mail service".to_owned() } else { row.endpoint.to_string() };
    match delivery {
        Delivery::Accepted { .. } | Delivery::Taken { .. } if before.failing_since.is_some() => {
            app.repository.resolve(&[alert(&whole, String::new()).key()]).await
        }
        Delivery::Accepted { .. } | Delivery::Taken { .. } => Ok(()),
        Delivery::Ours { error, concerns: Concerns::Message | Concerns::Recipient, .. }
            if row.endpoint.is_mail() =>
        {
            app.report(&[alert(SOME_MAIL, format!("to {}: {error}", row.endpoint))], now).await
        }
        Delivery::Ours { error, .. } => app.report(&[alert(&whole, error.clone())], now).await,
        Delivery::Rejected { .. } => Ok(()),
        Delivery::Deferred { error, .. } => match health.long_failing_since(now) {
            Some(since) => {
                let hours = (now - since).num_hours();
                app.report(&[alert(&whole, format!("nothing got through for {hours} hours: {error}"))], now)
                    .await
            }
            None => Ok(()),
        },
    }
}

/// Mail to some recipients gets through again once that of none of them waits: that one does ends nothing for the others.
/// To be asked once the row of this one says so, or of two that arrive at once each would find the other waiting.
pub(super) async fn resolve_some_mail(app: &App, row: &OutboxRow) -> Result<(), StoreError> {
    let key = alert(SOME_MAIL, String::new()).key();
    let is_open = || async {
        let alerts = app.repository.operator_alerts().await?;
        Ok::<bool, StoreError>(alerts.values().any(|it| it.operator_alert.key() == key))
    };
    if row.last_error.is_none() || !row.endpoint.is_mail() || !is_open().await? {
        return Ok(());
    }
    let waiting = app.repository.unsettled_outbox().await?;
    let is_refused = |other: &OutboxRow| {
        other.endpoint.is_mail() && other.endpoint != row.endpoint && other.last_error.is_some()
    };
    if waiting.values().any(is_refused) {
        return Ok(());
    }
    app.repository.resolve(std::slice::from_ref(&key)).await
}

fn alert(service: &str, error: String) -> OperatorAlert {
    OperatorAlert::Service { service: service.to_owned(), error }
}

/// Whether what is urgent in `row` would come too late by its own transport.
fn is_too_slow(health: &TransportHealth, row: &OutboxRow, now: DateTime<Utc>) -> bool {
    let is_closed_for_long =
        matches!(health.circuit(now), CircuitState::Closed { until } if until - now > PROMPT);
    let lets_nothing_through = health.failing_since.is_some_and(|since| now - since >= PROMPT);
    let is_urgent = matches!(row.entry().urgency(now), Urgency::Imminent | Urgency::Pressing);
    is_urgent
        && (is_closed_for_long || lets_nothing_through || row.imminent && health.failing_since.is_some())
}

fn sign(delivery: &Delivery) -> Sign {
    match delivery {
        Delivery::Accepted { .. } | Delivery::Taken { .. } => Sign::Took,
        Delivery::Rejected { .. } => Sign::Refused,
        Delivery::Deferred { retry_after: Some(wait), .. } => Sign::TakesNone { wait: Some(*wait) },
        Delivery::Ours { concerns: Concerns::Channel, retry_after, .. }
        | Delivery::Deferred { concerns: Concerns::Channel, retry_after, .. } => {
            Sign::TakesNone { wait: *retry_after }
        }
        Delivery::Deferred { certainly_unsent: false, .. } => Sign::Silent,
        Delivery::Ours { .. } | Delivery::Deferred { .. } => Sign::Answers,
    }
}

/// The name of the transport to `endpoint`: all mails leave by one, and cards by the flow of their address.
fn transport_of(app: &App, endpoint: &Endpoint) -> String {
    if endpoint.is_mail() {
        return MAIL.to_owned();
    }
    app.deliverers.fingerprint(endpoint).map_or_else(|| endpoint.key(), |flow| format!("flow:{flow}"))
}
