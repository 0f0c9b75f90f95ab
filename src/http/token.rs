//! Who we are: bearer tokens for Azure, kept until shortly before they expire.
//!
//! azure_identity does the work for real identities, over our own client. Its managed identity reads
//! `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` from the environment by itself; that is the one place where a library reads
//! the environment for us. The other two arms, a fixed token and an identity endpoint handed in, serve the simulation.

use std::fmt;
use std::sync::Arc;

use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{ClientOptions, Transport};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::body::read_bounded;
use super::causes::describe;
use super::json;
use super::refusal::Refusal;
use crate::clock::SharedClock;

/// A token this close to its end is replaced.
const REFRESH_BEFORE: TimeDelta = TimeDelta::minutes(5);
/// The largest answer of an identity endpoint.
const BODY_LIMIT: usize = 64 * 1024;

/// No token could be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no token for Azure from {source_name}: {problem}\nhint: {hint}")]
pub struct TokenError {
    source_name: &'static str,
    problem: String,
    hint: &'static str,
}

/// An identity endpoint as App Service offers it, handed in instead of read from the environment.
#[derive(Debug, Clone)]
pub struct IdentityEndpoint {
    pub address: Url,
    /// The header's value (`IDENTITY_HEADER`).
    pub header: SecretString,
    /// The user-assigned identity to be.
    pub client_id: Option<String>,
}

/// Where tokens come from. Clones share the cache.
#[derive(Clone)]
pub struct TokenSource(Arc<Shared>);

struct Shared {
    arm: Arm,
    audience: String,
    clock: SharedClock,
    cached: tokio::sync::Mutex<Option<Cached>>,
}

enum Arm {
    Fixed(SecretString),
    Endpoint { client: reqwest::Client, endpoint: IdentityEndpoint },
    Credential { name: &'static str, hint: &'static str, credential: Arc<dyn TokenCredential> },
}

#[derive(Clone)]
struct Cached {
    token: SecretString,
    expires: DateTime<Utc>,
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource")
            .field("from", &self.0.arm.name())
            .field("audience", &self.0.audience)
            .finish_non_exhaustive()
    }
}

impl Arm {
    fn name(&self) -> &'static str {
        match self {
            Self::Fixed(_) => "a fixed token",
            Self::Endpoint { .. } => "the identity endpoint",
            Self::Credential { name, .. } => name,
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Fixed(_) | Self::Endpoint { .. } => {
                "check the identity endpoint's address and header; in Azure, switch on the app's identity"
            }
            Self::Credential { hint, .. } => hint,
        }
    }
}

