//! `ReceiveServiceHealthAlert`: an action group's request becomes a look at the subscriptions that it is about.

use crate::azure::events::{Alert, ServiceHealthAlert, read_alert};
use crate::domain::message::Trouble;
use crate::domain::observation::{Evidence, Unreadable};
use crate::domain::resource::SubscriptionId;

use super::hint::{self, Hint};
use super::{App, JobError};

/// What an alert came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
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
pub async fn receive_alert(app: &App, body: &str) -> Result<Received, JobError> {
    let now = app.clock.now();
    let alert = match read_alert(body, now) {
        Ok(Alert::Maintenance(alert)) => alert,
        Ok(Alert::Other(kind)) => {
            tracing::info!(kind, "an alert is not about planned maintenance");
            return Ok(Received::NotForUs(kind));
        }
        Err(Unreadable { what, problem, excerpt, .. }) => {
            tracing::warn!(what, problem, excerpt, "an alert was set aside");
            app.report(&[Trouble::Unreadable { what, problem: problem.clone() }], now).await?;
            return Ok(Received::SetAside(problem));
        }
    };
    let hint = Hint { evidence: evidence(&alert).into_iter().collect(), ..Hint::default() };
    let visible = hint::visible(app, alert.subscriptions.iter().cloned()).await?;
    for subscription in &visible {
        hint::remember(app, subscription, &hint, now).await?;
    }
    tracing::info!(
        tracking_id = alert.tracking_id.as_deref().unwrap_or_default(),
        stage = alert.stage.as_deref().unwrap_or_default(),
        services = ?alert.services,
        look_at = visible.len(),
        "received an alert of Service Health"
    );
    Ok(Received::LookAt(visible.into_iter().collect()))
}

fn evidence(alert: &ServiceHealthAlert) -> Option<Evidence> {
    let tracking_id = alert.tracking_id.clone().filter(|_| alert.is_cancelled())?;
    Some(Evidence::Cancelled { tracking_id, at: alert.at })
}
