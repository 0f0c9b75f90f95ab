//! Digests and summaries: one for each slot of the recipient's own clock, whatever that clock does.

use crate::domain::time_zone::Tz;

use super::*;
use crate::domain::message::MessageKind;
use crate::domain::recipient::SummarySettings;

/// A life in `zone` with a window that something happens to every day, so that each slot has something to say.
fn busy(zone: Tz, digest: &str, start: &str) -> Life {
    let mut life = Life::at(start);
    life.recipient.preferences.timezone = zone;
    life.recipient.preferences.digest = digest.parse().unwrap();
    life.recipient.preferences.immediate.clear();
    life
}

/// Every day at noon a machine's maintenance is announced and another one's is over.
fn live_days(life: &mut Life, days: i64) {
    for day in 0..days {
        life.put(window(&format!("m{day:03}"), life.now + TimeDelta::days(200)));
        let next = life.now + TimeDelta::days(1);
        life.until(&next.to_rfc3339());
    }
}

/// The local times of the digests after the first day.
fn digests(life: &Life) -> Vec<String> {
    let zone = life.recipient.preferences.timezone;
    let digests = life.ledger.iter().filter(|message| message.kind == MessageKind::Digest);
    digests.map(|message| message.claimed_at.with_timezone(&zone).format("%m-%d %H:%M").to_string()).collect()
}

#[test]
fn f10_one_digest_a_day_at_the_local_hour_over_every_change_of_the_clock() {
    // The changes of these years; Apia left out a whole day, Casablanca changes around Ramadan, Lord Howe by half an
    // hour.
    for (zone, start) in [
        ("Europe/Berlin", "2026-03-27T11:00:00Z"),
        ("Europe/Berlin", "2026-10-23T11:00:00Z"),
        ("America/New_York", "2026-03-06T17:00:00Z"),
        ("America/New_York", "2026-10-30T17:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-03T01:30:00Z"),
        ("Australia/Lord_Howe", "2026-10-02T01:30:00Z"),
        ("Africa/Casablanca", "2026-02-13T12:00:00Z"),
        ("Africa/Casablanca", "2026-03-20T12:00:00Z"),
        ("Europe/Berlin", "2026-12-30T11:00:00Z"),
        ("Europe/Berlin", "2028-02-27T11:00:00Z"),
    ] {
        let mut life = busy(zone.parse().unwrap(), "30 2 * * *", start);
        live_days(&mut life, 5);
        let notified = digests(&life);
        let mut days: Vec<&str> = notified.iter().map(|at| &at[..5]).collect();
        days.dedup();
        assert_eq!((notified.len(), days.len()), (5, 5), "{zone} {start}: {notified:?}");
        let usual = notified.iter().filter(|at| at.ends_with("02:30")).count();
        // On the one day on which there is no such time, or the gap is crossed, it comes with the first moment after.
        assert!(usual >= 4, "{zone} {start}: {notified:?}");
    }
    let mut life = busy("Pacific/Apia".parse().unwrap(), "0 8 * * *", "2011-12-28T22:00:00Z");
    live_days(&mut life, 4);
    assert_eq!(digests(&life).len(), 4, "{:?}", digests(&life));
}

#[test]
fn f10_a_clock_that_jumps_back_repeats_no_digest_and_one_that_jumps_ahead_loses_none() {
    let mut life = busy("Europe/Berlin".parse::<Tz>().unwrap(), "0 8 * * *", "2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2027-06-01T10:00:00Z")));
    life.until("2026-12-02T07:00:30Z");
    assert_eq!(digests(&life), ["12-02 08:00"]);
    life.now = utc("2026-12-02T06:00:00Z");
    life.plan();
    life.until("2026-12-02T12:00:00Z");
    assert_eq!(digests(&life), ["12-02 08:00"]);
    life.put(window("web-02", utc("2027-06-01T10:00:00Z")));
    life.until("2026-12-03T06:30:00Z");
    // The slot lies in the hour that is left out.
    life.now = utc("2026-12-03T07:30:00Z");
    life.plan();
    life.until("2026-12-03T12:00:00Z");
    assert_eq!(digests(&life), ["12-02 08:00", "12-03 08:30"]);
}

