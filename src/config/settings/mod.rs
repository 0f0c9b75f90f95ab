//! The settings: what the environment says about where everything is.
//!
//! Names and defaults stand in [`super::settings_table`], from which the documentation is made.

mod read;
mod telemetry;

use std::fmt;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use url::Url;

use super::environment::Environment;
use super::finding::InvalidConfiguration;
use super::rate::RateLimit;
use crate::domain::recipient::EmailAddress;
use crate::domain::resource::SubscriptionId;

pub use telemetry::{TelemetrySettings, Temporality, telemetry};

/// Everything that the environment says.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the configuration file is.
    pub config: ConfigLocation,
    /// Where the state is.
    pub store: StoreLocation,
    /// The app's own storage account, whether or not the state is there.
    pub storage: Option<StorageAccount>,
    /// Azure Resource Manager.
    pub arm: ArmSettings,
    /// How to sign in to Azure.
    pub identity: IdentitySettings,
    /// The Key Vault of secrets that the configuration file gives by their name alone.
    pub key_vault: Option<Url>,
    /// What is watched.
    pub subscriptions: SubscriptionScope,
    /// The folder that takes everything instead of mail servers and channels.
    pub outbox: Option<PathBuf>,
    /// Microsoft Graph, where it is not the public one.
    pub graph_endpoint: Option<Url>,
    /// The service that takes mails; `None` when nothing is set.
    pub mail_service: Option<MailService>,
    /// The sender and organizer.
    pub mail_from: Option<SenderAddress>,
    /// Where replies go.
    pub mail_reply_to: Option<SenderAddress>,
    /// What the mail service takes.
    pub mail_limit: Option<RateLimit>,
    /// The base of every link.
    pub public_url: Option<Url>,
    /// The keys that sign links; the first one signs, all verify.
    pub link_keys: Vec<LinkKey>,
    /// The container to which the end of the audit trail is added.
    pub audit_container: Option<Url>,
    /// Whether webhook addresses may be http or private.
    pub allow_private_webhooks: bool,
    /// The tracing filter.
    pub log: String,
    /// When the timers run.
    pub schedules: Schedules,
    /// What the Functions host says about itself.
    pub host: HostSettings,
    /// Where metrics go; `None` when they are not wanted, or not possible.
    pub telemetry: Option<TelemetrySettings>,
}

impl Settings {
    /// Reads the settings.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn from_environment(environment: &Environment) -> Result<Self, InvalidConfiguration> {
        read::settings(environment).map_err(|findings| InvalidConfiguration { file: None, findings })
    }
}

/// Where the configuration file is.
#[derive(Clone, PartialEq, Eq)]
pub enum ConfigLocation {
    /// A file.
    Path(PathBuf),
    /// A blob, read with the app's identity.
    Blob(Url),
}

impl fmt::Debug for ConfigLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl ConfigLocation {
    /// The location as shown in messages. A blob's address may be signed, so its query is left out.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Blob(url) => {
                let mut shown = url.clone();
                shown.set_query(None);
                shown.set_fragment(None);
                shown.to_string()
            }
        }
    }
}

/// Where the state is.
#[derive(Debug, Clone)]
pub enum StoreLocation {
    /// A SQLite database.
    Sqlite(PathBuf),
    /// Azure Tables whose names begin with `prefix`.
    Tables {
        /// The prefix.
        prefix: String,
        /// The storage account.
        account: StorageAccount,
    },
}

/// A storage account.
#[derive(Debug, Clone)]
pub enum StorageAccount {
    /// With a key, or the emulator.
    ConnectionString(SecretString),
    /// With the app's identity.
    Named(String),
    /// With the app's identity, at this address.
    TableService(Url),
}

/// Azure Resource Manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmSettings {
    /// Its address.
    pub endpoint: Url,
    /// Whom its tokens are for.
    pub audience: String,
}

