//! Reads secrets of a Key Vault. Documented at
//! <https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret>.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::http::authorized::{AuthorizedClient, AuthorizedError, UnprotectedAddress};
use crate::http::body::{BodyError, read_bounded};
use crate::http::calls::Service;
use crate::http::client::{ClientOptions, ClientSetupError, client};
use crate::http::refusal::Refusal;
use crate::http::token::{TokenError, TokenSource};

/// From asking for a token to the last byte read. Invocations wait for this.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A secret has 25 kB at most, which JSON may write out at length.
const BODY_LIMIT: usize = 256 * 1024;

/// Why a secret could not be read. Never contains its value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The address is one where a token would travel unprotected.
    #[error("the vault's address is neither https nor on this machine")]
    Unprotected,
    /// There is no token.
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("may not be read: {0}")]
    Denied(Refusal),
    #[error("there is no such secret: {0}")]
    Missing(Refusal),
    #[error("the answer is none of a Key Vault: {0}")]
    Unknown(String),
    #[error("is empty")]
    Empty,
    /// Anything else that the service answers.
    #[error("{0}")]
    Refused(Refusal),
    /// Nobody answers, or the answer broke off.
    #[error("{0}")]
    Network(String),
}

impl VaultError {
    /// Whether it may be over by itself in a minute.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Network(_) | Self::Token(_) => true,
            Self::Refused(refusal) => refusal.is_transient(),
            _ => false,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unprotected => "give the vault's https address",
            Self::Denied(refusal) if refusal.code() == "SecretDisabled" => "enable the secret in the vault",
            Self::Denied(_) => {
                "give the app's identity the role Key Vault Secrets User on the vault, and let the vault's firewall \
                 take the app's network; a role that was given lately can take hours to show"
            }
            Self::Missing(_) => "put the secret into the vault, or correct its name",
            Self::Unknown(_) => "check the vault's address: https://NAME.vault.azure.net",
            Self::Empty => "give the secret a value",
            Self::Refused(_) | Self::Network(_) => {
                "check the vault's address, the network and the vault's firewall"
            }
            // Its text says so already.
            Self::Token(_) => "",
        }
    }
}

/// Reads secrets of the vaults of one cloud.
#[derive(Debug, Clone)]
pub struct VaultReader {
    remote: reqwest::Client,
    local: reqwest::Client,
    tokens: TokenSource,
}

#[derive(Deserialize)]
struct Secret {
    value: SecretString,
}

impl VaultReader {
    /// A reader that shows these tokens, which have to be for [`vault_audience`](crate::http::vault_address::vault_audience).
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(tokens: TokenSource) -> Result<Self, ClientSetupError> {
        let client = |use_proxy| {
            let timeout = Some(TIMEOUT);
            client(&ClientOptions { timeout, connect_timeout: timeout, use_proxy, ..Default::default() })
        };
        Ok(Self { remote: client(true)?, local: client(false)?, tokens })
    }

    /// The newest version of the secret `name` of `vault`.
    pub async fn read(&self, vault: &Url, name: &str) -> Result<SecretString, VaultError> {
        let read = tokio::time::timeout(TIMEOUT, self.read_unbounded(vault, name)).await;
        let slow = || VaultError::Network(format!("no answer within {} seconds", TIMEOUT.as_secs()));
        read.unwrap_or_else(|_| Err(slow()))
    }

    async fn read_unbounded(&self, vault: &Url, name: &str) -> Result<SecretString, VaultError> {
        let address = vault.join(&format!("/secrets/{name}?api-version=7.4"));
        let address = address.map_err(|error| VaultError::Network(error.to_string()))?;
        let client = if vault.scheme() == "https" { &self.remote } else { &self.local };
        let client = AuthorizedClient::new(client.clone(), vault, self.tokens.clone());
        let client = client.map_err(|UnprotectedAddress| VaultError::Unprotected)?;
        let request = client.request(Method::GET, &address);
        let reply = client.send_renewing(Service::KeyVault, request).await.map_err(|error| match error {
            AuthorizedError::Token(error) => VaultError::Token(error),
            error => VaultError::Network(error.to_string()),
        })?;
        let response = reply.response;
        let status = response.status();
        let body = read_bounded(response, BODY_LIMIT).await.map_err(|error| match error {
            BodyError::TooLarge { limit } => VaultError::Unknown(format!("larger than {limit} bytes")),
            BodyError::Broken(problem) => VaultError::Network(problem),
        });
        if status != StatusCode::OK {
            let code = body.map(|body| code_of(&body)).unwrap_or_default();
            let refusal = Refusal::of_code(status.as_u16(), &code);
            return Err(match refusal.status {
                401 | 403 => VaultError::Denied(refusal),
                404 => VaultError::Missing(refusal),
                redirect @ 300..=399 => VaultError::Unknown(format!(
                    "it sends to another address (HTTP {redirect}), which is not followed"
                )),
                _ => VaultError::Refused(refusal),
            });
        }
        // What is wrong with it is not said, for it may be the secret.
        let secret: Secret = serde_json::from_slice(&body?)
            .map_err(|_| VaultError::Unknown("it has no secret's value".to_owned()))?;
        let value = secret.value.expose_secret().trim();
        if value.is_empty() { Err(VaultError::Empty) } else { Ok(value.into()) }
    }
}

