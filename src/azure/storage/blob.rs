//! Reads one blob, and asks whether it changed. Documented at
//! <https://learn.microsoft.com/rest/api/storageservices/get-blob>.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{AUTHORIZATION, ETAG, HeaderMap, IF_NONE_MATCH};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{AccountKey, http_date};
use crate::clock::{Clock, SystemClock};
use crate::http::body::{BodyError, read_bounded};
use crate::http::causes::describe;
use crate::http::client::{ClientOptions, ClientSetupError, client};
use crate::http::origin::is_confidential;
use crate::http::token::{TokenError, TokenSource};

/// The version of the interface.
pub(super) const VERSION: &str = "2020-10-02";

/// From the first byte sent to the last one read. Invocations wait for this.
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

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

/// What a blob is at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobAnswer {
    /// What it was.
    Unchanged,
    /// This.
    Changed {
        /// Its text.
        text: String,
        /// Its state, to ask for changes with.
        etag: Option<String>,
    },
}

/// Why a blob could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// The address is one where a token would travel unprotected.
    #[error("the address is neither https nor on this machine")]
    Unprotected,
    /// There is no token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The account's services answer that this may not be read.
    #[error("may not be read: HTTP {status}{}", after(.code))]
    Denied {
        /// 401 or 403.
        status: u16,
        /// Azure's word for it.
        code: String,
    },
    /// There is no such blob.
    #[error("there is no such blob: HTTP 404{}", after(.code))]
    Missing {
        /// Azure's word for it: the blob or its container.
        code: String,
    },
    /// It is larger than is read.
    #[error("is larger than {limit} bytes")]
    TooLarge {
        /// The bound.
        limit: usize,
    },
    /// It is no text.
    #[error("is no UTF-8 text")]
    NotText,
    /// The answer sends to another address, which is not followed.
    #[error("the answer sends to another address (HTTP {0}), which is not followed")]
    Redirected(u16),
    /// Anything else that the service answers.
    #[error("HTTP {status}{}", after(.code))]
    Refused {
        /// The status.
        status: u16,
        /// Azure's word for it.
        code: String,
    },
    /// Nobody answers, or the answer broke off.
    #[error("{0}")]
    Network(String),
}

fn after(code: &str) -> String {
    if code.is_empty() { String::new() } else { format!(" {code}") }
}

impl BlobError {
    /// Whether it may be over by itself in a minute.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Network(_) | Self::Token(_) => true,
            Self::Refused { status, .. } => *status == 429 || *status >= 500,
            _ => false,
        }
    }

    /// The way out.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unprotected => "give the blob's https address",
            Self::Denied { .. } => {
                "give the app's identity the role Storage Blob Data Reader on the container, and let the account's \
                 firewall take the app's network; a role works for new tokens only, which can take hours"
            }
            Self::Missing { .. } => "upload the configuration to that address, or correct it",
            Self::TooLarge { .. } => "does the address name the right blob?",
            Self::NotText => "save it as UTF-8",
            Self::Redirected(_) => {
                "give the blob's own address: https://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB"
            }
            Self::Refused { .. } => "check the address and the storage account",
            Self::Network(_) => "check the address, the network and the account's firewall",
            // Its text says so already.
            Self::Token(_) => "",
        }
    }
}

/// One blob.
#[derive(Clone)]
pub struct BlobReader {
    http: reqwest::Client,
    address: Url,
    access: BlobAccess,
    limit: usize,
}

impl std::fmt::Debug for BlobReader {
    /// Without the address, which may be signed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BlobReader").field("access", &self.access).finish_non_exhaustive()
    }
}

enum Attempt {
    Answered(BlobAnswer),
    /// The token was refused; another one may not be.
    Unauthorized(SecretString, BlobError),
}

