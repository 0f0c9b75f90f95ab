//! One message as its reader sees it: a mail with its calendar entry and attachments, or a card.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDateTime, Utc};
use mail_parser::{MessageParser, MimeHeaders as _, PartType};
use serde::Serialize;

use super::card::Card;
use super::escape::escaped;

/// What a list says of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Envelope {
    pub(super) name: String,
    pub(super) to: String,
    pub(super) subject: String,
    pub(super) at: Option<DateTime<Utc>>,
    pub(super) card: bool,
}

/// A calendar entry that came with a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    pub(super) method: String,
    pub(super) summary: String,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) location: String,
}

/// One message.
#[derive(Debug)]
pub(super) struct Shown {
    name: String,
    to: String,
    bytes: Vec<u8>,
}

/// What belongs to an open message beside its body.
#[derive(Debug, Default, Serialize)]
pub(super) struct Beside {
    pub(super) from: String,
    pub(super) entries: Vec<Entry>,
    /// The names of what is attached.
    pub(super) attachments: Vec<String>,
    /// The links that act, with their words.
    pub(super) links: Vec<(String, String)>,
}

impl Shown {
    /// The message in a file of this name.
    pub(super) fn new(name: String, to: String, bytes: Vec<u8>) -> Self {
        Self { name, to, bytes }
    }

    /// Whether it is a card.
    pub(super) fn is_card(&self) -> bool {
        self.name.ends_with(".json")
    }

    /// The name of its file.
    pub(super) fn file(&self) -> &str {
        &self.name
    }

    /// All of it.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What a list says of it.
    pub(super) fn envelope(&self) -> Envelope {
        let stamp = self.name.split('-').next().unwrap_or_default();
        let at = NaiveDateTime::parse_from_str(stamp, "%Y%m%dT%H%M%SZ").ok().map(|at| at.and_utc());
        let subject = if self.is_card() {
            Card::read(&self.bytes).map(|card| card.title().to_owned())
        } else {
            let parsed = MessageParser::default().parse_headers(&self.bytes[..]);
            parsed.and_then(|mail| mail.subject().map(str::to_owned))
        };
        Envelope {
            name: self.name.clone(),
            to: self.to.clone(),
            subject: subject.unwrap_or_else(|| "(cannot be read)".to_owned()),
            at,
            card: self.is_card(),
        }
    }

    /// What is shown around the body.
    pub(super) fn beside(&self) -> Beside {
        if self.is_card() {
            let links = Card::read(&self.bytes).map(|card| card.links()).unwrap_or_default();
            return Beside { from: "a Teams flow".to_owned(), links, ..Beside::default() };
        }
        let Some(mail) = MessageParser::default().parse(&self.bytes[..]) else { return Beside::default() };
        let from =
            mail.from().and_then(|from| from.first()).map(|from| match (from.name(), from.address()) {
                (Some(name), Some(address)) => format!("{name} <{address}>"),
                (_, address) => address.unwrap_or_default().to_owned(),
            });
        let mut beside = Beside { from: from.unwrap_or_default(), ..Beside::default() };
        for part in &mail.parts {
            let is_calendar = part.content_type().is_some_and(|kind| {
                kind.ctype() == "text" && kind.subtype().is_some_and(|subtype| subtype == "calendar")
            });
            if is_calendar {
                beside.entries.extend(entry(&String::from_utf8_lossy(part.contents())));
            } else if let Some(name) = part.attachment_name() {
                beside.attachments.push(name.to_owned());
            }
        }
        beside
    }

    /// The body, as a page of its own. Links open beside it.
    pub(super) fn body(&self) -> String {
        let html = if self.is_card() {
            Card::read(&self.bytes).map(|card| card.html())
        } else {
            let mail = MessageParser::default().parse(&self.bytes[..]);
            mail.and_then(|mail| {
                let is_html = mail.parts.iter().any(|part| matches!(part.body, PartType::Html(_)));
                let html = mail.body_html(0).filter(|_| is_html).map(Cow::into_owned);
                html.or_else(|| Some(format!("<pre>{}</pre>", escaped(&mail.body_text(0)?))))
            })
        };
        let html = html.unwrap_or_else(|| "<p>This message cannot be read.</p>".to_owned());
        match html.find("<head>") {
            Some(at) => {
                let (before, after) = html.split_at(at + "<head>".len());
                format!("{before}<base target=\"_blank\">{after}")
            }
            None => format!("<base target=\"_blank\">{html}"),
        }
    }
}

/// The first entry of a calendar.
fn entry(calendar: &str) -> Option<Entry> {
    // Long lines go on behind a blank.
    let text = calendar.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let mut entry = Entry::default();
    let mut within = false;
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let name = key.split(';').next().unwrap_or_default();
        match (name, value) {
            ("BEGIN", "VEVENT") => within = true,
            ("END", "VEVENT") => break,
            ("METHOD", _) => entry.method = value.to_owned(),
            ("SUMMARY", _) if within => entry.summary = plain(value),
            ("LOCATION", _) if within => entry.location = plain(value),
            ("DTSTART", _) if within => entry.start = moment(value),
            ("DTEND", _) if within => entry.end = moment(value),
            _ => {}
        }
    }
    within.then_some(entry)
}

fn plain(value: &str) -> String {
    value.replace("\\n", " ").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
}

fn moment(value: &str) -> String {
    let at = NaiveDateTime::parse_from_str(value.trim_end_matches('Z'), "%Y%m%dT%H%M%S");
    let zone = if value.ends_with('Z') { " UTC" } else { "" };
    at.map_or_else(|_| value.to_owned(), |at| format!("{}{zone}", at.format("%a %-d %b %Y, %H:%M")))
}
