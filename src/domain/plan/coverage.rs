//! The weekly report on machines that nobody owns.

use chrono::{DateTime, TimeDelta, Utc};

use super::told::Told;
use super::{GoLive, Situation};

/// How long after the first look, or after the last report, the next one comes.
const WEEKLY: TimeDelta = TimeDelta::days(7);

/// Since when a report is due, if it is: the survey that it tells of was made after that.
pub fn due(situation: &Situation<'_>, told: &Told) -> Option<DateTime<Utc>> {
    let GoLive::Since(live) = situation.go_live else { return None };
    let report = situation.coverage.filter(|report| situation.operator && report.without_owner() > 0)?;
    let arises = told.past.coverage.unwrap_or(live) + WEEKLY;
    (arises <= report.at).then_some(arises)
}
