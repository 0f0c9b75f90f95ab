//! A configuration that is of no use, and why.

use chrono::{DateTime, Utc};

use super::config_source::{ConfigSource, UnreadableSource};
use super::error::StartupError;
use crate::config::parse::Secrets;
use crate::config::vault_secret::VaultSecrets;
use crate::config::{Configuration, Environment, InvalidConfiguration, Settings, load};

/// A configuration that is of no use.
#[derive(Debug)]
pub(super) struct Unusable {
    pub(super) error: StartupError,
    /// What is said to everybody: in total and without names.
    pub(super) summary: String,
    /// Whether it may be over by itself in a minute.
    pub(super) transient: bool,
    /// Whether there is none.
    pub(super) missing: bool,
}

/// The configuration that `text` describes, with these secrets. When nothing but secrets is missing that may be there
/// in a minute, that is said.
pub(super) fn configuration(
    settings: &Settings,
    environment: &Environment,
    place: &ConfigSource,
    text: &str,
    secrets: &VaultSecrets,
    now: DateTime<Utc>,
) -> Result<Configuration, Unusable> {
    let allow_private = settings.allow_private_webhooks;
    let resolved = Secrets::Resolve { environment, vault: secrets, allow_private };
    load::from_text(place.name(), text, resolved, now).map_err(|invalid| {
        let unusable = Unusable::from(invalid);
        let rest = secrets.without_failures();
        let rest = Secrets::Resolve { environment, vault: &rest, allow_private };
        if secrets.failed_for_now() && load::examine(text, rest, now).configuration.is_some() {
            let summary = "a secret of the Key Vault cannot be read".to_owned();
            return Unusable { summary, transient: true, ..unusable };
        }
        unusable
    })
}

impl Unusable {
    pub(super) fn unread(place: &ConfigSource, unread: UnreadableSource) -> Self {
        Self {
            error: place.invalid(unread.finding).into(),
            summary: "the configuration cannot be read".to_owned(),
            transient: unread.transient,
            missing: unread.missing,
        }
    }
}

impl From<InvalidConfiguration> for Unusable {
    fn from(invalid: InvalidConfiguration) -> Self {
        let (errors, _) = load::count(&invalid.findings);
        let plural = if errors == 1 { "" } else { "s" };
        let summary = format!("the configuration is invalid ({errors} error{plural})");
        Self { error: invalid.into(), summary, transient: false, missing: false }
    }
}

impl From<StartupError> for Unusable {
    fn from(error: StartupError) -> Self {
        let summary = "the configuration cannot be used".to_owned();
        Self { error, summary, transient: false, missing: false }
    }
}