/// How to sign in to Azure.
#[derive(Debug, Clone)]
pub struct IdentitySettings {
    /// The user-assigned identity for reading; `None` is the system-assigned one.
    pub client_id: Option<String>,
    /// The user-assigned identity for the app's own storage account; `None` is the reading one.
    pub storage_client_id: Option<String>,
    /// The identity that may start maintenance; `None` is the reading one.
    pub start_client_id: Option<String>,
    /// The managed identity's endpoint and header, where Azure gives them.
    pub managed: Option<ManagedIdentity>,
    /// An application's secret, for a person without a managed identity.
    pub application: Option<ApplicationSecret>,
}

/// Where a managed identity gets its tokens.
#[derive(Debug, Clone)]
pub struct ManagedIdentity {
    /// The endpoint.
    pub endpoint: Url,
    /// What has to be sent with each request.
    pub header: SecretString,
}

/// An application that signs in with a secret.
#[derive(Debug, Clone)]
pub struct ApplicationSecret {
    /// The tenant.
    pub tenant_id: String,
    /// The application.
    pub client_id: String,
    /// Its secret.
    pub secret: SecretString,
}

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionScope {
    /// All that the identity can read.
    All,
    /// These.
    These(Vec<SubscriptionId>),
    /// Those of a management group.
    ManagementGroup(String),
}

/// The service that takes mails.
#[derive(Debug, Clone)]
pub enum MailService {
    /// A mail server.
    Smtp {
        /// Its address, with user and password; `smtp://` or `smtps://`.
        url: SecretString,
        /// Connections of one process.
        connections: u32,
    },
    /// Microsoft Graph.
    Graph {
        /// The mailbox that sends.
        sender: EmailAddress,
        /// The address in place of the public one.
        endpoint: Option<Url>,
    },
    /// Azure Communication Services.
    CommunicationServices {
        /// The resource's address.
        endpoint: Url,
        /// The key; without one the app's identity is used.
        key: Option<SecretString>,
    },
}

/// An address with the name that people see: `Maintenance <maintenance@contoso.com>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderAddress {
    /// The name.
    pub name: Option<String>,
    /// The address.
    pub address: EmailAddress,
}

/// One key that signs links.
#[derive(Debug, Clone)]
pub struct LinkKey {
    /// Its name in the link.
    pub id: String,
    /// The key, of at least 32 bytes.
    pub key: SecretSlice<u8>,
}

impl LinkKey {
    /// The shortest key that is accepted, in bytes: that of the digest it is used with.
    pub const MIN_BYTES: usize = 32;

    /// Reads `kid:base64key`. `None` when it is none.
    fn parse(text: &str) -> Option<Self> {
        let (id, encoded) = text.trim().split_once(':')?;
        let plain = (1..=16).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        let key = STANDARD.decode(encoded.trim()).ok().filter(|key| key.len() >= Self::MIN_BYTES)?;
        plain.then(|| Self { id: id.to_owned(), key: key.into() })
    }

    /// The key's bytes.
    pub fn bytes(&self) -> &[u8] {
        self.key.expose_secret()
    }
}

/// When the timers run, as six-field NCRONTAB expressions in UTC. Read by the local host; in Azure the Functions host
/// resolves the same settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedules {
    /// Asks Resource Graph.
    pub collect: String,
    /// Looks at a slice of all machines.
    pub sweep: String,
    /// Plans and emits.
    pub plan: String,
    /// Follows starts.
    pub follow: String,
}

impl Schedules {
    /// The schedule whose setting is called `name`.
    pub fn named(&self, name: &str) -> Option<&str> {
        match name {
            "COLLECT_SCHEDULE" => Some(&self.collect),
            "SWEEP_SCHEDULE" => Some(&self.sweep),
            "PLAN_SCHEDULE" => Some(&self.plan),
            "FOLLOW_SCHEDULE" => Some(&self.follow),
            _ => None,
        }
    }
}

/// What the Functions host says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostSettings {
    /// The port on which the custom handler is expected.
    pub custom_handler_port: Option<u16>,
    /// Whether Easy Auth guards the app, so that its headers may be believed.
    pub easy_auth: bool,
}
