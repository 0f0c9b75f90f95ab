//! What can be written on the command line.

use std::path::PathBuf;
use std::sync::LazyLock;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand, ValueEnum};

use crate::domain::time_zone::RELEASE;

/// The program's version, and that of the time zones it knows.
static VERSION: LazyLock<String> =
    LazyLock::new(|| format!("{} (time zones {RELEASE})", env!("CARGO_PKG_VERSION")));

/// Tells the people who run Azure virtual machines about planned maintenance, in time to act.
#[derive(Debug, Parser)]
#[command(
    name = "maintenance-notifier",
    version = VERSION.as_str(),
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
    /// See it work: a simulated Azure, mails and cards in a folder, web pages, all in one process
    #[command(
        after_help = "Everything is kept in the folder: run it again there and it goes on where it was."
    )]
    Demo(DemoOptions),
    /// Run the same functions on this machine against the real Azure
    #[command(
        after_help = "Sign in with `az login` first. Set NOTIFIER_OUTBOX=DIR to write mails and cards into a \
                            folder instead of sending them."
    )]
    Local(LocalOptions),
    /// Serve the functions to the Azure Functions host, which starts this
    #[command(
        after_help = "This is also what runs without a command where FUNCTIONS_CUSTOMHANDLER_PORT is set."
    )]
    Handler,
    /// Put together what is deployed to Azure: a zip, or a folder
    #[command(
        after_help = "Run it in the folder of host.json. `make package` builds a program that runs in Azure, and \
                      packs it.\nExamples:\n  maintenance-notifier package\n  \
                      maintenance-notifier package --dir app && (cd app && func start)"
    )]
    Package(PackageOptions),
    /// List the maintenance that Azure plans, as of the last look
    Windows(WindowsOptions),
    /// Say who hears about a resource, by which rule, and what they were already told
    Explain(ExplainOptions),
    /// List the machines that no tag and no route gives an owner, whether Azure plans anything for them or not
    Coverage(CoverageOptions),
    /// Render what would be sent now, and send nothing
    #[command(
        after_help = "Leaves out settling times and working hours: it shows everything that is still to be told."
    )]
    Preview(PreviewOptions),
    /// Print the whole state as one JSON document
    #[command(after_help = "Examples:\n  maintenance-notifier export > state.json\n  \
                      maintenance-notifier export --out state.json")]
    Export(ExportOptions),
    /// Fill an empty store with an exported state
    #[command(
        after_help = "NOTIFIER_STORE names the store. Nothing is written before the whole document was checked."
    )]
    Import(ImportOptions),
    /// Say what would be sent from an exported state at a given time, and send nothing
    #[command(
        after_help = "Asks nobody and changes nothing: the same document, time, configuration and settings give the \
                      same bytes.\nExample:\n  maintenance-notifier replay --state state.json --at \
                      2026-12-01T09:00:00Z --out replayed"
    )]
    Replay(ReplayOptions),
    /// Start the maintenance of one machine, now or at a time
    #[command(
        after_help = "Checks what a link in a message checks, and asks for the machine's name. Without a managed \
                      identity the rights are those of `az login`.\nExamples:\n  maintenance-notifier start vm-web-01 \
                      --follow\n  maintenance-notifier start vm-web-01 --at \"2026-12-05 22:00\""
    )]
    Start(StartOptions),
    /// Try out whether messages reach people: a labelled, harmless exercise through the real chain
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "Nothing is sent by this command: the next run of `local`, or of the deployed app, writes to \
                      everybody within their hours. One exercise is open at a time, for a week or until `drill end`."
    )]
    Drill(DrillOptions),
    /// Print who started what and what became of it; check that nobody changed the record
    #[command(args_conflicts_with_subcommands = true)]
    Audit(AuditOptions),
    /// Say what is unsent and why; have it tried again
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "An id may be shortened, as the table shows it. Nothing is sent by this command: the next run of \
                      `local`, or of the deployed app, takes it from there within a minute."
    )]
    Outbox(OutboxOptions),
    /// List the links in messages that were withdrawn, or withdraw some
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "Withdrawn links answer 410 at once and for good; each next message brings a fresh one.\n\
                      Examples:\n  maintenance-notifier links revoke --message 63514c44\n  \
                      maintenance-notifier links revoke --recipient jane.doe@contoso.com\n  \
                      maintenance-notifier links revoke --all --before \"2026-12-05 22:00\""
    )]
    Links(LinksOptions),
    /// Print what is kept of somebody, or have them forgotten
    #[command(
        after_help = "Forgetting deletes what is theirs, puts a pseudonym in their place elsewhere, and cancels what is \
                      unsent to them. It asks for the name.\nExamples:\n  \
                      maintenance-notifier person export jane.doe@contoso.com --out jane.json\n  \
                      maintenance-notifier person forget jane.doe@contoso.com --dry-run"
    )]
    Person(PersonOptions),
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

/// What `windows` is given.
#[derive(Debug, clap::Args)]
pub struct WindowsOptions {
    /// Only this subscription, by id or by name; can be given several times
    #[arg(long, value_name = "ID")]
    pub subscription: Vec<String>,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `explain` is given.
#[derive(Debug, clap::Args)]
pub struct ExplainOptions {
    /// The resource, by id or by name; or a message, by its id or its Message-ID
    pub resource: String,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

/// What `coverage` is given.
#[derive(Debug, clap::Args)]
pub struct CoverageOptions {
    /// How data is printed
    #[arg(long, value_enum, default_value_t = CoverageFormat::Text, value_name = "FORMAT")]
    pub format: CoverageFormat,
}

/// How `coverage` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CoverageFormat {
    /// For people
    Text,
    /// For programs: one JSON document
    Json,
    /// For spreadsheets: a line a machine
    Csv,
}

/// What `preview` is given.
#[derive(Debug, clap::Args)]
pub struct PreviewOptions {
    /// Only what this recipient would be sent
    #[arg(long, value_name = "NAME")]
    pub recipient: Option<String>,
    /// Write the mails and cards into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

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

/// What `check` is given.
#[derive(Debug, clap::Args)]
pub struct CheckOptions {
    /// The configuration file, in place of the one that NOTIFIER_CONFIG names
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Reach every service that is named, and send nothing: Azure, the store, the mail service, Teams flows
    #[arg(long, conflicts_with = "against")]
    pub live: bool,
    /// Say who would gain and lose which machines and messages, at the moment, if this were the configuration
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,
    /// Ask a deployed app how it is, from outside with your own sign-in and from inside, and send nothing
    #[arg(long, value_name = "URL", value_parser = deployment_address, conflicts_with_all = ["file", "live", "against"])]
    pub deployment: Option<url::Url>,
    /// How data is printed
    #[command(flatten)]
    pub output: OutputOptions,
}

/// The address of a deployed app; only where a key may be shown.
fn deployment_address(text: &str) -> Result<url::Url, String> {
    let text = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let address: url::Url = text.parse().map_err(|error| format!("it is no address: {error}"))?;
    if !address.username().is_empty() || address.password().is_some() {
        return Err("it has a user or a password, which the app does not ask for".to_owned());
    }
    if !crate::http::origin::is_confidential(&address) {
        return Err("it is neither https nor on this machine, and a key would be shown to it".to_owned());
    }
    Ok(address)
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
