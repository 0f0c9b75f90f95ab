//! What the commands that start maintenance and try out the way to people are given.

use clap::Subcommand;

use super::output::OutputOptions;

/// What `start` is given.
#[derive(Debug, clap::Args)]
pub struct StartOptions {
    /// The machine or scale set instance, by id or by name
    pub resource: String,
    /// Begin then: RFC 3339, or `2026-12-05 22:00` in the configuration's time zone
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Agree that a start of this machine loses the data that the command names; can be given several times
    #[arg(long, value_name = "NAME")]
    pub accept_data_loss: Vec<String>,
    /// Do not ask for the name
    #[arg(long)]
    pub yes: bool,
    /// Wait until it has come to its end
    #[arg(long)]
    pub follow: bool,
    /// Start nothing: count a start as over of which it is not known what became
    #[arg(long, conflicts_with_all = ["at", "follow"])]
    pub release: bool,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `drill` is given.
#[derive(Debug, clap::Args)]
pub struct DrillOptions {
    /// What to do with the exercise that there is
    #[command(subcommand)]
    pub action: Option<DrillAction>,
    /// Only this recipient; can be given several times
    #[arg(long, value_name = "NAME")]
    pub recipient: Vec<String>,
    /// Do not ask before they are written to
    #[arg(long)]
    pub yes: bool,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What can be done with an exercise.
#[derive(Debug, Subcommand)]
pub enum DrillAction {
    /// Say what came of the newest one: who confirmed after how long, who is silent, what refused
    Report {
        /// How data is printed
        #[command(flatten)]
        output: OutputOptions,
    },
    /// End it: what was not sent yet will not be
    End,
}

/// What `audit` is given.
#[derive(Debug, clap::Args)]
pub struct AuditOptions {
    /// What to do with it
    #[command(subcommand)]
    pub action: Option<AuditCommand>,
    /// Only what happened since: RFC 3339, or `2026-12-05`, in UTC
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// How data is printed: JSON is one line an entry
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What can be done with the audit trail.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Check that no entry was changed, added or left out
    Verify {
        /// How data is printed
        #[command(flatten)]
        output: OutputOptions,
    },
}
