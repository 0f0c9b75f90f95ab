//! Which storage account, and how requests show that they may use it.
//!
//! A connection string has the account's key, which signs each request; the emulator is used that way. In Azure the
//! app's identity is used, and the account has no keys. Documented at
//! <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key> and
//! <https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use sha2::Sha256;
use url::Url;

use crate::azure::http::is_confidential;
use crate::azure::token::{TokenError, TokenSource};
use crate::store::StoreError;

/// For whom tokens of the storage services are, in every cloud.
pub const STORAGE_AUDIENCE: &str = "https://storage.azure.com";

/// The end of a storage service's host name in Azure's public cloud.
pub const PUBLIC_CLOUD: &str = "core.windows.net";

/// The emulator's account and key. They are the same everywhere and no secret:
/// <https://learn.microsoft.com/azure/storage/common/storage-use-azurite>.
const EMULATOR_ACCOUNT: &str = "devstoreaccount1";
const EMULATOR_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const EMULATOR_TABLES: &str = "http://127.0.0.1:10002/devstoreaccount1";

/// A storage account's tables.
#[derive(Debug)]
pub struct TablesAccount {
    endpoint: Url,
    signing: Signing,
}

enum Signing {
    Key { account: String, key: SecretSlice<u8> },
    Identity(TokenSource),
}

impl std::fmt::Debug for Signing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Key { .. } => "Key",
            Self::Identity(_) => "Identity",
        })
    }
}

impl TablesAccount {
    /// The account of a connection string, as `AzureWebJobsStorage` holds it.
    ///
    /// # Errors
    /// When it names no account, address or key. The error does not repeat it.
    pub fn from_connection_string(text: &SecretString) -> Result<Self, StoreError> {
        let fields = Fields::parse(text.expose_secret())?;
        if fields.get("UseDevelopmentStorage").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Self::with_key(EMULATOR_TABLES, EMULATOR_ACCOUNT, EMULATOR_KEY);
        }
        let Some(account) = fields.get("AccountName") else {
            return Err(unusable("it lacks AccountName", "copy it anew from the account's access keys"));
        };
        let Some(key) = fields.get("AccountKey") else {
            return Err(unusable(
                "it lacks AccountKey",
                "copy it anew from the account's access keys, or use the app's identity: \
                 AzureWebJobsStorage__accountName",
            ));
        };
        let endpoint = match fields.get("TableEndpoint") {
            Some(endpoint) => endpoint.to_owned(),
            None => {
                let protocol = fields.get("DefaultEndpointsProtocol").unwrap_or("https");
                let suffix = fields.get("EndpointSuffix").unwrap_or(PUBLIC_CLOUD);
                format!("{protocol}://{account}.table.{suffix}")
            }
        };
        Self::with_key(&endpoint, account, key)
    }

    fn with_key(endpoint: &str, account: &str, key: &str) -> Result<Self, StoreError> {
        let key = STANDARD
            .decode(key)
            .map_err(|_| unusable("its AccountKey is no Base64", "copy it anew from the account's keys"))?;
        let signing = Signing::Key { account: account.to_owned(), key: key.into() };
        Ok(Self { endpoint: address(endpoint)?, signing })
    }

    /// The account of this name, used with the app's identity. `cloud` ends its host name, as [`PUBLIC_CLOUD`] does.
    ///
    /// # Errors
    /// When no account can have this name.
    pub fn named(name: &str, cloud: &str, tokens: TokenSource) -> Result<Self, StoreError> {
        let plain = (3..=24).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if !plain {
            return Err(setting(
                "AzureWebJobsStorage__accountName cannot be the name of a storage account",
                "names have 3 to 24 small letters and digits",
            ));
        }
        Self::with_identity(&address(&format!("https://{name}.table.{cloud}"))?, tokens)
    }

    /// The account whose tables are at this address, used with the app's identity.
    ///
    /// # Errors
    /// When the token would travel in the clear.
    pub fn with_identity(endpoint: &Url, tokens: TokenSource) -> Result<Self, StoreError> {
        if !is_confidential(endpoint) {
            return Err(setting(
                "AzureWebJobsStorage__tableServiceUri is an address where a token would travel unprotected",
                "give an https address",
            ));
        }
        Ok(Self { endpoint: address(endpoint.as_str())?, signing: Signing::Identity(tokens) })
    }

    /// The address that those of all tables begin with; it does not end with a slash.
    pub(super) fn base(&self) -> &str {
        self.endpoint.as_str().trim_end_matches('/')
    }

    /// Its host, for messages.
    pub(super) fn host(&self) -> &str {
        self.endpoint.host_str().unwrap_or_default()
    }

    /// Whether it is on this machine.
    pub(super) fn is_local(&self) -> bool {
        is_confidential(&self.endpoint) && self.endpoint.scheme() == "http"
    }

    /// What `Authorization` has to say in a request to `address` that is sent at `date`.
    pub(super) async fn authorization(&self, address: &Url, date: &str) -> Result<SecretString, TokenError> {
        match &self.signing {
            Signing::Key { account, key } => Ok(shared_key(account, key, address, date).into()),
            Signing::Identity(tokens) => {
                Ok(format!("Bearer {}", tokens.token().await?.expose_secret()).into())
            }
        }
    }

    /// Forgets a token that was refused. Returns whether there may be a better one.
    pub(super) async fn renew(&self, refused: &SecretString) -> bool {
        let Signing::Identity(tokens) = &self.signing else { return false };
        if let Some(token) = refused.expose_secret().strip_prefix("Bearer ") {
            tokens.forget(&token.into()).await;
        }
        true
    }
}

