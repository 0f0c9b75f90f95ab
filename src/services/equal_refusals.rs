//! The same refusal for several recipients: whose matter it is, in whatever order the answers come.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::endpoint_health::free;
use super::{App, ServiceError};
use crate::deliver::{Concerns, Delivery};
use crate::domain::endpoint::Endpoint;
use crate::domain::outbox::OutboxState;
use crate::domain::transport_health::{LATELY, MAIL, RefusedAlike, SAME, TransportHealth, common_words};
use crate::store::StoreError;

/// Notes that `endpoint`, an address, was refused for good in clear words about it. Where so many got the same that it is no matter of
/// theirs, whoever was marked for it is freed, and what it came to is ours.
pub(super) async fn note(
    app: &App,
    endpoint: &Endpoint,
    error: &str,
    now: DateTime<Utc>,
) -> Result<Option<Delivery>, ServiceError> {
    let noted = app.repository.update_transport(MAIL, |health| {
        health.refused(endpoint, error, now);
    });
    let (health, _) = noted.await?;
    let Some(alike) = ours(app, &health, error, now).await? else { return Ok(None) };
    free_alike(app, endpoint, &alike, error, now).await?;
    Ok(Some(Delivery::Ours {
        error: format!("{error}; several recipients were refused like this"),
        retry_after: None,
        concerns: Concerns::Recipient,
    }))
}

/// Frees `endpoint`, which was just given up with `error`, if others got the same meanwhile: whoever judged that found no
/// mark of it yet.
pub(super) async fn free_if_ours(
    app: &App,
    endpoint: &Endpoint,
    error: &str,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    if !endpoint.is_mail() {
        return Ok(());
    }
    let health = app.repository.transport_health(MAIL).await?;
    match ours(app, &health, error, now).await? {
        Some(alike) if alike.endpoints.contains(endpoint) => free(app, endpoint, now).await,
        _ => Ok(()),
    }
}

/// Who got this refusal, where that is ours.
async fn ours(
    app: &App,
    health: &TransportHealth,
    error: &str,
    now: DateTime<Utc>,
) -> Result<Option<RefusedAlike>, StoreError> {
    let Some(alike) = health.alike(error, now).filter(|alike| alike.is_ours(0)) else { return Ok(None) };
    let others = match alike.others {
        _ if !alike.works => 0,
        Some(others) => others,
        None => {
            let others = got_through(app, &alike).await?;
            app.repository.update_transport(MAIL, |health| health.note_others(error, others, now)).await?;
            others
        }
    };
    Ok(Some(alike).filter(|alike| alike.is_ours(others)))
}

/// How many others a mail got through to, since shortly before the first of these refusals.
async fn got_through(app: &App, alike: &RefusedAlike) -> Result<usize, StoreError> {
    let rows = app.repository.outbox_rows().await?;
    let others: BTreeSet<&Endpoint> = rows
        .values()
        .filter(|row| matches!(row.state, OutboxState::Delivered { at, .. } if alike.since - LATELY <= at))
        .map(|row| &row.endpoint)
        .filter(|endpoint| endpoint.is_mail() && !alike.endpoints.contains(*endpoint))
        .collect();
    Ok(others.len())
}

/// Frees all others who were marked for it, also those of whom only the mark is left.
async fn free_alike(
    app: &App,
    endpoint: &Endpoint,
    alike: &RefusedAlike,
    error: &str,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let words = common_words(error);
    for dead in app.repository.dead_endpoints().await? {
        let is_same = common_words(&dead.error) == words && now - dead.last_tried() < SAME;
        let is_alike = alike.endpoints.contains(&dead.endpoint) || is_same;
        if is_alike && dead.endpoint.is_mail() && dead.endpoint != *endpoint {
            free(app, &dead.endpoint, now).await?;
        }
    }
    Ok(())
}
