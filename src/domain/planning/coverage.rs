//! The weekly report on machines that nobody owns.

use chrono::{DateTime, TimeDelta, Utc};

use super::history::NotificationHistory;
use super::input::{GoLive, PlanningInput};

/// How long after the first look, or after the last report, the next one comes.
const WEEKLY: TimeDelta = TimeDelta::days(7);

/// Since when a report is due, if it is: the survey that it reports was made after that.
pub fn due(input: &PlanningInput<'_>, history: &NotificationHistory) -> Option<DateTime<Utc>> {
    let GoLive::Since(live) = input.go_live else { return None };
    let report = input.coverage.filter(|report| input.operator && report.without_owner() > 0)?;
    let arises = history.past.coverage.unwrap_or(live) + WEEKLY;
    (arises <= report.at).then_some(arises)
}