/// A date as the signature and the header have it.
pub(super) fn http_date(now: DateTime<Utc>) -> String {
    now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Shared Key Lite: date and resource. The emulator has the account in its paths, and so twice in the resource.
fn shared_key(account: &str, key: &SecretSlice<u8>, address: &Url, date: &str) -> String {
    let text = format!("{date}\n/{account}{}", address.path());
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose_secret()).expect("every key is long enough");
    mac.update(text.as_bytes());
    format!("SharedKeyLite {account}:{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn address(text: &str) -> Result<Url, StoreError> {
    let refuse =
        || unusable("the address of its tables is none", "write https://ACCOUNT.table.core.windows.net");
    let url: Url = text.trim_end_matches('/').parse().map_err(|_| refuse())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    if plain { Ok(url) } else { Err(refuse()) }
}

/// The fields of a connection string. Their names are written in any case.
struct Fields<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Fields<'a> {
    fn parse(text: &'a str) -> Result<Self, StoreError> {
        let fields = text.split(';').map(str::trim).filter(|field| !field.is_empty());
        let fields: Option<Vec<_>> = fields.map(|field| field.split_once('=')).collect();
        fields.map(Self).ok_or_else(|| {
            unusable("it is no list of NAME=VALUE;…", "copy it anew from the account's access keys")
        })
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        let mut found = self.0.iter().filter(|(field, _)| field.trim().eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

fn unusable(what: &str, way_out: &str) -> StoreError {
    setting(&format!("AzureWebJobsStorage is no connection string that can be used: {what}"), way_out)
}

fn setting(problem: &str, way_out: &str) -> StoreError {
    StoreError::Setting { setting: "tables:…".to_owned(), reason: format!("{problem}; {way_out}") }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;

    fn read(text: &str) -> Result<TablesAccount, StoreError> {
        TablesAccount::from_connection_string(&text.into())
    }

    fn tokens() -> TokenSource {
        let audience = STORAGE_AUDIENCE.parse().unwrap();
        TokenSource::fixed("t0ken".into(), &audience, Arc::new(SystemClock))
    }

    #[test]
    fn finds_the_tables_of_a_connection_string() {
        let address = |text: &str| read(text).unwrap().base().to_owned();
        assert_eq!(address("UseDevelopmentStorage=true"), EMULATOR_TABLES);
        assert_eq!(
            address(
                "DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net"
            ),
            "https://contoso.table.core.windows.net"
        );
        assert_eq!(
            address("accountname=contoso ; accountkey=c2VjcmV0;"),
            "https://contoso.table.core.windows.net"
        );
        let named = "AccountName=devstoreaccount1;AccountKey=c2VjcmV0;BlobEndpoint=http://azurite:1/devstoreaccount1;\
                     TableEndpoint=http://azurite:3/devstoreaccount1/;";
        assert_eq!(address(named), "http://azurite:3/devstoreaccount1");
    }

    #[test]
    fn refuses_others_without_repeating_them() {
        let errors = [
            "hunter2",
            "AccountName=contoso",
            "AccountKey=aHVudGVyMg==",
            "AccountName=contoso;AccountKey=hunter2!",
            "AccountName=contoso;SharedAccessSignature=sig=hunter2",
            "AccountName=contoso;AccountKey=aHVudGVyMg==;TableEndpoint=https://contoso/?sig=hunter2",
            "AccountName=contoso;AccountKey=aHVudGVyMg==;TableEndpoint=hunter2",
        ]
        .map(|text| read(text).unwrap_err().to_string());
        assert!(errors.iter().all(|error| !error.contains("hunter2")), "{errors:?}");
        insta::assert_snapshot!(errors.join("\n"), @"
        the setting NOTIFIER_STORE=tables:… cannot be used: AzureWebJobsStorage is no connection string that can be used: it is no list of NAME=VALUE;…; copy it anew from the account's access keys
        the setting NOTIFIER_STORE=tables:… cannot be used: AzureWebJobsStorage is no connection string that can be used: it lacks AccountKey; copy it anew from the account's access keys, or use the app's identity: AzureWebJobsStorage__accountName
        the setting NOTIFIER_STORE=tables:… cannot be used: AzureWebJobsStorage is no connection string that can be used: it lacks AccountName; copy it anew from the account's access keys
        the setting NOTIFIER_STORE=tables:… cannot be used: AzureWebJobsStorage is no connection string that can be used: its AccountKey is no Base64; copy it anew from the account's keys
        the setting NOTIFIER_STORE=tables:… cannot be used: AzureWebJobsStorage is no connection string that can be used: it lacks AccountKey; copy it anew from the account's access keys, or use the app's identity: AzureWebJobsStorage__accountName
        the setting NOTIFIER_STORE=tables:… cannot be used: AzureWebJobsStorage is no connection string that can be used: the address of its tables is none; write https://ACCOUNT.table.core.windows.net
        the setting NOTIFIER_STORE=tables:… cannot be used: AzureWebJobsStorage is no connection string that can be used: the address of its tables is none; write https://ACCOUNT.table.core.windows.net
        ");
    }

    #[test]
    fn a_token_goes_to_safe_addresses_only() {
        assert!(TablesAccount::with_identity(&"http://contoso:1/".parse().unwrap(), tokens()).is_err());
        assert!(TablesAccount::named("contoso/..", PUBLIC_CLOUD, tokens()).is_err());
        let account = TablesAccount::named("contoso", PUBLIC_CLOUD, tokens()).unwrap();
        assert_eq!(account.base(), "https://contoso.table.core.windows.net");
        assert!(!format!("{account:?}").contains("t0ken"));
    }

    /// Worked out with OpenSSL: `printf 'DATE\n/ACCOUNT/PATH' | openssl dgst -sha256 -mac HMAC -macopt hexkey:…`.
    #[tokio::test]
    async fn signs_date_and_resource() {
        let account = read("AccountName=contoso;AccountKey=c2VjcmV0").unwrap();
        let address = "https://contoso.table.core.windows.net/state()?$top=1".parse().unwrap();
        let date = http_date(DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        let signed = account.authorization(&address, &date).await.unwrap();
        insta::assert_snapshot!(format!("{date}\n{}", signed.expose_secret()), @"
        Fri, 15 Jan 2027 08:00:00 GMT
        SharedKeyLite contoso:JPFKgaGU4Ws5Lr9y6fareqiK/N96/p1620v1E1t8aFg=
        ");
        assert!(!account.renew(&signed).await, "a key cannot be renewed");
    }
}
