//! What an event of Event Grid says.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::domain::email_address::EmailAddress;
use crate::domain::imminent::ScheduledEventNotice;
use crate::domain::resource::ResourceId;

/// One event of Event Grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// `ScheduledEventEmitted`: something happens to machines within minutes, happens now, or is over. A preview of
    /// Azure's that subscriptions have to opt in to.
    Scheduled(ScheduledEventNotice),
    /// `ResourceAnnotated`: Azure says what happened to a machine.
    Annotated(Annotation),
    /// `AvailabilityStatusChanged` of a machine.
    AvailabilityChanged { resource: ResourceId },
    /// `EmailDeliveryReportReceived`: what became of a mail that Communication Services took.
    MailReport(MailReport),
    /// An event that says nothing about planned maintenance, by its type.
    Other(String),
}

/// What Azure says happened to a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    pub resource: ResourceId,
    /// Azure's name for what happened: `VirtualMachineDeallocationInitiated`.
    pub name: String,
    pub at: DateTime<Utc>,
}

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailReport {
    pub to: EmailAddress,
    /// The operation of Communication Services that the report is about, where it names one.
    pub operation: Option<Uuid>,
    pub fate: MailFate,
    pub at: DateTime<Utc>,
    /// The status code of the other mail system, as `5.1.1`. Its words are nobody's of ours and are not kept.
    pub code: Option<String>,
}

/// What can become of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailFate {
    Delivered,
    /// The other side refuses mail to this address, or the service sends none there any more.
    Refused(MailRefusal),
    /// Anything else, such as a mail that went to a list. The address may well work.
    Other,
}

/// How a mail was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailRefusal {
    Bounced,
    Suppressed,
    Quarantined,
    /// It was taken for spam.
    Filtered,
    Failed,
}

/// The beginning of a word of Azure's.
pub(super) fn short(text: &str) -> String {
    text.chars().take(120).collect()
}
