//! Addresses of mail services.

use url::Url;

use crate::http::origin::is_confidential;

/// An address of a mail service that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} cannot be used: write https:// and the host, without user, query or fragment")]
pub struct InvalidServiceAddress(pub(super) String);

/// The address below `endpoint` that these segments make.
pub(super) fn below(endpoint: &Url, segments: &[&str]) -> Result<Url, InvalidServiceAddress> {
    let invalid = || InvalidServiceAddress(host(endpoint));
    let more = !endpoint.username().is_empty()
        || endpoint.password().is_some()
        || endpoint.query().is_some()
        || endpoint.fragment().is_some();
    if more || !is_confidential(endpoint) {
        return Err(invalid());
    }
    let mut address = endpoint.clone();
    address.path_segments_mut().map_err(|()| invalid())?.pop_if_empty().extend(segments);
    Ok(address)
}

/// The host, which is all of an address that is shown.
pub(super) fn host(address: &Url) -> String {
    address.host_str().unwrap_or("the mail service").to_owned()
}
