//! The client of Azure Resource Manager.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;

use super::buckets::{Bucket, Buckets};
use super::options::{ArmOptions, Retry};
use super::response::ArmResponse;
use super::retry;
use crate::azure::error::{ArmError, AzureError};
use chrono::{DateTime, Utc};

use crate::clock::SharedClock;
use crate::http::authorized::{AuthorizedClient, AuthorizedError, UnprotectedAddress};
use crate::http::body::{BodyError, read_bounded};
use crate::http::calls;
use crate::http::causes::describe;
use crate::http::retry_after::retry_after;
use crate::http::token::TokenSource;

/// Our number of a request.
const CLIENT_REQUEST_ID: &str = "x-ms-client-request-id";

/// The number that Azure's activity log has of a request.
const CORRELATION_ID: &str = "x-ms-correlation-request-id";

/// What a client has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ArmCounts {
    /// Requests sent, retries included.
    pub requests: u64,
    /// Answers that asked us to slow down.
    pub throttled: u64,
    pub retries: u64,
}

/// A client of Azure Resource Manager for one identity. Clones share quotas and counts.
#[derive(Debug, Clone)]
pub struct ArmClient(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    http: AuthorizedClient,
    endpoint: Url,
    clock: SharedClock,
    options: ArmOptions,
    permits: Semaphore,
    buckets: Buckets,
    requests: AtomicU64,
    throttled: AtomicU64,
    retries: AtomicU64,
}

/// One request, ready to be sent any number of times.
struct Outgoing {
    method: Method,
    address: Url,
    body: Option<Bytes>,
    bucket: Bucket,
    retry: Retry,
    what: String,
    /// The number under which Azure is to know the request, where that matters.
    request: Option<String>,
}

impl ArmClient {
    /// A client of the Azure Resource Manager at `endpoint`, which may have a path that all others are put under.
    ///
    /// # Errors
    /// When the token would travel in the clear: the endpoint must be https, or on this machine.
    pub fn new(
        client: reqwest::Client,
        endpoint: Url,
        tokens: TokenSource,
        clock: SharedClock,
        options: ArmOptions,
    ) -> Result<Self, AzureError> {
        let http = AuthorizedClient::new(client, &endpoint, tokens).map_err(|UnprotectedAddress| {
            AzureError::Address(format!(
                "NOTIFIER_ARM_ENDPOINT is `{}`, where a token would travel unprotected; give an https address",
                endpoint.origin().ascii_serialization()
            ))
        })?;
        Ok(Self::with_http(http, endpoint, clock, options))
    }

    fn with_http(http: AuthorizedClient, endpoint: Url, clock: SharedClock, options: ArmOptions) -> Self {
        Self(Arc::new(Shared {
            permits: Semaphore::new(options.parallel.max(1)),
            buckets: Buckets::default(),
            requests: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
            retries: AtomicU64::new(0),
            http,
            endpoint,
            clock,
            options,
        }))
    }

