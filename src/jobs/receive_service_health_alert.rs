//! `ReceiveServiceHealthAlert`: an action group's request becomes a look at the subscriptions that it is about.

use std::sync::Arc;

use super::outputs::{look_at, set_aside};
use crate::azure::events::{Alert, ServiceHealthAlert, read_alert};
use crate::domain::observation::{Evidence, UnreadableRecord};
use crate::domain::resource::SubscriptionId;
use crate::functions::{HandlerError, HttpReply, HttpTrigger, Invocation, Outputs};
use crate::http::causes::chain;
use crate::services::signals::SubscriptionSignal;
use crate::services::{App, ServiceError, signals};

/// Result of one alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceivedAlert {
    /// These subscriptions are to be looked at; none when they are not watched.
    LookAt(Vec<SubscriptionId>),
    /// It is not about planned maintenance.
    NotForUs(String),
    /// It could not be read, for this reason. An operator is notified.
    SetAside(String),
}

/// Answers the action group. It tries again after 503 only, and shows any other refusal to whoever tests it.
///
/// # Errors
/// Never: every outcome is an answer.
pub async fn run(app: Arc<App>, _: Invocation, request: HttpTrigger) -> Result<Outputs, HandlerError> {
    let received = receive_alert(&app, request.body.as_deref().unwrap_or_default()).await;
    let mut outputs = match &received {
        Ok(ReceivedAlert::LookAt(subscriptions)) => look_at(subscriptions),
        _ => Outputs::none(),
    };
    let (status, said) = match received {
        Ok(ReceivedAlert::LookAt(subscriptions)) => {
            (200, format!("{} subscriptions to look at", subscriptions.len()))
        }
        Ok(ReceivedAlert::NotForUs(_)) => (200, "not about planned maintenance".to_owned()),
        Ok(ReceivedAlert::SetAside(problem)) => (400, problem),
        Err(error) => {
            if error.is_conflict() {
                tracing::warn!(error = chain(&error), "an alert has to be sent again");
            } else {
                tracing::error!(error = chain(&error), "an alert could not be taken");
            }
            (503, "the alert could not be taken; send it again".to_owned())
        }
    };
    outputs.log(format!("HTTP {status}: {said}"));
    let headers = [("Content-Type".to_owned(), "application/json".to_owned())].into();
    let body = serde_json::json!({ "result": said }).to_string();
    outputs.reply("res", HttpReply { status, headers, body });
    Ok(outputs)
}

/// Takes the body of a request. The wave's own words are not believed: the look asks Azure.
///
/// # Errors
/// When the store cannot be read or written. The action group should try again.
async fn receive_alert(app: &App, body: &str) -> Result<ReceivedAlert, ServiceError> {
    let now = app.clock.now();
    let alert = match read_alert(body, now) {
        Ok(Alert::Maintenance(alert)) => alert,
        Ok(Alert::Other(kind)) => {
            tracing::info!(kind, "an alert is not about planned maintenance");
            return Ok(ReceivedAlert::NotForUs(kind));
        }
        Err(UnreadableRecord { what, problem, excerpt, .. }) => {
            tracing::warn!(what, problem, excerpt, "an alert was set aside");
            app.report(&[set_aside(&what)], now).await?;
            return Ok(ReceivedAlert::SetAside(problem));
        }
    };
    let signal = SubscriptionSignal {
        evidence: evidence(&alert).into_iter().collect(),
        ..SubscriptionSignal::default()
    };
    let visible = signals::watched(app, alert.subscriptions.iter().cloned()).await?;
    for subscription in &visible {
        signals::note_signal(app, subscription, &signal, now).await?;
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
