//! `completions`: what a shell needs to complete commands.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Arguments;
use super::{CommandOutcome, output};

/// Prints the completions for `shell`.
pub(super) fn run(shell: Shell) -> anyhow::Result<CommandOutcome> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "maintenance-notifier", &mut script);
    output::data(String::from_utf8_lossy(&script).trim_end())?;
    Ok(CommandOutcome::Done)
}
