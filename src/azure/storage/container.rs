//! A container to which blobs are added and never changed. Documented at
//! <https://learn.microsoft.com/rest/api/storageservices/put-blob> and
//! <https://learn.microsoft.com/rest/api/storageservices/list-blobs>.

use reqwest::header::{AUTHORIZATION, IF_NONE_MATCH};
use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::blob::{self, SignedHeaders, TIMEOUT, VERSION, shared_key};
use super::{BlobAccess, BlobError, http_date};
use crate::clock::{Clock, SystemClock};
use crate::http::body::{BodyError, read_bounded};
use crate::http::causes::describe;
use crate::http::client::{ClientOptions, ClientSetupError, client};
use crate::http::origin::is_confidential;

/// Most bytes of a list: a page has at most 5000 names.
const LIST_LIMIT: usize = 16 << 20;

/// Any blob at all stands in the way.
const ANY: &str = "*";

/// A container of blobs.
#[derive(Clone)]
pub struct Container {
    http: reqwest::Client,
    address: Url,
    access: BlobAccess,
}

impl std::fmt::Debug for Container {
    /// Without the address, which may be signed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Container").field("access", &self.access).finish_non_exhaustive()
    }
}

impl Container {
    /// The container at `address`.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(address: &Url, access: BlobAccess) -> Result<Self, ClientSetupError> {
        let options = ClientOptions {
            timeout: Some(TIMEOUT),
            connect_timeout: Some(TIMEOUT / 2),
            use_proxy: address.scheme() == "https",
            ..ClientOptions::default()
        };
        let mut address = address.clone();
        address.set_fragment(None);
        let path = address.path().trim_end_matches('/').to_owned();
        address.set_path(&path);
        Ok(Self { http: client(&options)?, address, access })
    }

    /// Adds a blob. One of this name that is there already stays as it is, and is no error.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn add(&self, name: &str, text: &str) -> Result<(), BlobError> {
        let mut address = self.address.clone();
        address.set_path(&format!("{}/{name}", self.address.path()));
        let (status, code, _) = self.call(Method::PUT, &address, text).await?;
        match status {
            StatusCode::CREATED => Ok(()),
            // An immutable container refuses with the same word whatever is in the blob: the name says it.
            StatusCode::CONFLICT | StatusCode::PRECONDITION_FAILED
                if code == "BlobAlreadyExists"
                    || code == "ConditionNotMet"
                    || code == "BlobImmutableDueToPolicy" =>
            {
                Ok(())
            }
            status => Err(refused(status, code)),
        }
    }

    /// The names of all its blobs, in their order.
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn names(&self) -> Result<Vec<String>, BlobError> {
        let (mut names, mut marker) = (Vec::new(), String::new());
        loop {
            let mut address = self.address.clone();
            address.query_pairs_mut().append_pair("comp", "list").append_pair("restype", "container");
            if !marker.is_empty() {
                address.query_pairs_mut().append_pair("marker", &marker);
            }
            let (status, code, text) = self.call(Method::GET, &address, "").await?;
            if status != StatusCode::OK {
                return Err(refused(status, code));
            }
            names.extend(elements(&text, "Name").map(str::to_owned));
            match elements(&text, "NextMarker").next().filter(|next| !next.is_empty() && **next != marker) {
                Some(next) => marker = next.to_owned(),
                None => return Ok(names),
            }
        }
    }

    /// A call, once more with another token where the first one was refused: status, Azure's word, body.
    async fn call(
        &self,
        method: Method,
        address: &Url,
        body: &str,
    ) -> Result<(StatusCode, String, String), BlobError> {
        if !is_confidential(&self.address) {
            return Err(BlobError::Unprotected);
        }
        let (answer, token) = self.attempt(&method, address, body).await?;
        match &self.access {
            BlobAccess::Identity(tokens) if answer.0 == StatusCode::UNAUTHORIZED => {
                tokens.forget(&token).await;
                Ok(self.attempt(&method, address, body).await?.0)
            }
            _ => Ok(answer),
        }
    }

    async fn attempt(
        &self,
        method: &Method,
        address: &Url,
        body: &str,
    ) -> Result<((StatusCode, String, String), SecretString), BlobError> {
        // Azure compares it with its own time, whatever the simulation's clock says.
        let date = http_date(SystemClock.now());
        let adds = *method == Method::PUT;
        let mut request = self.http.request(method.clone(), address.clone());
        request = request.header("x-ms-date", &date).header("x-ms-version", VERSION);
        if adds {
            request = request.header("x-ms-blob-type", "BlockBlob").header(IF_NONE_MATCH, ANY);
            request = request.body(body.to_owned());
        }
        let mut token = SecretString::default();
        match &self.access {
            BlobAccess::Key(key) => {
                let signed = match adds {
                    true => SignedHeaders {
                        method: "PUT",
                        length: body.len(),
                        if_none_match: ANY,
                        more: "x-ms-blob-type:BlockBlob\n",
                    },
                    false => SignedHeaders { method: "GET", length: 0, if_none_match: "", more: "" },
                };
                request = request.header(AUTHORIZATION, shared_key(key, address, &date, &signed));
            }
            BlobAccess::Identity(tokens) => {
                token = tokens.token().await?;
                request = request.bearer_auth(token.expose_secret());
            }
            BlobAccess::Signed => {}
        }
        let response = request.send().await.map_err(|error| BlobError::Network(describe(error)))?;
        let status = response.status();
        let code = blob::header(response.headers(), "x-ms-error-code").unwrap_or_default();
        let text = read_bounded(response, LIST_LIMIT).await.map_err(|error| match error {
            BodyError::TooLarge { limit } => BlobError::TooLarge { limit },
            BodyError::Broken(problem) => BlobError::Network(problem),
        })?;
        let text = String::from_utf8(text.into()).map_err(|_| BlobError::NotText)?;
        Ok(((status, code, text), token))
    }
}

fn refused(status: StatusCode, code: String) -> BlobError {
    match status.as_u16() {
        status @ (401 | 403) => BlobError::Denied { status, code },
        404 => BlobError::Missing { code },
        status if (300..400).contains(&status) => BlobError::Redirected(status),
        status => BlobError::Refused { status, code },
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
