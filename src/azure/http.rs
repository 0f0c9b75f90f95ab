//! The HTTP client and the bounded reading of bodies, for every room that calls someone else.

use std::error::Error;
use std::time::Duration;

use bytes::{Bytes, BytesMut};

/// The largest answer that is read from Azure.
pub const AZURE_BODY_LIMIT: usize = 16 * 1024 * 1024;

/// How a client behaves. The defaults suit Azure Resource Manager.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// From the first byte sent to the last byte read; `None` waits for ever, which only tests with paused time want.
    pub timeout: Option<Duration>,
    /// For the connection and its TLS handshake.
    pub connect_timeout: Option<Duration>,
    /// Whether the proxy named in the system's settings is used. Identity endpoints must be reached without one.
    pub use_proxy: bool,
    /// How many idle connections are kept for each host.
    pub idle_connections: usize,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            timeout: Some(Duration::from_secs(60)),
            connect_timeout: Some(Duration::from_secs(10)),
            use_proxy: true,
            idle_connections: 8,
        }
    }
}

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[error(
    "the HTTPS client cannot be set up: {problem}\nhint: install the system's certificates (Debian: `apt-get install \
     ca-certificates`), or let SSL_CERT_FILE name a bundle of them"
)]
pub struct ClientSetupError {
    problem: String,
}

/// Chooses ring for all TLS of the process. To be called before any client is made; calling it again does nothing.
pub fn install_crypto() {
    // The error means that a provider is installed already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client that follows no redirects (a bearer token must not travel), verifies certificates against the system's
/// roots, and understands gzip.
///
/// # Errors
/// When TLS cannot be set up, usually because the system has no root certificates. Better now than at the first call.
pub fn client(options: &ClientOptions) -> Result<reqwest::Client, ClientSetupError> {
    install_crypto();
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("maintenance-notifier/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .pool_max_idle_per_host(options.idle_connections);
    if let Some(timeout) = options.timeout {
        builder = builder.timeout(timeout);
    }
    if let Some(timeout) = options.connect_timeout {
        builder = builder.connect_timeout(timeout);
    }
    if !options.use_proxy {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| ClientSetupError { problem: describe(error) })
}

/// Why a body was not read to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is longer than we are willing to hold.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The bound, in bytes after decompression.
        limit: usize,
    },
    /// The connection broke.
    #[error("the answer broke off: {0}")]
    Broken(String),
}

/// Reads a body of at most `limit` bytes. The bound counts what comes out of decompression.
///
/// # Errors
/// When there is more, or when the connection breaks.
pub async fn read_bounded(mut response: reqwest::Response, limit: usize) -> Result<Bytes, BodyError> {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(BodyError::TooLarge { limit });
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| BodyError::Broken(describe(error)))? {
        if body.len() + chunk.len() > limit {
            return Err(BodyError::TooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// An error and its causes in one line. The address is left out, for it can be a secret.
pub fn describe(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

/// Whether two addresses have the same scheme, host and port.
pub fn same_origin(one: &url::Url, other: &url::Url) -> bool {
    one.origin() == other.origin()
}

/// Whether an address can be sent a secret: it is https, or it does not leave this machine.
pub fn is_confidential(address: &url::Url) -> bool {
    let local = match address.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    };
    address.scheme() == "https" || (address.scheme() == "http" && local)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::testing::Fake;

    #[tokio::test]
    async fn a_body_is_read_up_to_the_bound_and_not_beyond() {
        let fake = Fake::start(|_| (200, "x".repeat(1000)).into()).await;
        let get = async |limit| {
            let response = reqwest::Client::get(&fake.http(), fake.url("/")).send().await.unwrap();
            read_bounded(response, limit).await
        };
        assert_eq!(get(1000).await.unwrap().len(), 1000);
        assert_eq!(get(999).await, Err(BodyError::TooLarge { limit: 999 }));
    }

    #[test]
    fn a_token_leaves_the_machine_over_https_only() {
        let is = |text: &str| is_confidential(&text.parse().unwrap());
        assert!(is("https://management.azure.com"));
        assert!(is("http://127.0.0.1:8080"));
        assert!(is("http://[::1]:8080"));
        assert!(!is("http://management.azure.com"));
        assert!(!is("http://127.0.0.1.example.com"));
        assert!(!is("ftp://localhost"));
    }
}
