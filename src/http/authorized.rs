//! A client that shows our token to one origin and to nobody else.

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::calls::{self, Service};
use super::causes::chain;
use super::origin::{is_confidential, same_origin};
use super::token::{TokenError, TokenSource};

/// An address where a token would travel unprotected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the address is neither https nor on this machine")]
pub struct UnprotectedAddress;

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AuthorizedError {
    /// It was meant for another origin. It was not sent.
    #[error("{0} is not where our token is for")]
    OtherOrigin(String),
    /// There is no token. It was not sent.
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("{}", chain(.0))]
    Unanswered(reqwest::Error),
}

/// An answer, and the token that the request showed, should the answer repeat it.
#[derive(Debug)]
pub struct AuthorizedReply {
    pub response: Response,
    pub token: SecretString,
}

/// Sends requests with our token to one origin.
#[derive(Debug, Clone)]
pub struct AuthorizedClient {
    client: Client,
    origin: Url,
    tokens: TokenSource,
}

impl AuthorizedClient {
    /// Shows `tokens` to the origin of `endpoint`. `client` must follow no redirects, as a token would follow them.
    ///
    /// # Errors
    /// When a token would travel in the clear.
    pub fn new(client: Client, endpoint: &Url, tokens: TokenSource) -> Result<Self, UnprotectedAddress> {
        if !is_confidential(endpoint) {
            return Err(UnprotectedAddress);
        }
        Ok(Self { client, origin: endpoint.clone(), tokens })
    }

    /// Where its tokens come from.
    pub fn tokens(&self) -> &TokenSource {
        &self.tokens
    }

    /// The same client for whoever `token` speaks for.
    #[must_use]
    pub fn with_token(&self, token: SecretString) -> Self {
        Self { tokens: self.tokens.fixed_to(token), ..self.clone() }
    }

    /// A request to be sent.
    pub fn request(&self, method: Method, address: &Url) -> RequestBuilder {
        self.client.request(method, address.clone())
    }

    /// Whether the token may go to `address`.
    pub fn may_ask(&self, address: &Url) -> bool {
        let has_credentials = !address.username().is_empty() || address.password().is_some();
        !has_credentials && same_origin(address, &self.origin)
    }

    /// Sends a request once. A token that is refused with 401 is forgotten, so that the next request gets another.
    pub async fn send(
        &self,
        service: Service,
        request: RequestBuilder,
    ) -> Result<AuthorizedReply, AuthorizedError> {
        let (client, request) = request.build_split();
        let request = request.map_err(unanswered)?;
        if !self.may_ask(request.url()) {
            let host = request.url().host_str().unwrap_or_default().to_owned();
            return Err(AuthorizedError::OtherOrigin(host));
        }
        let token = self.tokens.token().await?;
        let request = RequestBuilder::from_parts(client, request).bearer_auth(token.expose_secret());
        let response = calls::send(service, request).await.map_err(unanswered)?;
        if response.status() == StatusCode::UNAUTHORIZED {
            self.tokens.forget(&token).await;
        }
        Ok(AuthorizedReply { response, token })
    }

    /// Sends a request, and once more with another token if the first one was refused with 401.
    pub async fn send_renewing(
        &self,
        service: Service,
        request: RequestBuilder,
    ) -> Result<AuthorizedReply, AuthorizedError> {
        let again = request.try_clone();
        let reply = self.send(service, request).await?;
        match again {
            Some(again) if reply.response.status() == StatusCode::UNAUTHORIZED => {
                self.send(service, again).await
            }
            _ => Ok(reply),
        }
    }
}

/// The address is left out, for it can be a secret.
fn unanswered(error: reqwest::Error) -> AuthorizedError {
    AuthorizedError::Unanswered(error.without_url())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::azure::testing::Fake;
    use crate::clock::ManualClock;
    use crate::http::client::{self, ClientOptions};

    fn authorized(fake: &Fake) -> AuthorizedClient {
        let clock = Arc::new(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
        let tokens = TokenSource::fixed("t0ken".into(), &fake.url("/"), clock);
        AuthorizedClient::new(fake.http(), &fake.url("/"), tokens).unwrap()
    }

    #[tokio::test]
    async fn a_token_goes_to_its_origin_and_to_nobody_else() {
        let fake = Fake::start(|_| (200, "").into()).await;
        let other = Fake::start(|_| (200, "").into()).await;
        let client = authorized(&fake);
        let with_user: Url = fake.url("/").as_str().replace("//", "//user@").parse().unwrap();
        assert!(client.may_ask(&fake.url("/page")) && !client.may_ask(&with_user));
        let request = client.request(Method::GET, &other.url("/page"));
        let error = client.send(Service::ResourceManager, request).await.unwrap_err();
        assert!(matches!(error, AuthorizedError::OtherOrigin(_)), "{error}");
        let request = client.request(Method::GET, &fake.url("/page"));
        client.send(Service::ResourceManager, request).await.unwrap();
        assert_eq!(other.seen().len(), 0);
        let seen = fake.seen();
        assert_eq!((seen.len(), seen[0].header("authorization")), (1, Some("Bearer t0ken")));
    }

    #[tokio::test]
    async fn a_refused_token_is_renewed_once() {
        let fake = Fake::start(|_| (401, "").into()).await;
        let client = authorized(&fake);
        let request = client.request(Method::GET, &fake.url("/"));
        let reply = client.send_renewing(Service::KeyVault, request).await.unwrap();
        assert_eq!((reply.response.status(), fake.seen().len()), (StatusCode::UNAUTHORIZED, 2));
    }

    #[test]
    fn a_token_does_not_travel_in_the_clear() {
        let clock = Arc::new(ManualClock::new(chrono::DateTime::UNIX_EPOCH));
        let address: Url = "http://example.com/".parse().unwrap();
        let tokens = TokenSource::fixed("t0ken".into(), &address, clock);
        let http = client::client(&ClientOptions::default()).unwrap();
        let client = AuthorizedClient::new(http, &address, tokens);
        assert_eq!(client.unwrap_err(), UnprotectedAddress);
    }
}
