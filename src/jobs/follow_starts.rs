//! `FollowStarts`: begins planned starts whose time has come and follows those under way to their end.
//!
//! One compare-and-swap a start and tick. Nothing is posted here but planned starts that this run itself claims. What
//! became of them, rolling plans see in the same run, and give the next member its turn.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::{FutureExt, StreamExt, stream};

use super::outputs::{failed, hand_on, look_at};
use crate::domain::action::start::Start;
use crate::domain::resource::SubscriptionId;
use crate::functions::{HandlerError, Invocation, Outputs, TimerTrigger};
use crate::http::causes::chain;
use crate::services::start::step;
use crate::services::{App, ServiceError, log_unreadable};

/// How many starts are looked at together.
const PARALLEL: usize = 8;

/// Result of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FollowReport {
    /// How many starts are planned or under way.
    pub open: usize,
    pub changed: usize,
    /// Subscriptions in which a start came to its end: what Azure says of them now should be read.
    pub look_at: BTreeSet<SubscriptionId>,
}

/// Follows every open start, and asks for a look where one came to its end. What Azure answered and the store did not
/// take leaves with the answer, which is a success therefore.
pub async fn run(app: Arc<App>, _: Invocation, _: TimerTrigger) -> Result<Outputs, HandlerError> {
    let followed = match follow_starts(&app).await {
        Err(error) if !app.live.unwritten().is_empty() => {
            tracing::error!(error = chain(&error), "starts could not be followed to the end of this run");
            FollowReport::default()
        }
        followed => followed.map_err(failed)?,
    };
    let mut outputs = look_at(&followed.look_at);
    hand_on(&app, &mut outputs);
    outputs.log(format!("{} starts planned or under way, {} changed", followed.open, followed.changed));
    Ok(outputs)
}

/// Follows every open start, and shows what was decided and could not be shown yet.
///
/// # Errors
/// When the store cannot be read. A start that fails to be followed is logged and does not stop the others.
pub async fn follow_starts(app: &App) -> Result<FollowReport, ServiceError> {
    let open = app.repository.open_starts().await?;
    log_unreadable("a start", &open.unreadable);
    let starts: Vec<Start> = open.rows.into_iter().map(|row| row.value).collect();
    let mut followed = FollowReport { open: starts.len(), ..FollowReport::default() };
    let steps = starts.into_iter().map(|start| {
        async move {
            let result = step(app, &start).await;
            (start, result)
        }
        .boxed()
    });
    let mut steps = stream::iter(steps).buffer_unordered(PARALLEL);
    while let Some((start, result)) = steps.next().await {
        match result {
            Ok(false) => {}
            Ok(true) => {
                followed.changed += 1;
                followed.look_at.insert(start.window.resource.subscription());
            }
            Err(error) => {
                tracing::error!(error = chain(&error), start = %start.id, window = %start.window, "a start could not be followed");
            }
        }
    }
    crate::services::rolling_plans::follow_plans(app).await?;
    // Nothing about the record keeps anything from being started or followed.
    if let Err(error) = crate::services::audit_anchor::anchor_trail(app).await
        && !error.is_conflict()
    {
        tracing::error!(error = chain(&error), "the end of the audit trail could not be read or noted");
    }
    for window in app.repository.unapplied().await? {
        crate::services::sync_assignments::sync_assignments(app, &window).await?;
    }
    Ok(followed)
}
