//! Settings and configuration, read and checked.

use super::config_source::ConfigSource;
use super::error::StartupError;
use super::telemetry;
use super::vault::Vaults;

use crate::clock::SharedClock;
use crate::config::parse::Secrets;
use crate::config::vault_secret::VaultSecrets;
use crate::config::{Configuration, Environment, InvalidConfiguration, Settings, load};

/// Settings and configuration, read and checked.
#[derive(Debug)]
pub struct LoadedSettings {
    pub settings: Settings,
    pub configuration: Configuration,
}

/// Reads the settings and the configuration that they name.
///
/// # Errors
/// Everything that is wrong with either.
pub async fn load(environment: &Environment, clock: &SharedClock) -> Result<LoadedSettings, StartupError> {
    let settings = settings(environment)?;
    let place = ConfigSource::new(&settings)?;
    let text = place.text().await.map_err(|finding| place.invalid(finding))?;
    let secrets = Vaults::new(&settings).secrets(&text, clock.now()).await;
    let configuration = read(&settings, environment, &place, &text, &secrets, clock)?;
    Ok(LoadedSettings { settings, configuration })
}

/// The settings. What is wrong with those of telemetry is said, and stops nothing.
pub(super) fn settings(environment: &Environment) -> Result<Settings, StartupError> {
    let settings = Settings::from_environment(environment)?;
    telemetry::warn(environment);
    Ok(settings)
}

/// The configuration that `text`, found at `place`, describes.
pub(super) fn read(
    settings: &Settings,
    environment: &Environment,
    place: &ConfigSource,
    text: &str,
    vault: &VaultSecrets,
    clock: &SharedClock,
) -> Result<Configuration, InvalidConfiguration> {
    let allow_private = settings.allow_private_webhooks;
    let secrets = Secrets::Resolve { environment, vault, allow_private };
    load::from_text(place.name(), text, secrets, clock.now())
}
