//! `CollectMaintenance`: one question for the whole tenant, then a message for each subscription that has work.

use std::sync::Arc;

use super::outputs::{failed, look_at};
use crate::functions::{HandlerError, Invocation, Outputs, TimerTrigger};
use crate::services::App;
use crate::services::health_snapshot::count_windows;
use crate::services::plan_round::plan_round;

/// Asks where to look, counts the open windows for the metrics, and asks for the looks.
pub async fn run(app: Arc<App>, _: Invocation, _: TimerTrigger) -> Result<Outputs, HandlerError> {
    let collected = plan_round(&app).await.map_err(failed)?;
    count_windows(&app).await;
    let mut outputs = look_at(&collected.look_at);
    outputs.log(format!("{} subscriptions to look at", collected.look_at.len()));
    Ok(outputs)
}
