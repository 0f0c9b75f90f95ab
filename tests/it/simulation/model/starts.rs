//! What is sent about starts.

use chrono::TimeDelta;

use super::rules::{Knowledge, Rules, Waits, Want};
use super::seen::{Progress, Start};
use crate::simulation::history::{Deed, Ending, Time};
use crate::simulation::log::Item;

impl Rules<'_> {
    /// What is sent about starts: only how each stands now.
    pub(super) fn starts(&self, known: &Knowledge) -> Vec<Want> {
        self.view.starts.iter().filter_map(|start| self.start(start, known)).collect()
    }

    fn start(&self, start: &Start, known: &Knowledge) -> Option<Want> {
        let calendar = self.place.calendar;
        let objected =
            self.view.words.iter().any(|word| word.action == Deed::Object && word.who == self.place.who);
        let own = start.who == self.place.who || objected;
        let waits = if own { Waits::Nothing } else { Waits::HoursOnly };
        let of = |stage: &'static str, arises: Time| {
            let (start, revision) = (Some(start.number), start.revision);
            Want { start, revision, waits, ..self.want(stage, arises) }
        };
        match start.progress {
            Progress::Planned => {
                let deadline = Some(start.begins);
                let Some(since) = known.start_notified(start.number, "planned") else {
                    return Some(Want { deadline, ..of("planned", start.decided) });
                };
                let steps = [48, 1]
                    .map(|hours: i64| (hours * 60, calendar.forward(start.begins - TimeDelta::hours(hours))));
                let came = steps.into_iter().filter(|(_, at)| *at <= self.now && self.now < start.begins);
                let (step, at) = came.min_by_key(|(step, _)| *step)?;
                let notified = |(_, item): &(Time, Item)| item.step.is_some_and(|notified| notified <= step);
                let wanted = since < at && !known.of_start(start.number).any(notified);
                let want = Want { step: Some(step), waits: Waits::Nothing, deadline, ..of("planned", at) };
                wanted.then_some(want)
            }
            Progress::UnderWay => {
                let notified = known.start_notified(start.number, "started").is_some();
                (!notified).then(|| of("started", start.begins))
            }
            Progress::Ended(at, ending) => {
                let stage = match ending {
                    Ending::Completed => "completed",
                    Ending::RetryLater => "failed",
                    Ending::Skipped => "skipped",
                };
                let concerns = known.of_start(start.number).next().is_some()
                    || known.since().is_some_and(|since| since <= at);
                let notified = known.start_notified(start.number, stage).is_some();
                (concerns && !notified).then(|| of(stage, at))
            }
            Progress::CalledOff(at) => {
                let concerns = known.of_start(start.number).next().is_some();
                let notified = known.start_notified(start.number, "called off").is_some();
                (concerns && !notified).then(|| of("called off", at))
            }
        }
    }
}
