//! Lists, page by page.

use std::collections::HashSet;

use serde_json::Value;
use url::Url;

use super::buckets::Bucket;
use super::client::ArmClient;
use crate::azure::error::AzureError;
use crate::http::json;

/// More pages than any list of a subscription has.
const MOST_PAGES: usize = 10_000;

impl ArmClient {
    /// The whole list at `path`: all pages, or an error, never a part. Empty pages are normal, because Azure asks its
    /// regions one by one.
    ///
    /// # Errors
    /// When any page cannot be had, or when a `nextLink` leads to another origin or back to an earlier page.
    pub async fn list(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, AzureError> {
        self.list_at_most(path, query, usize::MAX).await
    }

    /// The list at `path`, up to the page on which it reaches `most` items.
    pub async fn list_at_most(
        &self,
        path: &str,
        query: &[(&str, &str)],
        most: usize,
    ) -> Result<Vec<Value>, AzureError> {
        let unreadable =
            |problem: &str| AzureError::Unreadable { what: path.to_owned(), problem: problem.to_owned() };
        let endless = || AzureError::EndlessPages { what: path.to_owned() };
        let bucket = Bucket::of_path(path);
        let mut address = self.address(path, query)?;
        let mut asked = HashSet::from([address.clone()]);
        let mut items = Vec::new();
        for _ in 0..MOST_PAGES {
            let page = self.get_at(address, bucket.clone(), path).await?.json()?;
            // Microsoft Graph writes it as OData does.
            let next = json::text_at(&page, &["nextLink"]).or(json::text_at(&page, &["@odata.nextLink"]));
            let next = next.map(str::to_owned);
            match page {
                Value::Object(mut page) => match page.remove("value") {
                    Some(Value::Array(value)) => items.extend(value),
                    _ => return Err(unreadable("the page has no array `value`")),
                },
                _ => return Err(unreadable("the page is no object")),
            }
            let Some(next) = next.filter(|_| items.len() < most) else {
                return Ok(items);
            };
            address = self.next_page(path, &next)?;
            if !asked.insert(address.clone()) {
                return Err(endless());
            }
        }
        Err(endless())
    }

    /// A `nextLink` as Azure wrote it, if our token may go there.
    fn next_page(&self, what: &str, link: &str) -> Result<Url, AzureError> {
        let address: Url = link.parse().map_err(|error| AzureError::Unreadable {
            what: what.to_owned(),
            problem: format!("its nextLink is no address: {error}"),
        })?;
        if !self.may_ask(&address) {
            let host = address.host_str().unwrap_or_default().to_owned();
            return Err(AzureError::ForeignPage { what: what.to_owned(), host });
        }
        Ok(address)
    }
}
