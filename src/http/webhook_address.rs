//! Which addresses a webhook may have: one answer for whoever checks a configuration and for whoever posts.

use std::net::IpAddr;

use url::{Host, Url};

use super::public_network::is_public;
use crate::domain::visible_text::is_hidden;

/// Why an address is no webhook's. Says nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnfitAddress {
    /// It is not an absolute web address with a host, written without blanks.
    NotAnAddress,
    /// It carries user and password.
    HasUser,
    /// It is not https.
    NotHttps,
    /// It lies inside some network.
    Private,
}

/// Reads the address of a webhook; blanks around it do not count. Unless `allow_private`, it is https, and its host no
/// address of a private network. What a name resolves to is looked at when it is used.
///
/// # Errors
/// Why it is none, with the host where it has one.
pub fn webhook_address(text: &str, allow_private: bool) -> Result<Url, (UnfitAddress, Option<String>)> {
    let text = text.trim();
    let none = (UnfitAddress::NotAnAddress, None);
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(none);
    }
    // The parser mends what people mistype; what is posted to is what stands there.
    let (scheme, behind) = text.split_once("://").ok_or(none.clone())?;
    if behind.starts_with(['/', '\\', '@']) || scheme.contains(|c: char| !c.is_ascii_alphanumeric()) {
        return Err(none);
    }
    let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.chars().any(|c| c == '\\' || is_hidden(c)) {
        return Err(none);
    }
    let url = Url::parse(text).map_err(|_| none.clone())?;
    // No name has an empty part, or one that begins or ends with a hyphen, and nothing listens on port 0.
    let is_part =
        |part: &str| (1..64).contains(&part.len()) && !part.starts_with('-') && !part.ends_with('-');
    let is_name = |name: &str| name.split('.').all(is_part);
    if url.port() == Some(0) || !url.domain().is_none_or(is_name) {
        return Err(none);
    }
    let unfit = |why| Err((why, url.host_str().map(str::to_owned)));
    if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none_or(str::is_empty) {
        return Err(none);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return unfit(UnfitAddress::HasUser);
    }
    if allow_private {
        return Ok(url);
    }
    if url.scheme() != "https" {
        return unfit(UnfitAddress::NotHttps);
    }
    let literal = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
        Some(Host::Domain(_)) | None => None,
    };
    if literal.is_some_and(|address| !is_public(address)) {
        return unfit(UnfitAddress::Private);
    }
    Ok(url)
}

/// Whether a host is named as only machines of a network name each other. A configuration with such a webhook is
/// refused before anybody is asked what the name resolves to.
pub fn is_named_inside(url: &Url) -> bool {
    url.domain().is_some_and(|name| {
        let name = name.trim_end_matches('.');
        const INSIDE: [&str; 8] =
            ["localhost", "internal", "local", "lan", "home.arpa", "intranet", "corp", "private"];
        let is_below =
            |end: &str| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        !name.contains('.') || INSIDE.into_iter().any(is_below)
    })
}
