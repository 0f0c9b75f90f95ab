//! Dates in headers.

use chrono::{DateTime, Utc};

/// A date as headers have it, and the signatures over them.
pub fn http_date(now: DateTime<Utc>) -> String {
    now.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
