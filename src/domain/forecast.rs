//! What happens if nobody acts: when each machine is restarted at the earliest and at the latest, how long that takes,
//! and which machines that stand in for each other Azure may take at the same time.
//!
//! Source of the lengths: the questions and answers of Azure's maintenance notification pages. Azure restarts a machine
//! within about 25 minutes, and takes an availability set one update domain at a time with a pause of half an hour.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::action::response::{StartStatus, WindowActions};
use super::machine::Machine;
use super::resource::ResourceId;
use super::window::{Impact, MaintenanceStatus, MaintenanceWindow};
use crate::domain::action::duration::usual_duration;
use crate::domain::action::group_key::{GroupKey, groups};

/// How long Azure pauses, at least, between two update domains of an availability set.
pub const PAUSE: TimeDelta = TimeDelta::minutes(30);

/// What happens to one machine if nobody acts from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "comes")]
pub enum Forecast {
    Nothing,
    /// A start that somebody planned.
    PlannedStart {
        at: DateTime<Utc>,
    },
    /// A start is under way.
    UnderWay,
    /// Azure does it at a moment of its own choosing.
    ByAzure {
        earliest: DateTime<Utc>,
        latest: DateTime<Utc>,
    },
    /// A start failed: not in this window, and Azure will plan new dates.
    NewDates,
    /// The last date that Azure gave has passed, and nothing says what became of it.
    Passed {
        at: DateTime<Utc>,
    },
    /// Azure has not said when it does it itself.
    Unknown,
}

/// What happens to the machine of `window` if nobody acts from `now` on.
pub fn coming(window: &MaintenanceWindow, actions: &WindowActions, now: DateTime<Utc>) -> Forecast {
    if window.is_over() || actions.completed(window.revision) {
        return Forecast::Nothing;
    }
    match actions.open_start().map(|start| (&start.status, start.begins)) {
        Some((StartStatus::Planned, at)) => return Forecast::PlannedStart { at },
        Some(_) => return Forecast::UnderWay,
        None => {}
    }
    if window.status() == MaintenanceStatus::Skipped {
        return Forecast::NewDates;
    }
    if let Some(at) = window.facts.schedule.end().filter(|end| *end <= now) {
        return Forecast::Passed { at };
    }
    match window.facts.schedule.scheduled {
        Some(own) if now < own.end() && own.said_end().is_some() => {
            Forecast::ByAzure { earliest: own.start().max(now), latest: own.end() }
        }
        _ => Forecast::Unknown,
    }
}

/// In how many parts Azure takes `members` of one availability set: each update domain for itself, and each machine of
/// which it is not known where it is.
pub fn parts<'a>(members: impl Iterator<Item = &'a Machine>) -> usize {
    let mut domains = BTreeSet::new();
    let mut unknown = 0;
    for member in members {
        match member.update_domain {
            Some(domain) => _ = domains.insert(domain),
            None => unknown += 1,
        }
    }
    domains.len() + unknown
}

/// How long an availability set takes at the most: its `parts` one after the other, with the pause in between.
pub fn longest(parts: usize) -> TimeDelta {
    let parts = i32::try_from(parts).unwrap_or(i32::MAX / 4);
    usual_duration() * parts + PAUSE * (parts - 1).max(0)
}

/// Machines of one cluster that Azure may restart at the same time, because it does not know that they belong together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClusterOverlap {
    pub cluster: String,
    /// The machines, in order; two at least.
    pub members: Vec<ResourceId>,
    /// From when on two of them can be down together.
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
}

/// One member of a cluster with the span in which Azure takes it.
struct ClusterMember<'a> {
    machine: &'a Machine,
    /// What Azure takes one part at a time: members in the same place are never down together.
    place: String,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

