//! `ReceiveServiceHealthAlert`: an action group's request becomes a look at the subscriptions that it is about.

use super::signal::{self, SubscriptionSignal};
use super::{App, JobError};
use crate::azure::events::{Alert, ServiceHealthAlert, read_alert};
use crate::domain::observation::{Evidence, UnreadableRecord};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::SubscriptionId;

/// What an alert came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceivedAlert {
    /// These subscriptions are to be looked at; none when they are not watched.
    LookAt(Vec<SubscriptionId>),
    /// It is not about planned maintenance.
    NotForUs(String),
    /// It could not be read, for this reason. An operator is told.
    SetAside(String),
}

/// Takes the body of a request. The wave's own words are not believed: the look asks Azure.
///
/// # Errors
/// When the store cannot be read or written. The action group should try again.
pub async fn receive_alert(app: &App, body: &str) -> Result<ReceivedAlert, JobError> {
    let now = app.clock.now();
    let alert = match read_alert(body, now) {
        Ok(Alert::Maintenance(alert)) => alert,
        Ok(Alert::Other(kind)) => {
            tracing::info!(kind, "an alert is not about planned maintenance");
            return Ok(ReceivedAlert::NotForUs(kind));
        }
        Err(UnreadableRecord { what, problem, excerpt, .. }) => {
            tracing::warn!(what, problem, excerpt, "an alert was set aside");
            app.report(&[OperatorAlert::Unreadable { what, problem: problem.clone() }], now).await?;
            return Ok(ReceivedAlert::SetAside(problem));
        }
    };
    let hint = SubscriptionSignal {
        evidence: evidence(&alert).into_iter().collect(),
        ..SubscriptionSignal::default()
    };
    let visible = signal::visible(app, alert.subscriptions.iter().cloned()).await?;
    for subscription in &visible {
        signal::remember(app, subscription, &hint, now).await?;
    }
    tracing::info!(
        tracking_id = alert.tracking_id.as_deref().unwrap_or_default(),
        stage = alert.stage.as_deref().unwrap_or_default(),
        services = ?alert.services,
        look_at = visible.len(),
        "received an alert of Service Health"
    );
    Ok(ReceivedAlert::LookAt(visible.into_iter().collect()))
}

fn evidence(alert: &ServiceHealthAlert) -> Option<Evidence> {
    let tracking_id = alert.tracking_id.clone().filter(|_| alert.is_cancelled())?;
    Some(Evidence::Cancelled { tracking_id, at: alert.at })
}
