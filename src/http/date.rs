//! Dates in headers.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{DATE, HeaderMap};

/// A date as headers have it, and the signatures over them.
pub fn http_date(now: DateTime<Utc>) -> String {
    now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// By how much two clocks may differ. Azure Storage refuses what is signed a quarter of an hour off its own time.
const CLOCKS_AGREE: TimeDelta = TimeDelta::minutes(10);

/// That our clock and that of whoever answered differ so much that the answer is no wonder, with a hint; nothing when
/// they agree or the answer has no date.
pub fn clock_differs(headers: &HeaderMap, now: DateTime<Utc>) -> Option<String> {
    let date = DateTime::parse_from_rfc2822(headers.get(DATE)?.to_str().ok()?).ok()?.to_utc();
    let (ahead, word) = if now > date { (now - date, "ahead of") } else { (date - now, "behind") };
    (ahead >= CLOCKS_AGREE).then(|| {
        format!(
            "this machine's clock is {} minutes {word} that of the service, which refuses requests of another time; set \
             the clock right (time synchronization)",
            ahead.num_minutes()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_named_with_how_far() {
        let now = DateTime::parse_from_rfc3339("2026-12-01T08:00:00Z").unwrap().to_utc();
        let said = |date: &str| clock_differs(&HeaderMap::from_iter([(DATE, date.parse().unwrap())]), now);
        assert_eq!(said("Tue, 01 Dec 2026 08:09:00 GMT"), None);
        assert_eq!(said("yesterday"), None);
        assert_eq!(clock_differs(&HeaderMap::new(), now), None);
        let behind = said("Tue, 01 Dec 2026 08:22:10 GMT").unwrap();
        assert!(behind.starts_with("this machine's clock is 22 minutes behind that"), "{behind}");
        let ahead = said("Mon, 30 Nov 2026 08:00:00 GMT").unwrap();
        assert!(ahead.starts_with("this machine's clock is 1440 minutes ahead of that"), "{ahead}");
    }
}
