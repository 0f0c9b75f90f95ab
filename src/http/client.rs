//! Makes HTTP clients.

use std::time::Duration;

use super::causes::describe;

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
    builder(options).build().map_err(|error| ClientSetupError { problem: describe(error) })
}

/// What makes a [`client`], for those who add to it.
pub fn builder(options: &ClientOptions) -> reqwest::ClientBuilder {
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
    builder
}
