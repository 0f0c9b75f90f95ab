//! `coverage`: which machines nobody owns, with or without planned maintenance.

use std::sync::Arc;

use super::args::{CoverageFormat, CoverageOptions};
use super::words::counted;
use super::{CommandOutcome, output};
use crate::clock::{SharedClock, SystemClock};
use crate::config::Environment;
use crate::domain::coverage::CoverageReport;
use crate::render::unowned_csv;
use crate::services::coverage::survey;
use crate::startup;
use crate::words::Language;

/// Asks Azure for the tags of every machine, and prints those that nobody owns.
pub(super) async fn run(
    options: &CoverageOptions,
    environment: &Environment,
) -> anyhow::Result<CommandOutcome> {
    let clock: SharedClock = Arc::new(SystemClock);
    let app = startup::app(startup::load(environment, &clock).await?, clock).await?;
    let report = survey(&app, app.clock.now()).await?;
    match options.format {
        CoverageFormat::Json => output::json(&report)?,
        CoverageFormat::Csv => {
            let bytes = unowned_csv(&report.unowned, usize::MAX, Language::default()).bytes;
            // The mark at its beginning is for spreadsheets that open a file; a pipe needs none.
            let text = String::from_utf8_lossy(&bytes);
            output::data(text.trim_start_matches('\u{FEFF}').trim_end())?;
        }
        CoverageFormat::Text => output::data(text(&report).trim_end())?,
    }
    let left_out = report.without_owner() - report.unowned.len();
    if left_out > 0 {
        output::note(&format!("{} more are counted and not listed.", counted(left_out, "machine")));
    }
    Ok(CommandOutcome::Done)
}

fn text(report: &CoverageReport) -> String {
    let mut lines = vec![format!(
        "{} of {} without an owner",
        report.without_owner(),
        counted(report.machines(), "machine")
    )];
    for subscription in &report.subscriptions {
        let id = subscription.subscription.to_string();
        let name = subscription.name.as_deref().unwrap_or(&id);
        let (missing, machines) = (subscription.unowned, subscription.machines);
        lines.push(format!(
            "  {missing:>6} of {machines:>6}  {}",
            crate::domain::sanitize::one_line(name, 80)
        ));
    }
    if !report.unowned.is_empty() {
        lines.push(String::new());
        lines.extend(report.unowned.iter().map(ToString::to_string));
    }
    lines.join("\n")
}
