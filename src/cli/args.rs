//! What can be written on the command line.

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand, ValueEnum};

/// Tells the people who run Azure virtual machines about planned maintenance, in time to act.
#[derive(Debug, Parser)]
#[command(
    name = "maintenance-notifier",
    version,
    styles = STYLES,
    disable_help_subcommand = true,
    after_help = "Settings come from the environment, who is told from the configuration file: see \
                  docs/CONFIGURATION.md.\nExit code: 0 done, 1 failed, 2 wrong usage or invalid configuration."
)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check the settings and the configuration file, and say everything that is wrong
    #[command(after_help = "Reads the file that NOTIFIER_CONFIG names, else notifier.toml.")]
    Check(CheckOptions),
    /// Print the JSON schema of the configuration file
    #[command(after_help = "Editors use it when the file's first line names it:\n  \
                      maintenance-notifier schema > notifier.schema.json\n  \
                      #:schema ./notifier.schema.json")]
    Schema,
    /// Print completions for a shell
    #[command(after_help = "For example: maintenance-notifier completions bash > \
                            ~/.local/share/bash-completion/completions/maintenance-notifier")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What `check` is given.
#[derive(Debug, clap::Args)]
pub struct CheckOptions {
    /// The configuration file, in place of the one that NOTIFIER_CONFIG names
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

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

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());
