//! `windows`: what is planned now.

use super::args::{Format, WindowsOptions};
use super::words::counted;
use super::{CommandOutcome, listing, output, tables};
use crate::clock::{Clock, SystemClock};
use crate::config::settings::StoreLocation;
use crate::config::{Environment, Settings};
use crate::domain::resource::same_id;
use crate::startup::open_store_to_look;
use crate::store::StoreError;
use crate::store::repository::{Repository, StoredSweepMode, SweepRow};
use chrono::{DateTime, Utc};

/// Every window that Azure lists as a table, as of the last look.
///
/// # Errors
/// When the store cannot be read.
pub async fn table(repository: &Repository, now: DateTime<Utc>) -> Result<String, StoreError> {
    Ok(tables::windows(&listing::windows(repository, now).await?, now))
}

/// Prints every window that Azure lists, as of the last look.
pub(super) async fn run(
    options: &WindowsOptions,
    environment: &Environment,
) -> anyhow::Result<CommandOutcome> {
    let settings = Settings::from_environment(environment)?;
    let repository = open_store_to_look(&settings).await?;
    let now = SystemClock.now();
    let mut windows = listing::windows(&repository, now).await?;
    if !options.subscription.is_empty() {
        windows.retain(|line| {
            options.subscription.iter().any(|wanted| {
                line.subscription.eq_ignore_ascii_case(wanted)
                    || line.resource.split('/').nth(2).is_some_and(|id| same_id(id, wanted))
            })
        });
    }
    match options.output.format {
        Format::Json => output::json(&windows)?,
        Format::Text if windows.is_empty() => {
            output::note("No maintenance is known.");
            note_store(&settings.store);
        }
        Format::Text => output::data(&tables::windows(&windows, now))?,
    }
    if options.output.format == Format::Text {
        for summary in repository.subscription_rows().await?.values() {
            for unseen in &summary.unseen {
                output::note(&format!("Not seen: {}: {}", unseen.scope, unseen.reason));
            }
            for record in &summary.unreadable {
                output::note(&format!("Set aside: {}: {}", record.what, record.problem));
            }
        }
        output::note(&sweep(&repository.sweep().await?.0));
    }
    Ok(CommandOutcome::Done)
}

/// Says where nothing was found, and what puts something there.
pub(super) fn note_store(store: &StoreLocation) {
    output::note(&format!("Looked in {}.", store.described()));
    output::note(match store {
        StoreLocation::Sqlite(_) => {
            "hint: `maintenance-notifier local --once` looks at Azure now; for a deployed app, paste the `export` line of its \
             next steps first"
        }
        StoreLocation::Tables { .. } => "hint: the app there looks at Azure every quarter of an hour",
    });
}

/// How the slow look at all machines goes: the operator should know what it costs and how long it takes.
fn sweep(row: &SweepRow) -> String {
    let lists = row.modes.values().filter(|mode| **mode == StoredSweepMode::StatusOnly).count();
    let how = format!(
        "by status lists in {}, machine by machine in {}",
        counted(lists, "subscription"),
        counted(row.modes.len() - lists, "subscription")
    );
    match (&row.last_cycle, row.cycle_started) {
        (Some(cycle), _) => format!(
            "Sweep of all machines: the last one saw {} in {} hours, {how}.",
            counted(cycle.machines, "machine"),
            (cycle.finished - cycle.started).num_hours()
        ),
        (None, Some(_)) => format!(
            "Sweep of all machines: the first one is under way, {} seen, {how}.",
            counted(row.machines_seen, "machine")
        ),
        (None, None) => "Sweep of all machines: not begun; `local` runs a slice of it every hour.".to_owned(),
    }
}
