//! With which others a machine stands on the page.

use chrono::{DateTime, Utc};

use crate::domain::assignment::Assignment;
use crate::domain::window::{Interval, MaintenanceWindow, Schedule};

/// With which others a machine stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowGroup {
    /// With those that have the same dates.
    Dated(Schedule),
    /// With those of which nothing is left to do.
    Over,
    /// With those that are others' by now.
    GivenAway,
}

impl RowGroup {
    pub(super) fn of(assignment: Option<&Assignment>, window: &MaintenanceWindow) -> Self {
        match assignment {
            Some(assignment) if assignment.withdrawn.is_some() => Self::GivenAway,
            Some(_) if !window.is_over() => Self::Dated(window.facts.schedule),
            _ => Self::Over,
        }
    }

    /// The order of the groups: what asks for somebody soonest is first.
    pub(super) fn order(self) -> (u8, Option<DateTime<Utc>>) {
        match self {
            Self::Dated(dates) => {
                let end = |interval: Option<Interval>| interval.and_then(|interval| interval.said_end());
                (0, end(dates.self_service).or(end(dates.scheduled)))
            }
            Self::GivenAway => (1, None),
            Self::Over => (2, None),
        }
    }
}
