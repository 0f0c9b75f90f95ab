//! Summaries for those who watch: one for each slot of their own schedule.

use chrono::{DateTime, TimeDelta, Utc};

use super::input::{GoLive, PlanningInput};

/// How late a summary may come: until then a slot that was missed gets one.
const LATEST: TimeDelta = TimeDelta::days(3);

/// The slot whose summary is due at `now`, else the next one. `last` is the last slot of which one was reported.
pub fn slot(
    input: &PlanningInput<'_>,
    last: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let settings = input.recipient.summary.as_ref()?;
    // Before the first look is complete nobody knows how things stand.
    let GoLive::Since(live) = input.go_live else { return None };
    let zone = input.recipient.preferences.timezone;
    let mut slot = settings.at.next_after(zone, live.max(now - LATEST).max(last.unwrap_or(live)))?;
    // Of several that were missed the newest is reported.
    while let Some(next) = settings.at.next_after(zone, slot).filter(|next| *next <= now) {
        slot = next;
    }
    Some(slot)
}
