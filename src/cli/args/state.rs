//! What the commands on an exported state are given.

use std::path::PathBuf;

use super::output::OutputOptions;

/// What `export` is given.
#[derive(Debug, clap::Args)]
pub struct ExportOptions {
    /// Write into this file, which only you may read then
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// What `import` is given.
#[derive(Debug, clap::Args)]
pub struct ImportOptions {
    /// The exported state
    pub file: PathBuf,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `replay` is given.
#[derive(Debug, clap::Args)]
pub struct ReplayOptions {
    /// The exported state
    #[arg(long, value_name = "FILE")]
    pub state: PathBuf,
    /// The moment: RFC 3339, or `2026-12-05 22:00` in UTC
    #[arg(long, value_name = "TIME")]
    pub at: String,
    /// The configuration file [default: the configuration that is part of the state]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Write the mails and cards into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}
