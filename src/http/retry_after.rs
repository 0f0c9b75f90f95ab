//! The `Retry-After` header, as seconds or as a date (RFC 9110 10.2.3).

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// No service means to be left alone for longer; a nonsensical value must not silence a recipient for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// How long an answer asks us to wait, a day at most. A date in the past means no wait; what is neither seconds nor a
/// date is ignored. A date is compared with the answer's own `Date` when it has one, since the two clocks need not
/// agree, and with `now` otherwise.
pub fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_or(LONGEST_WAIT, Duration::from_secs)
    } else {
        let until = DateTime::parse_from_rfc2822(text).ok()?;
        let date = headers.get(DATE).and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok());
        let now = date.map_or(now, |date| date.to_utc());
        (until.to_utc() - now).to_std().unwrap_or_default()
    };
    Some(wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, date: Option<&str>) -> Option<u64> {
        let now = DateTime::parse_from_rfc3339("2026-12-01T08:00:00Z").unwrap().to_utc();
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after(&headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn f5_seconds_and_dates_are_understood() {
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
            assert_eq!(read(text, None), seconds, "{text}");
        }
    }

    #[test]
    fn a_date_is_compared_with_the_answers_own_clock() {
        let date = Some("Tue, 01 Dec 2026 08:01:55 GMT");
        assert_eq!(read("Tue, 01 Dec 2026 08:02:00 GMT", date), Some(5));
        assert_eq!(read("17", date), Some(17));
    }
}
