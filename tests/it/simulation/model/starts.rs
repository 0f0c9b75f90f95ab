//! What is sent about starts.

use chrono::TimeDelta;

use super::rules::{Knowledge, Rules, Waits, Want};
use super::seen::{Progress, Start};
use crate::simulation::history::{Ending, Time, UserAction};
use crate::simulation::log::Item;

impl Rules<'_> {
    /// What is sent about starts: only how each stands now.
    pub(super) fn starts(&self, known: &Knowledge) -> Vec<Want> {
        self.view.starts.iter().filter_map(|start| self.start(start, known)).collect()
    }

    fn start(&self, start: &Start, known: &Knowledge) -> Option<Want> {
        let calendar = self.place.calendar;
        let objected = self
            .view
            .words
            .iter()
            .any(|word| word.action == UserAction::Object && word.who == self.place.who);
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
            Progress::UnderWay if start.not_known.is_some() => {
                let told = known.of_start(start.number).any(|(_, item)| item.step == Some(0));
                let since = start.not_known.unwrap_or(start.begins);
                (!told).then(|| Want { step: Some(0), ..of("started", since) })
            }
            Progress::UnderWay => {
                let notified = known.start_notified(start.number, "started").is_some();
                (!notified).then(|| of("started", start.begins))
            }
            Progress::Ended(at, ending) => {
                let stage = stage_of(ending);
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

    /// How the starts ended that this one decided, whose the window may be by then: told once, unless they heard something
    /// of the window since.
    pub(super) fn own_ends(&self) -> Vec<Want> {
        let own = self.view.starts.iter().filter(|start| start.who == self.place.who);
        let ends = own.filter_map(|start| {
            let (stage, step, at) = match start.progress {
                Progress::Ended(at, ending) => (stage_of(ending), None, at),
                Progress::CalledOff(at) => ("called off", None, at),
                Progress::UnderWay => ("started", Some(0), start.not_known?),
                Progress::Planned => return None,
            };
            let is_it = |item: &Item| {
                (item.start, item.stage.as_str(), item.step) == (Some(start.number), stage, step)
            };
            let told = self.place.told.iter().any(|(_, item)| is_it(item));
            let later = self.place.told.iter().any(|(told, _)| at + TimeDelta::minutes(5) < *told);
            let news = self.now - at < TimeDelta::days(14);
            let want =
                Want { step, start: Some(start.number), revision: start.revision, ..self.want(stage, at) };
            (!told && !later && news).then_some(Want { waits: Waits::Nothing, ..want })
        });
        ends.collect()
    }

    /// Whether an item says how a start of this one ended.
    pub(super) fn is_own_end(&self, item: &Item) -> bool {
        let own = self.view.starts.iter().filter(|start| start.who == self.place.who);
        let is_end = item.step == Some(0) || !matches!(item.stage.as_str(), "planned" | "started");
        is_end && own.map(|start| Some(start.number)).any(|number| number == item.start)
    }

    /// Whether a start of these dates did it.
    pub(super) fn is_done(&self) -> bool {
        let done = |start: &Start| matches!(start.progress, Progress::Ended(_, Ending::Completed));
        self.view.starts.iter().any(|start| start.revision == self.view.revision && done(start))
    }
}

fn stage_of(ending: Ending) -> &'static str {
    match ending {
        Ending::Completed => "completed",
        Ending::RetryLater | Ending::Refused | Ending::Lost | Ending::NotKnown => "failed",
        Ending::Skipped => "skipped",
    }
}
