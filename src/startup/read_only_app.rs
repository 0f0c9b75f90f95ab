//! The app for commands that only look, also at the store of a deployment: nothing can be written through it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::app_base::AppBase;
use super::config_source::ConfigSource;
use super::error::StartupError;
use super::last_valid::built_in_configuration;
use super::loaded::settings;
use super::storage::open_store_to_look;
use super::vault::Vaults;
use crate::clock::SharedClock;
use crate::config::parse::Secrets;
use crate::config::{Configuration, Environment, Settings, load};
use crate::services::App;
use crate::store::repository::Repository;

/// The app over the store that the settings name, under the configuration that is in force there. It writes nothing.
///
/// # Errors
/// When settings or configuration cannot be used, or the store cannot be opened.
pub async fn read_only_app(environment: &Environment, clock: SharedClock) -> Result<Arc<App>, StartupError> {
    let settings = settings(environment)?;
    let repository = open_store_to_look(&settings).await?;
    let configuration = configuration_in_force(environment, &settings, &repository, clock.now()).await?;
    AppBase::over(settings, clock, repository)?.app(configuration)
}

/// The configuration as the app has it: what is there now, or else the last valid one, or the built-in one before there
/// ever was one. Secrets that only the app has are left out: nothing is sent.
///
/// # Errors
/// When it cannot be read or is invalid.
pub async fn configuration_in_force(
    environment: &Environment,
    settings: &Settings,
    repository: &Repository,
    now: DateTime<Utc>,
) -> Result<Configuration, StartupError> {
    let place = ConfigSource::new(settings)?;
    let text = match place.read().await {
        Ok(text) => text,
        Err(unread) if unread.missing => match repository.last_valid_configuration().await? {
            Some(row) => {
                tracing::warn!("{} is gone: the last valid configuration is looked at", place.name());
                row.text
            }
            None => {
                let built_in = built_in_configuration(settings, environment, now)?;
                return built_in.map(|(_, configuration)| configuration).ok_or_else(|| {
                    let known = unread.finding.hint.clone().unwrap_or_default();
                    let hint = format!("{known}; or set NOTIFIER_OPERATORS as a deployed app has it");
                    place.invalid(unread.finding.hint(hint)).into()
                });
            }
        },
        Err(unread) => return Err(place.invalid(unread.finding).into()),
    };
    let vault = Vaults::new(settings).secrets(&text, now).await;
    let allow_private = settings.allow_private_webhooks;
    let secrets = Secrets::Resolve { environment, vault: &vault, allow_private };
    if load::examine(&text, secrets, now).configuration.is_none()
        && let Some(configuration) = load::examine(&text, Secrets::Leave, now).configuration
    {
        tracing::warn!("secrets of the configuration are not here, and are left out");
        return Ok(configuration);
    }
    let secrets = Secrets::Resolve { environment, vault: &vault, allow_private };
    Ok(load::from_text(place.name(), &text, secrets, now)?)
}
