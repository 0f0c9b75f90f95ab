//! The two streams. Every command writes through here, so a closed pipe ends a command quietly.

use std::io::{self, Write};

use serde::Serialize;

use super::CommandOutcome;

/// Writes data and a line's end to stdout.
pub(super) fn data(text: &str) -> anyhow::Result<()> {
    quietly(write_line(io::stdout().lock(), text))
}

/// Writes one JSON document to stdout.
pub(super) fn json(document: &impl Serialize) -> anyhow::Result<()> {
    data(&serde_json::to_string_pretty(document)?)
}

/// Writes what is no data to stderr.
pub(super) fn note(text: &str) {
    // There is nobody left to tell when stderr is closed.
    let _ = write_line(io::stderr().lock(), text);
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
