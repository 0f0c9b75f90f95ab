//! Webhook addresses: given in the file, or where to find them. They are secrets, so nothing here shows one.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};
use url::Url;

use super::environment::{Environment, UnusableSecret, read_secret_file, reject_unresolved};
use super::quoted::without_addresses;
use super::vault_secret::{UnusableVaultSecret, VaultSecret, VaultSecrets};
use crate::http::webhook_address::{UnfitAddress, is_named_inside, webhook_address};

/// A webhook address as written in the file: `env:NAME`, `file:PATH`, `kv:SECRET` or the address itself.
#[derive(Clone)]
pub struct WebhookReference(SecretString);

impl<'de> Deserialize<'de> for WebhookReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(text.into()))
    }
}

impl fmt::Debug for WebhookReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookReference([REDACTED])")
    }
}

impl JsonSchema for WebhookReference {
    fn schema_name() -> Cow<'static, str> {
        "WebhookReference".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// Why a webhook address cannot be used. Never contains the address.
#[derive(Debug, thiserror::Error)]
pub enum UnusableWebhook {
    #[error("the environment variable {0} is not set")]
    Unset(String),
    /// The file or value cannot be used.
    #[error(transparent)]
    Secret(#[from] UnusableSecret),
    /// What follows `kv:` is no secret of a Key Vault.
    #[error(transparent)]
    VaultSecret(#[from] UnusableVaultSecret),
    /// The Key Vault's secret could not be read.
    #[error("{problem}")]
    Vault { problem: String, hint: String },
    #[error("is no web address")]
    NoAddress,
    /// It carries user and password.
    #[error("has a user or password before the host")]
    HasUser,
    #[error("is not an https address")]
    NotHttps,
    #[error("points to a private address")]
    Private,
}

impl UnusableWebhook {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Unset(name) => format!("set {name} to the address that Teams shows for the flow"),
            Self::Secret(_) => "see docs/CONFIGURATION.md, \"Secrets\"".to_owned(),
            Self::VaultSecret(problem) => problem.hint().to_owned(),
            Self::Vault { hint, .. } => hint.clone(),
            Self::NoAddress => {
                "write `env:NAME`, `file:PATH`, `kv:SECRET` or the https address that Teams shows for the flow".to_owned()
            }
            Self::HasUser => "copy the address whole from the flow: what makes it a secret stands behind the host".to_owned(),
            Self::NotHttps | Self::Private => {
                "flows have public https addresses; for a test set NOTIFIER_ALLOW_PRIVATE_WEBHOOKS=1".to_owned()
            }
        }
    }
}

impl WebhookReference {
    /// The secret of a Key Vault that this leads to, if it leads to one; one without an address is in `vault`.
    pub fn vault_secret(&self, vault: Option<&Url>) -> Option<Result<VaultSecret, UnusableVaultSecret>> {
        let name = self.0.expose_secret().trim().strip_prefix("kv:")?;
        Some(VaultSecret::parse(name, vault))
    }

