//! Invents people: how each of them wants to be notified, and who is escalated to in their place.

use chrono::{NaiveDate, TimeDelta};
use maintenance_notifier::domain::time_zone::Tz;

use super::generate::Size;
use super::history::{DOMAIN, Manners, Person};
use super::random::Random;

pub(super) const ZONES: [&str; 12] = [
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Auckland",
];

const MON_FRI: [bool; 7] = [true, true, true, true, true, false, false];
const EVERY_DAY: [bool; 7] = [true; 7];
const SUN_THU: [bool; 7] = [true, true, true, true, false, false, true];

/// Days without news for some, in days since the beginning.
pub(super) const HOLIDAYS: [i64; 3] = [4, 5, 20];

const MONDAYS: [bool; 7] = [true, false, false, false, false, false, false];
const THURSDAYS: [bool; 7] = [false, false, false, true, false, false, false];

/// Hours before self-service ends at which some want others to be escalated to. All have the usual last one.
const OWN_STEPS: [&[i64]; 3] = [&[240, 120, 48], &[48], &[72, 48]];

const IMMEDIATE: [&str; 8] = [
    "announced",
    "rescheduled",
    "cancelled",
    "self-service open",
    "self-service closed",
    "imminent",
    "failed",
    "skipped",
];

/// One of the ways in which people want to be notified, by number.
pub(super) fn manners(kind: usize, zone: Tz, size: &Size) -> Manners {
    let hours = |days: [bool; 7], from: u32, to: u32| Some((days, (from * 60, to * 60)));
    let usual = Manners {
        zone,
        hours: hours(MON_FRI, 8, 18),
        quiet: Some((22 * 60, 7 * 60)),
        holidays: Vec::new(),
        digest: Some((MON_FRI, 8 * 60)),
        immediate: IMMEDIATE.to_vec(),
        reminders: vec![168, 48],
        scheduled: vec![72],
        settle: TimeDelta::hours(2),
    };
    let holiday = |days: i64| -> NaiveDate { (size.from + TimeDelta::days(days)).date_naive() };
    match kind {
        1 => Manners { digest: Some((EVERY_DAY, 7 * 60 + 30)), hours: hours(MON_FRI, 9, 17), ..usual },
        2 => Manners { digest: None, ..usual },
        3 => Manners { hours: None, quiet: None, settle: TimeDelta::minutes(30), ..usual },
        4 => Manners { hours: hours(MON_FRI, 9, 17), quiet: Some((19 * 60, 8 * 60 + 30)), ..usual },
        5 => Manners {
            hours: hours(SUN_THU, 8, 16),
            digest: Some((SUN_THU, 8 * 60 + 15)),
            holidays: HOLIDAYS.map(holiday).to_vec(),
            ..usual
        },
        6 => Manners { reminders: vec![336, 168, 24], scheduled: vec![168, 24], ..usual },
        7 => Manners { immediate: vec!["imminent"], ..usual },
        8 => Manners { digest: Some((EVERY_DAY, 2 * 60 + 30)), hours: None, ..usual },
        _ => usual,
    }
}

/// Everybody; the first of them is the fallback.
pub(super) fn people(size: &Size, defaults: &Manners, random: &mut Random) -> Vec<Person> {
    let mut people = Vec::with_capacity(size.people);
    for index in 0..size.people {
        let address = format!("p{index:04}@{DOMAIN}");
        // The fallback is configured and keeps the usual hours.
        let configured = index == 0 || !random.percent(20);
        let kind = if index == 0 || random.percent(40) { 0 } else { random.below(9) };
        let manners = if configured {
            manners(kind, random.one(&ZONES).parse().unwrap(), size)
        } else {
            defaults.clone()
        };
        let channel = index > 0 && configured && random.percent(6);
        people.push(Person {
            name: if configured { format!("person-{index:04}") } else { address.clone() },
            address: (!channel || random.percent(50)).then_some(address),
            channel,
            configured,
            manners,
            escalate_to: None,
            escalate: None,
            summary: None,
        });
    }
    // Those with the calm machines are escalated to for nobody, and neither is the fallback but where nobody else is.
    let calm = people.len() / 8;
    let named: Vec<String> = people[calm + 1..]
        .iter()
        .filter(|person| person.configured)
        .map(|person| person.name.clone())
        .collect();
    let watchers = (people.len() / 100).clamp(1, 8);
    for person in people.iter_mut().skip(calm + 1).filter(|person| person.configured) {
        let other = random.one(&named);
        if random.percent(35) && *other != person.name {
            person.escalate_to = Some(other.clone());
            let own = random.percent(30) || !size.fallback_is_escalated_to;
            person.escalate = own.then(|| random.one(&OWN_STEPS).to_vec());
        }
    }
    for person in people.iter_mut().rev().filter(|person| person.configured).take(watchers) {
        person.summary = Some(*random.one(&[(MONDAYS, 8 * 60), (THURSDAYS, 2 * 60 + 30)]));
    }
    people
}
