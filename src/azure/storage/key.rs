//! A connection string: an account, its key, and where its services are.
//!
//! Documented at <https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;
use url::Url;

use crate::http::origin::same_origin;

/// The end of a storage service's host name in Azure's public cloud.
pub const PUBLIC_CLOUD: &str = "core.windows.net";

/// The emulator's account and key. They are the same everywhere and no secret:
/// <https://learn.microsoft.com/azure/storage/common/storage-use-azurite>.
const EMULATOR: &str = "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;\
                        BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;TableEndpoint=http://127.0.0.1:10002/devstoreaccount1";

/// A connection string cannot be used. The error does not repeat it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("AzureWebJobsStorage is no connection string that can be used: {problem}; {hint}")]
pub struct ConnectionStringError {
    problem: &'static str,
    hint: &'static str,
}

/// An account with its key.
#[derive(Clone)]
pub struct AccountKey {
    account: String,
    key: SecretSlice<u8>,
    tables: String,
    blobs: String,
}

impl std::fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountKey").field("account", &self.account).finish_non_exhaustive()
    }
}

impl AccountKey {
    /// Reads a connection string, as `AzureWebJobsStorage` holds it.
    ///
    /// # Errors
    /// When it names no account or key.
    pub fn from_connection_string(text: &SecretString) -> Result<Self, ConnectionStringError> {
        const COPY: &str = "copy it anew from the account's access keys";
        let error = |problem, hint| ConnectionStringError { problem, hint };
        let parse = |text| Fields::parse(text).ok_or_else(|| error("it is no list of NAME=VALUE;…", COPY));
        let mut fields = parse(text.expose_secret())?;
        if fields.get("UseDevelopmentStorage").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            fields = parse(EMULATOR)?;
        }
        let account = fields.get("AccountName").ok_or_else(|| error("it lacks AccountName", COPY))?;
        let key = fields.get("AccountKey").ok_or_else(|| {
            error(
                "it lacks AccountKey",
                "copy it anew from the account's access keys, or use the app's identity: \
                 AzureWebJobsStorage__accountName",
            )
        })?;
        let key = STANDARD
            .decode(key)
            .map_err(|_| error("its AccountKey is no Base64", "copy it anew from the account's keys"))?;
        let endpoint = |field: &str, service: &str| match fields.get(field) {
            Some(endpoint) => endpoint.to_owned(),
            None => {
                let protocol = fields.get("DefaultEndpointsProtocol").unwrap_or("https");
                let suffix = fields.get("EndpointSuffix").unwrap_or(PUBLIC_CLOUD);
                format!("{protocol}://{account}.{service}.{suffix}")
            }
        };
        Ok(Self {
            account: account.to_owned(),
            tables: endpoint("TableEndpoint", "table"),
            blobs: endpoint("BlobEndpoint", "blob"),
            key: key.into(),
        })
    }

    /// The account's name.
    pub fn account(&self) -> &str {
        &self.account
    }

    /// The address of its tables, as written.
    pub fn tables(&self) -> &str {
        &self.tables
    }

    /// Whether `address` is that of one of the account's blobs.
    pub fn holds(&self, address: &Url) -> bool {
        let Ok(blobs) = self.blobs.parse::<Url>() else { return false };
        let folder = format!("{}/", blobs.path().trim_end_matches('/'));
        same_origin(&blobs, address) && address.path().starts_with(&folder)
    }

    /// The signature of a text, in Base64.
    pub fn sign(&self, text: &str) -> String {
        #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.key.expose_secret()).expect("every key is long enough");
        mac.update(text.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

/// The fields of a connection string. Their names are written in any case.
struct Fields<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Fields<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let fields = text.split(';').map(str::trim).filter(|field| !field.is_empty());
        fields.map(|field| field.split_once('=')).collect::<Option<Vec<_>>>().map(Self)
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        let mut found = self.0.iter().filter(|(field, _)| field.trim().eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}
