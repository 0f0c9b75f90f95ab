//! A container to which blobs are added and never changed. Documented at
//! <https://learn.microsoft.com/rest/api/storageservices/put-blob>,
//! <https://learn.microsoft.com/rest/api/storageservices/list-blobs> and
//! <https://learn.microsoft.com/rest/api/storageservices/get-container-properties>.

use reqwest::header::IF_NONE_MATCH;
use reqwest::{Method, StatusCode};
use url::Url;

use super::client::{BlobAccess, SignedHeaders, StorageClient};
use super::error::BlobError;
use crate::http::client::ClientSetupError;

/// Most bytes of a list: a page has at most 5000 names.
const LIST_LIMIT: usize = 16 << 20;

/// Any blob at all stands in the way.
const ANY: &str = "*";

/// A container of blobs.
#[derive(Debug, Clone)]
pub struct Container(StorageClient);

impl Container {
    /// The container at `address`.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(address: &Url, access: BlobAccess) -> Result<Self, ClientSetupError> {
        let mut address = address.clone();
        let path = address.path().trim_end_matches('/').to_owned();
        address.set_path(&path);
        Ok(Self(StorageClient::new(&address, access)?))
    }

    /// Adds a blob. One of this name that is there already stays as it is, and is no error.
    pub async fn add(&self, name: &str, text: &str) -> Result<(), BlobError> {
        let mut address = self.0.address.clone();
        address.set_path(&format!("{}/{name}", self.0.address.path()));
        let signed = SignedHeaders {
            method: Method::PUT,
            length: text.len(),
            if_none_match: ANY,
            more: "x-ms-blob-type:BlockBlob\n",
        };
        let complete = |request: reqwest::RequestBuilder| {
            let request = request.header("x-ms-blob-type", "BlockBlob").header(IF_NONE_MATCH, ANY);
            request.body(text.to_owned())
        };
        let reply = self.0.send(&address, &signed, complete).await?;
        let code = reply.code();
        match reply.status {
            StatusCode::CREATED => Ok(()),
            // An immutable container refuses with the same word whatever is in the blob: the name says it.
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED
                if code == "BlobAlreadyExists"
                    || code == "ConditionNotMet"
                    || code == "BlobImmutableDueToPolicy" =>
            {
                Ok(())
            }
            _ => Err(reply.refusal()),
        }
    }

    /// Whether its blobs cannot be changed for a time, as the service says; `None` where it does not say.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub async fn is_immutable(&self) -> Result<Option<bool>, BlobError> {
        let mut address = self.0.address.clone();
        address.query_pairs_mut().append_pair("restype", "container");
        let signed = SignedHeaders { method: Method::HEAD, length: 0, if_none_match: "", more: "" };
        let reply = self.0.send(&address, &signed, |request| request).await?;
        if reply.status != StatusCode::OK {
            return Err(reply.refusal());
        }
        Ok(reply.header("x-ms-has-immutability-policy").and_then(|said| said.to_lowercase().parse().ok()))
    }

    /// The names of all its blobs, in their order.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn names(&self) -> Result<Vec<String>, BlobError> {
        let (mut names, mut marker) = (Vec::new(), String::new());
        loop {
            let mut address = self.0.address.clone();
            address.query_pairs_mut().append_pair("comp", "list").append_pair("restype", "container");
            if !marker.is_empty() {
                address.query_pairs_mut().append_pair("marker", &marker);
            }
            let signed = SignedHeaders { method: Method::GET, length: 0, if_none_match: "", more: "" };
            let reply = self.0.send(&address, &signed, |request| request).await?;
            if reply.status != StatusCode::OK {
                return Err(reply.refusal());
            }
            let text = reply.text(LIST_LIMIT).await?;
            names.extend(elements(&text, "Name").map(str::to_owned));
            match elements(&text, "NextMarker").next().filter(|next| !next.is_empty() && **next != marker) {
                Some(next) => marker = next.to_owned(),
                None => return Ok(names),
            }
        }
    }
}

/// The texts of the elements of this name. The names that are asked for hold no character that XML would escape.
fn elements<'a>(xml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(open.as_str())?;
        let (text, behind) = after.split_once(close.as_str())?;
        rest = behind;
        Some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_in_their_order() {
        let xml =
            "<List><Blob><Name>1.json</Name></Blob><Blob><Name>2.json</Name></Blob><NextMarker /></List>";
        assert_eq!(elements(xml, "Name").collect::<Vec<_>>(), ["1.json", "2.json"]);
        assert_eq!(elements(xml, "NextMarker").next(), None);
    }
}
