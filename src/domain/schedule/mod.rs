//! Hours, quiet times and digest schedules, by the recipient's own clock.
//!
//! Local times are turned into instants the way people expect on the two odd days of a year: a time that the spring
//! change skips counts as the first moment after the gap, a time that the autumn change repeats counts once, at its
//! first occurrence.

mod cron_fields;
mod daily_range;
mod day_names;
mod delivery_hours;
mod digest;
mod hours;
mod invalid;
mod local_time;
mod span;
mod timer;

pub use daily_range::DailyRange;
pub use delivery_hours::{last_allowed, next_allowed};
pub use digest::DigestSchedule;
pub use hours::{Hours, WeeklyRange};
pub use invalid::InvalidSchedule;
pub use local_time::instant;
pub use span::parse_span;
pub use timer::TimerSchedule;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::schedule::delivery_hours::{last_allowed, next_allowed};
    use crate::domain::schedule::hours::Hours;
    use crate::domain::schedule::local_time::instant;
    use crate::domain::schedule::span::parse_span;
    use crate::domain::time_zone::Tz;
    use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
    use std::collections::BTreeSet;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn berlin() -> Tz {
        "Europe/Berlin".parse().unwrap()
    }

    #[test]
    fn a_digest_comes_once_a_slot_over_both_changes_of_the_clock() {
        let half_past_two: DigestSchedule = "30 2 * * *".parse().unwrap();
        let spring = half_past_two.next_after(berlin(), utc("2026-03-28T12:00:00Z")).unwrap();
        assert_eq!(spring, utc("2026-03-29T01:00:00Z"));
        let autumn = half_past_two.next_after(berlin(), utc("2026-10-24T12:00:00Z")).unwrap();
        assert_eq!(autumn, utc("2026-10-25T00:30:00Z"));
        assert_eq!(half_past_two.next_after(berlin(), autumn).unwrap(), utc("2026-10-26T01:30:00Z"));
        assert_eq!("never".parse::<DigestSchedule>().unwrap().next_after(berlin(), autumn), None);
    }

    #[test]
    fn a_schedule_that_is_none_is_refused() {
        let texts = [
            "",
            "daily",
            "0 8 * *",
            "0 0 8 * * MON",
            "61 8 * * *",
            "0 24 * * *",
            "0 8 * * MO-FR",
            "0 8 * * 8",
            "0 8 32 * *",
            "0 8 * Jänner *",
            "0 8,x * * *",
            "0 8 * * MON-",
            "*/90 8 * * *",
            "@daily 1 2 3 4",
        ];
        let said = texts.map(|text| text.parse::<DigestSchedule>().unwrap_err().to_string());
        insta::assert_snapshot!(said.join("\n"), @r#"
        `` is not understood: it needs 5 fields (minute hour day month weekday), and has 0; write it like `0 8 * * MON-FRI`, or `never`
        `daily` is not understood: it needs 5 fields (minute hour day month weekday), and has 1; write it like `0 8 * * MON-FRI`, or `never`
        `0 8 * *` is not understood: it needs 5 fields (minute hour day month weekday), and has 4; write it like `0 8 * * MON-FRI`, or `never`
        `0 0 8 * * MON` is not understood: it needs 5 fields (minute hour day month weekday), and has 6; write it like `0 8 * * MON-FRI`, or `never`
        `61 8 * * *` is not understood: the minute `61` is not between 0 and 59; write it like `0 8 * * MON-FRI`, or `never`
        `0 24 * * *` is not understood: the hour `24` is not between 0 and 23; write it like `0 8 * * MON-FRI`, or `never`
        `0 8 * * MO-FR` is not understood: the weekday `MO` is not one of SUN to SAT, or 0 to 6; write MON; write it like `0 8 * * MON-FRI`, or `never`
        `0 8 * * 8` is not understood: the weekday `8` is not one of SUN to SAT, or 0 to 6; write it like `0 8 * * MON-FRI`, or `never`
        `0 8 32 * *` is not understood: the day `32` is not between 1 and 31; write it like `0 8 * * MON-FRI`, or `never`
        `0 8 * Jänner *` is not understood: the month `Jänner` is not one of JAN to DEC, or 1 to 12; write it like `0 8 * * MON-FRI`, or `never`
        `0 8,x * * *` is not understood: the hour `x` is not between 0 and 23; write it like `0 8 * * MON-FRI`, or `never`
        `0 8 * * MON-` is not understood: the weekday `` is not one of SUN to SAT, or 0 to 6; write it like `0 8 * * MON-FRI`, or `never`
        `*/90 8 * * *` is not understood: the step `/90` of the minute is not between 1 and 59; write it like `0 8 * * MON-FRI`, or `never`
        `@daily 1 2 3 4` is not understood: the minute `@daily` is not between 0 and 59; write it like `0 8 * * MON-FRI`, or `never`
        "#);
    }

    #[test]
    fn a_digest_is_read_as_people_write_it() {
        let days = |text: &str| {
            let schedule: DigestSchedule = text.parse().unwrap();
            assert_eq!(schedule.to_string(), text, "it reads back as written");
            let mut slot = utc("2026-11-21T23:00:00Z");
            let week = std::iter::from_fn(|| {
                slot = schedule.next_after(Tz::UTC, slot)?;
                Some(slot.format("%a %H").to_string())
            });
            week.take(4).collect::<Vec<_>>().join(", ")
        };
        let over_the_weekend = "Sun 08, Mon 08, Fri 08, Sat 08";
        for text in [
            "0 8 * * FRI-MON",
            "0 8 * * fri\u{2013}mon",
            "0 8 * * 5-1",
            "0 8 * * Friday-Monday",
            "0 8 * * 5-7,1",
        ] {
            assert_eq!(days(text), over_the_weekend, "{text}");
        }
        assert_eq!(days("0 22-1 * * *"), "Sun 00, Sun 01, Sun 22, Sun 23");
        assert_eq!(days("0 8 * * MON#1"), "Mon 08, Mon 08, Mon 08, Mon 08");
        assert_eq!(days("0 8 * NOV-FEB 7"), "Sun 08, Sun 08, Sun 08, Sun 08");
    }

    #[test]
    fn hours_read_back_as_they_are_written() {
        for text in
            ["always", "MON-FRI 08:00-18:00, SAT 10:00-12:00", "SAT+SUN 22:00-04:00", "FRI-MON 00:00-06:00"]
        {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn news_waits_for_working_hours_and_skips_holidays() {
        let hours: Hours = "MON-FRI 08:00-18:00".parse().unwrap();
        let none = BTreeSet::new();
        // 2026-11-20 is a Friday.
        assert_eq!(
            hours.next_open(berlin(), &none, utc("2026-11-20T16:59:00Z")),
            Some(utc("2026-11-20T16:59:00Z"))
        );
        assert_eq!(
            hours.next_open(berlin(), &none, utc("2026-11-20T17:00:00Z")),
            Some(utc("2026-11-23T07:00:00Z"))
        );
        let holidays = BTreeSet::from([NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()]);
        assert_eq!(
            hours.next_open(berlin(), &holidays, utc("2026-11-20T17:00:00Z")),
            Some(utc("2026-11-24T07:00:00Z"))
        );
    }

    #[test]
    fn hours_may_reach_past_midnight() {
        let hours: Hours = "SAT 22:00-04:00".parse().unwrap();
        let none = BTreeSet::new();
        let sunday = utc("2026-11-22T01:00:00Z");
        assert_eq!(hours.next_open(berlin(), &none, sunday), Some(sunday));
        assert_eq!(
            hours.next_open(berlin(), &none, utc("2026-11-22T03:00:00Z")),
            Some(utc("2026-11-28T21:00:00Z"))
        );
    }

    #[test]
    fn quiet_times_push_news_to_their_end() {
        let quiet = ["22:00-07:00".parse().unwrap()];
        let none = BTreeSet::new();
        let night = utc("2026-11-20T23:00:00Z");
        assert_eq!(next_allowed(berlin(), &Hours::Always, &quiet, &none, night), utc("2026-11-21T06:00:00Z"));
        let all_day = ["00:00-24:00".parse().unwrap()];
        assert_eq!(next_allowed(berlin(), &Hours::Always, &all_day, &none, night), night);
    }

    #[test]
    fn reminders_come_forward_to_the_hours_before() {
        let hours: Hours = "MON-FRI 08:00-18:00".parse().unwrap();
        let none = BTreeSet::new();
        let reminder_clock =
            |at: &str| last_allowed(berlin(), &hours, &["22:00-07:00".parse().unwrap()], &none, utc(at));
        assert_eq!(reminder_clock("2026-11-20T10:00:00Z"), utc("2026-11-20T10:00:00Z"));
        assert_eq!(reminder_clock("2026-11-22T10:00:00Z"), utc("2026-11-20T16:00:00Z"));
        let nights = last_allowed(
            berlin(),
            &Hours::Always,
            &["22:00-07:00".parse().unwrap()],
            &none,
            utc("2026-11-20T23:00:00Z"),
        );
        assert_eq!(nights, utc("2026-11-20T20:59:00Z"));
    }

    #[test]
    fn a_local_time_inside_the_gap_is_the_first_moment_after_it() {
        let gap = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap().and_hms_opt(2, 30, 0).unwrap();
        assert_eq!(instant(berlin(), gap), utc("2026-03-29T01:00:00Z"));
        // Samoa left out the whole of 30 December 2011.
        let missing = NaiveDate::from_ymd_opt(2011, 12, 30).unwrap().and_hms_opt(8, 0, 0).unwrap();
        assert_eq!(instant("Pacific/Apia".parse::<Tz>().unwrap(), missing), utc("2011-12-30T10:00:00Z"));
    }

    #[test]
    fn spans_are_sums_with_units() {
        assert_eq!(parse_span("1d12h").unwrap(), TimeDelta::hours(36));
        assert_eq!(parse_span("90m").unwrap(), TimeDelta::minutes(90));
        for text in ["0", "0m", "0h", "0d0h"] {
            assert_eq!(parse_span(text).unwrap(), TimeDelta::zero(), "{text}");
        }
        for text in ["", "7", "d", "-1d", "7w", "99999999999999999999d", "0w", "+0m", "7 d"] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_in_another_way_of_writing_is_refused_with_ours() {
        for (text, ours) in [
            ("1w", "7d"),
            ("2 weeks", "14d"),
            ("PT5M", "5m"),
            ("P1DT12H", "1d12h"),
            ("P1W", "7d"),
            ("pt0s", "0s"),
            ("5 minutes", "5m"),
            ("5min", "5m"),
            ("1 hour", "1h"),
            ("2 hrs", "2h"),
            ("30 Sec", "30s"),
            ("1 day, 12 hours", "1d12h"),
            ("3 Tage", "3d"),
            ("2 Stunden", "2h"),
            ("7D", "7d"),
            ("5 m", "5m"),
        ] {
            let said = parse_span(text).unwrap_err().to_string();
            assert!(said.ends_with(&format!("; write {ours}")), "{text}: {said}");
            assert!(parse_span(ours).is_ok());
        }
        for text in ["7", "soon", "P1M", "P1Y", "1 month", "-5m", "1.2.3h", "5 minutes ago", "", "PT"] {
            let said = parse_span(text).unwrap_err().to_string();
            assert!(!said.contains("; write"), "{text}: {said}");
        }
    }
}
