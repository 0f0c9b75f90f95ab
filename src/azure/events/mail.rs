//! Delivery reports of Communication Services.

use super::envelope::EventEnvelope;
use super::event::{MailFate, MailReport, short};
use crate::azure::time::parse_timestamp;
use crate::http::json::text_at;

/// How much of the other side's words is kept.
const DETAILS: usize = 300;

pub(super) fn read(envelope: &EventEnvelope<'_>) -> Result<MailReport, String> {
    let data = envelope.data;
    let to = text_at(data, &["recipient"]).ok_or("it has no `recipient`")?;
    let status = text_at(data, &["status"]).ok_or("it has no `status`")?;
    let tried = text_at(data, &["deliveryAttemptTimeStamp"]).and_then(|text| parse_timestamp(text).ok()?);
    let details = text_at(data, &["deliveryStatusDetails", "statusMessage"])
        .or_else(|| text_at(data, &["deliveryStatusDetails"]));
    Ok(MailReport {
        to: to.parse().map_err(|error: crate::domain::email_address::InvalidAddress| error.to_string())?,
        fate: match status.to_ascii_lowercase().as_str() {
            "delivered" => MailFate::Delivered,
            "bounced" | "suppressed" | "quarantined" | "failed" => MailFate::Refused(short(status)),
            _ => MailFate::Other(short(status)),
        },
        at: tried.unwrap_or(envelope.at).min(envelope.at),
        details: details.map(|text| text.chars().filter(|c| !c.is_control()).take(DETAILS).collect()),
    })
}
