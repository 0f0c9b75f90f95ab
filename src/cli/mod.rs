//! The command line. Data goes to stdout, logs and progress to stderr; meaning never rests on colour.

mod account;
pub mod args;
mod audit;
mod check;
mod check_against;
mod check_live;
mod completions;
mod coverage;
mod demo;
mod drill;
pub mod explain;
mod explain_message;
mod export;
mod forecast_line;
mod handler;
mod links;
mod listing;
mod local;
mod moment;
mod outbox;
mod output;
mod package;
mod preview;
mod progress;
mod rendered;
mod replay;
mod round;
mod schema;
mod start;
mod tables;
mod windows;

use std::process::ExitCode;

use clap::CommandFactory;

use args::{Arguments, Command};

use crate::config::{Environment, InvalidConfiguration};
use crate::startup::StartupError;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandOutcome {
    /// It did what it was asked to.
    Done,
    /// It failed.
    Failed,
    /// It was asked wrongly, or the settings or the configuration are invalid.
    Invalid,
}

impl From<CommandOutcome> for ExitCode {
    fn from(outcome: CommandOutcome) -> Self {
        Self::from(match outcome {
            CommandOutcome::Done => 0,
            CommandOutcome::Failed => 1,
            CommandOutcome::Invalid => 2,
        })
    }
}

/// The command that is meant: the Functions host may have started the program without one.
pub fn command(arguments: Arguments, environment: &Environment) -> Option<Command> {
    arguments.command.or_else(|| handler::port(environment).map(|_| Command::Handler))
}

/// Runs a command. Without one it says how the program is used.
pub fn run(command: Option<Command>, environment: &Environment) -> ExitCode {
    let done = match command {
        Some(Command::Handler) => {
            return wait(handler::run(environment)).unwrap_or_else(|error| {
                output::error(&error);
                CommandOutcome::Failed.into()
            });
        }
        Some(Command::Package(options)) => package::run(&options),
        Some(Command::Demo(options)) => wait(demo::run(&options)),
        Some(Command::Local(options)) => wait(local::run(&options, environment)),
        Some(Command::Windows(options)) => wait(windows::run(&options, environment)),
        Some(Command::Explain(options)) => wait(explain::run(&options, environment)),
        Some(Command::Export(options)) => wait(export::run(&options, environment)),
        Some(Command::Import(options)) => wait(export::import(&options, environment)),
        Some(Command::Replay(options)) => wait(replay::run(&options, environment)),
        Some(Command::Start(options)) => wait(start::run(&options, environment)),
        Some(Command::Drill(options)) => wait(drill::run(&options, environment)),
        Some(Command::Audit(options)) => wait(audit::run(&options, environment)),
        Some(Command::Links(options)) => wait(links::run(&options, environment)),
        Some(Command::Outbox(options)) => wait(outbox::run(&options, environment)),
        Some(Command::Coverage(options)) => wait(coverage::run(&options, environment)),
        Some(Command::Preview(options)) => wait(preview::run(&options, environment)),
        Some(Command::Check(options)) => wait(check::run(&options, environment)),
        Some(Command::Schema) => schema::run(),
        Some(Command::Completions { shell }) => completions::run(shell),
        None => output::help(&mut Arguments::command()),
    };
    match done {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            output::error(&error);
            let invalid = error.downcast_ref::<InvalidConfiguration>().is_some()
                || matches!(
                    error.downcast_ref(),
                    Some(StartupError::Configuration(_) | StartupError::Part { .. })
                );
            if invalid { CommandOutcome::Invalid } else { CommandOutcome::Failed }.into()
        }
    }
}

/// Runs a command that waits for something.
fn wait<T>(command: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let done = command.await;
        crate::telemetry::flush().await;
        done
    })
}
