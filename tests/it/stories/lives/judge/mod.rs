//! What was wrong in a life: questions to Azure's truth, to what people did, and to what arrived.

mod ages;
mod promises;
mod tampered;
mod told;
mod untrue;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::demo::SimulatedWindow;
use maintenance_notifier::domain::window::{Interval, Schedule};

pub(super) use self::tampered::{QUESTIONS, notices};
use super::life::{Life, Step};
use super::truth::Dates;
use crate::stories::heard::Heard;

/// What Azure has can be this old in a message: a look an hour, and a second one before anything counts as gone.
const KNOWN_LATE: TimeDelta = TimeDelta::minutes(135);
/// After so long without a change whoever is responsible has to have been told: a weekend, a digest and a look.
const TOLD_WITHIN: TimeDelta = TimeDelta::hours(98);
/// A planned start may begin this much later, and no more.
const GRACE: TimeDelta = TimeDelta::minutes(61);
/// What became of a start is told after a day at the latest, where nothing is known of it, and two looks.
const END_WITHIN: TimeDelta = TimeDelta::hours(30);
/// Nobody gets more in an hour.
const AN_HOUR: usize = 6;

/// Everything that is wrong in what reached people and Azure, a line each.
pub(super) fn judge(life: &Life, heard: &[Heard]) -> Vec<String> {
    let judge = Judge { life, heard };
    let mut found = Vec::new();
    for heard in judge.heard {
        found.extend(judge.in_disabled(heard));
        found.extend(judge.stale(heard));
        for item in heard.content.iter().flat_map(|content| &content.items) {
            found.extend(judge.untrue(heard, item));
        }
    }
    found.extend(judge.twice());
    found.extend(judge.untold());
    found.extend(judge.starts());
    found.extend(judge.planned());
    found.extend(judge.too_many());
    found.extend(judge.left_believing());
    found
}

struct Judge<'a> {
    life: &'a Life,
    heard: &'a [Heard],
}

impl Judge<'_> {
    fn steps_of(&self, name: &str) -> impl Iterator<Item = &Step> {
        self.life.steps.iter().filter(move |step| step.taken && step.words().contains(&name))
    }

    fn mail_is_refused(&self, at: DateTime<Utc>) -> bool {
        let mut refused = BTreeSet::new();
        for step in self.life.steps.iter().filter(|step| step.at <= at) {
            match step.words().as_slice() {
                ["mail", "refuses" | "defers", who] => _ = refused.insert((*who).to_owned()),
                ["mail", "takes", "everybody"] => refused.clear(),
                ["mail", "takes", who] => _ = refused.remove(*who),
                _ => {}
            }
        }
        !refused.is_empty()
    }
}

/// The dates of a schedule that has Azure's own window.
fn dates(schedule: &Schedule) -> Option<Dates> {
    let span = |interval: &Interval| SimulatedWindow::new(interval.start(), interval.end());
    Some((schedule.self_service.as_ref().map(span), span(schedule.scheduled.as_ref()?)))
}
