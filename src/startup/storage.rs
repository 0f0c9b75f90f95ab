//! The store that the settings name.

use std::sync::Arc;

use url::Url;

use super::clients::tokens;
use super::config_source::access;
use super::error::{StartupError, part};
use crate::azure::storage::{Container, PUBLIC_CLOUD, STORAGE_AUDIENCE};
use crate::clock::SystemClock;
use crate::config::Settings;
use crate::config::settings::{IdentitySettings, StorageAccount, StoreLocation};
use crate::http::client::{ClientOptions, client};
use crate::store::repository::Repository;
use crate::store::tables::TablesAccount;
use crate::store::{ReadOnlyStore, SharedStore, SqliteStore, TablesStore};

/// Opens the store that the settings name.
///
/// # Errors
/// When it cannot be opened.
pub async fn open_store(settings: &Settings) -> Result<Repository, StartupError> {
    store(settings).await.map(Repository::new)
}

/// Opens the store that the settings name, for who only looks: every write is refused.
///
/// # Errors
/// When it cannot be opened.
pub async fn open_store_to_look(settings: &Settings) -> Result<Repository, StartupError> {
    let store: SharedStore = match &settings.store {
        // Nothing is made by looking: what is not there is empty.
        StoreLocation::Sqlite(path) if !path.exists() => Arc::new(SqliteStore::in_memory()?),
        _ => store(settings).await?,
    };
    Ok(Repository::new(Arc::new(ReadOnlyStore::new(store))))
}

async fn store(settings: &Settings) -> Result<SharedStore, StartupError> {
    Ok(match &settings.store {
        StoreLocation::Sqlite(path) => Arc::new(SqliteStore::open(path).await?),
        StoreLocation::Tables { prefix, account } => Arc::new(tables(settings, prefix, account)?),
    })
}

/// The store in Azure Tables, if that is where the settings put it. Nothing is asked for it.
pub(super) fn tables_store(settings: &Settings) -> Result<Option<TablesStore>, StartupError> {
    match &settings.store {
        StoreLocation::Sqlite(_) => Ok(None),
        StoreLocation::Tables { prefix, account } => tables(settings, prefix, account).map(Some),
    }
}

fn tables(settings: &Settings, prefix: &str, account: &StorageAccount) -> Result<TablesStore, StartupError> {
    Ok(TablesStore::new(tables_account(settings, account)?, prefix)?)
}

/// The container to which the end of the audit trail is added, where one is set.
///
/// # Errors
/// When its client cannot be made.
pub fn audit_container(settings: &Settings) -> Result<Option<Container>, StartupError> {
    const SETTING: &str = "NOTIFIER_AUDIT_CONTAINER";
    let Some(address) = &settings.audit_container else { return Ok(None) };
    let access = access(settings, address, SETTING)?;
    Container::new(address, access).map(Some).map_err(|error| part(SETTING)(&error))
}

/// The storage account's tables: with its key where there is one, else with the identity that reads.
fn tables_account(settings: &Settings, account: &StorageAccount) -> Result<TablesAccount, StartupError> {
    let tokens = || {
        let what = part("AzureWebJobsStorage");
        let client = client(&ClientOptions::default()).map_err(|error| what(&error))?;
        // Tokens last as long as Azure says, whatever the simulation's clock says.
        tokens(
            &of_storage(&settings.identity),
            &client,
            STORAGE_AUDIENCE,
            "AzureWebJobsStorage",
            &(Arc::new(SystemClock) as _),
        )
    };
    Ok(match account {
        StorageAccount::ConnectionString(text) => TablesAccount::from_connection_string(text)?,
        StorageAccount::Named(name) => {
            TablesAccount::named(name, storage_services(&settings.arm.endpoint), tokens()?)?
        }
        StorageAccount::TableService(address) => TablesAccount::with_identity(address, tokens()?)?,
    })
}

/// The storage account may have an identity of its own.
fn of_storage(identity: &IdentitySettings) -> IdentitySettings {
    let client_id = identity.storage_client_id.as_ref().or(identity.client_id.as_ref());
    IdentitySettings { client_id: client_id.cloned(), ..identity.clone() }
}

/// How the host names of a cloud's storage services end.
fn storage_services(arm: &Url) -> &'static str {
    match arm.host_str() {
        Some("management.usgovcloudapi.net") => "core.usgovcloudapi.net",
        Some("management.chinacloudapi.cn") => "core.chinacloudapi.cn",
        _ => PUBLIC_CLOUD,
    }
}
