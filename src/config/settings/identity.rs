//! How to sign in to Azure.

use secrecy::SecretString;
use url::Url;

/// Azure Resource Manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArmSettings {
    pub endpoint: Url,
    pub audience: String,
}

/// How to sign in to Azure.
#[derive(Debug, Clone)]
pub struct IdentitySettings {
    /// The user-assigned identity for reading; `None` is the system-assigned one.
    pub client_id: Option<String>,
    /// The user-assigned identity for the app's own storage account; `None` is the reading one.
    pub storage_client_id: Option<String>,
    /// The identity that may start maintenance; `None` is the reading one.
    pub start_client_id: Option<String>,
    /// The managed identity's endpoint and header, where Azure gives them.
    pub managed: Option<ManagedIdentity>,
    /// An application's secret, for a person without a managed identity.
    pub application: Option<ApplicationSecret>,
}

/// Where a managed identity gets its tokens.
#[derive(Debug, Clone)]
pub struct ManagedIdentity {
    pub endpoint: Url,
    /// What has to be sent with each request.
    pub header: SecretString,
}

/// An application that signs in with a secret.
#[derive(Debug, Clone)]
pub struct ApplicationSecret {
    pub tenant_id: String,
    pub client_id: String,
    pub secret: SecretString,
}