/// Azure's word for what is wrong, the more exact one where there are two. The sentence beside it is left out.
fn code_of(body: &[u8]) -> String {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let codes = [&body["error"]["innererror"]["code"], &body["error"]["code"]];
    let is_word =
        |code: &&str| (1..=60).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    codes.into_iter().filter_map(|code| code.as_str()).find(is_word).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::azure::testing::{Fake, Reply, Seen};
    use crate::clock::SystemClock;
    use crate::http::token::IdentityEndpoint;
    use crate::http::vault_address::vault_audience;

    const SECRET: &str = "S3cret-value";

    async fn vault(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> (Fake, VaultReader) {
        let given = std::sync::atomic::AtomicUsize::new(0);
        let fake = Fake::start(move |request| {
            if request.path != "/msi/token" {
                return answer(request);
            }
            assert_eq!(request.query("resource"), Some("https://vault.azure.net"));
            let number = given.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            (200, format!(r#"{{"access_token":"token-{number}","expires_on":"4000000000"}}"#)).into()
        })
        .await;
        let endpoint =
            IdentityEndpoint { address: fake.url("/msi/token"), header: "header".into(), client_id: None };
        let audience = vault_audience(&fake.url("/")).unwrap().parse().unwrap();
        let tokens = TokenSource::identity_endpoint(fake.http(), endpoint, &audience, Arc::new(SystemClock));
        let reader = VaultReader::new(tokens).unwrap();
        (fake, reader)
    }

    #[tokio::test]
    async fn a_secret_is_read_with_a_token_and_a_refused_token_is_replaced_once() {
        let (fake, reader) = vault(|request| {
            assert_eq!((request.path.as_str(), request.query("api-version")), ("/secrets/flow", Some("7.4")));
            match request.header("authorization") {
                Some("Bearer token-1") => (200, format!(r#"{{"value":" {SECRET}\n","id":"x"}}"#)).into(),
                _ => (401, "").into(),
            }
        })
        .await;
        let secret = reader.read(&fake.url("/"), "flow").await.unwrap();
        assert_eq!(secret.expose_secret(), SECRET);
        assert!(!format!("{reader:?}").contains("token-1"));
    }

    #[tokio::test]
    async fn whatever_is_wrong_is_said_with_a_hint_and_without_the_value() {
        type VaultReply = fn() -> Reply;
        let answers: [(&str, VaultReply); 8] = [
            ("role", || {
                let body = r#"{"error":{"code":"Forbidden","message":"S3cret-value","innererror":{"code":"ForbiddenByRbac"}}}"#;
                (403, body).into()
            }),
            ("disabled", || {
                (403, r#"{"error":{"code":"Forbidden","innererror":{"code":"SecretDisabled"}}}"#).into()
            }),
            ("missing", || (404, r#"{"error":{"code":"SecretNotFound","message":"x"}}"#).into()),
            ("redirect", || Reply::from((302, "")).with("location", "http://127.0.0.1:1/elsewhere")),
            ("busy", || (503, "S3cret-value").into()),
            ("no value", || (200, r#"{"value":["S3cret-value"]}"#).into()),
            ("empty", || (200, r#"{"value":" "}"#).into()),
            ("large", || (200, SECRET.repeat(30_000)).into()),
        ];
        let mut said = Vec::new();
        for (name, answer) in answers {
            let (fake, reader) = vault(move |_| answer()).await;
            let error = reader.read(&fake.url("/"), "flow").await.unwrap_err();
            let transient = if error.is_transient() { " (transient)" } else { "" };
            said.push(format!("{name}{transient}: {error}\n  hint: {}", error.hint()));
            assert!(!format!("{error:?}").contains(SECRET));
            assert!(fake.seen().iter().all(|request| request.path != "/elsewhere"));
        }
        let said = said.join("\n");
        assert!(!said.contains(SECRET), "{said}");
        insta::assert_snapshot!(said, @"
        role: may not be read: HTTP 403 ForbiddenByRbac
          hint: give the app's identity the role Key Vault Secrets User on the vault, and let the vault's firewall take the app's network; a role that was given lately can take hours to show
        disabled: may not be read: HTTP 403 SecretDisabled
          hint: enable the secret in the vault
        missing: there is no such secret: HTTP 404 SecretNotFound
          hint: put the secret into the vault, or correct its name
        redirect: the answer is none of a Key Vault: it sends to another address (HTTP 302), which is not followed
          hint: check the vault's address: https://NAME.vault.azure.net
        busy (transient): HTTP 503
          hint: check the vault's address, the network and the vault's firewall
        no value: the answer is none of a Key Vault: it has no secret's value
          hint: check the vault's address: https://NAME.vault.azure.net
        empty: is empty
          hint: give the secret a value
        large: the answer is none of a Key Vault: larger than 262144 bytes
          hint: check the vault's address: https://NAME.vault.azure.net
        ");
    }
}
