//! `local`: the same functions against the real Azure, with the local host in place of the Functions host.

use std::sync::Arc;

use super::args::{Format, LocalOptions};
use super::progress::ProgressLine;
use super::{CommandOutcome, output, round};
use crate::clock::{SharedClock, SystemClock};
use crate::config::{Environment, Settings};
use crate::startup::{self, WhenUnusable};
use crate::web::{InboxOptions, inbox};

/// Runs one round, or until interrupted.
pub(super) async fn run(options: &LocalOptions, environment: &Environment) -> anyhow::Result<CommandOutcome> {
    let clock: SharedClock = Arc::new(SystemClock);
    let current = startup::start(environment, clock.clone(), WhenUnusable::Fail).await?;
    let schedules = Settings::from_environment(environment)?.schedules;
    let listener = if options.once { None } else { Some(round::listen(options.port).await?) };
    let progress = ProgressLine::new();
    let host = round::host(&current, schedules, clock.clone(), &progress)?;
    let report = round::round(&host, &current.app(), &progress).await;
    progress.done();
    let report = report?;
    round::print(&report, options.output.format)?;
    if options.output.format == Format::Text && report.messages.is_empty() && !report.windows.is_empty() {
        output::note("hint: announcements wait for a wave to finish arriving and for working hours;");
        output::note("hint: `maintenance-notifier preview` shows what is going to be sent");
    }
    if let Some(listener) = listener {
        let mut pages = host.web();
        if let Some(folder) = Settings::from_environment(environment)?.outbox {
            let zone = current.app().policy().zone();
            let shown = InboxOptions { folder, clock, zone, speed: 1, overview: false };
            pages = inbox(shown, pages);
            output::note(&format!(
                "Open              http://{}/ (what would be sent)",
                listener.local_addr()?
            ));
        }
        output::note("Running on its timers until interrupted (Ctrl-C).");
        round::run(&host, listener, pages).await?;
    }
    Ok(if report.failed > 0 { CommandOutcome::Failed } else { CommandOutcome::Done })
}
