//! The settings about Azure: whom to ask, who asks, and where the state is.

use std::path::PathBuf;

use url::Url;

use super::Reader;
use crate::config::settings::identity::{ApplicationSecret, ArmSettings, IdentitySettings, ManagedIdentity};
use crate::config::settings::locations::{StorageAccount, StoreLocation, SubscriptionScope};
use crate::http::vault_address::vault_audience;

impl Reader<'_> {
    pub(super) fn storage_account(&mut self) -> Option<StorageAccount> {
        if let Some(text) = self.secret("AzureWebJobsStorage") {
            return Some(StorageAccount::ConnectionString(text));
        }
        if let Some(url) = self.optional_address("AzureWebJobsStorage__tableServiceUri") {
            return Some(StorageAccount::TableService(url));
        }
        let name = self.environment.get("AzureWebJobsStorage__accountName")?;
        Some(StorageAccount::Named(name.to_owned()))
    }

    pub(super) fn store(&mut self, account: Option<StorageAccount>) -> StoreLocation {
        const NAME: &str = "NOTIFIER_STORE";
        const SQLITE: &str = ".notifier/state.db";
        let Some(text) = self.environment.get(NAME) else {
            return match account {
                Some(account) => StoreLocation::Tables { prefix: "notifier".to_owned(), account },
                None => StoreLocation::Sqlite(PathBuf::from(SQLITE)),
            };
        };
        match text.split_once(':').map(|(kind, place)| (kind, place.trim())) {
            Some(("sqlite", path)) if !path.is_empty() => StoreLocation::Sqlite(PathBuf::from(path)),
            Some(("tables", prefix)) => {
                // Azure: letters and digits, a letter first, 63 in all; the rest is for the tables' own names.
                let plain = (1..=40).contains(&prefix.len())
                    && prefix.starts_with(|c: char| c.is_ascii_alphabetic())
                    && prefix.chars().all(|c| c.is_ascii_alphanumeric());
                if !plain {
                    let problem = "what follows `tables:` cannot begin the name of a table";
                    self.error(NAME, problem, "use letters and digits, a letter first: tables:notifier");
                }
                match account {
                    Some(account) => StoreLocation::Tables { prefix: prefix.to_owned(), account },
                    None => {
                        let problem = "`tables:` needs a storage account, and AzureWebJobsStorage is not set";
                        self.error(NAME, problem, "set AzureWebJobsStorage, or use sqlite:PATH");
                        StoreLocation::Sqlite(PathBuf::from(SQLITE))
                    }
                }
            }
            _ => {
                self.error(NAME, "names no store", "write sqlite:PATH or tables:PREFIX");
                StoreLocation::Sqlite(PathBuf::from(SQLITE))
            }
        }
    }

    pub(super) fn arm(&mut self) -> Option<ArmSettings> {
        let endpoint = self.text("NOTIFIER_ARM_ENDPOINT");
        let audience = self.text("NOTIFIER_ARM_AUDIENCE");
        let endpoint = self.address("NOTIFIER_ARM_ENDPOINT", &endpoint)?;
        Some(ArmSettings { endpoint, audience })
    }

    pub(super) fn identity(&mut self) -> IdentitySettings {
        let get = |name: &str| self.environment.get(name).map(str::to_owned);
        let (client_id, start_client_id) = (get("NOTIFIER_CLIENT_ID"), get("NOTIFIER_START_CLIENT_ID"));
        let (tenant_id, application_id) = (get("AZURE_TENANT_ID"), get("AZURE_CLIENT_ID"));
        let header = self.secret("IDENTITY_HEADER");
        // The endpoint is http on the machine itself, which is where Azure puts it.
        let endpoint = self.environment.get("IDENTITY_ENDPOINT");
        let endpoint: Option<Url> = endpoint.and_then(|text| match text.parse() {
            Ok(url) => Some(url),
            Err(_) => {
                self.error("IDENTITY_ENDPOINT", format!("`{text}` is no web address"), "Azure sets it");
                None
            }
        });
        let secret = self.secret("AZURE_CLIENT_SECRET");
        let application = secret.and_then(|secret| match (tenant_id, application_id) {
            (Some(tenant_id), Some(client_id)) => Some(ApplicationSecret { tenant_id, client_id, secret }),
            _ => {
                let problem = "is set, but AZURE_TENANT_ID or AZURE_CLIENT_ID is not";
                self.error("AZURE_CLIENT_SECRET", problem, "set all three, or none and use `az login`");
                None
            }
        });
        IdentitySettings {
            client_id,
            storage_client_id: get("AzureWebJobsStorage__clientId"),
            start_client_id,
            managed: endpoint.zip(header).map(|(endpoint, header)| ManagedIdentity { endpoint, header }),
            application,
        }
    }

    /// Only an address of a Key Vault: a token for vaults is sent there.
    pub(super) fn key_vault(&mut self) -> Option<Url> {
        const NAME: &str = "NOTIFIER_KEY_VAULT";
        let address = self.optional_address(NAME)?;
        let is_plain = address.path() == "/" && address.query().is_none() && address.fragment().is_none();
        if !is_plain || vault_audience(&address).is_none() {
            self.error(NAME, "is no address of a Key Vault", "write it like https://NAME.vault.azure.net");
            return None;
        }
        Some(address)
    }

    pub(super) fn subscriptions(&mut self) -> SubscriptionScope {
        const NAME: &str = "NOTIFIER_SUBSCRIPTIONS";
        let Some(text) = self.environment.get(NAME) else {
            return SubscriptionScope::All;
        };
        if let Some(group) = text.strip_prefix("mg:") {
            let group = group.trim();
            let plain = (1..=90).contains(&group.len())
                && group.chars().all(|c| c.is_alphanumeric() || "-_.()".contains(c));
            if !plain {
                let hint = "write the group's id, not its display name: mg:contoso";
                self.error(NAME, format!("`{group}` is no management group"), hint);
            }
            return SubscriptionScope::ManagementGroup(group.to_owned());
        }
        let mut subscriptions = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match uuid::Uuid::parse_str(part).map(|id| id.to_string().parse()) {
                Ok(Ok(id)) if !subscriptions.contains(&id) => subscriptions.push(id),
                Ok(Ok(_)) => {}
                _ => {
                    let hint = "write ids with commas, as in `az account list`, or mg:NAME";
                    self.error(NAME, format!("`{part}` is no subscription id"), hint);
                }
            }
        }
        SubscriptionScope::These(subscriptions)
    }
}
