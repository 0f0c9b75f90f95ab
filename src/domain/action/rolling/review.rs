//! What a rolling plan would do, shown before anybody agrees to it.
//!
//! A review is made at the plan's first possible moment and not at the one of looking, so that it stays the same while
//! somebody reads it, and another one means that something has changed.

use std::fmt::Write as _;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::forecast::{ConcurrentStarts, forecast};
use super::plan::{ExclusionReason, MemberState, RollingPlan};
use crate::domain::action::spacing::Spacing;
use crate::domain::start_cautions::StartCaution;
use crate::domain::window::{Interval, MaintenanceWindow, Revision, WindowId};

/// How long somebody may read a review: nothing begins earlier.
const READ_WITHIN: TimeDelta = TimeDelta::minutes(15);

/// The first moment of a plan lies on a multiple of this.
const STEP: i64 = 5 * 60;

/// What a plan would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanReview {
    not_before: DateTime<Utc>,
    hours: String,
    freeze: Vec<NaiveDate>,
    gap_minutes: i64,
    /// The machines in order, those that do not fit at the end.
    pub turns: Vec<ReviewedTurn>,
    /// Those that are not started, each with the reason.
    pub left_out: Vec<(WindowId, ExclusionReason)>,
}

/// One machine of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReviewedTurn {
    pub window: WindowId,
    revision: Revision,
    self_service: Interval,
    /// When it begins; nothing where it does not fit before its self-service ends.
    pub begins: Option<DateTime<Utc>>,
    /// What speaks against starting it.
    pub against: Vec<StartCaution>,
}

/// The first moment of a plan that is read from `now` on.
pub fn first_moment(now: DateTime<Utc>) -> DateTime<Utc> {
    let earliest = now + READ_WITHIN;
    let beyond = earliest.timestamp().rem_euclid(STEP);
    let up = if beyond == 0 && earliest.timestamp_subsec_nanos() == 0 { 0 } else { STEP - beyond };
    DateTime::from_timestamp(earliest.timestamp() + up, 0).unwrap_or(earliest)
}

/// What `plan` would do; `window` gives the windows that are known.
pub fn review<'a>(
    plan: &RollingPlan,
    spacing: &Spacing,
    around: &ConcurrentStarts,
    window: impl Fn(&WindowId) -> Option<&'a MaintenanceWindow>,
) -> PlanReview {
    let expected = forecast(plan, spacing, around, plan.times.not_before);
    let turns = expected.into_iter().filter_map(|expected| {
        let member = plan.members.get(expected.member)?;
        let machine = window(&member.window).map(|window| &window.machine);
        Some(ReviewedTurn {
            window: member.window.clone(),
            revision: member.revision,
            self_service: member.self_service,
            begins: expected.begins,
            against: machine.map(crate::domain::start_cautions::start_cautions).unwrap_or_default(),
        })
    });
    let left_out = plan.members.iter().filter_map(|member| match &member.state {
        MemberState::LeftOut { why, .. } => Some((member.window.clone(), why.clone())),
        _ => None,
    });
    PlanReview {
        not_before: plan.times.not_before,
        hours: format!("{} ({})", plan.times.hours, plan.times.zone),
        freeze: plan.times.freeze.iter().copied().collect(),
        gap_minutes: spacing.min_gap.num_minutes(),
        turns: turns.collect(),
        left_out: left_out.collect(),
    }
}

impl PlanReview {
    /// Everything that it says, in short: another review has another digest.
    pub fn digest(&self) -> String {
        // Nothing in it can fail to be written; if it did, no two reviews would be the same.
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(&bytes).iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}
