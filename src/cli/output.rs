//! The two streams. Every command writes through here, so a closed pipe ends a command quietly.

use std::io::{self, Write};

use serde::Serialize;

use super::CommandOutcome;
use crate::domain::visible_text::{for_terminal, in_json};

/// Writes data and a line's end to stdout. Names and answers of others move no cursor and hide nothing.
pub(super) fn data(text: &str) -> anyhow::Result<()> {
    quietly(write_line(io::stdout().lock(), &for_terminal(text)))
}

/// Writes one JSON document to stdout.
pub(super) fn json(document: &impl Serialize) -> anyhow::Result<()> {
    quietly(write_line(io::stdout().lock(), &in_json(&serde_json::to_string_pretty(document)?)))
}

/// Writes one JSON document on a line of its own to stdout.
pub(super) fn json_line(document: &impl Serialize) -> anyhow::Result<()> {
    quietly(write_line(io::stdout().lock(), &in_json(&serde_json::to_string(document)?)))
}

/// Writes what is no data to stderr.
pub(super) fn note(text: &str) {
    // There is nobody left to tell when stderr is closed.
    let _ = write_line(io::stderr().lock(), &for_terminal(text));
}

/// Says why a command failed, with what caused it.
pub(super) fn error(error: &anyhow::Error) {
    note(&format!("error: {error:#}"));
}

/// Says how the program is used, because nothing was asked of it.
pub(super) fn help(command: &mut clap::Command) -> anyhow::Result<CommandOutcome> {
    note(command.render_help().to_string().trim_end());
    Ok(CommandOutcome::Invalid)
}

fn write_line(mut stream: impl Write, text: &str) -> io::Result<()> {
    writeln!(stream, "{text}")?;
    stream.flush()
}

/// A reader that has seen enough, such as `head`, closes the pipe; that is no failure.
fn quietly(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
