//! `windows`: what is planned now.

use super::args::{Format, WindowsOptions};
use super::{Outcome, listing, output, tables};
use crate::clock::{Clock, SystemClock};
use crate::config::{Environment, Settings};
use crate::startup::open_store;

/// Prints every window that Azure lists, as of the last look.
pub(super) async fn run(options: &WindowsOptions, environment: &Environment) -> anyhow::Result<Outcome> {
    let settings = Settings::from_environment(environment)?;
    let repository = open_store(&settings).await?;
    let mut windows = listing::windows(&repository, SystemClock.now()).await?;
    if !options.subscription.is_empty() {
        windows.retain(|line| {
            options.subscription.iter().any(|wanted| {
                line.subscription.eq_ignore_ascii_case(wanted)
                    || line.resource.split('/').nth(2).is_some_and(|id| id.eq_ignore_ascii_case(wanted))
            })
        });
    }
    match options.output.format {
        Format::Json => output::json(&windows)?,
        Format::Text if windows.is_empty() => {
            output::note("No maintenance is known.");
            output::note("hint: `maintenance-notifier local --once` looks at Azure now");
        }
        Format::Text => output::data(&tables::windows(&windows))?,
    }
    Ok(Outcome::Done)
}
