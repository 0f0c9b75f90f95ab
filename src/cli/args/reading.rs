//! What the commands that only read are given.

use std::path::PathBuf;

use clap::ValueEnum;

use super::output::OutputOptions;

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
