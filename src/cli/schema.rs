//! `schema`: the JSON schema of the configuration file.

use super::{Outcome, output};
use crate::config::schema;

/// Prints the schema.
pub(super) fn run() -> anyhow::Result<Outcome> {
    output::json(&schema::of_file())?;
    Ok(Outcome::Done)
}
