//! Secrets of a Key Vault: how they are named, and what the vault answered.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;
use url::Url;

use crate::http::vault_address::vault_audience;

/// One secret of a Key Vault.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VaultSecret {
    pub vault: Url,
    pub name: String,
}

impl fmt::Display for VaultSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the secret `{}` of {}", self.name, self.vault.as_str().trim_end_matches('/'))
    }
}

/// What follows `kv:` names no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableVaultSecret {
    #[error("`kv:` names a secret, and NOTIFIER_KEY_VAULT does not say of which Key Vault")]
    NoVault,
    /// No secret can have this name. It is not shown: it might be the secret itself.
    #[error("what follows `kv:` is no name of a secret")]
    NoName,
    #[error("what follows `kv:` is no address of a secret in a Key Vault")]
    NoAddress,
}

impl UnusableVaultSecret {
    /// The hint.
    pub fn hint(self) -> &'static str {
        match self {
            Self::NoVault => {
                "set NOTIFIER_KEY_VAULT=https://NAME.vault.azure.net, or write \
                 kv:https://NAME.vault.azure.net/secrets/SECRET"
            }
            Self::NoName => "names have up to 127 letters, digits and dashes: kv:teams-platform-webhook",
            Self::NoAddress => {
                "write kv:https://NAME.vault.azure.net/secrets/SECRET, without a version: the newest is read"
            }
        }
    }
}

impl VaultSecret {
    /// Reads what follows `kv:`: a name in `vault`, or the address of a secret.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str, vault: Option<&Url>) -> Result<Self, UnusableVaultSecret> {
        let text = text.trim();
        if !text.contains("://") {
            let name = checked(text).ok_or(UnusableVaultSecret::NoName)?;
            let vault = vault.ok_or(UnusableVaultSecret::NoVault)?.clone();
            return Ok(Self { vault, name });
        }
        let address = Url::parse(text).map_err(|_| UnusableVaultSecret::NoAddress)?;
        let name =
            address.path().strip_prefix("/secrets/").and_then(|name| checked(name.trim_end_matches('/')));
        let is_plain = address.query().is_none() && address.fragment().is_none();
        let is_vault = vault_audience(&address).is_some();
        let (Some(name), true, true) = (name, is_plain, is_vault) else {
            return Err(UnusableVaultSecret::NoAddress);
        };
        let vault = address.join("/").map_err(|_| UnusableVaultSecret::NoAddress)?;
        Ok(Self { vault, name })
    }
}

fn checked(name: &str) -> Option<String> {
    let is_name = (1..=127).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_name.then(|| name.to_owned())
}

/// Why a secret could not be read, in words for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultProblem {
    /// What is wrong. Never contains the value.
    pub problem: String,
    pub hint: String,
    /// Whether it may be over by itself in a minute.
    pub transient: bool,
}

/// What is known of secrets in Key Vaults. A secret that is not in here was not asked for, and is left alone.
#[derive(Debug, Clone, Default)]
pub struct VaultSecrets {
    /// The vault of secrets that are given by their name alone.
    pub vault: Option<Url>,
    pub answers: BTreeMap<VaultSecret, Result<SecretString, VaultProblem>>,
}

impl VaultSecrets {
    /// Nothing but the vault's address: for whoever asks nobody.
    pub fn unread(vault: Option<&Url>) -> Self {
        Self { vault: vault.cloned(), answers: BTreeMap::new() }
    }

    /// The same without what could not be read.
    #[must_use]
    pub fn without_failures(&self) -> Self {
        let mut rest = self.clone();
        rest.answers.retain(|_, answer| answer.is_ok());
        rest
    }

    /// Whether something could not be read, and all of that may be over by itself in a minute.
    pub fn failed_for_now(&self) -> bool {
        let mut failed = self.answers.values().filter_map(|answer| answer.as_ref().err()).peekable();
        failed.peek().is_some() && failed.all(|problem| problem.transient)
    }
}
