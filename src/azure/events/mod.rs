//! What Azure sends by itself: Event Grid events in both schemas, and the alerts of Service Health.
//!
//! None of it is believed for more than a hint where to look, with two exceptions that only Event Grid tells: that a
//! machine goes down within minutes, and what became of a mail. What cannot be read is set aside with the reason.

mod alert;
mod annotation;
mod envelope;
mod mail;
mod scheduled;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::azure::records;
use crate::domain::imminent::ScheduledEventNotice;
use crate::domain::observation::UnreadableRecord;
use crate::domain::recipient::EmailAddress;
use crate::domain::resource::ResourceId;

pub use alert::{Alert, ServiceHealthAlert, read_alert};

/// One event of Event Grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// `ScheduledEventEmitted`: something happens to machines within minutes, happens now, or is over. A preview of
    /// Azure's that subscriptions have to opt in to.
    Scheduled(ScheduledEventNotice),
    /// `ResourceAnnotated`: Azure says what happened to a machine.
    Annotated(Annotation),
    /// `AvailabilityStatusChanged` of a machine.
    AvailabilityChanged {
        /// The machine.
        resource: ResourceId,
    },
    /// `EmailDeliveryReportReceived`: what became of a mail that Communication Services took.
    MailReport(MailReport),
    /// An event that says nothing about planned maintenance, by its type.
    Other(String),
}

/// What Azure says happened to a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// The machine.
    pub resource: ResourceId,
    /// Azure's name for what happened: `VirtualMachineDeallocationInitiated`.
    pub name: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailReport {
    /// To whom it was sent.
    pub to: EmailAddress,
    /// What became of it.
    pub fate: MailFate,
    /// When.
    pub at: DateTime<Utc>,
    /// What the other side said.
    pub details: Option<String>,
}

/// What can become of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailFate {
    /// It was delivered.
    Delivered,
    /// The other side refuses mail to this address, or the service sends none there any more.
    Refused(String),
    /// Anything else, such as a mail that went to a list or was taken for spam. The address may well work.
    Other(String),
}

/// Reads one event as Event Grid delivers it. `now` stands in where the event does not say when.
///
/// # Errors
/// When it is no event in either schema, or lacks what its type needs.
pub fn read_event(event: &Value, now: DateTime<Utc>) -> Result<Event, UnreadableRecord> {
    let envelope = envelope::read(event, now)?;
    // Types of other services end differently, and casing is not to be relied on.
    let kind = envelope.kind.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let read = match kind.as_str() {
        "scheduledeventemitted" => scheduled::read(&envelope),
        "resourceannotated" => annotation::read(&envelope).map(Event::Annotated),
        "availabilitystatuschanged" => {
            annotation::target(&envelope).map(|resource| Event::AvailabilityChanged { resource })
        }
        "emaildeliveryreportreceived" => mail::read(&envelope).map(Event::MailReport),
        _ if scheduled::is_documented_type(&envelope.kind) => scheduled::read(&envelope),
        _ => Ok(Event::Other(envelope.kind.clone())),
    };
    read.map_err(|problem| {
        records::unreadable(None, format!("an event of the type {}", short(&envelope.kind)), problem, event)
    })
}

fn short(text: &str) -> String {
    text.chars().take(120).collect()
}