/// The clusters of which Azure may take several members at the same time if nobody acts. The cost is that of sorting.
pub fn overlaps<'a>(
    windows: impl Iterator<Item = (&'a MaintenanceWindow, &'a WindowActions)>,
    cluster_tag: &str,
    now: DateTime<Utc>,
) -> Vec<ClusterOverlap> {
    let mut clusters: BTreeMap<GroupKey, Vec<ClusterMember<'a>>> = BTreeMap::new();
    for (window, actions) in windows {
        let Forecast::ByAzure { earliest, latest } = coming(window, actions, now) else { continue };
        // Nobody is down by a pause.
        if window.impact == Impact::Freeze {
            continue;
        }
        let machine = &window.machine;
        let member = || ClusterMember { machine, place: place(machine), from: earliest, until: latest };
        let keys = groups(machine, cluster_tag);
        for key in keys.into_iter().filter(GroupKey::is_cluster) {
            clusters.entry(key).or_default().push(member());
        }
    }
    let mut found: Vec<ClusterOverlap> =
        clusters.into_values().filter_map(|members| overlap(members, cluster_tag)).collect();
    found.sort();
    found
}

/// Where Azure takes one part at a time: an availability set, a scale set's zone, else the machine alone.
fn place(machine: &Machine) -> String {
    let set = machine.availability_set.as_ref().map(|set| set.folded().to_owned());
    let scale_set = || {
        let zone = machine.zones.first().map(String::as_str).unwrap_or_default();
        machine.id.scale_set().map(|set| format!("{}|{zone}", set.folded()))
    };
    set.or_else(scale_set).unwrap_or_else(|| machine.id.folded().to_owned())
}

fn overlap(mut members: Vec<ClusterMember<'_>>, cluster_tag: &str) -> Option<ClusterOverlap> {
    let mut together: BTreeSet<ResourceId> = BTreeSet::new();
    let mut span: Option<(DateTime<Utc>, DateTime<Utc>)> = None;
    // In order of beginning, each member is held against the one elsewhere that lasts longest of those before it.
    members.sort_by(|a, b| (a.from, &a.place).cmp(&(b.from, &b.place)));
    let mut before: Vec<&ClusterMember<'_>> = Vec::new();
    for member in &members {
        let other = before.iter().find(|other| other.place != member.place);
        if let Some(other) = other.filter(|other| member.from < other.until) {
            together.insert(member.machine.id.clone());
            let end = member.until.min(other.until);
            span = Some(span.map_or((member.from, end), |(from, until)| (from, until.max(end))));
        }
        keep_best(&mut before, member, |member| Reverse(member.until));
    }
    // And the other way round: against the one elsewhere that begins first of those after it.
    let mut after: Vec<&ClusterMember<'_>> = Vec::new();
    for member in members.iter().rev() {
        let other = after.iter().find(|other| other.place != member.place);
        if other.is_some_and(|other| other.from < member.until) {
            together.insert(member.machine.id.clone());
        }
        keep_best(&mut after, member, |member| member.from);
    }
    let (from, until) = span?;
    let first = members.iter().find(|member| together.contains(&member.machine.id))?;
    let tags = [&first.machine.tags.resource, &first.machine.tags.resource_group];
    let cluster = tags.iter().find_map(|tags| tags.get(cluster_tag)).map(str::trim).unwrap_or_default();
    Some(ClusterOverlap { cluster: cluster.to_owned(), members: together.into_iter().collect(), from, until })
}

