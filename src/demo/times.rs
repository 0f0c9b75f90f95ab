//! The forms in which Azure writes an instant.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{EventTimes, FractionDigits};

/// Seconds from the year 1 to 1970, where .NET ticks and Unix time begin.
const SECONDS_BEFORE_1970: i64 = 62_135_596_800;

/// Which end of a window an instant is; with [`FractionDigits::Mixed`] they are written differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edge {
    Start,
    End,
}

/// As in instance views: offset `+00:00`, no or seven fraction digits.
pub(super) fn instance_view(at: DateTime<Utc>, digits: FractionDigits, edge: Edge) -> String {
    match (digits, edge) {
        (FractionDigits::Zero, _) | (FractionDigits::Mixed, Edge::Start) => {
            at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string()
        }
        (FractionDigits::Seven, _) | (FractionDigits::Mixed, Edge::End) => seven_digits(at),
    }
}

/// Offset `+00:00` and seven fraction digits, as in statuses and long-running operations.
pub(super) fn seven_digits(at: DateTime<Utc>) -> String {
    let ticks = at.timestamp_subsec_nanos() / 100;
    format!("{}.{ticks:07}+00:00", at.format("%Y-%m-%dT%H:%M:%S"))
}

/// As most of Azure writes it: `2026-12-01T00:00:00Z`.
pub(super) fn zulu(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// As in a service health event, in the type that the switch chooses.
pub(super) fn event(at: DateTime<Utc>, form: EventTimes) -> Value {
    match form {
        EventTimes::Iso => json!(zulu(at)),
        EventTimes::UnixSeconds => json!(at.timestamp()),
        EventTimes::Ticks => json!(((at.timestamp() + SECONDS_BEFORE_1970) * 10_000_000).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn an_instant_in_all_its_forms() {
        let at = Utc.with_ymd_and_hms(2026, 12, 1, 6, 30, 0).unwrap();
        let forms = [
            instance_view(at, FractionDigits::Zero, Edge::End),
            instance_view(at, FractionDigits::Seven, Edge::Start),
            instance_view(at, FractionDigits::Mixed, Edge::Start),
            zulu(at),
            event(at, EventTimes::UnixSeconds).to_string(),
            event(at, EventTimes::Ticks).to_string(),
        ];
        insta::assert_snapshot!(forms.join("\n"), @r#"
        2026-12-01T06:30:00+00:00
        2026-12-01T06:30:00.0000000+00:00
        2026-12-01T06:30:00+00:00
        2026-12-01T06:30:00Z
        1796106600
        "639317034000000000"
        "#);
    }
}