impl TokenSource {
    /// The identity of the app or machine that this runs on: system-assigned, or the user-assigned one of `client_id`.
    /// `client` should use no proxy.
    ///
    /// # Errors
    /// When the kind of host offers no identity that azure_identity knows.
    pub fn managed_identity(
        client: &reqwest::Client,
        client_id: Option<&str>,
        audience: &Url,
        clock: SharedClock,
    ) -> Result<Self, TokenError> {
        const NAME: &str = "the managed identity";
        const HINT: &str = "switch on the app's identity (NOTIFIER_CLIENT_ID names a user-assigned one); on your own \
                               machine, sign in with `az login`";
        let credential = ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
            user_assigned_id: client_id.map(|id| UserAssignedId::ClientId(id.to_owned())),
            client_options: client_options(client),
        }));
        Self::from_credential(NAME, HINT, credential, audience, clock)
    }

    /// The person who is signed in with the Azure CLI.
    ///
    /// # Errors
    /// When the tenant's name is malformed. A missing `az` shows when the first token is asked for.
    pub fn azure_cli(tenant: Option<&str>, audience: &Url, clock: SharedClock) -> Result<Self, TokenError> {
        const HINT: &str = "install the Azure CLI and run `az login`";
        let credential = AzureCliCredential::new(Some(AzureCliCredentialOptions {
            tenant_id: tenant.map(str::to_owned),
            ..AzureCliCredentialOptions::default()
        }));
        Self::from_credential("the Azure CLI", HINT, credential, audience, clock)
    }

    /// An app registration with a client secret.
    ///
    /// # Errors
    /// When one of the three is empty or malformed.
    pub fn client_secret(
        client: &reqwest::Client,
        tenant: &str,
        client_id: &str,
        secret: &SecretString,
        audience: &Url,
        clock: SharedClock,
    ) -> Result<Self, TokenError> {
        const HINT: &str = "check the tenant, the client id and whether the secret has expired";
        let credential = ClientSecretCredential::new(
            tenant,
            client_id.to_owned(),
            Secret::new(secret.expose_secret().to_owned()),
            Some(ClientSecretCredentialOptions { client_options: client_options(client) }),
        );
        Self::from_credential("the client secret", HINT, credential, audience, clock)
    }

    /// A token that never changes, for tests and the simulation.
    pub fn fixed(token: SecretString, audience: &Url, clock: SharedClock) -> Self {
        Self::new(Arm::Fixed(token), audience, clock)
    }

    /// A token of somebody else for the same service.
    pub fn fixed_to(&self, token: SecretString) -> Self {
        let (audience, clock) = (self.0.audience.clone(), self.0.clock.clone());
        Self(Arc::new(Shared {
            arm: Arm::Fixed(token),
            audience,
            clock,
            cached: tokio::sync::Mutex::new(None),
        }))
    }

    /// For which service its tokens are.
    pub fn audience(&self) -> &str {
        &self.0.audience
    }

    /// An identity endpoint that is handed in.
    pub fn identity_endpoint(
        client: reqwest::Client,
        endpoint: IdentityEndpoint,
        audience: &Url,
        clock: SharedClock,
    ) -> Self {
        Self::new(Arm::Endpoint { client, endpoint }, audience, clock)
    }

    fn new(arm: Arm, audience: &Url, clock: SharedClock) -> Self {
        let audience = audience.as_str().trim_end_matches('/').to_owned();
        Self(Arc::new(Shared { arm, audience, clock, cached: tokio::sync::Mutex::new(None) }))
    }

    fn from_credential<C: TokenCredential + 'static>(
        name: &'static str,
        hint: &'static str,
        credential: azure_core::Result<Arc<C>>,
        audience: &Url,
        clock: SharedClock,
    ) -> Result<Self, TokenError> {
        let credential: Arc<dyn TokenCredential> =
            credential.map_err(|error| TokenError { source_name: name, problem: error.to_string(), hint })?;
        Ok(Self::new(Arm::Credential { name, hint, credential }, audience, clock))
    }

    /// A token that is good for some minutes at least; if a new one cannot be had, the old one as long as it lasts.
    ///
    /// # Errors
    /// When there is neither.
    pub async fn token(&self) -> Result<SecretString, TokenError> {
        // Held while a token is fetched, so that many requests at once fetch one token.
        let mut cached = self.0.cached.lock().await;
        let now = self.0.clock.now();
        if let Some(cached) = &*cached
            && now < cached.expires - REFRESH_BEFORE
        {
            return Ok(cached.token.clone());
        }
        match self.fetch().await {
            Ok(new) => Ok(cached.insert(new).token.clone()),
            Err(error) => match &*cached {
                Some(old) if now < old.expires => {
                    tracing::warn!(%error, "could not renew the token; using the old one while it lasts");
                    Ok(old.token.clone())
                }
                _ => Err(error),
            },
        }
    }

    /// Forgets a token that Azure refused, so that the next request fetches another.
    pub async fn forget(&self, refused: &SecretString) {
        let mut cached = self.0.cached.lock().await;
        if cached.as_ref().is_some_and(|cached| cached.token.expose_secret() == refused.expose_secret()) {
            *cached = None;
        }
    }

    async fn fetch(&self) -> Result<Cached, TokenError> {
        let failed =
            |problem: String| TokenError { source_name: self.0.arm.name(), problem, hint: self.0.arm.hint() };
        match &self.0.arm {
            Arm::Fixed(token) => Ok(Cached { token: token.clone(), expires: DateTime::<Utc>::MAX_UTC }),
            Arm::Endpoint { client, endpoint } => {
                ask_endpoint(client, endpoint, &self.0.audience).await.map_err(failed)
            }
            Arm::Credential { credential, .. } => {
                let scope = format!("{}/.default", self.0.audience);
                let token = credential
                    .get_token(&[&scope], None)
                    .await
                    .map_err(|error| failed(json::excerpt_of(&error.to_string())))?;
                let expires = DateTime::from_timestamp(token.expires_on.unix_timestamp(), 0)
                    .ok_or_else(|| failed("its expiry is out of range".to_owned()))?;
                Ok(Cached { token: token.token.secret().into(), expires })
            }
        }
    }
}

fn client_options(client: &reqwest::Client) -> ClientOptions {
    ClientOptions { transport: Some(Transport::new(Arc::new(client.clone()))), ..ClientOptions::default() }
}

