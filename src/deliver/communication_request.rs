//! What Azure Communication Services wants to be sent: the mail as JSON, and a signature where there is a key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;

use super::compose::Sender;
use crate::domain::email_address::EmailAddress;
use crate::http::date::http_date;
use crate::render::RenderedMail;

/// The attachment's name for the entry that other services get beside text and HTML.
const CALENDAR_FILE: &str = "maintenance.ics";

/// The mail for `to` as the service takes it.
///
/// It knows no calendar part beside text and HTML, so the entry goes along as an attachment. The sender's name is
/// set in the service and cannot be given.
pub(super) fn body(mail: &RenderedMail, sender: &Sender, to: &EmailAddress) -> Value {
    let calendar = mail
        .calendar
        .as_ref()
        .map(|calendar| attachment(CALENDAR_FILE, &calendar.content_type(), calendar.text.as_bytes()));
    let others =
        mail.attachments.iter().map(|other| attachment(&other.name, &other.content_type, &other.bytes));
    let attachments: Vec<Value> = calendar.into_iter().chain(others).collect();
    let mut body = json!({
        "headers": { "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply" },
        "senderAddress": sender.from.address.as_str(),
        "content": { "subject": mail.subject, "plainText": mail.text, "html": mail.html },
        "recipients": { "to": [{ "address": to.as_str() }] },
        "userEngagementTrackingDisabled": true,
    });
    if let Some(address) = &mail.unsubscribe {
        body["headers"]["List-Unsubscribe"] = format!("<{address}>").into();
        body["headers"]["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click".into();
    }
    if !attachments.is_empty() {
        body["attachments"] = attachments.into();
    }
    if let Some(reply_to) = &sender.reply_to {
        let mut address = json!({ "address": reply_to.address.as_str() });
        if let Some(name) = &reply_to.name {
            address["displayName"] = name.as_str().into();
        }
        body["replyTo"] = json!([address]);
    }
    body
}

fn attachment(name: &str, content_type: &str, bytes: &[u8]) -> Value {
    json!({ "name": name, "contentType": content_type, "contentInBase64": STANDARD.encode(bytes) })
}

/// The id of the operation that sends this message to this address after `number` others came to nothing: the same at
/// every attempt, so that the service recognises a repetition. An operation that failed goes on failing under its id.
pub(super) fn operation_id(message_id: &str, to: &EmailAddress, number: u32) -> Uuid {
    const NAMESPACE: Uuid = Uuid::from_u128(0x8d1a_1f0e_6f5b_4c39_9a52_30c7_1e64_b7d2);
    let name = match number {
        0 => format!("{message_id} {}", to.as_str()),
        number => format!("{message_id} {} {number}", to.as_str()),
    };
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// A key of the resource.
#[derive(Clone)]
pub(super) struct AccessKey(SecretSlice<u8>);

/// The headers that show who asks.
#[derive(Debug)]
pub(super) struct Signed {
    pub(super) date: String,
    pub(super) content: String,
    pub(super) authorization: SecretString,
}

impl AccessKey {
    /// Reads a key as the portal shows it. `None` when it is not Base64.
    pub(super) fn parse(key: &SecretString) -> Option<Self> {
        let bytes = STANDARD.decode(key.expose_secret().trim()).ok()?;
        (!bytes.is_empty()).then(|| Self(bytes.into()))
    }

    /// Signs one request.
    pub(super) fn sign(
        &self,
        method: &str,
        address: &Url,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Option<Signed> {
        let date = http_date(now);
        let content = STANDARD.encode(Sha256::digest(body));
        // The host as it stands in its header: with the port only where it is not the scheme's own.
        let host = match (address.host_str()?, address.port()) {
            (host, Some(port)) => format!("{host}:{port}"),
            (host, None) => host.to_owned(),
        };
        let target = &address[url::Position::BeforePath..url::Position::AfterQuery];
        let mut signature = Hmac::<Sha256>::new_from_slice(self.0.expose_secret()).ok()?;
        signature.update(format!("{method}\n{target}\n{date};{host};{content}").as_bytes());
        let signature = STANDARD.encode(signature.finalize().into_bytes());
        let authorization =
            format!("HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}")
                .into();
        Some(Signed { date, content, authorization })
    }
}

impl std::fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AccessKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_that_pythons_hmac_makes() {
        let key = AccessKey::parse(&"a2V5IG9mIHRoZSByZXNvdXJjZQ==".into()).unwrap();
        let address =
            "https://contoso.communication.azure.com/emails:send?api-version=2025-09-01".parse().unwrap();
        let now = "2026-12-01T08:05:09Z".parse().unwrap();
        let signed = key.sign("POST", &address, br#"{"a":1}"#, now).unwrap();
        assert_eq!(signed.date, "Tue, 01 Dec 2026 08:05:09 GMT");
        assert_eq!(signed.content, "AVq9f1zFei3ZS3WQ8ErYCEJzkF7jPsXOvq5iJ2qX+GI=");
        assert_eq!(
            signed.authorization.expose_secret(),
            "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature=mIGrMUvl9HYuSFYXIFOWyjY50eMl+MA6YyFHHgbu568="
        );
        assert_eq!(format!("{key:?}"), "AccessKey(…)");
        assert!(AccessKey::parse(&"no key!".into()).is_none());
        assert!(AccessKey::parse(&"".into()).is_none());
    }

    #[test]
    fn an_operation_is_the_same_for_the_same_message_address_and_number_only() {
        let jane = "jane@contoso.com".parse().unwrap();
        let joe = "joe@contoso.com".parse().unwrap();
        let first = operation_id("1@contoso.com", &jane, 0);
        assert_eq!(first, operation_id("1@contoso.com", &jane, 0));
        assert_eq!(first.get_version_num(), 5);
        let others = [
            operation_id("1@contoso.com", &joe, 0),
            operation_id("2@contoso.com", &jane, 0),
            operation_id("1@contoso.com", &jane, 1),
            operation_id("1@contoso.com", &jane, 2),
        ];
        assert!(!others.contains(&first));
        assert_ne!(others[2], others[3]);
    }
}
