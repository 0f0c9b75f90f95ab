//! The app under the configuration that is in force, and how another configuration comes into force.
//!
//! Whoever begins something asks for the app and keeps it to the end. From time to time, the one who asks looks whether
//! the configuration changed. Only a valid one comes into force; otherwise the old one stays, which the log, the
//! operators and `/health` say. Secrets that it takes from a Key Vault are read anew every few minutes; one that
//! changed comes into force as a changed text does. The last valid text is kept in the store, for processes that begin while the
//! present one is of no use.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;

use super::app_base::AppBase;
use super::config_source::{ConfigSource, SourceLook, SourceVersion, UnreadableSource};
use super::error::StartupError;
use super::last_valid::{LastValid, built_in, keep, last_valid, without_broken_flows};
use super::loaded::settings;
use super::unusable::{Unusable, configuration};
use super::vault::Vaults;
use crate::clock::SharedClock;
use crate::config::built_in;
use crate::config::vault_secret::VaultSecrets;
use crate::config::{Environment, Finding, Settings};
use crate::domain::operator_alert::{CONFIGURATION_ALERT, OperatorAlert};
use crate::http::causes::chain;
use crate::services::App;

/// How long an invocation waits for the configuration.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// Operators are notified of a configuration that cannot be reached for so long.
const LASTING: TimeDelta = TimeDelta::minutes(30);

/// An alert that lasts is reported again so often, or it would be resolved.
const AGAIN: TimeDelta = TimeDelta::hours(1);

/// What a process does that begins while the configuration is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenUnusable {
    /// It fails: someone sits in front of it.
    Fail,
    /// It goes on with the last valid one. If there never was one, and none is there now, with the built-in one.
    LastValid,
}

/// The app that is in force. Clones share it.
#[derive(Debug, Clone)]
pub struct Current(Arc<Slot>);

#[derive(Debug)]
struct Slot {
    app: RwLock<Arc<App>>,
    /// Nothing for an app whose configuration never changes.
    watch: Option<Watch>,
}

#[derive(Debug)]
struct Watch {
    environment: Environment,
    base: AppBase,
    place: ConfigSource,
    vaults: Vaults,
    looked: Mutex<SourceState>,
}

/// What the last look found.
#[derive(Debug)]
struct SourceState {
    at: DateTime<Utc>,
    mark: Option<SourceVersion>,
    /// The text in force.
    text: String,
    /// Of that text and the secrets from Key Vaults that it names.
    digest: [u8; 32],
    problem: Option<ConfigProblem>,
}

/// Why the text that is there is not in force.
#[derive(Debug)]
struct ConfigProblem {
    text: String,
    transient: bool,
    since: DateTime<Utc>,
    reported: Option<DateTime<Utc>>,
}

impl From<&Arc<App>> for Current {
    /// An app whose configuration never changes.
    fn from(app: &Arc<App>) -> Self {
        Self(Arc::new(Slot { app: RwLock::new(app.clone()), watch: None }))
    }
}

impl From<&Self> for Current {
    fn from(current: &Self) -> Self {
        current.clone()
    }
}

