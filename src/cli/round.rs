//! A run of the functions on this machine, shared by `demo` and `local`: one full round, its report, and the timers.

use std::path::PathBuf;

use anyhow::{Context, anyhow};
use axum::Router;
use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::args::Format;
use super::interrupt::interrupted;
use super::listing::{self, MessageLine, WindowLine};
use super::progress::ProgressLine;
use super::words::counted;
use super::{output, tables};
use crate::clock::SharedClock;
use crate::config::settings::Schedules;
use crate::functions::{bind, serve};
use crate::local::{LocalHost, LocalHostOptions};
use crate::services::App;
use crate::startup::{Current, router};

/// What a round found and sent.
#[derive(Debug, Serialize)]
pub(super) struct RoundReport {
    #[serde(skip)]
    pub(super) at: DateTime<Utc>,
    pub(super) windows: Vec<WindowLine>,
    pub(super) messages: Vec<MessageLine>,
    pub(super) failed: usize,
}

/// The functions under the local host.
pub(super) fn host(
    current: &Current,
    schedules: Schedules,
    clock: SharedClock,
    progress: &ProgressLine,
) -> anyhow::Result<LocalHost> {
    let shown = progress.clone();
    let options = LocalHostOptions::new(clock, move |name| schedules.named(name).map(str::to_owned))
        .observer(move |event| shown.event(event));
    LocalHost::new(router(current)?, options).context("the functions cannot be run")
}

/// Asks Azure, looks where there is something, plans, and sends what is due.
pub(super) async fn round(
    host: &LocalHost,
    app: &App,
    progress: &ProgressLine,
) -> anyhow::Result<RoundReport> {
    let since = app.clock.now();
    progress.step("asking Azure where maintenance is planned");
    host.invoke_timer("CollectMaintenance")
        .await
        .map_err(|_| anyhow!("Azure could not be asked; the reason is above"))?;
    let mut failed = host.drain_queues().await.poisoned.len();
    progress.step("planning who should hear what");
    // Planning twice finds nothing more, unless the first look at the tenant became complete in between.
    for planning in 0..2 {
        if planning > 0 {
            progress.step("looking whether that was all");
        }
        host.invoke_timer("PlanNotifications")
            .await
            .map_err(|_| anyhow!("messages could not be planned; the reason is above"))?;
        failed += host.drain_queues().await.poisoned.len();
    }
    report(app, since, failed).await
}

async fn report(app: &App, since: DateTime<Utc>, failed: usize) -> anyhow::Result<RoundReport> {
    let at = app.clock.now();
    Ok(RoundReport {
        at,
        windows: listing::windows(&app.repository, at).await?,
        messages: listing::messages(&app.repository, since).await?,
        failed,
    })
}

/// Prints a round as tables or as one JSON document.
pub(super) fn print(report: &RoundReport, format: Format) -> anyhow::Result<()> {
    if format == Format::Json {
        return output::json(report);
    }
    let planned = report.windows.iter().filter(|line| !line.is_past).count();
    output::data(&format!("Planned maintenance: {}", counted(planned, "machine")))?;
    if !report.windows.is_empty() {
        output::data(&tables::windows(&report.windows, report.at))?;
    }
    output::data(&format!("\nMessages sent: {}", report.messages.len()))?;
    if !report.messages.is_empty() {
        output::data(&tables::messages(&report.messages, folder().as_deref()))?;
    }
    Ok(())
}

/// The folder that the command was started in, without links.
pub(super) fn folder() -> Option<PathBuf> {
    std::env::current_dir().and_then(std::fs::canonicalize).ok()
}

/// Takes the port for the web pages, with a hint when it is taken.
pub(super) async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    bind(port).await.with_context(|| format!("the web pages need port {port}; choose another with --port"))
}

/// Runs the timers, the queues and the web `pages` until the process is interrupted. Says by which key services post.
pub(super) async fn run(host: &LocalHost, listener: TcpListener, pages: Router) -> anyhow::Result<()> {
    let address = listener.local_addr()?;
    for route in host.hook_routes() {
        output::note(&format!("Alerts            POST http://{address}/{route}"));
        output::note(&format!("                  x-functions-key: {}", host.hook_key()));
    }
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let interrupted = interrupted();
    tokio::spawn(async move {
        interrupted.await;
        stop.cancel();
    });
    let pages = serve(listener, pages, cancel.clone().cancelled_owned());
    let ((), served) = tokio::join!(host.run(cancel), pages);
    // It was interrupted, which is how it ends.
    let _ = served?;
    Ok(())
}
