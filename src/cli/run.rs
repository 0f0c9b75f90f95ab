//! Finds the command that is meant, runs it, and says how it ended.

use std::process::ExitCode;

use clap::CommandFactory;

use super::args::{Arguments, Command};
use super::outcome::CommandOutcome;
use super::{
    audit, check, completions, coverage, demo, drill, explain, export, handler, links, local, outbox, output,
    package, person, preview, replay, schema, start, windows,
};
use crate::config::{Environment, InvalidConfiguration};
use crate::startup::StartupError;

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
        Some(Command::Person(options)) => wait(person::run(&options, environment)),
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
