//! `PlanNotifications`: every minute, plans for everyone who is due and hands out what may be sent, and what to ask
//! after.

use std::sync::Arc;

use super::outputs::{failed, look_at};
use crate::functions::{HandlerError, Invocation, Outputs, TimerTrigger};
use crate::services::App;
use crate::services::emit::emit;
use crate::services::health_snapshot::take_snapshot;
use crate::services::parked_looks::tend_parked;
use crate::services::planning::plan_due;
use crate::services::provider_operations::questions;

/// Claims messages, leases outbox rows, tends what is parked, and takes the snapshot for `/health`.
pub async fn run(app: Arc<App>, _: Invocation, _: TimerTrigger) -> Result<Outputs, HandlerError> {
    let planned = plan_due(&app).await.map_err(failed)?;
    let tickets = emit(&app).await.map_err(failed)?;
    let questions = questions(&app).await.map_err(failed)?;
    let back = tend_parked(&app).await.map_err(failed)?;
    take_snapshot(&app).await;
    let mut outputs = look_at(&back.looks);
    let due = tickets.iter().chain(&questions).map(ToString::to_string);
    for message in due.chain(back.outcomes) {
        outputs.send("deliveries", message);
    }
    outputs.log(format!("{planned} messages claimed or changed, {} handed out", tickets.len()));
    Ok(outputs)
}
