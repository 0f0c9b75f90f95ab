//! Requests to blobs and containers, with a key, with our token, or to a signed address.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use url::Url;

use super::error::{BlobError, refused};
use super::key::AccountKey;
use crate::clock::{Clock, SystemClock};
use crate::http::authorized::{AuthorizedClient, AuthorizedError};
use crate::http::body::{BodyError, read_bounded};
use crate::http::calls::{self, Service};
use crate::http::causes::describe;
use crate::http::client::{ClientOptions, ClientSetupError, client};
use crate::http::date::{clock_differs, http_date};
use crate::http::origin::is_confidential;
use crate::http::time_budget;
use crate::http::token::TokenSource;

/// For whom tokens of the storage services are, in every cloud.
pub const STORAGE_AUDIENCE: &str = "https://storage.azure.com";

/// The version of the interface.
const VERSION: &str = "2020-10-02";

/// From the first byte sent to the last one read. Invocations wait for this.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How requests show that they may read the blob.
#[derive(Debug, Clone)]
pub enum BlobAccess {
    /// With the key of its account.
    Key(AccountKey),
    /// With a token of the app's identity.
    Identity(TokenSource),
    /// The address is signed and says it itself.
    Signed,
}

/// Sends requests below one address.
#[derive(Clone)]
pub(super) struct StorageClient {
    pub(super) address: Url,
    http: reqwest::Client,
    access: BlobAccess,
}

impl std::fmt::Debug for StorageClient {
    /// Without the address, which may be signed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StorageClient").field("access", &self.access).finish_non_exhaustive()
    }
}

/// An answer whose body has not been read yet.
#[derive(Debug)]
pub(super) struct StorageReply {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    response: Response,
}

impl StorageReply {
    /// Azure's word for a refusal; empty when there is none.
    pub(super) fn code(&self) -> String {
        self.header("x-ms-error-code").unwrap_or_default()
    }

    /// Why it is no success.
    pub(super) fn refusal(&self) -> BlobError {
        match refused(self.status, &self.code()) {
            BlobError::Denied(refusal) => match clock_differs(&self.headers, SystemClock.now()) {
                Some(differs) => BlobError::Clock(refusal, differs),
                None => BlobError::Denied(refusal),
            },
            other => other,
        }
    }

    /// A header's value, if it is one that can be shown and sent back.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let text = self.headers.get(name).and_then(|value| value.to_str().ok());
        text.filter(|text| text.len() <= 200).map(str::to_owned)
    }

    /// The body as text, if it has at most `limit` bytes.
    pub(super) async fn text(self, limit: usize) -> Result<String, BlobError> {
        let body = read_bounded(self.response, limit).await.map_err(|error| match error {
            BodyError::TooLarge { limit } => BlobError::TooLarge { limit },
            BodyError::Broken(problem) => BlobError::Network(problem),
        })?;
        String::from_utf8(body.into()).map_err(|_| BlobError::NotText)
    }
}

impl StorageClient {
    pub(super) fn new(address: &Url, access: BlobAccess) -> Result<Self, ClientSetupError> {
        let options = ClientOptions {
            timeout: Some(TIMEOUT),
            connect_timeout: Some(TIMEOUT / 2),
            use_proxy: address.scheme() == "https",
            ..ClientOptions::default()
        };
        let mut address = address.clone();
        address.set_fragment(None);
        Ok(Self { http: client(&options)?, address, access })
    }

    /// Sends one request. `signed` names what a key's signature covers; `complete` adds the headers and the body that
    /// it speaks of.
    pub(super) async fn send(
        &self,
        address: &Url,
        signed: &SignedHeaders<'_>,
        complete: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<StorageReply, BlobError> {
        if !is_confidential(&self.address) {
            return Err(BlobError::Unprotected);
        }
        // Azure compares it with its own time, whatever the simulation's clock says.
        let date = http_date(SystemClock.now());
        let request = self.http.request(signed.method.clone(), address.clone());
        let request = request.header("x-ms-date", &date).header("x-ms-version", VERSION);
        let mut request = complete(request);
        // Not all the time of the work that waits for it.
        if let Some(left) = time_budget::remaining() {
            request = request.timeout((left / 3).min(TIMEOUT));
        }
        if let BlobAccess::Key(key) = &self.access {
            request = request.header(AUTHORIZATION, shared_key(key, address, &date, signed));
        }
        let response = match &self.access {
            BlobAccess::Key(_) | BlobAccess::Signed => calls::send(Service::Blobs, request)
                .await
                .map_err(|error| BlobError::Network(describe(error)))?,
            BlobAccess::Identity(tokens) => {
                let client = AuthorizedClient::new(self.http.clone(), &self.address, tokens.clone())
                    .map_err(|_| BlobError::Unprotected)?;
                let sent = client.send_renewing(Service::Blobs, request).await;
                let sent = sent.map_err(|error| match error {
                    AuthorizedError::Token(error) => BlobError::Token(error),
                    error => BlobError::Network(error.to_string()),
                })?;
                sent.response
            }
        };
        Ok(StorageReply { status: response.status(), headers: response.headers().clone(), response })
    }
}

/// What a signature covers beside address and date.
pub(super) struct SignedHeaders<'a> {
    pub(super) method: Method,
    pub(super) length: usize,
    pub(super) if_none_match: &'a str,
    /// Headers of the service that come before the date in their order, each with a line's end.
    pub(super) more: &'static str,
}

/// What `Authorization` says with an account's key: the request's method, the headers that matter, and its path. The
/// emulator has the account in its paths, and so twice in here. Documented at
/// <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>.
pub(super) fn shared_key(key: &AccountKey, address: &Url, date: &str, signed: &SignedHeaders<'_>) -> String {
    let account = key.account();
    let mut resource = format!("/{account}{}", address.path());
    // A version of the blob, for one, is named in the query.
    let mut query: Vec<(String, String)> = address.query_pairs().into_owned().collect();
    query.sort();
    for (name, value) in query {
        resource.push_str(&format!("\n{}:{value}", name.to_lowercase()));
    }
    let SignedHeaders { method, length, if_none_match, more } = signed;
    let length = if *length == 0 { String::new() } else { length.to_string() };
    let headers = format!("{more}x-ms-date:{date}\nx-ms-version:{VERSION}");
    let text = format!("{method}\n\n\n{length}\n\n\n\n\n\n{if_none_match}\n\n\n{headers}\n{resource}");
    format!("SharedKey {account}:{}", key.sign(&text))
}
