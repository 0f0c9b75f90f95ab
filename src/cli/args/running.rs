//! What the commands that run or pack the program are given.

use std::path::PathBuf;

use super::output::OutputOptions;

/// What `demo` is given.
#[derive(Debug, clap::Args)]
pub struct DemoOptions {
    /// Do one full round, print what was found and sent, and exit
    #[arg(long)]
    pub once: bool,
    /// The folder in which everything is kept
    #[arg(long, value_name = "DIR", default_value = "demo-out")]
    pub out: PathBuf,
    /// The port of the web pages on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 7071)]
    pub port: u16,
    /// How many virtual machines there are; instances of scale sets come on top [default: 40]
    #[arg(long, value_name = "N")]
    pub vms: Option<usize>,
    /// The world follows from it [default: 1]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// How many times as fast as real time passes
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub speed: u32,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `local` is given.
#[derive(Debug, clap::Args)]
pub struct LocalOptions {
    /// Do one full round, print what was found and sent, and exit
    #[arg(long)]
    pub once: bool,
    /// The port of the web pages on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 7071)]
    pub port: u16,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `package` is given.
#[derive(Debug, clap::Args)]
pub struct PackageOptions {
    /// The zip to write
    #[arg(long, value_name = "FILE", default_value = "maintenance-notifier.zip", conflicts_with = "dir")]
    pub out: PathBuf,
    /// Write a folder instead, for the Functions tools on this machine
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// The program to pack [default: this one]
    #[arg(long, value_name = "FILE")]
    pub executable: Option<PathBuf>,
    /// A configuration to pack as notifier.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder that holds host.json and function_configs
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub source: PathBuf,
}
