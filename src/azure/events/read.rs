//! Reads events by their type.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::event::{Event, short};
use super::{annotation, envelope, mail, scheduled};
use crate::azure::records;
use crate::domain::observation::UnreadableRecord;

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
