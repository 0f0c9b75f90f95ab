//! Under which addresses the pages are and were. Links in older mails lead to the former ones.

use serde::{Deserialize, Serialize};
use url::Url;

use super::access::Repository;
use crate::store::codec::Versioned;
use crate::store::{PartitionKey, RowKey, StoreError};

/// How many former addresses are known. Links are good for weeks, and nobody moves that often.
const KNOWN: usize = 20;

/// The addresses of the pages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressesRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub present: Option<String>,
    /// Those before it, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<String>,
}

impl Versioned for AddressesRow {}

impl AddressesRow {
    /// The same once the pages are at `address`.
    fn moved_to(&self, address: &str) -> Self {
        let mut former = self.former.clone();
        former.extend(self.present.clone());
        former.retain(|former| former != address);
        former.drain(..former.len().saturating_sub(KNOWN));
        Self { present: Some(address.to_owned()), former }
    }

    /// Whether the pages were at the host that a request names, and are at another one now.
    pub fn is_former(&self, host: &str) -> bool {
        let is_host =
            |address: &String| host_of(address).is_some_and(|known| known.eq_ignore_ascii_case(host));
        self.former.iter().any(is_host) && !self.present.iter().any(is_host)
    }
}

/// What a request to `address` names as its host: without the port that goes without saying.
pub fn host_of(address: &str) -> Option<String> {
    let url: Url = address.parse().ok()?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

impl Repository {
    /// Where the pages are and were.
    pub async fn addresses(&self) -> Result<AddressesRow, StoreError> {
        let row = self.read::<AddressesRow>(&partition()?, &key()?).await?;
        Ok(row.map(|row| row.value).unwrap_or_default())
    }

    /// Notes that the pages are at `address`.
    pub async fn note_address(&self, address: &str) -> Result<(), StoreError> {
        let moved = |known: Option<AddressesRow>| {
            let known = known.unwrap_or_default();
            (known.present.as_deref() != Some(address)).then(|| known.moved_to(address))
        };
        self.update(&partition()?, &key()?, moved).await.map(drop)
    }
}

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("tenant")?)
}

fn key() -> Result<RowKey, StoreError> {
    Ok(RowKey::new("addresses")?)
}

#[cfg(test)]
mod tests {
    use super::super::testing::repository;
    use super::*;

    #[tokio::test]
    async fn an_address_is_former_from_the_moment_on_at_which_another_one_is_noted() {
        let repository = repository();
        for address in ["https://one.contoso.com", "https://two.contoso.com:8443", "https://one.contoso.com"]
        {
            repository.note_address(address).await.unwrap();
            repository.note_address(address).await.unwrap();
        }
        let addresses = repository.addresses().await.unwrap();
        assert!(addresses.is_former("TWO.contoso.com:8443") && !addresses.is_former("two.contoso.com"));
        assert!(!addresses.is_former("one.contoso.com"), "it moved back");
        assert!(!addresses.is_former("contoso.azurewebsites.net"));
        for number in 0..40 {
            repository.note_address(&format!("https://{number}.contoso.com")).await.unwrap();
        }
        let addresses = repository.addresses().await.unwrap();
        assert_eq!(addresses.former.len(), KNOWN);
        assert!(addresses.is_former("38.contoso.com") && !addresses.is_former("39.contoso.com"));
    }
}
