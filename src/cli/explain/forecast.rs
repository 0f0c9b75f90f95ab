//! What `explain` says of what happens if nobody acts.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::words::moment;
use crate::domain::action::duration::usual_duration;
use crate::domain::forecast::{ClusterOverlap, Forecast, coming, longest, overlaps, parts};
use crate::domain::machine::Machine;
use crate::domain::resource::ResourceId;
use crate::domain::sanitize::one_line;
use crate::domain::window::Impact;
use crate::store::repository::WindowRow;

/// What happens to one machine if nobody acts.
#[derive(Debug, Serialize)]
pub(super) struct ForecastLine {
    #[serde(flatten)]
    coming: Forecast,
    /// Whether the machine is only paused, for seconds.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pauses: bool,
    /// The machines of its availability set that have maintenance too, itself included.
    set_members: Option<usize>,
    /// In how many parts Azure takes them.
    set_parts: Option<usize>,
    /// How long the set takes at the most.
    set_minutes: Option<i64>,
    /// Machines of its cluster that Azure may take at the same time.
    overlaps: Vec<ClusterOverlap>,
}

/// What happens to the machine of `row`, which is one of `rows`.
pub(super) fn forecast(
    row: &WindowRow,
    rows: &[WindowRow],
    cluster_tag: &str,
    now: DateTime<Utc>,
) -> ForecastLine {
    let of = |row: &WindowRow| coming(&row.window, &row.actions, now);
    let set = row.window.machine.availability_set.as_ref();
    let in_set = |other: &&WindowRow| {
        other.window.machine.availability_set.as_ref() == set && matches!(of(other), Forecast::ByAzure { .. })
    };
    let members: Vec<&Machine> =
        rows.iter().filter(|_| set.is_some()).filter(in_set).map(|row| &row.window.machine).collect();
    let pauses = row.window.impact == Impact::Freeze;
    // A pause takes seconds: nothing of it adds up.
    let parts = (members.len() > 1 && !pauses).then(|| parts(members.iter().copied()));
    let notified = rows.iter().filter(|row| row.silenced.is_none()).map(|row| (&row.window, &row.actions));
    let mut overlaps = overlaps(notified, cluster_tag, now);
    overlaps.retain(|overlap| overlap.members.contains(row.window.place()));
    ForecastLine {
        coming: of(row),
        pauses,
        set_members: parts.map(|_| members.len()),
        set_parts: parts,
        set_minutes: parts.map(|parts| longest(parts).num_minutes()),
        overlaps: if row.window.is_open() { overlaps } else { Vec::new() },
    }
}

impl ForecastLine {
    /// The same in lines, with times in UTC.
    pub(super) fn lines(&self) -> Vec<String> {
        let set = self.set_members.zip(self.set_parts).zip(self.set_minutes);
        let set = set.map(|((members, parts), minutes)| {
            format!(
                "Azure takes one update domain of its availability set at a time, with half an hour or more in between: \
                 {members} machines in {parts} steps, about {minutes} minutes in all"
            )
        });
        let overlaps = self.overlaps.iter().map(|overlap| {
            let names: Vec<&str> = overlap.members.iter().map(ResourceId::name).collect();
            format!(
                "Azure may take more than one of cluster {} at the same time between {} and {}: {}",
                one_line(&overlap.cluster, 90),
                moment(overlap.from),
                moment(overlap.until),
                names.join(", ")
            )
        });
        sentence(&self.coming, self.pauses).into_iter().chain(set).chain(overlaps).collect()
    }
}

/// What happens to one machine, with times as the rest of the output has them.
fn sentence(coming: &Forecast, pauses: bool) -> Option<String> {
    Some(match coming {
        Forecast::Nothing | Forecast::UnderWay => return None,
        Forecast::PlannedStart { at } => format!("it is started {}, as planned", moment(*at)),
        Forecast::ByAzure { earliest, latest } if pauses => format!(
            "Azure pauses it for seconds between {} and {}; it does not restart",
            moment(*earliest),
            moment(*latest)
        ),
        Forecast::Unknown if pauses => {
            "Azure pauses it for seconds and has not said when; it does not restart".to_owned()
        }
        Forecast::ByAzure { earliest, latest } => format!(
            "if nobody acts, Azure does it between {} and {}; a restart usually takes about {} minutes",
            moment(*earliest),
            moment(*latest),
            usual_duration().num_minutes()
        ),
        Forecast::NewDates => "Azure skips it in this window and will plan new dates".to_owned(),
        Forecast::Passed { at } => {
            format!("its last date passed {}, and nothing is known of what became of it", moment(*at))
        }
        Forecast::Unknown => "Azure has not said when it does it by itself".to_owned(),
    })
}
