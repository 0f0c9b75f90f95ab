//! Machines that stand in for each other and that Azure may take at the same time.

use std::collections::BTreeMap;

use super::entry::OverviewEntry;

/// Members of one cluster whose restarts may come together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision<'a> {
    pub cluster: &'a str,
    pub members: Vec<&'a str>,
    pub from: i64,
    pub until: i64,
}

/// The clusters of which Azure may take several members at the same time if nobody acts, the nearest first. Members of
/// one availability set are taken one after the other.
pub fn collisions<'a>(entries: &[OverviewEntry<'a>]) -> Vec<Collision<'a>> {
    let mut clusters: BTreeMap<&'a str, Vec<(i64, i64, &OverviewEntry<'a>)>> = BTreeMap::new();
    for entry in entries {
        if let (Some(cluster), Some(from), Some(until)) = (entry.cluster(), entry.line.from, entry.line.until)
        {
            clusters.entry(cluster).or_default().push((from, until, entry));
        }
    }
    let mut found = Vec::new();
    for (cluster, mut members) in clusters {
        members.sort_by_key(|(from, until, entry)| (*from, *until, entry.display_name()));
        let meets = |a: &(i64, i64, &OverviewEntry<'a>), b: &(i64, i64, &OverviewEntry<'a>)| {
            a.2.place() != b.2.place() && a.0 < b.1 && b.0 < a.1
        };
        // Clusters are small; one that is not is looked at as far as it is shown.
        members.truncate(200);
        let together: Vec<_> = members
            .iter()
            .filter(|one| members.iter().any(|other| !std::ptr::eq(*one, other) && meets(one, other)))
            .collect();
        let (Some(from), Some(until)) =
            (together.iter().map(|one| one.0).min(), together.iter().map(|one| one.1).max())
        else {
            continue;
        };
        let name = cluster.rsplit('|').next().unwrap_or(cluster);
        let members = together.iter().map(|one| one.2.display_name()).collect();
        found.push(Collision { cluster: name, members, from, until });
    }
    found.sort_by_key(|one| (one.from, one.cluster));
    found
}
