//! Registers every function of `function_configs/` with the job behind it.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use futures::FutureExt;
use futures::future::BoxFuture;
use tower::ServiceExt;

use super::Current;
use crate::functions::{
    EventGridBatch, FromText, Function, Functions, HandlerError, HttpReply, HttpTrigger, Invocation, Outputs,
    QueueTrigger, RegistrationError, TimerTrigger,
};
use crate::jobs::emit::Ticket;
use crate::jobs::receive_alert::ReceivedAlert;
use crate::jobs::{self, App, JobError};
use crate::{metrics, telemetry};

/// The functions of the deployment, with the pages behind them.
///
/// # Errors
/// When two functions share a name, which is a mistake in this file.
pub fn router(app: impl Into<Current>) -> Result<Router, RegistrationError> {
    functions(app).into_router()
}

/// Registers every function of `function_configs/`. Each invocation, and each page, is served under the configuration
/// that is in force when it begins.
pub fn functions(app: impl Into<Current>) -> Functions {
    let app = &app.into();
    let pages = pages(app.clone());
    let collect = with(app, |app, _: Invocation, _: TimerTrigger| async move {
        let collected = jobs::collect::collect(&app).await.map_err(failed)?;
        jobs::health_snapshot::of_windows(&app).await;
        let mut outputs = Outputs::none();
        for subscription in &collected.look_at {
            outputs.send("subscriptions", subscription.as_str());
        }
        outputs.log(format!("{} subscriptions to look at", collected.look_at.len()));
        Ok(outputs)
    });
    let sweep = with(app, |app, invocation: Invocation, _: TimerTrigger| async move {
        let swept = jobs::sweep::sweep(&app, || invocation.remaining()).await;
        // What is not needed any more goes whether Azure answers or not, and never keeps anything from being seen.
        match jobs::retention::clean_up(&app, || invocation.remaining()).await {
            Ok(_) => {}
            Err(error) if error.gave_way() => tracing::debug!(%error, "forgetting gave way to another run"),
            Err(error) => tracing::error!(%error, "what is not needed any more could not be forgotten"),
        }
        let swept = swept.map_err(failed)?;
        let mut outputs = Outputs::none();
        for subscription in &swept.look_at {
            outputs.send("subscriptions", subscription.as_str());
        }
        outputs.log(format!("{} machines seen", swept.seen));
        Ok(outputs)
    });
    let collect_subscription =
        with(app, |app, _: Invocation, message: QueueTrigger<FromText<_>>| async move {
            let FromText(subscription) = message.payload;
            let looked = jobs::collect_subscription::collect_subscription(&app, &subscription)
                .await
                .map_err(failed)?;
            let mut outputs = Outputs::none();
            outputs.log(format!("{} open windows, {} changes", looked.open, looked.changes));
            Ok(outputs)
        });
    let plan = with(app, |app, _: Invocation, _: TimerTrigger| async move {
        let planned = jobs::plan::plan_due(&app).await.map_err(failed)?;
        let tickets = jobs::emit::emit(&app).await.map_err(failed)?;
        let looks = jobs::retry::looks_asked_for(&app).await.map_err(failed)?;
        jobs::health_snapshot::look_around(&app).await;
        let mut outputs = Outputs::none();
        for subscription in &looks {
            outputs.send("subscriptions", subscription.as_str());
        }
        for ticket in &tickets {
            outputs.send("deliveries", ticket.to_string());
        }
        outputs.log(format!("{planned} messages claimed or changed, {} handed out", tickets.len()));
        Ok(outputs)
    });
    let deliver = with(app, |app, _: Invocation, message: QueueTrigger<FromText<Ticket>>| async move {
        let FromText(ticket) = message.payload;
        jobs::deliver::deliver(&app, &ticket).await.map_err(failed)?;
        Ok(Outputs::none())
    });
    let follow = with(app, |app, _: Invocation, _: TimerTrigger| async move {
        let followed = jobs::follow_starts::follow_starts(&app).await?;
        let mut outputs = Outputs::none();
        for subscription in &followed.look_at {
            outputs.send("subscriptions", subscription.as_str());
        }
        outputs.log(format!("{} starts planned or under way, {} changed", followed.open, followed.changed));
        Ok(outputs)
    });
    let receive_event = with(app, |app, _: Invocation, batch: EventGridBatch| async move {
        let received = jobs::receive_events::receive_events(&app, &batch.events).await.map_err(failed)?;
        let mut outputs = Outputs::none();
        for subscription in &received.look_at {
            outputs.send("subscriptions", subscription.as_str());
        }
        outputs.log(format!(
            "{} events, {} subscriptions to look at",
            batch.events.len(),
            received.look_at.len()
        ));
        Ok(outputs)
    });
    let receive_alert = with(app, |app, _: Invocation, request: HttpTrigger| async move {
        let received =
            jobs::receive_alert::receive_alert(&app, request.body.as_deref().unwrap_or_default()).await;
        Ok(alert_outputs(received))
    });
    let park = |function: &'static str| {
        with(app, move |app, _: Invocation, message: QueueTrigger<String>| async move {
            let parked = jobs::park::park(&app, function, &message.payload).await.map_err(failed)?;
            let mut outputs = Outputs::none();
            outputs.log(format!("parked as {}", parked.id));
            Ok(outputs)
        })
    };
    Functions::new()
        .register(Function::timer("CollectMaintenance", collect).queue_output("subscriptions"))
        .register(Function::timer("SweepMachines", sweep).queue_output("subscriptions"))
        .register(Function::queue("CollectSubscription", collect_subscription))
        .register(
            Function::timer("PlanNotifications", plan)
                .queue_output("deliveries")
                .queue_output("subscriptions"),
        )
        .register(Function::queue("DeliverMessage", deliver))
        .register(Function::timer("FollowStarts", follow).queue_output("subscriptions"))
        .register(
            Function::event_grid_batch("ReceiveMaintenanceEvent", receive_event)
                .queue_output("subscriptions"),
        )
        .register(
            Function::http("ReceiveServiceHealthAlert", receive_alert)
                .http_output("res")
                .queue_output("subscriptions"),
        )
        .register(Function::queue("ParkPoisonCollectSubscription", park("CollectSubscription")))
        .register(Function::queue("ParkPoisonDeliverMessage", park("DeliverMessage")))
        .forward(["Web"], pages)
}