/// Reads settings and configuration, puts everything together, and watches the configuration from then on.
///
/// # Errors
/// When settings or configuration cannot be used, or the store cannot be opened.
pub async fn start(
    environment: &Environment,
    clock: SharedClock,
    otherwise: WhenUnusable,
) -> Result<Current, StartupError> {
    let settings = settings(environment)?;
    let place = ConfigSource::new(&settings)?;
    let vaults = Vaults::new(&settings);
    let now = clock.now();
    let mut present = None;
    let found = match place.look(None).await {
        Ok(SourceLook::Text(text, mark)) => {
            present = Some(text.clone());
            let secrets = vaults.secrets(&text, now).await;
            let read = configuration(&settings, environment, &place, &text, &secrets, now);
            read.map(|configuration| (text, mark, secrets, configuration))
        }
        Ok(SourceLook::Unchanged) => Err(Unusable::unread(&place, UnreadableSource::nothing_found())),
        Err(unread) => Err(Unusable::unread(&place, unread)),
    };
    let base = AppBase::new(settings, clock.clone()).await?;
    let made = found.and_then(|(text, mark, secrets, configuration)| {
        base.app(configuration).map(|app| (text, mark, secrets, app)).map_err(Unusable::from)
    });
    let slot = |text: String, mark, digest, app, base, vaults| {
        let looked = Mutex::new(SourceState { at: now, mark, text, digest, problem: None });
        let watch = Watch { environment: environment.clone(), base, place, vaults, looked };
        Current(Arc::new(Slot { app: RwLock::new(app), watch: Some(watch) }))
    };
    match made {
        Ok((text, mark, secrets, app)) => {
            keep(&app, &text, now).await;
            resolve(&app).await;
            let digest = digest(&text, &secrets);
            Ok(slot(text, mark, digest, app, base, vaults))
        }
        Err(unusable) if otherwise == WhenUnusable::Fail => Err(unusable.error),
        Err(unusable) => {
            let (text, digest, app) = match last_valid(&base, environment, &vaults).await {
                LastValid::Usable(last) => {
                    let (text, secrets, app) = *last;
                    let digest = digest(&text, &secrets);
                    (text, digest, app)
                }
                LastValid::Never if unusable.missing => {
                    let Some((text, app)) = built_in(&base, environment)? else { return Err(unusable.error) };
                    let digest = digest(&text, &VaultSecrets::default());
                    return Ok(slot(text, None, digest, app, base, vaults));
                }
                LastValid::Never => return Err(unusable.error),
                LastValid::Unusable => {
                    let rest = without_broken_flows(&base, environment, &vaults, present.as_deref()).await;
                    let Some((text, app)) = rest else { return Err(unusable.error) };
                    // Like nothing that is whole, so that the next look tries it again.
                    (text, [0; 32], app)
                }
            };
            let current = slot(text, None, digest, app, base, vaults);
            if let Some(watch) = &current.0.watch {
                current.failed(&mut *watch.looked.lock().await, unusable, now).await;
            }
            Ok(current)
        }
    }
}

