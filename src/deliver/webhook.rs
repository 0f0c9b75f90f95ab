//! The address of a Teams flow. Whoever knows it can post, so it is a secret: only its host is ever shown.

use std::fmt;

use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::http::webhook_address::{UnfitAddress, webhook_address};

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
        let url = webhook_address(text, policy == WebhookPolicy::AllowPrivate).map_err(|(why, host)| {
            let host = host.unwrap_or_default();
            match why {
                UnfitAddress::NotAnAddress => InvalidWebhook::NotAnAddress,
                UnfitAddress::HasUser => InvalidWebhook::HasUser { host },
                UnfitAddress::NotHttps => InvalidWebhook::NotHttps { host },
                UnfitAddress::Private => InvalidWebhook::Private { host },
            }
        })?;
        let host = url.host_str().unwrap_or_default().to_owned();
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
    use crate::config::Environment;
    use crate::config::reference::WebhookReference;
    use crate::config::vault_secret::VaultSecrets;

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

    /// A configuration that `check` takes is one that the program starts with, and the other way round.
    #[test]
    fn s22_what_check_takes_is_what_the_program_takes() {
        let (environment, vault) = (Environment::from_pairs([("X", "")]), VaultSecrets::default());
        for address in [
            FLOW,
            " https://flow.contoso.com/x ",
            "https://flow.contoso.com./x",
            "https://8.8.8.8/x",
            "https://[2606:4700::1111]/x",
            "HTTPS://FLOW.CONTOSO.COM/x",
            "https://user@flow.contoso.com/x",
            "https://:pw@flow.contoso.com/x",
            "https://flow.contoso.com/a b",
            "https://flow.contoso.com/a\tb",
            "https://flow.contoso.com/a\u{a0}b",
            "https://flow.contoso.com/a\nb",
            "https://",
            "http://flow.contoso.com/x",
            "https://100.64.0.1/x",
            "https://198.18.0.1/x",
            "https://192.0.0.8/x",
            "https://203.0.113.1/x",
            "https://[2001:db8::1]/x",
            "https://[fd00::1]/x",
            "https://[::ffff:10.0.0.1]/x",
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://0/x",
            "ftp://flow.contoso.com/x",
            "data:text/plain,x",
            "",
        ] {
            for (allow_private, policy) in
                [(false, WebhookPolicy::PublicOnly), (true, WebhookPolicy::AllowPrivate)]
            {
                let reference = serde_json::to_string(address).unwrap();
                let reference: WebhookReference = serde_json::from_str(&reference).unwrap();
                let checked = reference.resolve(&environment, &vault, allow_private).is_ok();
                assert_eq!(checked, parse(address, policy).is_ok(), "{address:?} {policy:?}");
            }
        }
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
            "https://flow.contoso.com\\S3cret/x",
            "https://flow.con\u{200b}toso.com/S3cret",
            "https://flow.contoso.com:0/S3cret",
            "https://flow..contoso.com/S3cret",
            "https://-flow.contoso.com/S3cret",
            "",
        ] {
            let error = parse(text, WebhookPolicy::PublicOnly).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("S3cret"), "{error}");
        }
        assert!(parse("http://127.0.0.1:8080/x", WebhookPolicy::AllowPrivate).is_ok());
        assert!(parse("ftp://127.0.0.1/x", WebhookPolicy::AllowPrivate).is_err());
    }
}
