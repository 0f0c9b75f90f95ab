//! The two schemas in which Event Grid delivers: its own, and CloudEvents 1.0.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::azure::records;
use crate::azure::time::parse_timestamp;
use crate::domain::observation::UnreadableRecord;
use crate::http::json::{field, text_at};

/// What both schemas have in common.
pub(super) struct EventEnvelope<'a> {
    pub(super) kind: String,
    pub(super) subject: Option<&'a str>,
    /// When it happened, or now when the event does not say or says a time that is yet to come.
    pub(super) at: DateTime<Utc>,
    /// When it came here.
    pub(super) heard: DateTime<Utc>,
    pub(super) data: &'a Value,
}

pub(super) fn read(event: &Value, now: DateTime<Utc>) -> Result<EventEnvelope<'_>, UnreadableRecord> {
    let refuse = |problem: &str| records::unreadable(None, "an event", problem, event);
    let kind = text_at(event, &["eventType"])
        .or_else(|| text_at(event, &["type"]))
        .ok_or_else(|| refuse("it has neither `eventType` nor `type`, so it is in neither of the schemas"))?;
    let data = field(event, "data").ok_or_else(|| refuse("it has no `data`"))?;
    let time = text_at(event, &["eventTime"]).or_else(|| text_at(event, &["time"]));
    Ok(EventEnvelope {
        kind: kind.to_owned(),
        subject: text_at(event, &["subject"]),
        // When something was said decides nothing but order, so a time that cannot be read is not worth losing it.
        at: time.and_then(|text| parse_timestamp(text).ok().flatten()).unwrap_or(now).min(now),
        heard: now,
        data,
    })
}
