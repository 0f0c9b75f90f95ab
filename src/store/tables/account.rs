//! Which storage account, and how requests show that they may use it.
//!
//! A connection string has the account's key, which signs each request; the emulator is used that way. In Azure the
//! app's identity is used, and the account has no keys. Documented at
//! <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key>.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::azure::storage::AccountKey;
use crate::http::origin::is_confidential;
use crate::http::token::{TokenError, TokenSource};
use crate::store::StoreError;

/// A storage account's tables.
#[derive(Debug)]
pub struct TablesAccount {
    endpoint: Url,
    signing: Signing,
}

enum Signing {
    Key(AccountKey),
    Identity(TokenSource),
}

impl std::fmt::Debug for Signing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Key(_) => "Key",
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
        let key = AccountKey::from_connection_string(text).map_err(|error| refusal(error.to_string()))?;
        Ok(Self { endpoint: address(key.tables())?, signing: Signing::Key(key) })
    }

    /// The account of this name, used with the app's identity. `cloud` ends its host name, as [`PUBLIC_CLOUD`](crate::azure::storage::PUBLIC_CLOUD) does.
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
            Signing::Key(key) => Ok(shared_key(key, address, date).into()),
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

/// Shared Key Lite: date and resource. The emulator has the account in its paths, and so twice in the resource.
fn shared_key(key: &AccountKey, address: &Url, date: &str) -> String {
    let account = key.account();
    format!("SharedKeyLite {account}:{}", key.sign(&format!("{date}\n/{account}{}", address.path())))
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

fn unusable(what: &str, hint: &str) -> StoreError {
    setting(&format!("AzureWebJobsStorage is no connection string that can be used: {what}"), hint)
}

fn setting(problem: &str, hint: &str) -> StoreError {
    refusal(format!("{problem}; {hint}"))
}

fn refusal(reason: String) -> StoreError {
    StoreError::Setting { setting: "tables:…".to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::DateTime;

    use super::*;
    use crate::azure::storage::{PUBLIC_CLOUD, STORAGE_AUDIENCE};
    use crate::clock::SystemClock;
    use crate::http::date::http_date;

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
        assert_eq!(address("UseDevelopmentStorage=true"), "http://127.0.0.1:10002/devstoreaccount1");
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
