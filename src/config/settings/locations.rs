//! Where everything is.

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;
use url::Url;

use crate::domain::resource::SubscriptionId;

/// Where the configuration file is.
#[derive(Clone, PartialEq, Eq)]
pub enum ConfigLocation {
    Path(PathBuf),
    /// A blob, read with the app's identity.
    Blob(Url),
}

impl fmt::Debug for ConfigLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl ConfigLocation {
    /// The location as shown in messages. A blob's address may be signed, so its query is left out.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Blob(url) => {
                let mut shown = url.clone();
                shown.set_query(None);
                shown.set_fragment(None);
                shown.to_string()
            }
        }
    }
}

/// Where the state is.
#[derive(Debug, Clone)]
pub enum StoreLocation {
    Sqlite(PathBuf),
    /// Azure Tables whose names begin with `prefix`.
    Tables {
        prefix: String,
        account: StorageAccount,
    },
}

impl StoreLocation {
    /// How people find it again. Nothing of a key is in it.
    pub fn described(&self) -> String {
        match self {
            Self::Sqlite(path) if !path.exists() => format!("{}, which is not there", path.display()),
            Self::Sqlite(path) => path.display().to_string(),
            Self::Tables { prefix, account } => match account {
                StorageAccount::ConnectionString(_) => format!("the tables `{prefix}…`"),
                StorageAccount::Named(name) => format!("the tables `{prefix}…` of {name}"),
                StorageAccount::TableService(address) => {
                    format!("the tables `{prefix}…` of {}", address.host_str().unwrap_or_default())
                }
            },
        }
    }
}

/// A storage account.
#[derive(Debug, Clone)]
pub enum StorageAccount {
    /// With a key, or the emulator.
    ConnectionString(SecretString),
    /// With the app's identity.
    Named(String),
    /// With the app's identity, at this address.
    TableService(Url),
}

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubscriptionScope {
    /// All that the identity can read.
    All,
    These(Vec<SubscriptionId>),
    /// Those of a management group.
    ManagementGroup(String),
}
