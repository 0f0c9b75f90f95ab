//! Everything that the environment says.

use std::path::PathBuf;

use url::Url;

use super::host::{HostSettings, Schedules};
use super::identity::{ArmSettings, IdentitySettings};
use super::locations::{ConfigLocation, StorageAccount, StoreLocation, SubscriptionScope};
use super::mail::{LinkKey, MailService, SenderAddress};
use crate::domain::email_address::EmailAddress;
use crate::domain::rate_limit::RateLimit;
use crate::metrics::settings::TelemetrySettings;

/// Everything that the environment says.
#[derive(Debug, Clone)]
pub struct Settings {
    pub config: ConfigLocation,
    pub store: StoreLocation,
    /// The app's own storage account, whether or not the state is there.
    pub storage: Option<StorageAccount>,
    pub arm: ArmSettings,
    pub identity: IdentitySettings,
    /// The Key Vault of secrets that the configuration file gives by their name alone.
    pub key_vault: Option<Url>,
    pub subscriptions: SubscriptionScope,
    /// The folder that takes everything instead of mail servers and channels.
    pub outbox: Option<PathBuf>,
    pub graph_endpoint: Option<Url>,
    /// The service that takes mails; `None` when nothing is set.
    pub mail_service: Option<MailService>,
    pub mail_from: Option<SenderAddress>,
    pub mail_reply_to: Option<SenderAddress>,
    pub mail_limit: Option<RateLimit>,
    pub public_url: Option<Url>,
    /// The keys that sign links; the first one signs, all verify.
    pub link_keys: Vec<LinkKey>,
    /// The container to which the end of the audit trail is added.
    pub audit_container: Option<Url>,
    pub allow_private_webhooks: bool,
    /// Whether the log has addresses of people instead of pseudonyms.
    pub log_addresses: bool,
    /// Who stands in the built-in configuration, each once.
    pub operators: Vec<EmailAddress>,
    pub log: String,
    pub schedules: Schedules,
    pub host: HostSettings,
    /// Where metrics go; `None` when they are not wanted, or not possible.
    pub telemetry: Option<TelemetrySettings>,
}
