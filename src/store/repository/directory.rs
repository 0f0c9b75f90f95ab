//! What the directory answered, and who has roles on resource groups: kept so that nobody is asked for the same thing
//! every quarter of an hour, and so that the last answer counts while there is no newer one.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::loaded::LoadedRows;
use super::writes::put;
use crate::domain::directory::{DirectoryAnswer, DirectoryQuery, RoleHolder};
use crate::store::codec::Versioned;
use crate::store::key::hash_key;
use crate::store::{PartitionKey, RowKey, RowRange, StoreError, Write};

/// One answer of the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryRow {
    pub question: DirectoryQuery,
    pub entry: DirectoryAnswer,
    pub asked: DateTime<Utc>,
}

/// The roles on one resource group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolesRow {
    /// The group's id, in lower case.
    pub group: String,
    /// Who has one there.
    pub holders: Vec<RoleHolder>,
    /// When that was asked.
    pub asked: DateTime<Utc>,
}

impl Versioned for DirectoryRow {}
impl Versioned for RolesRow {}

impl Repository {
    /// Every answer that is kept.
    pub async fn directory(&self) -> Result<LoadedRows<DirectoryRow>, StoreError> {
        self.load(&partition()?, RowRange::within(&[ENTRY])?).await
    }

    /// The roles of every resource group that was asked for.
    pub async fn roles(&self) -> Result<LoadedRows<RolesRow>, StoreError> {
        self.load(&partition()?, RowRange::within(&[ROLES])?).await
    }

    /// Keeps an answer in the place of an earlier one. Its key says all of the question, so it is written unread.
    pub async fn put_directory(&self, row: &DirectoryRow) -> Result<(), StoreError> {
        let write = put(entry_key(&row.question)?, row)?;
        self.store.write(&partition()?, vec![write]).await.map(drop)
    }

    /// Keeps the roles of a resource group in the place of earlier ones.
    pub async fn put_roles(&self, row: &RolesRow) -> Result<(), StoreError> {
        let write = put(roles_key(&row.group)?, row)?;
        self.store.write(&partition()?, vec![write]).await.map(drop)
    }

    /// Forgets an answer.
    pub async fn delete_directory_answer(&self, question: &DirectoryQuery) -> Result<(), StoreError> {
        let delete = Write::Delete { row: entry_key(question)?, etag: None };
        self.store.write(&partition()?, vec![delete]).await.map(drop)
    }

    /// Forgets the roles of a resource group.
    pub async fn delete_roles(&self, group: &str) -> Result<(), StoreError> {
        let delete = Write::Delete { row: roles_key(group)?, etag: None };
        self.store.write(&partition()?, vec![delete]).await.map(drop)
    }
}

const ENTRY: &str = "e";
const ROLES: &str = "r";

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("directory")?)
}

fn entry_key(question: &DirectoryQuery) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[ENTRY, &hash_key(&question.key())])?)
}

fn roles_key(group: &str) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[ROLES, &hash_key(group)])?)
}
