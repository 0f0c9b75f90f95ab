//! What the commands on what is kept of a person are given.

use std::path::PathBuf;

use clap::Subcommand;

use super::output::OutputOptions;

/// What `person` is given.
#[derive(Debug, clap::Args)]
pub struct PersonOptions {
    /// What to do
    #[command(subcommand)]
    pub action: PersonAction,
}

/// What can be done with what is kept of a person.
#[derive(Debug, Subcommand)]
pub enum PersonAction {
    /// Print everything that is kept of somebody
    Export(PersonExportOptions),
    /// Delete what is kept of somebody, or put a pseudonym in their place
    Forget(ForgetOptions),
}

/// What `person export` is given.
#[derive(Debug, clap::Args)]
pub struct PersonExportOptions {
    /// Their address, or the name of a recipient in the configuration
    #[arg(value_name = "ADDRESS|NAME")]
    pub person: String,
    /// Write JSON into this file, which only you may read then
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `person forget` is given.
#[derive(Debug, clap::Args)]
pub struct ForgetOptions {
    /// Their address, or the name of a recipient in the configuration
    #[arg(value_name = "ADDRESS|NAME")]
    pub person: String,
    /// Say what it would come to, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask for the name
    #[arg(long)]
    pub yes: bool,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}
