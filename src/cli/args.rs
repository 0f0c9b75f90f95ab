//! What can be written on the command line.

mod acting;
mod output;
mod person;
mod reading;
mod running;
mod sent;
mod state;

use std::sync::LazyLock;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};

pub use self::acting::{AuditCommand, AuditOptions, DrillAction, DrillOptions, StartOptions};
pub use self::output::{Format, OutputOptions};
pub use self::person::{ForgetOptions, PersonAction, PersonExportOptions, PersonOptions};
pub use self::reading::{
    CheckOptions, CoverageFormat, CoverageOptions, ExplainOptions, PreviewOptions, WindowsOptions,
};
pub use self::running::{DemoOptions, LocalOptions, PackageOptions};
pub use self::sent::{LinksAction, LinksOptions, OutboxAction, OutboxOptions, RetryOptions, RevokeOptions};
pub use self::state::{ExportOptions, ImportOptions, ReplayOptions};
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

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());
