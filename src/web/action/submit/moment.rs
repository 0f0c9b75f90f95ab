//! A time as the field of a form has it.

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Datelike as _, NaiveDateTime, TimeZone, Utc};

/// A moment as the form's field has it, in the recipient's zone. Where the clocks are put back, the first of the two.
pub(super) fn moment(text: &str, zone: Tz) -> Result<DateTime<Utc>, String> {
    let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
    let naive = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    // Nobody plans for another year, and there are some to which nothing can be added.
    let naive = naive.filter(|naive| (1970..=2999).contains(&naive.year()));
    let Some(naive) = naive else {
        return Err("Nothing was planned: write the time as 2026-11-28T22:00.".to_owned());
    };
    match zone.from_local_datetime(&naive).earliest() {
        Some(moment) => Ok(moment.with_timezone(&Utc)),
        None => Err(format!(
            "Nothing was planned: on {} the clocks in {zone} are put forward, and {} does not exist that night. Choose \
             an earlier or a later time.",
            naive.format("%-d %b %Y"),
            naive.format("%H:%M")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    #[test]
    fn a_time_that_the_clocks_skip_is_explained_and_one_that_comes_twice_is_the_first() {
        let berlin = "Europe/Berlin".parse::<Tz>().unwrap();
        assert_eq!(moment("2026-11-28T22:00", berlin), Ok(utc("2026-11-28T21:00:00Z")));
        assert_eq!(moment("2026-10-25T02:30", berlin), Ok(utc("2026-10-25T00:30:00Z")));
        insta::assert_snapshot!(moment("2027-03-28T02:30", berlin).unwrap_err(), @"Nothing was planned: on 28 Mar 2027 the clocks in Europe/Berlin are put forward, and 02:30 does not exist that night. Choose an earlier or a later time.");
        for text in
            ["tomorrow", "+262142-12-31T23:59", "-262143-01-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00"]
        {
            assert!(moment(text, berlin).is_err(), "{text}");
        }
    }
}
