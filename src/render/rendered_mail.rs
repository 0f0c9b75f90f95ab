//! A mail as it is put into an envelope.

use crate::domain::calendar_entry::CalendarMethod;

/// A mail, ready to be put into an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderedMail {
    /// The Message-ID without angle brackets: the same for every attempt.
    pub message_id: String,
    /// When its content was bound: the Date header.
    pub date: chrono::DateTime<chrono::Utc>,
    pub subject: String,
    /// The Message-ID, without angle brackets, that begins the conversation to which it belongs: one a wave.
    pub conversation: Option<String>,
    /// Where mail software lets its reader unsubscribe.
    pub unsubscribe: Option<String>,
    pub text: String,
    pub html: String,
    /// The calendar part that goes beside text and HTML: never more than one.
    pub calendar: Option<CalendarPart>,
    /// Attachments: lists as CSV.
    pub attachments: Vec<Attachment>,
}

impl RenderedMail {
    /// How many bytes it has, but for headers and how files are encoded.
    pub fn weight(&self) -> usize {
        let calendar = self.calendar.as_ref().map_or(0, |part| part.text.len());
        let files: usize = self.attachments.iter().map(|file| file.bytes.len()).sum();
        self.text.len() + self.html.len() + calendar + files
    }
}

/// One iCalendar object: one entry, one method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarPart {
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
    pub name: String,
    pub content_type: String,
    pub bytes: Vec<u8>,
}
