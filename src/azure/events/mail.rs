//! Delivery reports of Communication Services.

use uuid::Uuid;

use super::envelope::EventEnvelope;
use super::event::{MailFate, MailRefusal, MailReport};
use crate::azure::time::parse_timestamp;
use crate::http::json::text_at;

/// The longest status code of a mail system: `5.7.708`.
const LONGEST_CODE: usize = 9;

pub(super) fn read(envelope: &EventEnvelope<'_>) -> Result<MailReport, String> {
    let data = envelope.data;
    let to = text_at(data, &["recipient"]).ok_or("it has no `recipient`")?;
    let status = text_at(data, &["status"]).ok_or("it has no `status`")?;
    let tried = text_at(data, &["deliveryAttemptTimeStamp"]).and_then(|text| parse_timestamp(text).ok()?);
    let details = text_at(data, &["deliveryStatusDetails", "statusMessage"])
        .or_else(|| text_at(data, &["deliveryStatusDetails"]));
    let fate = match status.to_ascii_lowercase().as_str() {
        "delivered" => MailFate::Delivered,
        "bounced" => MailFate::Refused(MailRefusal::Bounced),
        "suppressed" => MailFate::Refused(MailRefusal::Suppressed),
        "quarantined" => MailFate::Refused(MailRefusal::Quarantined),
        "filteredspam" => MailFate::Refused(MailRefusal::Filtered),
        "failed" => MailFate::Refused(MailRefusal::Failed),
        _ => MailFate::Other,
    };
    Ok(MailReport {
        to: to.parse().map_err(|error: crate::domain::email_address::InvalidAddress| error.to_string())?,
        operation: text_at(data, &["messageId"]).and_then(|id| Uuid::parse_str(id).ok()),
        fate,
        at: tried.unwrap_or(envelope.at).min(envelope.at),
        code: details.and_then(code),
    })
}

/// The status code in what a mail system said, such as `5.1.1`: digits that say why, and nothing else of its text.
fn code(details: &str) -> Option<String> {
    let is_code = |word: &&str| {
        let parts: Vec<&str> = word.split('.').collect();
        let digits =
            |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        parts.len() == 3 && matches!(parts[0], "4" | "5") && parts.iter().all(digits)
    };
    let words = details.split(|character: char| !(character.is_ascii_digit() || character == '.'));
    words.filter(|word| word.len() <= LONGEST_CODE).find(is_code).map(str::to_owned)
}
