//! Moments as people write and read them on the command line.

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Datelike as _, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

/// A time that a person wrote: RFC 3339, or date and time of day in `zone`.
///
/// # Errors
/// What is wrong with it, with a hint.
pub(super) fn parse(text: &str, zone: Tz) -> Result<DateTime<Utc>, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.to_utc());
    }
    let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
    let local = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    match local {
        None => Err(format!(
            "`{text}` is no time; write 2026-12-05T22:00:00+01:00, or \"2026-12-05 22:00\" in {zone}"
        )),
        Some(local) => of_zone(local, zone),
    }
}

/// The same, or a date: its beginning in `zone`.
pub(super) fn parse_since(text: &str, zone: Tz) -> Result<DateTime<Utc>, String> {
    match NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        Ok(date) => of_zone(date.and_time(NaiveTime::MIN), zone),
        Err(_) => parse(text, zone),
    }
}

fn of_zone(local: NaiveDateTime, zone: Tz) -> Result<DateTime<Utc>, String> {
    // There are years to which nothing can be added.
    if !(0..=9999).contains(&local.year()) {
        return Err(format!("`{local}` is no time; years have four digits"));
    }
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) => Ok(at.to_utc()),
        LocalResult::Ambiguous(first, second) => Err(format!(
            "{local} comes twice in {zone}, where the clocks go back; write {} or {}",
            first.to_rfc3339(),
            second.to_rfc3339()
        )),
        LocalResult::None => Err(format!(
            "{local} does not come in {zone}, where the clocks go forward; write another time, or one with its \
             offset"
        )),
    }
}

/// A moment in a zone: `Sat 05 Dec 2026 22:00 CET`.
pub(super) fn in_zone(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%a %d %b %Y %H:%M %Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_in_the_zone_unless_it_says_its_own_and_is_never_guessed() {
        let berlin = "Europe/Berlin".parse::<Tz>().unwrap();
        let read = |text: &str| match parse(text, berlin) {
            Ok(at) => at.to_rfc3339(),
            Err(problem) => problem,
        };
        let texts = [
            "2026-12-05 22:00",
            "2026-07-05T22:00:30",
            "2026-12-05T22:00:00Z",
            "2026-10-25 02:30",
            "2027-03-28 02:30",
            "tomorrow",
            "2026-12-05",
        ];
        insta::assert_snapshot!(texts.map(read).join("\n"), @r#"
        2026-12-05T21:00:00+00:00
        2026-07-05T20:00:30+00:00
        2026-12-05T22:00:00+00:00
        2026-10-25 02:30:00 comes twice in Europe/Berlin, where the clocks go back; write 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00
        2027-03-28 02:30:00 does not come in Europe/Berlin, where the clocks go forward; write another time, or one with its offset
        `tomorrow` is no time; write 2026-12-05T22:00:00+01:00, or "2026-12-05 22:00" in Europe/Berlin
        `2026-12-05` is no time; write 2026-12-05T22:00:00+01:00, or "2026-12-05 22:00" in Europe/Berlin
        "#);
        assert_eq!(parse_since("2026-12-05", berlin).unwrap().to_rfc3339(), "2026-12-04T23:00:00+00:00");
        assert_eq!(in_zone(parse("2026-12-05 22:00", berlin).unwrap(), berlin), "Sat 05 Dec 2026 22:00 CET");
    }
}