    /// Asks for `path`, which begins with a slash.
    ///
    /// # Errors
    /// When no 2xx answer came in the end.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Value, AzureError> {
        let address = self.address(path, query)?;
        self.get_at(address, Bucket::of_path(path), path).await?.json()
    }

    /// What time it is by the clock that waits are measured with.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    /// Asks for an address that Azure gave, such as that of a long-running operation. The token goes nowhere but to
    /// the endpoint's own origin.
    ///
    /// # Errors
    /// When the address is another's, or no 2xx answer came in the end.
    pub async fn get_link(&self, address: &str) -> Result<ArmResponse, AzureError> {
        let parsed = Url::parse(address)
            .map_err(|_| AzureError::Address("Azure gave an address that is none".to_owned()))?;
        let path = parsed.path().to_owned();
        self.get_at(parsed, Bucket::of_path(&path), &path).await
    }

    /// Posts to `path`. Say [`Retry::Never`] unless the same request twice is the same as once.
    ///
    /// # Errors
    /// When no 2xx answer came.
    pub async fn post(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
        retry: Retry,
    ) -> Result<ArmResponse, AzureError> {
        self.post_as(path, query, body, retry, None).await
    }

    /// The same under a number of ours, by which Azure's activity log knows the request even when no answer comes.
    ///
    /// # Errors
    /// When no 2xx answer came.
    pub async fn post_as(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
        retry: Retry,
        request: Option<String>,
    ) -> Result<ArmResponse, AzureError> {
        let bucket = Bucket::of_path(path);
        let address = self.address(path, query)?;
        let body = body.map(|body| Bytes::from(body.to_string()));
        let what = path.to_owned();
        self.send(&Outgoing { method: Method::POST, address, body, bucket, retry, what, request }).await
    }

    /// A client of the same Azure Resource Manager for whoever this token speaks for. It has quotas of its own.
    pub fn with_token(&self, token: SecretString) -> Self {
        let shared = &*self.0;
        let http = shared.http.with_token(token);
        Self::with_http(http, shared.endpoint.clone(), shared.clock.clone(), shared.options.clone())
    }

    /// For which service its tokens are.
    pub fn audience(&self) -> &str {
        self.0.http.tokens().audience()
    }

    /// Gets a token, as for a request.
    ///
    /// # Errors
    /// Why there is none, with a hint.
    pub async fn try_token(&self) -> Result<(), AzureError> {
        self.0.http.tokens().token().await?;
        Ok(())
    }

    /// What this client has done so far.
    pub fn counts(&self) -> ArmCounts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ArmCounts {
            requests: count(&self.0.requests),
            throttled: count(&self.0.throttled),
            retries: count(&self.0.retries),
        }
    }

    /// Whether our token may go to `address`.
    pub(super) fn may_ask(&self, address: &Url) -> bool {
        self.0.http.may_ask(address)
    }

    /// The address of a path: each part encoded, so that no name in an id becomes another path or a query.
    pub(super) fn address(&self, path: &str, query: &[(&str, &str)]) -> Result<Url, AzureError> {
        let odd = || AzureError::Address(format!("`{path}` is no path that can be asked for"));
        let mut parts = path.strip_prefix('/').ok_or_else(odd)?.split('/');
        if parts.clone().any(|part| matches!(part, "" | "." | "..")) {
            return Err(odd());
        }
        let mut address = self.0.endpoint.clone();
        address.path_segments_mut().map_err(|()| odd())?.pop_if_empty().extend(&mut parts);
        address.set_query(None);
        address.query_pairs_mut().extend_pairs(query);
        Ok(address)
    }

    pub(super) async fn get_at(
        &self,
        address: Url,
        bucket: Bucket,
        what: &str,
    ) -> Result<ArmResponse, AzureError> {
        let (method, retry) = (Method::GET, Retry::Idempotent);
        let what = what.to_owned();
        self.send(&Outgoing { method, address, body: None, bucket, retry, what, request: None }).await
    }

    async fn send(&self, request: &Outgoing) -> Result<ArmResponse, AzureError> {
        let shared = &*self.0;
        let service = request.bucket.service();
        let mut attempt = 1;
        let mut token_renewed = false;
        loop {
            let held = shared.buckets.wait(&request.bucket, shared.options.longest_retry_after).await?;
            if !held.is_zero() {
                calls::waited(service, held);
            }
            let failure = match self.send_once(request).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            let may_repeat = request.retry == Retry::Idempotent;
            let unauthorized = failure.status() == Some(401);
            let delay = if unauthorized && may_repeat && !token_renewed {
                // The client forgets a token that is refused; one request with a fresh one tells whether that was it.
                token_renewed = true;
                Some(Duration::ZERO)
            } else if may_repeat && attempt < shared.options.attempts {
                retry::delay(&failure, attempt, &shared.options)
            } else {
                None
            };
            let Some(delay) = delay else {
                if failure.status() == Some(429) {
                    tracing::warn!(what = request.what, error = %failure, "Azure throttles us");
                }
                return Err(retry::final_error(failure));
            };
            tracing::debug!(what = request.what, attempt, ?delay, error = %failure, "retrying a request to Azure");
            shared.retries.fetch_add(1, Ordering::Relaxed);
            calls::waited(service, delay);
            tokio::time::sleep(delay).await;
            attempt += 1;
        }
    }

    async fn send_once(&self, request: &Outgoing) -> Result<ArmResponse, AzureError> {
        let shared = &*self.0;
        let host = || request.address.host_str().unwrap_or_default().to_owned();
        let unreachable = |problem: String| AzureError::Unreachable { host: host(), problem };
        let _permit =
            shared.permits.acquire().await.map_err(|_| unreachable("the client is closed".to_owned()))?;
        // Azure's support finds a call by it, even one that no answer came to.
        let client_request_id = request.request.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let mut outgoing = shared
            .http
            .request(request.method.clone(), &request.address)
            .header(reqwest::header::ACCEPT, "application/json")
            .header(CLIENT_REQUEST_ID, &client_request_id);
        if let Some(number) = &request.request {
            outgoing = outgoing.header(CORRELATION_ID, number);
        }
        if let Some(body) = &request.body {
            outgoing = outgoing.header(reqwest::header::CONTENT_TYPE, "application/json").body(body.clone());
        } else if request.method == Method::POST {
            outgoing = outgoing.header(reqwest::header::CONTENT_LENGTH, 0);
        }
        let sent = shared.http.send(request.bucket.service(), outgoing).await;
        if matches!(sent, Ok(_) | Err(AuthorizedError::Unanswered(_))) {
            shared.requests.fetch_add(1, Ordering::Relaxed);
        }
        let response = match sent {
            Ok(reply) => reply.response,
            Err(AuthorizedError::OtherOrigin(host)) => {
                return Err(AzureError::ForeignPage { what: request.what.clone(), host });
            }
            Err(AuthorizedError::Token(error)) => return Err(error.into()),
            Err(AuthorizedError::Unanswered(error)) => {
                let problem = describe(error);
                tracing::warn!(what = request.what, client_request_id, problem, "Azure gave no answer");
                return Err(unreachable(problem));
            }
        };
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let retry_after = retry_after(&headers, shared.clock.now());
        shared.buckets.learn(&request.bucket, &headers);
        if status == 429 || (status == 503 && retry_after.is_some()) {
            shared.throttled.fetch_add(1, Ordering::Relaxed);
            if let Some(retry_after) = retry_after {
                shared.buckets.hold(&request.bucket, retry_after);
            }
        }
        let body = read_bounded(response, shared.options.body_limit).await;
        if !(200..300).contains(&status) {
            // The status decides; an error's body only adds words.
            let error = ArmError::from_body(status, &body.unwrap_or_default());
            let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            let error = ArmError {
                request_id: header("x-ms-request-id"),
                correlation_id: header("x-ms-correlation-request-id"),
                retry_after,
                ..error
            };
            log_refusal(request, &client_request_id, &error);
            return Err(error.into());
        }
        let body = body.map_err(|error| match error {
            BodyError::TooLarge { limit } => AzureError::TooLarge { what: request.what.clone(), limit },
            BodyError::Broken(problem) => unreachable(problem),
        })?;
        Ok(ArmResponse { status, headers, body, what: request.what.clone() })
    }
}

/// What Microsoft's support asks for. That something is not there, or is to be asked for later, is everyday.
fn log_refusal(request: &Outgoing, client_request_id: &str, error: &ArmError) {
    let ArmError { status, code, request_id, correlation_id, .. } = error;
    let what = request.what.as_str();
    macro_rules! log {
        ($level:ident) => {
            tracing::$level!(
                what,
                status,
                code,
                client_request_id,
                request_id,
                correlation_id,
                "Azure refused a request"
            )
        };
    }
    if matches!(status, 404 | 429) { log!(debug) } else { log!(warn) }
}

#[cfg(test)]
mod tests;