    /// The address itself; `None` for a secret that nobody asked the vault for.
    ///
    /// # Errors
    /// When it cannot be found, is no https address or, unless `allow_private`, points to a private address.
    pub fn resolve(
        &self,
        environment: &Environment,
        vault: &VaultSecrets,
        allow_private: bool,
    ) -> Result<Option<SecretString>, UnusableWebhook> {
        let text = self.0.expose_secret().trim();
        let address = if let Some(secret) = self.vault_secret(vault.vault.as_ref()) {
            match vault.answers.get(&secret?) {
                None => return Ok(None),
                Some(Ok(value)) => value.clone(),
                Some(Err(problem)) => {
                    let (problem, hint) = (problem.problem.clone(), problem.hint.clone());
                    return Err(UnusableWebhook::Vault { problem, hint });
                }
            }
        } else if let Some(name) = text.strip_prefix("env:") {
            let name = name.trim();
            // An address, or a piece of one, is no name of a variable and must not be shown as one.
            if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)) {
                return Err(UnusableWebhook::NoAddress);
            }
            let secret = environment.secret(name)?;
            secret.ok_or_else(|| UnusableWebhook::Unset(name.to_owned()))?
        } else if let Some(path) = text.strip_prefix("file:") {
            let path = path.trim();
            if without_addresses(path) != path {
                return Err(UnusableWebhook::NoAddress);
            }
            SecretString::from(read_secret_file(path)?)
        } else {
            reject_unresolved(text)?;
            SecretString::from(text)
        };
        let url = webhook_address(address.expose_secret(), allow_private).map_err(|(why, _)| match why {
            UnfitAddress::NotAnAddress => UnusableWebhook::NoAddress,
            UnfitAddress::HasUser => UnusableWebhook::HasUser,
            UnfitAddress::NotHttps => UnusableWebhook::NotHttps,
            UnfitAddress::Private => UnusableWebhook::Private,
        })?;
        if !allow_private && is_named_inside(&url) {
            return Err(UnusableWebhook::Private);
        }
        Ok(Some(address))
    }

    /// Whether the address itself stands in the file.
    pub fn is_literal(&self) -> bool {
        let text = self.0.expose_secret().trim();
        !["env:", "file:", "kv:"].iter().any(|prefix| text.starts_with(prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str, allow_private: bool) -> Result<String, String> {
        let environment = Environment::from_pairs([("TEAMS", "https://flows.contoso.com/run?sig=secret")]);
        WebhookReference(text.into())
            .resolve(&environment, &VaultSecrets::default(), allow_private)
            .map(|address| address.unwrap().expose_secret().to_owned())
            .map_err(|problem| problem.to_string())
    }

    #[test]
    fn an_address_is_found_where_the_reference_says() {
        let address = "https://flows.contoso.com/run?sig=secret";
        assert_eq!(resolve("env:TEAMS", false).as_deref(), Ok(address));
        assert_eq!(resolve(address, false).as_deref(), Ok(address));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("webhook");
        std::fs::write(&path, format!("{address}\n")).unwrap();
        assert_eq!(resolve(&format!("file:{}", path.display()), false).as_deref(), Ok(address));
    }

    #[test]
    fn only_public_https_addresses_are_used_unless_allowed() {
        for inside in [
            "https://127.0.0.1/x",
            "https://10.1.2.3/x",
            "https://[::1]/x",
            "https://[::ffff:127.0.0.1]/x",
            "https://[fd00::1]/x",
            "https://169.254.169.254/metadata",
            "https://168.63.129.16/x",
            "https://100.64.0.1/x",
            "https://192.0.0.8/x",
            "https://198.18.0.1/x",
            "https://0.1.2.3/x",
            "https://224.0.0.1/x",
            "https://240.0.0.1/x",
            "https://[fe80::1]/x",
            "https://[fec0::1]/x",
            "https://[ff02::1]/x",
            "https://[64:ff9b::10.1.2.3]/x",
            "https://[2002:a01:203::1]/x",
            "https://localhost/x",
            "https://intranet/x",
            "https://100.64.0.1/x",
            "https://198.18.0.1/x",
            "https://192.0.2.1/x",
            "https://[2001:db8::1]/x",
            "https://[64:ff9b::a00:1]/x",
        ] {
            assert_eq!(resolve(inside, false), Err("points to a private address".to_owned()), "{inside}");
            assert!(resolve(inside, true).is_ok(), "{inside}");
        }
        assert_eq!(resolve("http://flows.contoso.com/x", false), Err("is not an https address".to_owned()));
        assert!(resolve("http://127.0.0.1:8080/x", true).is_ok());
        assert_eq!(resolve("ftp://flows.contoso.com/x", true), Err("is no web address".to_owned()));
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_secret_is_not() {
        assert_eq!(resolve("env:OTHER", false), Err("the environment variable OTHER is not set".to_owned()));
        assert_eq!(
            resolve("kv:teams", false),
            Err("`kv:` names a secret, and NOTIFIER_KEY_VAULT does not say of which Key Vault".to_owned())
        );
        for misplaced in [
            "env:https://flows.contoso.com/run?sig=secret",
            "env: flows.contoso.com/run?sig=secret",
            "env:sig=secret",
            "file:https://flows.contoso.com/secret",
            "file:run?code=secret",
        ] {
            assert_eq!(resolve(misplaced, false), Err("is no web address".to_owned()), "{misplaced}");
        }
        assert_eq!(resolve("sig=secret", false), Err("is no web address".to_owned()));
        assert_eq!(
            format!("{:?}", WebhookReference("https://x.y/secret".into())),
            "WebhookReference([REDACTED])"
        );
    }
}