/// Asks as App Service's documentation of managed identities says (`api-version=2019-08-01`).
async fn ask_endpoint(
    client: &reqwest::Client,
    endpoint: &IdentityEndpoint,
    audience: &str,
) -> Result<Cached, String> {
    let mut query = vec![("api-version", "2019-08-01"), ("resource", audience)];
    if let Some(id) = &endpoint.client_id {
        query.push(("client_id", id));
    }
    let response = client
        .get(endpoint.address.clone())
        .query(&query)
        .header("X-IDENTITY-HEADER", endpoint.header.expose_secret())
        .send()
        .await
        .map_err(describe)?;
    let status = response.status();
    let body = read_bounded(response, BODY_LIMIT).await.map_err(|error| error.to_string())?;
    if !status.is_success() {
        return Err(Refusal::read(status.as_u16(), &body).to_string());
    }
    parse_token(&body).ok_or_else(|| "its answer has no token with an expiry".to_owned())
}

/// `expires_on` is a text of seconds since 1970, though a number is taken as well.
fn parse_token(body: &[u8]) -> Option<Cached> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let token = json::text_at(&value, &["access_token"])?;
    let expires = json::field(&value, "expires_on")?;
    let seconds = match expires {
        Value::String(text) => text.trim().parse().ok()?,
        other => other.as_i64()?,
    };
    Some(Cached { token: token.into(), expires: DateTime::from_timestamp(seconds, 0)? })
}

/// Whether a body is an answer of an identity endpoint that we understand.
pub fn is_token_answer(body: &[u8]) -> bool {
    parse_token(body).is_some()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::azure::testing::Fake;
    use crate::clock::ManualClock;

    fn audience() -> Url {
        "https://management.azure.com/".parse().unwrap()
    }

    fn source(fake: &Fake, clock: Arc<ManualClock>) -> TokenSource {
        let endpoint = IdentityEndpoint {
            address: fake.url("/msi/token"),
            header: "s3cret".into(),
            client_id: Some("00000000-0000-0000-0000-0000000000c1".to_owned()),
        };
        TokenSource::identity_endpoint(fake.http(), endpoint, &audience(), clock)
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_it_expires() {
        let start = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let fetched = Arc::new(AtomicUsize::new(0));
        let counter = fetched.clone();
        let fake = Fake::start(move |request| {
            assert_eq!(request.header("x-identity-header"), Some("s3cret"));
            assert_eq!(request.query("resource"), Some("https://management.azure.com"));
            assert_eq!(request.query("client_id"), Some("00000000-0000-0000-0000-0000000000c1"));
            let number = counter.fetch_add(1, Ordering::SeqCst);
            match number {
                0 | 2 => (
                    200,
                    format!(
                        r#"{{"access_token":"token-{number}","expires_on":"{}"}}"#,
                        1_800_000_000 + 3600 * (number + 1)
                    ),
                )
                    .into(),
                _ => (500, r#"{"message":"not now"}"#.to_owned()).into(),
            }
        })
        .await;
        let clock = Arc::new(ManualClock::new(start));
        let source = source(&fake, clock.clone());
        let token = async || source.token().await.map(|token| token.expose_secret().to_owned());

        assert_eq!(token().await.unwrap(), "token-0");
        clock.advance(TimeDelta::minutes(50));
        assert_eq!(token().await.unwrap(), "token-0");
        assert_eq!(fetched.load(Ordering::SeqCst), 1);

        clock.advance(TimeDelta::minutes(6));
        assert_eq!(token().await.unwrap(), "token-0", "the renewal failed, the old one lasts");
        assert_eq!(token().await.unwrap(), "token-2");

        clock.advance(TimeDelta::hours(24));
        let error = token().await.unwrap_err().to_string();
        insta::assert_snapshot!(error, @r"
        no token for Azure from the identity endpoint: HTTP 500: not now
        hint: check the identity endpoint's address and header; in Azure, switch on the app's identity
        ");
    }

    #[tokio::test]
    async fn nothing_shows_a_token() {
        let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
        let source = TokenSource::fixed("s3cret".into(), &audience(), clock);
        assert_eq!(source.token().await.unwrap().expose_secret(), "s3cret");
        assert_eq!(
            format!("{source:?}"),
            r#"TokenSource { from: "a fixed token", audience: "https://management.azure.com", .. }"#
        );
    }

    #[test]
    fn an_answer_without_a_token_is_refused() {
        for body in ["", "{}", r#"{"access_token":"x"}"#, r#"{"access_token":"x","expires_on":"soon"}"#] {
            assert!(!is_token_answer(body.as_bytes()), "{body}");
        }
        assert!(is_token_answer(br#"{"access_token":"x","expires_on":1586984735}"#));
    }
}