impl BlobReader {
    /// The blob at `address`, of which at most `limit` bytes are read.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(address: &Url, access: BlobAccess, limit: usize) -> Result<Self, ClientSetupError> {
        let options = ClientOptions {
            timeout: Some(TIMEOUT),
            connect_timeout: Some(TIMEOUT / 2),
            use_proxy: address.scheme() == "https",
            ..ClientOptions::default()
        };
        let mut address = address.clone();
        address.set_fragment(None);
        Ok(Self { http: client(&options)?, address, access, limit })
    }

    /// Reads it, unless it is in the state that `known` names.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read(&self, known: Option<&str>) -> Result<BlobAnswer, BlobError> {
        if !is_confidential(&self.address) {
            return Err(BlobError::Unprotected);
        }
        let (token, refused) = match self.attempt(known).await? {
            Attempt::Answered(answer) => return Ok(answer),
            Attempt::Unauthorized(token, refused) => (token, refused),
        };
        let BlobAccess::Identity(tokens) = &self.access else { return Err(refused) };
        tokens.forget(&token).await;
        match self.attempt(known).await? {
            Attempt::Answered(answer) => Ok(answer),
            Attempt::Unauthorized(_, refused) => Err(refused),
        }
    }

    async fn attempt(&self, known: Option<&str>) -> Result<Attempt, BlobError> {
        // Azure compares it with its own time, whatever the simulation's clock says.
        let date = http_date(SystemClock.now());
        let mut request =
            self.http.get(self.address.clone()).header("x-ms-date", &date).header("x-ms-version", VERSION);
        if let Some(known) = known {
            request = request.header(IF_NONE_MATCH, known);
        }
        let mut token = SecretString::default();
        match &self.access {
            BlobAccess::Key(key) => {
                let signed = SignedHeaders {
                    method: "GET",
                    length: 0,
                    if_none_match: known.unwrap_or_default(),
                    more: "",
                };
                let signature = shared_key(key, &self.address, &date, &signed);
                request = request.header(AUTHORIZATION, signature);
            }
            BlobAccess::Identity(tokens) => {
                token = tokens.token().await?;
                request = request.bearer_auth(token.expose_secret());
            }
            BlobAccess::Signed => {}
        }
        let response = request.send().await.map_err(|error| BlobError::Network(describe(error)))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let code = || header(&headers, "x-ms-error-code").unwrap_or_default();
        match status {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if known.is_some() => {
                return Ok(Attempt::Answered(BlobAnswer::Unchanged));
            }
            StatusCode::UNAUTHORIZED => {
                return Ok(Attempt::Unauthorized(token, BlobError::Denied { status: 401, code: code() }));
            }
            StatusCode::FORBIDDEN => return Err(BlobError::Denied { status: 403, code: code() }),
            StatusCode::NOT_FOUND => return Err(BlobError::Missing { code: code() }),
            status if status.is_redirection() && status != StatusCode::NOT_MODIFIED => {
                return Err(BlobError::Redirected(status.as_u16()));
            }
            status => return Err(BlobError::Refused { status: status.as_u16(), code: code() }),
        }
        let body = read_bounded(response, self.limit).await.map_err(|error| match error {
            BodyError::TooLarge { limit } => BlobError::TooLarge { limit },
            BodyError::Broken(problem) => BlobError::Network(problem),
        })?;
        let text = String::from_utf8(body.into()).map_err(|_| BlobError::NotText)?;
        Ok(Attempt::Answered(BlobAnswer::Changed { text, etag: header(&headers, ETAG.as_str()) }))
    }
}

/// A header's value, if it is one that can be shown and sent back.
pub(super) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .filter(|text| text.len() <= 200)
        .map(str::to_owned)
}

