//! The address of a Teams flow. Whoever knows it can post, so it is a secret: only its host is ever shown.

use std::fmt;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use url::{Host, Url};

use crate::http::public_network::is_public;

/// Which webhook addresses may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookPolicy {
    /// https, to public addresses.
    PublicOnly,
    /// http and private addresses too (`NOTIFIER_ALLOW_PRIVATE_WEBHOOKS`): for tests and the demo.
    AllowPrivate,
}

/// The address of a Teams flow, kept as it was written: its signature covers every `%2F` of it.
#[derive(Clone)]
pub struct Webhook {
    address: SecretString,
    host: String,
    policy: WebhookPolicy,
}

/// An address that is no usable webhook. Says nothing of the address but its host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWebhook {
    #[error("the webhook is no address: copy it whole from the flow, beginning with https://")]
    NotAnAddress,
    #[error("the webhook on {host} is not https")]
    NotHttps { host: String },
    #[error("the webhook on {host} has a user or password before the host; remove it")]
    HasUser { host: String },
    #[error("the webhook's host {host} is a private address")]
    Private { host: String },
}

impl Webhook {
    /// Takes an address as the flow gave it.
    ///
    /// # Errors
    /// [`InvalidWebhook`] when `policy` does not allow it. Host names are looked up when the webhook is used.
    pub fn parse(address: &SecretString, policy: WebhookPolicy) -> Result<Self, InvalidWebhook> {
        let text = address.expose_secret().trim();
        if text.chars().any(|c| c.is_control() || c == ' ') {
            return Err(InvalidWebhook::NotAnAddress);
        }
        let url = Url::parse(text).map_err(|_| InvalidWebhook::NotAnAddress)?;
        let host = match (url.scheme(), url.host_str()) {
            ("http" | "https", Some(host)) => host.to_owned(),
            _ => return Err(InvalidWebhook::NotAnAddress),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(InvalidWebhook::HasUser { host });
        }
        if policy == WebhookPolicy::PublicOnly {
            if url.scheme() != "https" {
                return Err(InvalidWebhook::NotHttps { host });
            }
            let literal = match url.host() {
                Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
                Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
                Some(Host::Domain(_)) | None => None,
            };
            if literal.is_some_and(|address| !is_public(address)) {
                return Err(InvalidWebhook::Private { host });
            }
        }
        Ok(Self { address: text.to_owned().into(), host, policy })
    }

    /// The host: the one part that may be shown.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What tells this address from another and from which it cannot be found: its signature has far too many bits.
    pub fn fingerprint(&self) -> String {
        let digest = Sha256::digest(self.address.expose_secret().as_bytes());
        digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The policy that it was checked against.
    pub(super) fn policy(&self) -> WebhookPolicy {
        self.policy
    }

    /// A service's answer with every long piece of this address taken out, should it repeat one.
    pub(super) fn redact(&self, text: &str) -> String {
        let address = self.address.expose_secret();
        let behind_host = address.split_once(&self.host).map_or(address, |(_, rest)| rest);
        let mut text = text.to_owned();
        for piece in behind_host.split(['/', '?', '&', '=', '#']) {
            let decoded = percent_decode_str(piece).decode_utf8_lossy();
            for piece in [piece, decoded.as_ref()] {
                if piece.len() >= SECRET_LENGTH {
                    text = text.replace(piece, "…");
                }
            }
        }
        text
    }

    /// The whole address, for the request only.
    pub(super) fn expose(&self) -> &str {
        self.address.expose_secret()
    }
}

/// Shorter pieces of an address are words such as `triggers`; longer ones may be what makes it a secret.
const SECRET_LENGTH: usize = 16;

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Webhook({}/…)", self.host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = "https://prod-00.westeurope.logic.azure.com:443/workflows/0001/triggers/manual/paths/invoke\
                        ?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=S3cret_-x";

    fn parse(text: &str, policy: WebhookPolicy) -> Result<Webhook, InvalidWebhook> {
        Webhook::parse(&text.into(), policy)
    }

    #[test]
    fn s22_the_address_is_kept_as_written_and_never_shown() {
        let webhook = parse(&format!(" {FLOW}\n"), WebhookPolicy::PublicOnly).unwrap();
        assert_eq!(webhook.expose(), FLOW);
        assert_eq!(format!("{webhook:?}"), "Webhook(prod-00.westeurope.logic.azure.com/…)");
    }

    #[test]
    fn s22_an_answer_that_repeats_the_address_is_redacted() {
        let address = "https://flow.contoso.com/workflows/0123456789abcdef/run?sp=%2Ftriggers&sig=S3cretS3cretS3cret%2B_";
        let webhook = parse(address, WebhookPolicy::PublicOnly).unwrap();
        let answer = format!("no flow triggers at {address}, sig S3cretS3cretS3cret+_");
        assert_eq!(
            webhook.redact(&answer),
            "no flow triggers at https://flow.contoso.com/workflows/…/run?sp=%2Ftriggers&sig=…, sig …"
        );
    }

    #[test]
    fn s22_only_public_https_addresses_are_taken() {
        for text in [
            "http://flow.contoso.com/x?sig=S3cret",
            "https://user:S3cret@flow.contoso.com/x",
            "https://127.0.0.1/x?sig=S3cret",
            "https://2130706433/x?sig=S3cret",
            "https://[::ffff:10.0.0.1]/x?sig=S3cret",
            "https://169.254.169.254/x?sig=S3cret",
            "ftp://flow.contoso.com/S3cret",
            "flow.contoso.com/S3cret",
            "https://flow.contoso.com/a b?sig=S3cret",
            "",
        ] {
            let error = parse(text, WebhookPolicy::PublicOnly).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("S3cret"), "{error}");
        }
        assert!(parse("http://127.0.0.1:8080/x", WebhookPolicy::AllowPrivate).is_ok());
        assert!(parse("ftp://127.0.0.1/x", WebhookPolicy::AllowPrivate).is_err());
    }
}