impl Current {
    /// The app that is in force.
    pub fn app(&self) -> Arc<App> {
        self.0.app.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same, after a look at the configuration when the last one was a while ago. Those who ask meanwhile do not
    /// wait for it.
    pub async fn refreshed(&self) -> Arc<App> {
        if let Some(watch) = &self.0.watch
            && let Ok(mut looked) = watch.looked.try_lock()
        {
            let now = watch.base.clock.now();
            if (now - looked.at).abs() >= watch.place.interval() {
                looked.at = now;
                self.look(watch, &mut looked, now).await;
            }
        }
        self.app()
    }

    /// The settings that the app was made of, where it was.
    pub(super) fn settings(&self) -> Option<&Settings> {
        self.0.watch.as_ref().map(|watch| &watch.base.settings)
    }

    /// What became of the secrets of Key Vaults that the text in force names.
    pub(super) async fn vault_answers(&self) -> VaultSecrets {
        let Some(watch) = &self.0.watch else { return VaultSecrets::default() };
        let text = watch.looked.lock().await.text.clone();
        watch.vaults.secrets(&text, watch.base.clock.now()).await
    }

    async fn look(&self, watch: &Watch, looked: &mut SourceState, now: DateTime<Utc>) {
        // What is of no use is read anew each time: a secret that it names may be there now.
        let known = looked
            .mark
            .as_ref()
            .filter(|mark| looked.problem.is_none() || matches!(mark, SourceVersion::Stream));
        let found = tokio::time::timeout(READ_TIMEOUT, watch.place.look(known)).await;
        let failed = match found.unwrap_or_else(|_| Err(no_answer())) {
            Ok(SourceLook::Unchanged) => {
                if !watch.vaults.is_due(now).await {
                    return;
                }
                let text = looked.text.clone();
                match self.take(watch, looked, &text, now).await {
                    Ok(()) => return self.usable_again(looked).await,
                    Err(unusable) => unusable,
                }
            }
            Ok(SourceLook::Text(text, mark)) => match self.take(watch, looked, &text, now).await {
                Ok(()) => {
                    looked.mark = mark;
                    return self.usable_again(looked).await;
                }
                Err(unusable) => unusable,
            },
            Err(unread) if unread.missing && self.app().is_on_built_in() => {
                match last_valid(&watch.base, &watch.environment, &watch.vaults).await {
                    LastValid::Never => return self.usable_again(looked).await,
                    // Another process ran under a configuration that is gone again.
                    LastValid::Usable(last) => self
                        .take(watch, looked, &last.0, now)
                        .await
                        .err()
                        .unwrap_or_else(|| Unusable::unread(&watch.place, unread)),
                    LastValid::Unusable => Unusable::unread(&watch.place, unread),
                }
            }
            Err(unread) => Unusable::unread(&watch.place, unread),
        };
        self.failed(looked, failed, now).await;
    }

    /// Brings a text with its secrets into force, unless it is.
    async fn take(
        &self,
        watch: &Watch,
        looked: &mut SourceState,
        text: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Unusable> {
        let secrets = watch.vaults.secrets(text, now).await;
        let digest = digest(text, &secrets);
        // Somebody may write the very text that is built in; then it is theirs.
        if digest == looked.digest && !self.app().is_on_built_in() {
            return Ok(());
        }
        let base = &watch.base;
        let configuration =
            configuration(&base.settings, &watch.environment, &watch.place, text, &secrets, now)?;
        let app = base.app(configuration)?;
        app.set_pace(self.app().pace());
        if let Some(visitors) = self.app().visitors_clock() {
            app.open_to_all(visitors.clone());
        }
        *self.0.app.write().unwrap_or_else(PoisonError::into_inner) = app.clone();
        looked.digest = digest;
        let what = if looked.text == text { "another secret" } else { "another configuration" };
        tracing::info!(version = app.policy().version.0, "{what} is in force");
        text.clone_into(&mut looked.text);
        keep(&app, text, now).await;
        Ok(())
    }

    async fn usable_again(&self, looked: &mut SourceState) {
        if looked.problem.take().is_none() {
            return;
        }
        let app = self.app();
        app.set_configuration_problem(None);
        tracing::info!(version = app.policy().version.0, "the configuration can be used again");
        resolve(&app).await;
    }

    async fn failed(&self, looked: &mut SourceState, unusable: Unusable, now: DateTime<Utc>) {
        let app = self.app();
        let in_force = match app.is_on_built_in() {
            true => built_in::NAME.to_owned(),
            false => format!("version {}", app.policy().version.0),
        };
        let text = unusable.error.to_string();
        let transient = unusable.transient;
        let known = looked.problem.take();
        let same = |problem: &ConfigProblem| problem.text == text || (transient && problem.transient);
        let (same, since) = known.as_ref().map_or((false, now), |known| (same(known), known.since));
        if !same {
            tracing::error!("{text}\n{in_force} stays in force");
        }
        app.set_configuration_problem(Some(format!("{}; {in_force} stays in force", unusable.summary)));
        let mut reported = known.filter(|_| same).and_then(|known| known.reported);
        let is_due = reported.is_none_or(|at| now - at >= AGAIN);
        if is_due && (!transient || now - since >= LASTING) {
            match app.report(&[OperatorAlert::Configuration { problem: text.clone() }], now).await {
                Ok(()) => reported = Some(now),
                Err(error) => {
                    tracing::warn!(
                        error = chain(&error),
                        "operators could not be notified of the configuration yet"
                    )
                }
            }
        }
        looked.problem = Some(ConfigProblem { text, transient, since, reported });
    }
}

async fn resolve(app: &App) {
    if let Err(error) = app.repository.resolve(&[CONFIGURATION_ALERT.to_owned()]).await {
        tracing::warn!(
            error = chain(&error),
            "the operator alert about the configuration could not be resolved"
        );
    }
}

fn digest(text: &str, secrets: &VaultSecrets) -> [u8; 32] {
    let mut digest = Sha256::new_with_prefix(text.as_bytes());
    // What cannot be read is like nothing that is in force.
    for answer in secrets.answers.values() {
        let value = answer.as_ref().map(|value| Sha256::digest(value.expose_secret())).unwrap_or_default();
        digest.update(value);
    }
    digest.finalize().into()
}

fn no_answer() -> UnreadableSource {
    let problem = format!("cannot be read: no answer within {} seconds", READ_TIMEOUT.as_secs());
    UnreadableSource { finding: Finding::error("", problem), transient: true, missing: false }
}
