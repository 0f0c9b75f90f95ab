//! How a command ends.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandOutcome {
    /// It did what it was asked to.
    Done,
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