/// The host may call a timer's function a few milliseconds before its time.
#[test]
fn a_tick_that_comes_early_loses_no_digest_and_repeats_none() {
    let mut life = busy("Europe/Berlin".parse::<Tz>().unwrap(), "0 8 * * *", "2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2027-06-01T10:00:00Z")));
    life.until("2026-12-02T06:58:00Z");
    for (day, web) in [("2026-12-02", "web-02"), ("2026-12-03", "web-03")] {
        for tick in ["06:59:59.998Z", "07:00:59.998Z", "07:01:59.998Z"] {
            life.now = utc(&format!("{day}T{tick}"));
            life.plan();
        }
        life.put(window(web, utc("2027-06-01T10:00:00Z")));
    }
    assert_eq!(digests(&life), ["12-02 08:00", "12-03 08:00"]);
}

#[test]
fn a_digest_names_a_near_deadline_only_when_no_reminder_does() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.recipient.preferences.reminders = vec![TimeDelta::days(7)];
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-11T09:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Fri 04 11:00 alert [web-01 reminder]
    Wed 09 08:00 digest [web-01 reminder]
    ");
}

#[test]
fn the_weekly_line_makes_room_for_what_comes_shortly_after() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    // A week after the announcement there is a slot on the 9th; more than two days later self-service opens.
    life.put(window("web-01", utc("2026-12-11T10:00:00Z")));
    life.put(window("web-02", utc("2027-01-20T10:00:00Z")));
    life.until("2026-12-12T09:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced, web-02 announced] Request 0
    Wed 09 08:00 digest []
    Fri 11 11:00 alert [web-01 self-service open]
    ");
    let mut other = Life::at("2026-12-01T10:00:00Z");
    other.put(window("web-01", utc("2026-12-10T10:00:00Z")));
    other.until("2026-12-12T09:00:00Z");
    insta::assert_snapshot!(other.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Thu 10 11:00 alert [web-01 self-service open]
    Fri 11 17:00 alert [web-01 reminder]
    ");
}

/// Someone who watches and owns nothing.
fn watcher(start: &str) -> Life {
    let mut life = Life::at(start);
    life.recipient.summary =
        Some(SummarySettings { at: "0 8 * * MON".parse().unwrap(), of: Default::default() });
    life
}

#[test]
fn a_summary_comes_once_a_slot_and_a_missed_one_late() {
    let mut life = watcher("2026-12-04T10:00:00Z");
    life.until("2026-12-15T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Mon 07 08:00 summary []
    Mon 14 08:00 summary []
    ");
    // Nothing runs over the next slot.
    life.now = utc("2026-12-22T09:00:00Z");
    life.plan();
    life.until("2026-12-22T10:00:00Z");
    assert_eq!(life.ledger.last().unwrap().claimed_at, utc("2026-12-22T09:00:00Z"));
    assert_eq!(life.ledger.last().unwrap().summary, Some(utc("2026-12-21T07:00:00Z")));
    // More than three days are too late for it.
    life.now = utc("2027-01-01T09:00:00Z");
    life.plan();
    life.until("2027-01-04T08:00:00Z");
    assert_eq!(life.ledger.last().unwrap().summary, Some(utc("2027-01-04T07:00:00Z")));
    assert_eq!(life.ledger.len(), 4, "{}", life.story());
}

#[test]
fn f2_a_summary_that_could_not_be_sent_is_superseded_by_the_next() {
    let mut life = watcher("2026-12-04T10:00:00Z");
    life.mail_works = false;
    life.until("2026-12-22T10:00:00Z");
    life.mail_works = true;
    life.plan();
    let notified: Vec<_> =
        life.ledger.iter().filter(|message| message.notifies()).map(|it| it.summary).collect();
    assert_eq!(notified, [Some(utc("2026-12-21T07:00:00Z"))]);
}

#[test]
fn who_watches_and_owns_gets_both_in_one_message() {
    let mut life = watcher("2026-12-06T10:00:00Z");
    // A Sunday: the announcement waits for Monday at 8.
    life.put(window("web-01", utc("2027-01-20T10:00:00Z")));
    life.until("2026-12-08T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"Mon 07 08:00 alert [web-01 announced] Request 0");
    assert_eq!(life.ledger[0].summary, Some(utc("2026-12-07T07:00:00Z")));
}
