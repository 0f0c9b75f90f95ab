//! `schema`: the JSON schema of the configuration file.

use super::{CommandOutcome, output};
use crate::config::schema;

/// Prints the schema.
pub(super) fn run() -> anyhow::Result<CommandOutcome> {
    output::json(&schema::of_file())?;
    Ok(CommandOutcome::Done)
}
