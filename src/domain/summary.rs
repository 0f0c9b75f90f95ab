//! How things stand, for those who watch and run nothing themselves: who is done, who has not answered, and what Azure
//! restarts if nobody acts.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::action::response::WindowActions;
use super::forecast::{ClusterOverlap, Forecast, coming, overlaps};
use super::recipient_name::RecipientName;
use super::window::{EndReason, MaintenanceWindow, WindowState};

/// What ended longer ago than this is not counted any more.
const COUNTED_AFTER_END: TimeDelta = TimeDelta::days(35);
/// What Azure restarts within this time is shown by name.
const AHEAD: TimeDelta = TimeDelta::days(14);
/// What is shown as near.
const NEAR: TimeDelta = TimeDelta::days(7);
/// How many machines are named at most. All of them are counted.
const NAMED: usize = 25;

/// One window, with who answers for it.
#[derive(Debug, Clone, Copy)]
pub struct WatchedWindow<'a> {
    pub window: &'a MaintenanceWindow,
    pub actions: &'a WindowActions,
    /// Who is responsible, the first named; `None` where a silence covers it.
    pub team: Option<&'a RecipientName>,
}

/// Where the machines stand, each counted once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SummaryCounts {
    /// Done within the last weeks, by somebody or by Azure.
    pub done: usize,
    /// A start is planned or under way.
    pub planned: usize,
    /// Somebody knows, or wants to be reminded later.
    pub acknowledged: usize,
    /// Somebody could act and nobody has answered.
    pub unanswered: usize,
    /// Nothing is left to be chosen: Azure does it.
    pub left_to_azure: usize,
}

impl SummaryCounts {
    /// How many are still to come.
    pub fn open(&self) -> usize {
        self.planned + self.acknowledged + self.unanswered + self.left_to_azure
    }

    /// How many there are.
    pub fn all(&self) -> usize {
        self.done + self.open()
    }
}

/// One team's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamLine {
    /// Who; `None` for machines that a silence covers.
    pub team: Option<RecipientName>,
    pub counts: SummaryCounts,
    /// The nearest deadline of those that nobody has answered for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<DateTime<Utc>>,
}

/// One machine that Azure restarts if nobody acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestartLine {
    pub name: String,
    pub team: Option<RecipientName>,
    pub earliest: DateTime<Utc>,
    pub latest: DateTime<Utc>,
}

/// Machines that could not be read for long: how they stood then is what is said of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnreadMachines {
    pub machines: usize,
    /// When the first of them was last read.
    pub since: DateTime<Utc>,
}

/// How things stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub total: SummaryCounts,
    /// Each team, those with the most to answer for first.
    pub teams: Vec<TeamLine>,
    /// How many machines Azure restarts within a week if nobody acts.
    pub within_a_week: usize,
    pub within_two_weeks: usize,
    /// The first of these, in order of time.
    pub restarts: Vec<RestartLine>,
    /// Machines that stand in for each other and that Azure may take together.
    pub overlaps: Vec<ClusterOverlap>,
    /// What of it is old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<UnreadMachines>,
}

