//! Where metrics go.

use secrecy::SecretString;
use url::Url;

/// Where metrics go, and what they say of their origin.
#[derive(Debug, Clone)]
pub struct TelemetrySettings {
    /// The whole address to post to.
    pub endpoint: Url,
    /// What has to be sent with each request, such as a key.
    pub headers: Vec<(String, SecretString)>,
    /// What a sum counts from.
    pub temporality: Temporality,
    pub service: String,
    /// Further attributes of the service.
    pub resource: Vec<(String, String)>,
}

/// What a sum counts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temporality {
    /// From the last export. Fits processes that come and go.
    Delta,
    /// From the start of the process.
    Cumulative,
}
