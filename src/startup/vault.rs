//! Secrets of Key Vaults that the configuration names: read together, kept for a while, read anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, stream};
use secrecy::SecretString;
use tokio::sync::Mutex;
use url::Url;

use super::clients::tokens;
use super::error::{StartupError, part};
use crate::azure::vault::VaultReader;
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::config::settings::IdentitySettings;
use crate::config::vault::named_secrets;
use crate::config::vault_secret::{VaultProblem, VaultSecret, VaultSecrets};
use crate::http::client::{ClientOptions, client};
use crate::http::vault_address::vault_audience;

/// What was read is read anew so often, for a secret that changed.
const INTERVAL: TimeDelta = TimeDelta::minutes(5);

/// What could not be read is tried again so often.
const RETRY: TimeDelta = TimeDelta::minutes(1);

/// So many secrets are asked for at once.
const AT_ONCE: usize = 16;

/// The way to secrets in Key Vaults, with what was read lately.
#[derive(Debug)]
pub struct Vaults {
    address: Option<Url>,
    identity: IdentitySettings,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// By audience: each cloud's vaults take their own tokens.
    readers: BTreeMap<&'static str, VaultReader>,
    known: BTreeMap<VaultSecret, Known>,
}

#[derive(Debug)]
struct Known {
    at: DateTime<Utc>,
    answer: Result<SecretString, VaultProblem>,
}

impl Known {
    fn is_due(&self, now: DateTime<Utc>) -> bool {
        let interval = if self.answer.is_ok() { INTERVAL } else { RETRY };
        (now - self.at).abs() >= interval
    }
}

impl Vaults {
    /// As the settings say. Nothing is asked yet.
    pub fn new(settings: &Settings) -> Self {
        let (address, identity) = (settings.key_vault.clone(), settings.identity.clone());
        Self { address, identity, state: Mutex::default() }
    }

    /// Whether a secret that was read for the last text has to be looked at again.
    pub async fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.state.lock().await.known.values().any(|known| known.is_due(now))
    }

    /// The secrets that the configuration in `text` names. One that was read lately is not read again.
    pub async fn secrets(&self, text: &str, now: DateTime<Utc>) -> VaultSecrets {
        let mut state = self.state.lock().await;
        let named = named_secrets(text, self.address.as_ref());
        state.known.retain(|secret, known| named.contains(secret) && !known.is_due(now));
        let mut asked = Vec::new();
        for secret in named {
            if !state.known.contains_key(&secret) {
                asked.push((self.reader(&mut state, &secret), secret));
            }
        }
        let answers = stream::iter(asked).map(async |(reader, secret)| {
            let answer = match reader {
                Ok(reader) => read(&reader, &secret).await,
                Err(error) => {
                    let problem = format!("{secret} cannot be read: {error}");
                    Err(VaultProblem { problem, hint: String::new(), transient: false })
                }
            };
            (secret, Known { at: now, answer })
        });
        let answers: Vec<_> = answers.buffer_unordered(AT_ONCE).collect().await;
        state.known.extend(answers);
        let answers = state.known.iter().map(|(secret, known)| (secret.clone(), known.answer.clone()));
        VaultSecrets { vault: self.address.clone(), answers: answers.collect() }
    }

    fn reader(&self, state: &mut State, secret: &VaultSecret) -> Result<VaultReader, StartupError> {
        const SETTING: &str = "NOTIFIER_KEY_VAULT";
        let audience = vault_audience(&secret.vault)
            .ok_or_else(|| part(SETTING)(&crate::azure::vault::VaultError::Unprotected))?;
        if let Some(reader) = state.readers.get(audience) {
            return Ok(reader.clone());
        }
        let client = client(&ClientOptions::default()).map_err(|error| part(SETTING)(&error))?;
        // Tokens last as long as Azure says, whatever the simulation's clock says.
        let clock = Arc::new(SystemClock) as _;
        let tokens = tokens(&self.identity, &client, audience, SETTING, &clock)?;
        let reader = VaultReader::new(tokens).map_err(|error| part(SETTING)(&error))?;
        state.readers.insert(audience, reader.clone());
        Ok(reader)
    }
}

async fn read(reader: &VaultReader, secret: &VaultSecret) -> Result<SecretString, VaultProblem> {
    reader.read(&secret.vault, &secret.name).await.map_err(|error| VaultProblem {
        problem: format!("{secret} cannot be read: {error}"),
        hint: error.hint().to_owned(),
        transient: error.is_transient(),
    })
}