/// Sums up `watched` as things stand at `now`. The cost is that of sorting.
pub fn summary(watched: &[WatchedWindow<'_>], cluster_tag: &str, now: DateTime<Utc>) -> Summary {
    let mut teams: BTreeMap<Option<&RecipientName>, TeamLine> = BTreeMap::new();
    let mut restarts: Vec<(DateTime<Utc>, RestartLine)> = Vec::new();
    for one in watched {
        let Some(place) = place(one, now) else { continue };
        let line = teams.entry(one.team).or_insert_with(|| TeamLine {
            team: one.team.cloned(),
            counts: SummaryCounts::default(),
            next: None,
        });
        match place {
            MachineState::Done => line.counts.done += 1,
            MachineState::Planned => line.counts.planned += 1,
            MachineState::Acknowledged => line.counts.acknowledged += 1,
            MachineState::LeftToAzure => line.counts.left_to_azure += 1,
            MachineState::Unanswered => {
                line.counts.unanswered += 1;
                let deadline = one.window.deadline(now).filter(|deadline| now < *deadline);
                line.next = [line.next, deadline].into_iter().flatten().min();
            }
        }
        if let Forecast::ByAzure { earliest, latest } = coming(one.window, one.actions, now)
            && earliest - now <= AHEAD
        {
            let name = one.window.place().display_name();
            restarts.push((earliest, RestartLine { name, team: one.team.cloned(), earliest, latest }));
        }
    }
    let mut teams: Vec<TeamLine> = teams.into_values().collect();
    teams.sort_by(|a, b| {
        let rank = |line: &TeamLine| (line.counts.unanswered, line.counts.open());
        rank(b).cmp(&rank(a)).then_with(|| a.team.cmp(&b.team))
    });
    let mut total = SummaryCounts::default();
    for TeamLine { counts, .. } in &teams {
        total.done += counts.done;
        total.planned += counts.planned;
        total.acknowledged += counts.acknowledged;
        total.unanswered += counts.unanswered;
        total.left_to_azure += counts.left_to_azure;
    }
    restarts.sort_by(|(_, a), (_, b)| (a.earliest, a.latest, &a.name).cmp(&(b.earliest, b.latest, &b.name)));
    let open = watched.iter().filter(|one| one.team.is_some()).map(|one| (one.window, one.actions));
    Summary {
        total,
        teams,
        within_a_week: restarts.iter().filter(|(earliest, _)| *earliest - now <= NEAR).count(),
        within_two_weeks: restarts.len(),
        restarts: restarts.into_iter().take(NAMED).map(|(_, line)| line).collect(),
        overlaps: overlaps(open, cluster_tag, now),
        unread: None,
    }
}

/// Where one machine is counted.
enum MachineState {
    Done,
    Planned,
    Acknowledged,
    Unanswered,
    LeftToAzure,
}

/// `None` for what is over otherwise than done, or was done long ago.
fn place(one: &WatchedWindow<'_>, now: DateTime<Utc>) -> Option<MachineState> {
    let WatchedWindow { window, actions, .. } = one;
    match window.state {
        WindowState::Ended { at, why: EndReason::Completed } if now - at <= COUNTED_AFTER_END => {
            return Some(MachineState::Done);
        }
        WindowState::Ended { .. } => return None,
        WindowState::Open => {}
    }
    // Nothing can be answered for yet.
    if window.elsewhere.is_some() {
        return None;
    }
    let revision = window.revision;
    Some(match coming(window, actions, now) {
        // It is not planned any more, and nobody knows that it is done.
        Forecast::Passed { .. } => return None,
        Forecast::Nothing => MachineState::Done,
        Forecast::PlannedStart { .. } | Forecast::UnderWay => MachineState::Planned,
        Forecast::ByAzure { .. } | Forecast::NewDates | Forecast::Unknown => {
            let open = window.asks_owner(now);
            if actions.acknowledged(revision).is_some() || actions.snooze(revision).is_some() {
                MachineState::Acknowledged
            } else if open {
                MachineState::Unanswered
            } else {
                MachineState::LeftToAzure
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::Actor;
    use crate::domain::action::response::{Response, ResponseRecord};
    use crate::domain::fixtures::{utc, window};
    use crate::domain::window::{LastResult, Revision};

    #[test]
    fn every_machine_is_counted_once_where_it_stands() {
        let now = utc("2026-12-07T07:00:00Z");
        let begun = utc("2026-12-01T10:00:00Z");
        let mut done = window("done", begun);
        done.facts.last_result = LastResult::MaintenanceCompleted;
        let mut gone = window("gone", begun);
        gone.state = WindowState::Ended { at: now, why: EndReason::Deleted };
        let mut set = window("set", begun);
        set.machine.auto_shutdown = true;
        let late = window("late", utc("2026-11-20T10:00:00Z"));
        let (known, silent) = (window("known", begun), window("silent", begun));
        let none = WindowActions::default();
        let mut acknowledged = WindowActions::default();
        acknowledged.respond(ResponseRecord {
            response: Response::Acknowledge { note: None, change: None },
            by: Actor::default(),
            at: now,
            revision: Revision::FIRST,
        });
        let (sap, web) = ("sap".parse().unwrap(), "web".parse().unwrap());
        let watched = |window, actions, team| WatchedWindow { window, actions, team };
        let summary = summary(
            &[
                watched(&done, &none, Some(&web)),
                watched(&gone, &none, Some(&web)),
                watched(&set, &none, Some(&web)),
                watched(&late, &none, None),
                watched(&known, &acknowledged, Some(&sap)),
                watched(&silent, &none, Some(&sap)),
            ],
            "cluster",
            now,
        );
        let lines: Vec<String> = summary
            .teams
            .iter()
            .map(|line| {
                let SummaryCounts { done, planned, acknowledged, unanswered, left_to_azure } = line.counts;
                let team = line.team.as_ref().map_or("silenced", RecipientName::as_str);
                format!("{team} {done} {planned} {acknowledged} {unanswered} {left_to_azure} {:?}", line.next)
            })
            .collect();
        assert_eq!(
            lines,
            ["sap 0 0 1 1 0 Some(2026-12-11T10:00:00Z)", "silenced 0 0 0 0 1 None", "web 1 0 0 0 1 None"]
        );
        assert_eq!((summary.total.open(), summary.total.all()), (4, 5));
        // Azure is at `late` already; the others follow on the 13th.
        assert_eq!((summary.within_a_week, summary.within_two_weeks), (4, 4));
        assert_eq!(summary.restarts[0].name, "late");
        assert_eq!(summary.restarts[0].earliest, now);
    }
}
