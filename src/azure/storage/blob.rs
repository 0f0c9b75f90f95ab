//! Reads one blob, and asks whether it changed. Documented at
//! <https://learn.microsoft.com/rest/api/storageservices/get-blob>.

use reqwest::header::{ETAG, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use url::Url;

use super::client::{BlobAccess, SignedHeaders, StorageClient};
use super::error::BlobError;
use crate::http::client::ClientSetupError;

/// What a blob is at the moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobAnswer {
    Unchanged,
    Changed {
        text: String,
        /// Its state, to ask for changes with.
        etag: Option<String>,
    },
}

/// One blob.
#[derive(Debug, Clone)]
pub struct BlobReader {
    client: StorageClient,
    limit: usize,
}

impl BlobReader {
    /// The blob at `address`, of which at most `limit` bytes are read.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(address: &Url, access: BlobAccess, limit: usize) -> Result<Self, ClientSetupError> {
        Ok(Self { client: StorageClient::new(address, access)?, limit })
    }

    /// Reads it, unless it is in the state that `known` names.
    pub async fn read(&self, known: Option<&str>) -> Result<BlobAnswer, BlobError> {
        let signed = SignedHeaders {
            method: Method::GET,
            length: 0,
            if_none_match: known.unwrap_or_default(),
            more: "",
        };
        let reply = self
            .client
            .send(&self.client.address, &signed, |request| match known {
                Some(known) => request.header(IF_NONE_MATCH, known),
                None => request,
            })
            .await?;
        match reply.status {
            StatusCode::OK => {
                let etag = reply.header(ETAG.as_str());
                Ok(BlobAnswer::Changed { text: reply.text(self.limit).await?, etag })
            }
            StatusCode::NOT_MODIFIED if known.is_some() => Ok(BlobAnswer::Unchanged),
            _ => Err(reply.refusal()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::azure::storage::{AccountKey, STORAGE_AUDIENCE};
    use crate::azure::testing::{Fake, Reply, Seen};
    use crate::clock::SystemClock;
    use crate::http::token::{IdentityEndpoint, TokenSource};

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
    async fn whatever_is_wrong_is_said_with_a_hint_and_without_the_token() {
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
    async fn a_clock_that_is_off_is_no_missing_role() {
        let date = "Tue, 01 Jan 2019 08:00:00 GMT";
        let fake = service(move |_| Reply::from((403, "")).with("date", date)).await;
        let error = with_identity(&fake, 100).read(None).await.unwrap_err();
        let said = format!("{error} {}", error.hint());
        assert!(said.contains("this machine's clock is ") && !said.contains("role"), "{said}");
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
