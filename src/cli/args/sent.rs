//! What the commands on messages and links are given.

use clap::Subcommand;

use super::output::OutputOptions;

/// What `outbox` is given.
#[derive(Debug, clap::Args)]
pub struct OutboxOptions {
    /// What to do with it
    #[command(subcommand)]
    pub action: Option<OutboxAction>,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What can be done with what is unsent.
#[derive(Debug, Subcommand)]
pub enum OutboxAction {
    /// Put a message up for an attempt now, with five new days of patience; or a parked message back into its queue
    Retry(RetryOptions),
    /// Let go what the brake holds, and hold nothing for a day
    Release,
    /// Forget a parked message
    Forget {
        /// Its id
        id: String,
    },
}

/// What `outbox retry` is given.
#[derive(Debug, clap::Args)]
pub struct RetryOptions {
    /// The id of the message, or its beginning
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub id: Option<String>,
    /// Everything that was given up or parked
    #[arg(long)]
    pub all: bool,
    /// Also what may have arrived already: a second copy is possible
    #[arg(long)]
    pub even_if_in_doubt: bool,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `links` is given.
#[derive(Debug, clap::Args)]
pub struct LinksOptions {
    /// What to do with them
    #[command(subcommand)]
    pub action: Option<LinksAction>,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What can be done with links.
#[derive(Debug, Subcommand)]
pub enum LinksAction {
    /// Withdraw links that were sent, at once and for good
    Revoke(RevokeOptions),
}

/// What `links revoke` is given.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("whose").args(["message", "recipient", "all"]).required(true))]
pub struct RevokeOptions {
    /// The link of this message, by its id or the beginning of it
    #[arg(long, value_name = "ID", conflicts_with = "before")]
    pub message: Option<String>,
    /// Every link that this recipient was sent
    #[arg(long, value_name = "NAME")]
    pub recipient: Option<String>,
    /// Every link that anybody was sent
    #[arg(long)]
    pub all: bool,
    /// Only those that were signed before: RFC 3339, or `2026-12-05 22:00` in UTC [default: now]
    #[arg(long, value_name = "TIME")]
    pub before: Option<String>,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}
