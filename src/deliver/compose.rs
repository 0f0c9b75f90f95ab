//! Puts a rendered mail into its final bytes. The same mail to the same address gives the same bytes every time, so
//! that a retry is recognised by whoever has already taken the first attempt.

use std::fmt::Write as _;

use lettre::Address;
use lettre::message::header::{
    ContentDisposition, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
};
use lettre::message::{Mailbox as LettreMailbox, Message, MultiPart, SinglePart};
use sha2::{Digest, Sha256};

use crate::domain::calendar_entry::CalendarMethod;
use crate::domain::email_address::EmailAddress;
use crate::domain::sanitize::one_line;
use crate::render::{Attachment, CalendarPart, Mailbox, RenderedMail};

/// Who mails come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The `From` header; its address is also the envelope's.
    pub from: Mailbox,
    pub reply_to: Option<Mailbox>,
}

/// A mail in its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposedMail {
    pub from: Address,
    /// The envelope's one recipient.
    pub to: Address,
    /// The message: ASCII, lines ended by CRLF.
    pub bytes: Vec<u8>,
}

/// A mail that cannot be put into an envelope.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// An address that our own type takes, but the mail library does not.
    #[error("`{address}` cannot stand in an envelope: {source}")]
    Address { address: String, source: lettre::address::AddressError },
    #[error("`{0}` is no Message-ID: it needs the form name@domain without spaces or brackets")]
    MessageId(String),
    #[error("the mail could not be composed: {0}")]
    Incomplete(#[from] lettre::error::Error),
}

/// Composes `mail` for `to`.
///
/// The layout is `mixed(alternative(text, html, calendar), attachments…)`, without the outer `mixed` when nothing is
/// attached. The mail declares that a machine wrote it, so that nobody's absence notice answers it; bounces are
/// still wanted.
///
/// # Errors
/// [`ComposeError`] for an address or a Message-ID that cannot be put into a header.
pub fn compose(
    mail: &RenderedMail,
    sender: &Sender,
    to: &EmailAddress,
) -> Result<ComposedMail, ComposeError> {
    let from = address(&sender.from.address)?;
    let recipient = address(to)?;
    let message_id = header_safe_message_id(&mail.message_id)?;
    let mut builder =
        Message::builder().date(mail.date.into()).message_id(Some(message_id)).from(mailbox(&sender.from)?);
    if let Some(reply_to) = &sender.reply_to {
        builder = builder.reply_to(mailbox(reply_to)?);
    }
    if let Some(first) = &mail.conversation {
        let first = header_safe_message_id(first)?;
        builder = builder.in_reply_to(first.clone()).references(first);
    }
    if let Some(address) = &mail.unsubscribe {
        builder = builder
            .raw_header(fixed_header("List-Unsubscribe", format!("<{address}>")))
            .raw_header(fixed_header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    let message = builder
        .to(LettreMailbox::new(None, recipient.clone()))
        .subject(one_line(&mail.subject, usize::MAX))
        .raw_header(fixed_header(
            "List-Id",
            format!("<maintenance-notifier.{}>", sender.from.address.domain()),
        ))
        .raw_header(fixed_header("Auto-Submitted", "auto-generated".to_owned()))
        .raw_header(fixed_header("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply".to_owned()))
        .multipart(body(mail, to))?;
    Ok(ComposedMail { from, to: recipient, bytes: message.formatted() })
}

fn body(mail: &RenderedMail, to: &EmailAddress) -> MultiPart {
    let fingerprint = fingerprint(mail, to);
    let mut alternative = MultiPart::alternative()
        .boundary(format!("alternative-{fingerprint}"))
        .singlepart(SinglePart::plain(plain_lines(&mail.text)))
        .singlepart(SinglePart::html(plain_lines(&mail.html)));
    if let Some(calendar) = &mail.calendar {
        alternative = alternative.singlepart(calendar_part(calendar));
    }
    if mail.attachments.is_empty() {
        return alternative;
    }
    let mixed = MultiPart::mixed().boundary(format!("mixed-{fingerprint}")).multipart(alternative);
    mail.attachments.iter().map(attachment_part).fold(mixed, MultiPart::singlepart)
}

fn calendar_part(calendar: &CalendarPart) -> SinglePart {
    let method = match calendar.method {
        CalendarMethod::Request => "REQUEST",
        CalendarMethod::Cancel => "CANCEL",
    };
    let content_type = media_type(&format!("text/calendar; method={method}; charset=utf-8"));
    SinglePart::builder()
        .header(content_type)
        .header(ContentDisposition::inline())
        .body(plain_lines(&calendar.text))
}

/// Attachments travel as Base64 whatever they hold, so that their line ends can never be taken for the mail's own.
fn attachment_part(attachment: &Attachment) -> SinglePart {
    SinglePart::builder()
        .header(media_type(&attachment.content_type))
        .header(ContentDisposition::attachment(&file_name(&attachment.name)))
        .header(ContentTransferEncoding::Base64)
        .body(attachment.bytes.clone())
}

fn media_type(text: &str) -> ContentType {
    ContentType::parse(text)
        .or_else(|_| ContentType::parse("application/octet-stream"))
        .unwrap_or(ContentType::TEXT_PLAIN)
}

/// Identifies this very content. As it depends on all of it, no text inside can contain its own boundary.
fn fingerprint(mail: &RenderedMail, to: &EmailAddress) -> String {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(mail.message_id.as_bytes());
    part(to.as_str().as_bytes());
    part(mail.text.as_bytes());
    part(mail.html.as_bytes());
    if let Some(calendar) = &mail.calendar {
        part(calendar.text.as_bytes());
    }
    for attachment in &mail.attachments {
        part(&attachment.bytes);
    }
    hash.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn address(address: &EmailAddress) -> Result<Address, ComposeError> {
    address.as_str().parse().map_err(|source| ComposeError::Address { address: address.to_string(), source })
}

fn mailbox(mailbox: &Mailbox) -> Result<LettreMailbox, ComposeError> {
    let name = mailbox.name.as_deref().map(|name| one_line(name, usize::MAX)).filter(|name| !name.is_empty());
    Ok(LettreMailbox::new(name, address(&mailbox.address)?))
}

fn header_safe_message_id(id: &str) -> Result<String, ComposeError> {
    let plain = |text: &str| {
        !text.is_empty()
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(c))
    };
    match id.split_once('@') {
        Some((name, domain)) if plain(name) && plain(domain) && id.len() <= 250 => Ok(format!("<{id}>")),
        _ => Err(ComposeError::MessageId(id.chars().take(120).collect())),
    }
}

fn fixed_header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// Body text whose lines all end in CRLF, without the control characters that mail programs choke on.
fn plain_lines(text: &str) -> String {
    let unix = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut lines = String::with_capacity(unix.len() + unix.len() / 32);
    for character in unix.chars() {
        match character {
            '\n' => lines.push_str("\r\n"),
            '\t' => lines.push('\t'),
            c if c.is_control() => {}
            c => lines.push(c),
        }
    }
    lines
}

/// A file name that no mail program takes for a path or a parameter.
fn file_name(name: &str) -> String {
    let plain: String = one_line(name, usize::MAX)
        .chars()
        .map(|c| if "/\\:\"<>|?*;".contains(c) { '_' } else { c })
        .take(120)
        .collect();
    if plain.trim_matches('.').is_empty() { "attachment".to_owned() } else { plain }
}

#[cfg(test)]
mod tests;