/// What a signature covers beside address and date.
pub(super) struct SignedHeaders<'a> {
    pub(super) method: &'static str,
    /// Of the body.
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::azure::storage::STORAGE_AUDIENCE;
    use crate::azure::testing::{Fake, Reply, Seen};
    use crate::http::token::IdentityEndpoint;

    /// A blob service and an identity endpoint, which gives another token each time.
    async fn service(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Fake {
        let given = std::sync::atomic::AtomicUsize::new(0);
        Fake::start(move |request| {
            if request.path != "/msi/token" {
                return answer(request);
            }
            assert_eq!(request.query("resource"), Some(STORAGE_AUDIENCE));
            let number = given.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            (200, format!(r#"{{"access_token":"token-{number}","expires_on":"4000000000"}}"#)).into()
        })
        .await
    }

    fn with_identity(fake: &Fake, limit: usize) -> BlobReader {
        let endpoint =
            IdentityEndpoint { address: fake.url("/msi/token"), header: "s3cret".into(), client_id: None };
        let audience = STORAGE_AUDIENCE.parse().unwrap();
        let tokens = TokenSource::identity_endpoint(fake.http(), endpoint, &audience, Arc::new(SystemClock));
        BlobReader::new(&fake.url("/configuration/notifier.toml"), BlobAccess::Identity(tokens), limit)
            .unwrap()
    }

    #[tokio::test]
    async fn it_is_read_with_a_token_and_again_only_when_it_changed() {
        let fake = service(|request| {
            assert_eq!(request.header("authorization"), Some("Bearer token-0"));
            assert!(request.header("x-ms-version").is_some() && request.header("x-ms-date").is_some());
            match request.header("if-none-match") {
                Some("\"1\"") => (304, "").into(),
                _ => Reply::from((200, "a = 1")).with("etag", "\"1\""),
            }
        })
        .await;
        let reader = with_identity(&fake, 5);
        let first = BlobAnswer::Changed { text: "a = 1".to_owned(), etag: Some("\"1\"".to_owned()) };
        assert_eq!(reader.read(None).await.unwrap(), first);
        assert_eq!(reader.read(Some("\"1\"")).await.unwrap(), BlobAnswer::Unchanged);
        assert_eq!(reader.read(Some("\"0\"")).await.unwrap(), first);
    }

    #[tokio::test]
    async fn a_refused_token_is_replaced_once() {
        let fake = service(|request| match request.header("authorization") {
            Some("Bearer token-1") => (200, "a = 1").into(),
            _ => (401, "").into(),
        })
        .await;
        let answer = with_identity(&fake, 100).read(None).await.unwrap();
        assert_eq!(answer, BlobAnswer::Changed { text: "a = 1".to_owned(), etag: None });
    }

    #[tokio::test]
    async fn whatever_is_wrong_is_told_with_the_way_out_and_without_the_token() {
        type Answer = fn() -> Reply;
        let answers: [(&str, Answer); 7] = [
            ("403", || Reply::from((403, "")).with("x-ms-error-code", "AuthorizationPermissionMismatch")),
            ("401", || (401, "").into()),
            ("404", || Reply::from((404, "")).with("x-ms-error-code", "BlobNotFound")),
            ("large", || (200, "x".repeat(101)).into()),
            ("redirect", || Reply::from((302, "")).with("location", "http://127.0.0.1:1/elsewhere")),
            ("busy", || Reply::from((503, "")).with("x-ms-error-code", "ServerBusy")),
            ("304 unasked", || (304, "").into()),
        ];
        let mut said = Vec::new();
        for (name, answer) in answers {
            let fake = service(move |_| answer()).await;
            let error = with_identity(&fake, 100).read(None).await.unwrap_err();
            let transient = if error.is_transient() { " (transient)" } else { "" };
            said.push(format!("{name}{transient}: {error}\n  hint: {}", error.hint()));
            assert!(fake.seen().iter().all(|request| request.path != "/elsewhere"));
        }
        insta::assert_snapshot!(said.join("\n"), @"
        403: may not be read: HTTP 403 AuthorizationPermissionMismatch
          hint: give the app's identity the role Storage Blob Data Reader on the container, and let the account's firewall take the app's network; a role works for new tokens only, which can take hours
        401: may not be read: HTTP 401
          hint: give the app's identity the role Storage Blob Data Reader on the container, and let the account's firewall take the app's network; a role works for new tokens only, which can take hours
        404: there is no such blob: HTTP 404 BlobNotFound
          hint: upload the configuration to that address, or correct it
        large: is larger than 100 bytes
          hint: does the address name the right blob?
        redirect: the answer sends to another address (HTTP 302), which is not followed
          hint: give the blob's own address: https://ACCOUNT.blob.core.windows.net/CONTAINER/BLOB
        busy (transient): HTTP 503 ServerBusy
          hint: check the address and the storage account
        304 unasked: HTTP 304
          hint: check the address and the storage account
        ");
    }

    #[tokio::test]
    async fn bytes_that_are_no_text_and_addresses_without_protection_are_refused() {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}/c/b?sig=S3cret", listener.local_addr().unwrap()).parse().unwrap();
        let router = axum::Router::new().fallback(async || vec![b'a', 0xff]);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let reader = BlobReader::new(&address, BlobAccess::Signed, 100).unwrap();
        assert_eq!(reader.read(None).await, Err(BlobError::NotText));
        assert!(!format!("{reader:?}").contains("S3cret"));

        let open = "http://contoso.blob.core.windows.net/c/b".parse().unwrap();
        let reader = BlobReader::new(&open, BlobAccess::Signed, 100).unwrap();
        assert_eq!(reader.read(None).await, Err(BlobError::Unprotected));
    }

    #[tokio::test]
    async fn an_account_knows_its_own_blobs() {
        let key = AccountKey::from_connection_string(&"UseDevelopmentStorage=true".into()).unwrap();
        let holds = |address: &str| key.holds(&address.parse().unwrap());
        assert!(holds("http://127.0.0.1:10000/devstoreaccount1/configuration/notifier.toml"));
        assert!(!holds("http://127.0.0.1:10000/devstoreaccount12/configuration/notifier.toml"));
        assert!(!holds("http://127.0.0.1:10001/devstoreaccount1/configuration/notifier.toml"));
        let key = "AccountName=contoso;AccountKey=c2VjcmV0".into();
        let key = AccountKey::from_connection_string(&key).unwrap();
        assert!(
            key.holds(&"https://contoso.blob.core.windows.net/configuration/notifier.toml".parse().unwrap())
        );
        assert!(
            !key.holds(&"https://other.blob.core.windows.net/configuration/notifier.toml".parse().unwrap())
        );
    }
}
