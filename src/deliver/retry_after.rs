//! The `Retry-After` header, as seconds or as a date (RFC 9110 10.2.3).

use chrono::{DateTime, TimeDelta, Utc};

/// No service means to be left alone for longer; a nonsensical value must not silence a recipient for ever.
const LONGEST_WAIT: TimeDelta = TimeDelta::days(1);

/// How long a service asks us to wait, a day at most. A date in the past means no wait; what is neither seconds nor
/// a date is ignored.
pub(super) fn parse_retry_after(text: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = text.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok().and_then(TimeDelta::try_seconds).unwrap_or(LONGEST_WAIT)
    } else {
        DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc) - now
    };
    Some(wait.clamp(TimeDelta::zero(), LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f5_seconds_and_dates_are_understood() {
        let now = DateTime::parse_from_rfc3339("2026-12-01T08:00:00Z").unwrap().to_utc();
        for (text, seconds) in [
            ("30", Some(30)),
            (" 0 ", Some(0)),
            ("Tue, 01 Dec 2026 08:02:00 GMT", Some(120)),
            ("Tue, 01 Dec 2026 07:00:00 GMT", Some(0)),
            ("Tue, 01 Dec 2099 07:00:00 GMT", Some(86_400)),
            ("99999999999999999999999", Some(86_400)),
            ("9223372036854775807", Some(86_400)),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(parse_retry_after(text, now), seconds.map(TimeDelta::seconds), "{text}");
        }
    }
}