/// A job that gave way to another one runs again, and nobody needs to look at that.
fn failed(error: JobError) -> HandlerError {
    if error.gave_way() { HandlerError::passing(error) } else { error.into() }
}

/// What the action group is answered. It tries again after 503 only, and shows any other refusal to whoever tests it.
fn alert_outputs(received: Result<ReceivedAlert, JobError>) -> Outputs {
    let mut outputs = Outputs::none();
    let (status, said) = match received {
        Ok(ReceivedAlert::LookAt(subscriptions)) => {
            for subscription in &subscriptions {
                outputs.send("subscriptions", subscription.as_str());
            }
            (200, format!("{} subscriptions to look at", subscriptions.len()))
        }
        Ok(ReceivedAlert::NotForUs(_)) => (200, "not about planned maintenance".to_owned()),
        Ok(ReceivedAlert::SetAside(problem)) => (400, problem),
        Err(error) => {
            if error.gave_way() {
                tracing::warn!(%error, "an alert has to be sent again");
            } else {
                tracing::error!(%error, "an alert could not be taken");
            }
            (503, "the alert could not be taken; send it again".to_owned())
        }
    };
    outputs.log(format!("HTTP {status}: {said}"));
    let headers = [("Content-Type".to_owned(), "application/json".to_owned())].into();
    let body = serde_json::json!({ "result": said }).to_string();
    outputs.reply("res", HttpReply { status, headers, body });
    outputs
}

/// The pages of the app that is in force at the moment.
fn pages(app: Current) -> Router {
    Router::new().fallback(move |request: Request| {
        let app = app.clone();
        async move {
            let pages = crate::web::router(app.refreshed().await);
            pages.oneshot(request).await
        }
    })
}

/// Hands every invocation of a function its own hold on the app, which it keeps to its end, and measures it.
fn with<T, F, Fut>(
    app: &Current,
    run: F,
) -> impl Fn(Invocation, T) -> BoxFuture<'static, Result<Outputs, HandlerError>> + Clone + Send + Sync + 'static
where
    T: Send + 'static,
    F: Fn(Arc<App>, Invocation, T) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Outputs, HandlerError>> + Send + 'static,
{
    let app = app.clone();
    move |invocation, trigger| {
        let (app, run) = (app.clone(), run.clone());
        async move {
            let measured = metrics::Run::begin(&invocation.function);
            let result = run(app.refreshed().await, invocation.clone(), trigger).await;
            measured.end(result.is_ok());
            // The process may be killed once the host has its answer.
            telemetry::after_invocation(invocation.remaining()).await;
            result
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{PartitionKey, RowKey, StoreError};

    #[test]
    fn only_giving_way_passes_by_itself() {
        let (partition, row) = (PartitionKey::new("tenant").unwrap(), RowKey::new("tenant").unwrap());
        let gave_way = failed(JobError::Store(StoreError::Conflict { partition, row }));
        let other = failed(JobError::Store(StoreError::Refused("x".to_owned())));
        assert!(gave_way.is_passing() && !other.is_passing());
    }
}
