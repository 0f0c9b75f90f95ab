//! The command line. Data goes to stdout, logs and progress to stderr; meaning never rests on colour.

pub mod args;
mod check;
mod completions;
mod output;
mod schema;

use std::process::ExitCode;

use args::{Arguments, Command};
use clap::CommandFactory;

use crate::config::Environment;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was asked to.
    Done,
    /// It failed.
    Failed,
    /// It was asked wrongly, or the settings or the configuration are invalid.
    Invalid,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Done => 0,
            Outcome::Failed => 1,
            Outcome::Invalid => 2,
        })
    }
}

/// Runs the command that `arguments` name.
pub fn run(arguments: Arguments, environment: &Environment) -> ExitCode {
    let done = match arguments.command {
        Some(Command::Check(options)) => check::run(&options, environment),
        Some(Command::Schema) => schema::run(),
        Some(Command::Completions { shell }) => completions::run(shell),
        None => output::help(&mut Arguments::command()),
    };
    match done {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            output::error(&error);
            Outcome::Failed.into()
        }
    }
}
