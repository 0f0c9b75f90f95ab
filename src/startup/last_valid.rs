//! What a process begins with while the configuration is of no use: the last valid one, and before there ever was one the
//! built-in one.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::app_base::AppBase;
use super::config_source::ConfigSource;
use super::error::StartupError;
use super::loaded::read;
use super::vault::Vaults;
use crate::config::parse::Secrets;
use crate::config::vault_secret::VaultSecrets;
use crate::config::{Configuration, Environment, Settings, built_in, load};
use crate::http::causes::chain;
use crate::services::App;
use crate::store::StoreError;
use crate::store::repository::ConfigurationRow;

/// What the store says of the last valid configuration.
#[derive(Debug)]
pub(super) enum LastValid {
    /// The store never ran under any.
    Never,
    /// Its text, its secrets, and the app under it.
    Usable(Box<(String, VaultSecrets, Arc<App>)>),
    /// It cannot be read, or is no longer valid. The log says why.
    Unusable,
}

/// The app under the last valid configuration, if there is one that is still valid.
pub(super) async fn last_valid(base: &AppBase, environment: &Environment, vaults: &Vaults) -> LastValid {
    let row = match base.repository.last_valid_configuration().await {
        Ok(Some(row)) => row,
        Ok(None) => return LastValid::Never,
        Err(error) => {
            tracing::error!(error = chain(&error), "the last valid configuration cannot be read");
            return LastValid::Unusable;
        }
    };
    let secrets = vaults.secrets(&row.text, base.clock.now()).await;
    let app = ConfigSource::new(&base.settings).and_then(|place| {
        let read = read(&base.settings, environment, &place, &row.text, &secrets, &base.clock)?;
        base.app(read)
    });
    match app {
        Ok(app) => LastValid::Usable(Box::new((row.text, secrets, app))),
        Err(error) => {
            tracing::error!(error = chain(&error), "the last valid configuration is no longer valid");
            LastValid::Unusable
        }
    }
}

/// The app under `text`, or else under the last valid configuration, without the flows that cannot be used: nothing else
/// may be wrong with it. A store that ran needs its mails more than it needs every card.
pub(super) async fn without_broken_flows(
    base: &AppBase,
    environment: &Environment,
    vaults: &Vaults,
    text: Option<&str>,
) -> Option<(String, Arc<App>)> {
    let kept = base.repository.last_valid_configuration().await.ok().flatten();
    for text in [text.map(str::to_owned), kept.map(|row| row.text)].into_iter().flatten() {
        let now = base.clock.now();
        let vault = vaults.secrets(&text, now).await;
        let allow_private = base.settings.allow_private_webhooks;
        let secrets = Secrets::ResolveUsable { environment, vault: &vault, allow_private };
        let Ok(place) = ConfigSource::new(&base.settings) else { continue };
        let Ok(configuration) = load::from_text(place.name(), &text, secrets, now) else { continue };
        let left_out = configuration.left_out.clone();
        let Ok(app) = base.app(configuration) else { continue };
        for why in left_out.channels.values().chain(&left_out.persons) {
            tracing::error!("{why}\nits cards wait until that is mended; everything else goes on");
        }
        return Some((text, app));
    }
    None
}

/// The app under the built-in configuration, and its text; `None` when nobody operates it. It is never kept as the last
/// valid one.
pub(super) fn built_in(
    base: &AppBase,
    environment: &Environment,
) -> Result<Option<(String, Arc<App>)>, StartupError> {
    let built_in = built_in_configuration(&base.settings, environment, base.clock.now())?;
    let Some((text, configuration)) = built_in else { return Ok(None) };
    let app = base.app(configuration)?;
    app.begin_on_built_in();
    Ok(Some((text, app)))
}

/// The built-in configuration and its text, with a word in the log.
pub(super) fn built_in_configuration(
    settings: &Settings,
    environment: &Environment,
    now: DateTime<Utc>,
) -> Result<Option<(String, Configuration)>, StartupError> {
    let Some(text) = built_in::text(&settings.operators) else { return Ok(None) };
    let allow_private = settings.allow_private_webhooks;
    let secrets = Secrets::Resolve { environment, vault: &VaultSecrets::default(), allow_private };
    let configuration = load::from_text(built_in::NAME, &text, secrets, now)?;
    tracing::warn!(
        "there is no configuration yet: the built-in one is in force, a dry run that sends nothing, with \
         NOTIFIER_OPERATORS as fallback\nhint: write one from notifier.example.toml, have `maintenance-notifier check` \
         read it, and put it where NOTIFIER_CONFIG says"
    );
    Ok(Some((text, configuration)))
}

/// Keeps a text that came into force for processes that begin while there is no other. It is no reason not to work
/// when that fails.
pub(super) async fn keep(app: &App, text: &str, now: DateTime<Utc>) {
    let kept = async {
        match app.repository.last_valid_configuration().await {
            Ok(Some(row)) if row.text == text => return Ok(()),
            // It is overwritten.
            Err(StoreError::Corrupt { .. }) | Ok(_) => {}
            Err(error) => return Err(error),
        }
        let version = app.policy().version.clone();
        app.repository
            .keep_configuration(&ConfigurationRow { text: text.to_owned(), version, since: now })
            .await
    };
    match kept.await {
        Ok(()) => {}
        Err(error) if error.is_conflict() => tracing::debug!("another process keeps the configuration"),
        Err(error) => {
            tracing::warn!(error = chain(&error), "the configuration could not be kept for other processes")
        }
    }
}
