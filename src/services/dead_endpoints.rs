//! Endpoints that refused what they were last sent.

use crate::domain::endpoint::DeadEndpoint;
use crate::domain::planning::PausedChannel;
use crate::store::StoreError;
use crate::store::repository::DeadEndpointRow;

use super::App;

/// The endpoints that refuse, for routing.
pub(super) async fn dead_endpoints(app: &App) -> Result<Vec<DeadEndpoint>, StoreError> {
    let rows = marked(app).await?.into_iter();
    Ok(rows.map(|row| DeadEndpoint { endpoint: row.endpoint, error: row.error }).collect())
}

/// What refuses, for planning: channels are left alone for a while.
pub(super) async fn paused_channels(app: &App) -> Result<Vec<PausedChannel>, StoreError> {
    let rows = marked(app).await?.into_iter();
    Ok(rows.map(|row| PausedChannel::after(row.endpoint.clone(), row.last_tried())).collect())
}

/// What is marked, without channels that have another address by now: that is another flow.
async fn marked(app: &App) -> Result<Vec<DeadEndpointRow>, StoreError> {
    let mut rows = app.repository.dead_endpoints().await?;
    rows.retain(|row| row.address.is_none() || row.address == app.deliverers.fingerprint(&row.endpoint));
    Ok(rows)
}
