//! Registers every function of `function_configs/` with the job behind it.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use futures::FutureExt;
use futures::future::BoxFuture;
use tower::ServiceExt;

use super::Current;
use super::report_health::report_health;
use super::time_limits::{ANSWER, END, EVENTS};
use crate::functions::{Function, Functions, HandlerError, Invocation, Outputs, RegistrationError};
use crate::http::time_budget;
use crate::jobs::{
    collect_maintenance, collect_subscription, deliver_message, follow_starts, park_poison,
    plan_notifications, receive_maintenance_event, receive_service_health_alert, sweep_machines,
};
use crate::services::App;
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
    Functions::new()
        .register(
            Function::timer("CollectMaintenance", with(app, collect_maintenance::run))
                .queue_output("subscriptions"),
        )
        .register(
            Function::timer("SweepMachines", with(app, sweep_machines::run)).queue_output("subscriptions"),
        )
        .register(Function::queue("CollectSubscription", with(app, collect_subscription::run)))
        .register(
            Function::timer("PlanNotifications", with(app, plan_notifications::run))
                .queue_output("deliveries")
                .queue_output("subscriptions"),
        )
        // Mail servers may think for minutes before they answer.
        .register(
            Function::queue("DeliverMessage", with(app, deliver_message::run))
                .patient()
                .queue_output("deliveries"),
        )
        .register(
            Function::timer("FollowStarts", with(app, follow_starts::run))
                .queue_output("deliveries")
                .queue_output("subscriptions"),
        )
        .register(
            Function::event_grid_batch(
                "ReceiveMaintenanceEvent",
                within(app, EVENTS, receive_maintenance_event::run),
            )
            .queue_output("deliveries")
            .queue_output("subscriptions"),
        )
        .register(
            Function::http(
                "ReceiveServiceHealthAlert",
                within(app, ANSWER, receive_service_health_alert::run),
            )
            .http_output("res")
            .queue_output("subscriptions"),
        )
        .register(
            Function::http("ReportHealth", report_health(app))
                .http_output("res")
                .queue_output("subscriptions"),
        )
        .register(Function::queue(
            "ParkPoisonCollectSubscription",
            with(app, park_poison::collect_subscription),
        ))
        .register(Function::queue("ParkPoisonDeliverMessage", with(app, park_poison::deliver_message)))
        .forward(["Web"], pages(app.clone()))
}

/// The pages of the app that is in force at the moment.
fn pages(app: Current) -> Router {
    Router::new().fallback(move |request: Request| {
        let app = app.clone();
        async move {
            let page = async {
                let pages = crate::web::router(app.refreshed().await);
                pages.oneshot(request).await
            };
            time_budget::within(ANSWER, page).await
        }
    })
}

/// Hands every invocation of a function its own hold on the app, which it keeps to its end, and measures it. A timer or a
/// message waits for other services nearly as long as an invocation may last.
fn with<T, F, Fut>(
    app: &Current,
    run: F,
) -> impl Fn(Invocation, T) -> BoxFuture<'static, Result<Outputs, HandlerError>> + Clone + Send + Sync + 'static
where
    T: Send + 'static,
    F: Fn(Arc<App>, Invocation, T) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Outputs, HandlerError>> + Send + 'static,
{
    within(app, Duration::MAX, run)
}

/// The same where somebody waits for the answer, `allowed` at most.
fn within<T, F, Fut>(
    app: &Current,
    allowed: Duration,
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
            let allowed = allowed.min(invocation.remaining().saturating_sub(END));
            let work = async { run(app.refreshed().await, invocation.clone(), trigger).await };
            let result = time_budget::within(allowed, work).await;
            measured.end(result.is_ok());
            // The process may be killed once the host has its answer.
            telemetry::after_invocation(invocation.remaining()).await;
            result
        }
        .boxed()
    }
}
