//! `SweepMachines`: every hour, looks at a slice of all machines, then removes what retention does not keep.

use std::sync::Arc;

use super::outputs::{failed, look_at};
use crate::functions::{HandlerError, Invocation, Outputs, TimerTrigger};
use crate::http::causes::chain;
use crate::services::App;
use crate::services::retention::clean_up;
use crate::services::sweep::sweep;

/// Sweeps, and removes old rows whether Azure answers or not. A failed removal never keeps a machine from being seen.
///
/// # Errors
/// When the machines cannot be listed, or the store cannot be read or written.
pub async fn run(app: Arc<App>, invocation: Invocation, _: TimerTrigger) -> Result<Outputs, HandlerError> {
    let swept = sweep(&app, || invocation.remaining()).await;
    match clean_up(&app, || invocation.remaining()).await {
        Ok(_) => {}
        Err(error) if error.is_conflict() => tracing::debug!(%error, "another run removes old rows"),
        Err(error) => tracing::error!(error = chain(&error), "old rows could not be removed"),
    }
    let swept = swept.map_err(failed)?;
    let mut outputs = look_at(&swept.look_at);
    outputs.log(format!("{} machines seen", swept.seen));
    Ok(outputs)
}
