//! How commands print data.

use clap::ValueEnum;

/// What every command takes that prints data.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct OutputOptions {
    /// How data is printed
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub format: Format,
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs: one JSON document
    Json,
}