/// Keeps the best member of each of the two best places: one of them is elsewhere for whoever comes next.
fn keep_best<'m, 'a, K: Ord>(
    kept: &mut Vec<&'m ClusterMember<'a>>,
    member: &'m ClusterMember<'a>,
    key: impl Fn(&ClusterMember<'a>) -> K,
) {
    match kept.iter().position(|known| known.place == member.place) {
        Some(index) if key(member) < key(kept[index]) => kept[index] = member,
        Some(_) => {}
        None => kept.push(member),
    }
    kept.sort_by_key(|member| key(member));
    kept.truncate(2);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::fixtures::{utc, vm_id, window};
    use crate::domain::window::{Interval, LastResult};

    const NOW: &str = "2026-12-01T00:00:00Z";

    /// A member of the cluster `SQL` that Azure takes between two hours from now.
    fn member(name: &str, hours: (i64, i64), set: Option<&str>) -> MaintenanceWindow {
        let now = utc(NOW);
        let mut window = window(name, now);
        window.machine.tags.resource = [("cluster", "SQL")].into_iter().collect();
        window.machine.availability_set = set.map(vm_id);
        window.facts.schedule.scheduled =
            Interval::new(now + TimeDelta::hours(hours.0), now + TimeDelta::hours(hours.1)).ok();
        window
    }

    fn found(windows: &[MaintenanceWindow]) -> Vec<ClusterOverlap> {
        let none = WindowActions::default();
        overlaps(windows.iter().map(|window| (window, &none)), "cluster", utc(NOW))
    }

    fn names(overlap: &ClusterOverlap) -> Vec<&str> {
        overlap.members.iter().map(ResourceId::name).collect()
    }

    #[test]
    fn a_machine_is_restarted_within_azures_own_window_unless_something_else_comes() {
        let (none, now) = (WindowActions::default(), utc(NOW));
        let mut one = member("a", (48, 72), None);
        let by_azure = |window: &MaintenanceWindow, at| coming(window, &none, at);
        let (start, end) = (now + TimeDelta::hours(48), now + TimeDelta::hours(72));
        assert_eq!(by_azure(&one, now), Forecast::ByAzure { earliest: start, latest: end });
        let within = now + TimeDelta::hours(50);
        assert_eq!(by_azure(&one, within), Forecast::ByAzure { earliest: within, latest: end });
        assert_eq!(by_azure(&one, end), Forecast::Unknown);
        one.facts.last_result = LastResult::MaintenanceAborted;
        one.facts.self_start_allowed = false;
        assert_eq!(by_azure(&one, now), Forecast::NewDates);
        one.facts.last_result = LastResult::MaintenanceCompleted;
        assert_eq!(by_azure(&one, now), Forecast::Nothing);
    }

    #[test]
    fn members_elsewhere_in_overlapping_windows_are_warned_of() {
        let found = found(&[
            member("a", (0, 24), Some("set-1")),
            member("b", (12, 36), Some("set-2")),
            member("c", (40, 50), None),
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!(names(&found[0]), ["a", "b"]);
        assert_eq!(found[0].cluster, "SQL");
        assert_eq!(
            (found[0].from, found[0].until),
            (utc("2026-12-01T12:00:00Z"), utc("2026-12-02T00:00:00Z"))
        );
    }

    #[test]
    fn azure_takes_one_set_a_part_at_a_time_and_windows_that_only_touch_do_not_overlap() {
        assert_eq!(found(&[member("a", (0, 24), Some("set")), member("b", (12, 36), Some("set"))]), []);
        assert_eq!(found(&[member("a", (0, 24), None), member("b", (24, 36), None)]), []);
    }

    #[test]
    fn a_set_takes_as_long_as_its_update_domains_one_by_one_with_pauses() {
        assert_eq!(longest(1), TimeDelta::minutes(25));
        assert_eq!(longest(3), TimeDelta::minutes(135));
        let in_domain = |domain| {
            let mut machine = member("a", (0, 24), Some("set")).machine;
            machine.update_domain = domain;
            machine
        };
        let machines = [Some(0), Some(1), Some(0), None, None].map(in_domain);
        assert_eq!(parts(machines.iter()), 4);
    }

    proptest! {
        #[test]
        fn what_is_found_in_order_is_what_comparing_each_with_each_finds(
            spans in proptest::collection::vec((0_i64..60, 1_i64..30, 0_u8..4), 0..12),
        ) {
            let windows: Vec<MaintenanceWindow> = spans
                .iter()
                .enumerate()
                .map(|(number, (from, length, set))| {
                    let set = (*set > 0).then(|| format!("set-{set}"));
                    member(&format!("m{number:02}"), (*from, from + length), set.as_deref())
                })
                .collect();
            let span = |window: &MaintenanceWindow| {
                let own = window.facts.schedule.scheduled.unwrap();
                (own.start(), own.end())
            };
            let clash = |a: &MaintenanceWindow, b: &MaintenanceWindow| {
                let ((a_from, a_until), (b_from, b_until)) = (span(a), span(b));
                place(&a.machine) != place(&b.machine) && a_from < b_until && b_from < a_until
            };
            let expected: Vec<ResourceId> = windows
                .iter()
                .filter(|window| windows.iter().any(|other| other.id != window.id && clash(window, other)))
                .map(|window| window.place().clone())
                .collect();
            let members: Vec<ResourceId> = found(&windows).into_iter().flat_map(|overlap| overlap.members).collect();
            prop_assert_eq!(members, expected);
        }
    }
}
