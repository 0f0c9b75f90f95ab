//! Secrets that the configuration file takes from a Key Vault: which ones it names, and what the vault answered.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use secrecy::SecretString;
use url::Url;

use super::file::File;
use super::finding::{ConfigPath, Finding};
use super::parse::recipients_path;
use super::reference::WebhookReference;
use super::source::SourceText;
use crate::http::vault_address::vault_audience;

/// One secret of a Key Vault.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VaultSecret {
    /// The vault's address.
    pub vault: Url,
    /// The secret's name there.
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
    /// Only a name, and no vault is set.
    #[error("`kv:` names a secret, and NOTIFIER_KEY_VAULT does not say of which Key Vault")]
    NoVault,
    /// No secret can have this name. It is not shown: it might be the secret itself.
    #[error("what follows `kv:` is no name of a secret")]
    NoName,
    /// The address is not that of a secret in a vault.
    #[error("what follows `kv:` is no address of a secret in a Key Vault")]
    NoAddress,
}

impl UnusableVaultSecret {
    /// What to do about it.
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

/// Why a secret could not be read: what people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultProblem {
    /// What is wrong. Never contains the value.
    pub problem: String,
    /// The way out.
    pub hint: String,
    /// Whether it may be over by itself in a minute.
    pub transient: bool,
}

/// What is known of secrets in Key Vaults. A secret that is not in here was not asked for, and is left alone.
#[derive(Debug, Clone, Default)]
pub struct VaultSecrets {
    /// The vault of secrets that are given by their name alone.
    pub vault: Option<Url>,
    /// What was answered.
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

/// The secrets that a configuration names. None for a text that is no configuration: what is wrong is said elsewhere.
pub fn named_secrets(text: &str, vault: Option<&Url>) -> BTreeSet<VaultSecret> {
    let read = SourceText::parse(text).ok().and_then(|source| source.read().ok());
    let file = read.unwrap_or_default();
    references(&file).into_iter().filter_map(|(_, reference)| reference.vault_secret(vault)?.ok()).collect()
}

/// Says of each secret that a configuration names that it is not read.
pub fn not_read(text: &str, vault: Option<&Url>) -> Vec<Finding> {
    let Ok(source) = SourceText::parse(text) else { return Vec::new() };
    let Ok(file) = source.read() else { return Vec::new() };
    let named = references(&file).into_iter().filter_map(|(path, reference)| {
        let secret = reference.vault_secret(vault)?.ok()?;
        let finding = Finding::warning(path.to_string(), format!("{secret} is not read offline"));
        Some(source.place(&path, finding.hint("`check --live` reads it")))
    });
    named.collect()
}

/// Everything in the file that may lead to a secret.
fn references(file: &File) -> Vec<(ConfigPath, &WebhookReference)> {
    let channels = file.recipients.iter().enumerate().filter_map(|(index, entry)| {
        let teams = entry.teams.as_ref()?;
        Some((recipients_path(index, entry).key("teams").key("webhook"), &teams.webhook))
    });
    let person = file.owners.person_webhook.as_ref();
    let person = person.map(|webhook| (ConfigPath::of("owners").key("person_webhook"), webhook));
    channels.chain(person).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_name_or_an_address() {
        let vault: Url = "https://kv-notifier.vault.azure.net".parse().unwrap();
        let parse = |text: &str| VaultSecret::parse(text, Some(&vault)).map(|secret| secret.to_string());
        assert_eq!(parse("teams-1").unwrap(), "the secret `teams-1` of https://kv-notifier.vault.azure.net");
        assert_eq!(
            parse("https://kv2.vault.azure.net/secrets/teams/").unwrap(),
            "the secret `teams` of https://kv2.vault.azure.net"
        );
        assert_eq!(VaultSecret::parse("teams", None), Err(UnusableVaultSecret::NoVault));
        for name in ["", "a/b", "a?b", "..", "a_b", "ä", &"x".repeat(128)] {
            assert_eq!(parse(name), Err(UnusableVaultSecret::NoName), "{name}");
        }
        for address in [
            "https://example.com/secrets/teams",
            "https://kv2.vault.azure.net/keys/teams",
            "https://kv2.vault.azure.net/secrets/teams/0123456789abcdef",
            "https://kv2.vault.azure.net/secrets/teams?api-version=1",
            "http://kv2.vault.azure.net/secrets/teams",
            "https://",
        ] {
            assert_eq!(parse(address), Err(UnusableVaultSecret::NoAddress), "{address}");
        }
    }
}
