//! Turns [`MessageContent`](crate::domain::message::MessageContent) into mails and Teams cards. Pure: no IO, no clock.

//!
//! [`mail()`] and [`card()`] sort the windows of a message into `groups`, say what there is to say with `words` and
//! `times`, and fill templates or structs. Foreign text becomes one visible line in `foreign` before anything else
//! sees it, and is escaped once more by what writes the format.

mod adaptive;
mod calendar;
mod card;
mod csv;
mod groups;
mod links;
mod mail;
pub(crate) mod sanitize;
mod status_summary;
mod templates;
pub(crate) mod times;
mod view;
pub(crate) mod words;
mod wrap;

use serde::{Deserialize, Serialize};

use crate::domain::message::CalendarMethod;
use crate::domain::recipient::EmailAddress;

pub use card::card;
pub use csv::{machines as machines_csv, unowned as unowned_csv};
pub use links::portal as portal_link;
pub use mail::mail;
pub(crate) use words::ordered as ordered_sentence;
pub use words::{
    advice as advice_sentence, coming as coming_sentence, reason as reason_sentence,
    responses as response_sentences,
};

/// Facts of the deployment that every message needs, from the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentInfo {
    /// The sender and the calendar's organizer, such as `Azure maintenance <azure-maintenance@contoso.com>`.
    pub from: Mailbox,
    /// Where replies go.
    pub reply_to: Option<Mailbox>,
    /// The base of every link of ours, without a slash at the end; `None` where no web pages are reachable.
    pub public_url: Option<String>,
    /// The base of Azure's portal: `https://portal.azure.com`.
    pub portal_url: String,
}

/// A mail address with the name shown beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mailbox {
    /// The name, if any.
    pub name: Option<String>,
    /// The address.
    pub address: EmailAddress,
}

/// A mail, ready to be put into an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// The Message-ID without angle brackets: the same for every attempt.
    pub message_id: String,
    /// When its content was bound: the Date header.
    pub date: chrono::DateTime<chrono::Utc>,
    /// The subject, on one line.
    pub subject: String,
    /// Where mail software lets its reader unsubscribe.
    pub unsubscribe: Option<String>,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The calendar part that goes beside text and HTML: set when there is exactly one entry.
    pub calendar: Option<CalendarPart>,
    /// Attachments: further calendar entries, the list of machines as CSV.
    pub attachments: Vec<Attachment>,
}

/// One iCalendar object: one entry, one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarPart {
    /// Its method.
    pub method: CalendarMethod,
    /// The object's text, lines ended by CRLF.
    pub text: String,
}

impl CalendarPart {
    /// The media type of the part or of the attachment: mail programs look for the method there.
    pub fn content_type(&self) -> String {
        let method = match self.method {
            CalendarMethod::Request => "REQUEST",
            CalendarMethod::Cancel => "CANCEL",
        };
        format!("text/calendar; charset=utf-8; method={method}")
    }
}

/// A file that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type with parameters.
    pub content_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A Teams message: the Workflows envelope around one Adaptive Card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedCard {
    /// The request's body, compact JSON under 25 KB.
    pub json: String,
}

impl RenderedCard {
    /// The body for the flow that posts to a person: the same with the person's address in front.
    pub fn json_for(&self, person: &EmailAddress) -> String {
        let address = serde_json::Value::from(person.as_str());
        let rest = self.json.strip_prefix('{').unwrap_or(&self.json);
        format!("{{\"recipient\":{address},{rest}")
    }
}

/// Why a message could not be rendered. No content can cause this: it is always a defect of the program.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template cannot be read.
    #[error("the mail templates cannot be read: {0}")]
    Templates(String),
    /// A template cannot be filled.
    #[error("the template {name} cannot be filled: {source:#}")]
    Template {
        /// Which one.
        name: &'static str,
        /// What the template engine said.
        source: minijinja::Error,
    },
    /// A calendar entry cannot be written.
    #[error("a calendar entry cannot be written")]
    Calendar,
    /// A card cannot be written as JSON.
    #[error("a Teams card cannot be written: {0}")]
    Card(#[from] serde_json::Error),
}
