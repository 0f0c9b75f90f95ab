//! Azure's timestamps: none to seven fraction digits, with and without an offset, and several ways to say "not set".

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use serde_json::Value;

/// A text or number that is no moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no date: {problem}")]
pub struct InvalidTimestamp {
    text: String,
    problem: &'static str,
}

/// The ticks (100 ns since the year 1) of 1970-01-01.
const UNIX_EPOCH_TICKS: i64 = 621_355_968_000_000_000;

/// Reads a timestamp of Azure Resource Manager. `None` is "not set": a blank text, or the first or last date
/// that some system can write: of the years 1, 1601, 1753, 1900 and 9999, or the very beginning of 1970.
///
/// A text without an offset is UTC. Dates outside 1970 to 2999 are refused: no maintenance is planned there.
///
/// # Errors
/// When the text is no date.
pub fn parse_timestamp(text: &str) -> Result<Option<DateTime<Utc>>, InvalidTimestamp> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let moment = DateTime::parse_from_rfc3339(text).map(|moment| moment.with_timezone(&Utc)).or_else(|_| {
        // An offset without its colon, or none.
        DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z")
            .map(|moment| moment.with_timezone(&Utc))
            .or_else(|_| {
                NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|moment| moment.and_utc())
            })
    });
    match moment {
        Ok(moment) => plausible(moment, text),
        Err(_) => Err(invalid(text, "expected a form such as 2026-12-01T08:00:00Z")),
    }
}

/// Reads a timestamp of Resource Graph, whose type is not settled: a text as in [`parse_timestamp`], or seconds since
/// 1970, or .NET ticks, each as a number or as digits in a text. `null` is "not set".
///
/// # Errors
/// When it is none of these.
pub fn parse_graph_time(value: &Value) -> Result<Option<DateTime<Utc>>, InvalidTimestamp> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    let number = text.parse::<i64>().ok().or_else(|| value.as_f64().and_then(whole));
    let Some(number) = number else {
        return parse_timestamp(&text);
    };
    let moment = match number {
        0 => return Ok(None),
        // Ticks of the years 1970 to 2999 and seconds of these years are far apart.
        UNIX_EPOCH_TICKS.. => {
            let ticks = number - UNIX_EPOCH_TICKS;
            let nanoseconds = u32::try_from(ticks % 10_000_000 * 100).unwrap_or_default();
            DateTime::from_timestamp(ticks / 10_000_000, nanoseconds)
        }
        _ => DateTime::from_timestamp(number, 0),
    };
    match moment {
        Some(moment) => plausible(moment, &text),
        None => Err(invalid(&text, "the number is out of range")),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the bounds are checked first")]
fn whole(number: f64) -> Option<i64> {
    (number.is_finite() && number.abs() < 1e18).then_some(number as i64)
}

fn plausible(moment: DateTime<Utc>, text: &str) -> Result<Option<DateTime<Utc>>, InvalidTimestamp> {
    match moment.year() {
        // `0001-01-01T00:00:00`, also with an offset that moves it into the year 0.
        0 | 1 => Ok(None),
        // The least and greatest dates of Windows, databases and .NET, moved by an offset or not.
        1600 | 1601 | 1752 | 1753 | 1899 | 1900 | 9999 | 10_000 => Ok(None),
        1969 | 1970 if moment.timestamp().abs() <= 14 * 60 * 60 => Ok(None),
        1970..=2999 => Ok(Some(moment)),
        _ => Err(invalid(text, "the year is implausible")),
    }
}

fn invalid(text: &str, problem: &'static str) -> InvalidTimestamp {
    InvalidTimestamp { text: text.chars().take(60).collect(), problem }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Option<String> {
        parse_timestamp(text).unwrap().map(|moment| moment.to_rfc3339())
    }

    #[test]
    fn fractions_and_offsets_are_read() {
        assert_eq!(read("2026-12-01T08:00:00+00:00").unwrap(), "2026-12-01T08:00:00+00:00");
        assert_eq!(read("2026-12-01T08:00:00.2418711+00:00").unwrap(), "2026-12-01T08:00:00.241871100+00:00");
        assert_eq!(read("2026-12-01T08:00:00.2Z").unwrap(), "2026-12-01T08:00:00.200+00:00");
        assert_eq!(read("2026-12-01T08:00:00-04:00").unwrap(), "2026-12-01T12:00:00+00:00");
        assert_eq!(read("2026-12-01T08:00:00+0000").unwrap(), "2026-12-01T08:00:00+00:00");
        assert_eq!(read("2026-12-01T08:00:00.25-0430").unwrap(), "2026-12-01T12:30:00.250+00:00");
        assert_eq!(read("2026-12-01T08:00:00").unwrap(), "2026-12-01T08:00:00+00:00");
        assert_eq!(read(" 2026-12-01T08:00:00.1234567 ").unwrap(), "2026-12-01T08:00:00.123456700+00:00");
    }

    #[test]
    fn not_set_has_several_spellings() {
        for text in [
            "",
            " ",
            "0001-01-01T00:00:00",
            "0001-01-01T00:00:00Z",
            "0001-01-01T00:00:00+02:00",
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59.9999999",
            "9999-12-31T00:00:00+0000",
            "1970-01-01T00:00:00Z",
            "1970-01-01T00:00:00+01:00",
            "1601-01-01T00:00:00Z",
            "1900-01-01T00:00:00",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn f9_what_is_no_date_is_refused() {
        for text in [
            "soon",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "01/12/2026",
            "3026-12-31T23:59:59Z",
            "1066-10-14T09:00:00Z",
        ] {
            assert!(parse_timestamp(text).is_err(), "{text}");
        }
    }

    #[test]
    fn resource_graph_writes_texts_seconds_and_ticks() {
        let expected = parse_timestamp("2026-12-01T08:00:00Z").unwrap();
        let seconds = expected.unwrap().timestamp();
        let ticks = UNIX_EPOCH_TICKS + seconds * 10_000_000;
        for value in [
            json!("2026-12-01T08:00:00Z"),
            json!(seconds),
            json!(seconds.to_string()),
            json!(ticks),
            json!(ticks.to_string()),
        ] {
            assert_eq!(parse_graph_time(&value).unwrap(), expected, "{value}");
        }
        assert_eq!(parse_graph_time(&json!(null)).unwrap(), None);
        assert_eq!(parse_graph_time(&json!(0)).unwrap(), None);
        assert!(parse_graph_time(&json!({})).is_err());
        assert!(parse_graph_time(&json!(-5_000_000_000_000_i64)).is_err());
    }
}
