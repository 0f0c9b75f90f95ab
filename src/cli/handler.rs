//! `handler`: the functions under the Azure Functions host, which starts this command.
//!
//! The port is listened on and the host's probe answered before anything else is read. What cannot be set up is said
//! in the log and to whoever calls, and tried again: the process stays, because the host gives up on one that ends
//! three times.

use std::convert::Infallible;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use axum::Router;

use super::interrupt::interrupted;
use super::parent::{GONE, parent_gone, unasked};
use crate::clock::{SharedClock, SystemClock};
use crate::config::Environment;
use crate::functions::{Deferred, bind, deferred, function_timeout, read_folders, serve};
use crate::startup::{self, WhenUnusable};
use crate::web;

/// How long an invocation waits for the functions. The host itself waits two minutes for a process.
const SET_UP_TIMEOUT: Duration = Duration::from_secs(60);

/// When to look at settings and configuration again that could not be used.
const RETRY: Duration = Duration::from_secs(5);

/// When the same reason is logged again.
const SAY_AGAIN: Duration = Duration::from_secs(60);

/// What is left of the host's `functionTimeout` when a handler is stopped.
const RESERVE: Duration = Duration::from_secs(30);

/// The port that the host chose, by its present name or the older one.
pub(super) fn port(environment: &Environment) -> Option<&str> {
    environment.get("FUNCTIONS_CUSTOMHANDLER_PORT").or_else(|| environment.get("FUNCTIONS_HTTPWORKER_PORT"))
}

/// Serves the functions until the process is asked to stop or the host is gone.
pub(super) async fn run(environment: &Environment) -> anyhow::Result<ExitCode> {
    end_when(parent_gone());
    let Some(port) = port(environment) else {
        bail!(
            "the Functions host starts this command and sets FUNCTIONS_CUSTOMHANDLER_PORT; \
             run `maintenance-notifier local` on your own machine"
        );
    };
    let Ok(port) = port.parse() else {
        bail!("FUNCTIONS_CUSTOMHANDLER_PORT is no port: `{port}`");
    };
    let interrupted = interrupted();
    let (router, slot) = deferred(SET_UP_TIMEOUT, web::EARLY_PAGES);
    let (router, unasked) = unasked(router);
    let listener = bind(port).await?;
    end_when(unasked);
    tracing::info!(address = %listener.local_addr()?, "listening");
    let mut serving = tokio::spawn(serve(listener, router, interrupted));
    let stopped = tokio::select! {
        stopped = &mut serving => stopped??,
        never = set_up(environment, slot) => match never {},
    };
    tracing::warn!("shut down on request");
    Ok(stopped.exit_code().into())
}

/// Ends the process as soon as `host_gone` is done, whatever it is doing: nothing is finished, let go or written, as
/// after a kill.
fn end_when(host_gone: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(async move {
        host_gone.await;
        std::process::exit(GONE)
    });
}

/// Builds the functions, and tries again every few seconds while that fails.
async fn set_up(environment: &Environment, slot: Deferred) -> Infallible {
    let mut said: Option<(String, Instant)> = None;
    loop {
        match functions(environment).await {
            Ok(router) => {
                slot.ready(router);
                std::future::pending::<()>().await;
            }
            Err(error) => {
                let reason = format!("{error:#}");
                let is_known =
                    said.as_ref().is_some_and(|(known, at)| *known == reason && at.elapsed() < SAY_AGAIN);
                if !is_known {
                    tracing::error!("nothing can run: {reason}");
                    said = Some((reason.clone(), Instant::now()));
                }
                slot.unavailable(reason);
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

async fn functions(environment: &Environment) -> anyhow::Result<Router> {
    let clock: SharedClock = Arc::new(SystemClock);
    let current = startup::start(environment, clock, WhenUnusable::LastValid).await?;
    let mut functions = startup::functions(&current);
    if let Some(root) = environment.get("FUNCTIONS_APP_ROOT_PATH") {
        let root = Path::new(root);
        match read_folders(root) {
            Ok(folders) => match functions.check_folders(folders) {
                Ok(()) => tracing::info!("the function folders match the program"),
                Err(problems) => tracing::error!("{problems}"),
            },
            Err(error) => tracing::error!("{}: {error}", root.display()),
        }
        if let Some(allowed) = std::fs::read_to_string(root.join("host.json")).ok().and_then(function_timeout)
        {
            functions = functions.deadline(allowed.saturating_sub(RESERVE).max(allowed / 2));
        }
    }
    let router = functions.into_router()?;
    tracing::info!("ready");
    Ok(router)
}
