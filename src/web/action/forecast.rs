//! The line on the page that says what happens if nobody acts.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::domain::assignment::Assignment;
use crate::domain::forecast::{Forecast, coming};
use crate::render::coming_sentence;

/// What happens to a machine that the recipient holds, unless the page says it already.
pub(super) fn line(assignment: Option<&Assignment>, now: DateTime<Utc>, zone: Tz) -> Option<String> {
    let held = assignment.filter(|assignment| assignment.withdrawn.is_none())?;
    match coming(&held.window, &held.actions, now) {
        azure @ Forecast::ByAzure { .. } => coming_sentence(&azure, zone),
        _ => None,
    }
}
