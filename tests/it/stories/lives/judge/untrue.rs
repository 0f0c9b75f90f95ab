//! Was anything untrue when it left?

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::domain::message_content::ContentItem;
use maintenance_notifier::domain::stage::Stage;

use super::{Judge, KNOWN_LATE, dates};
use crate::stories::heard::Heard;
use crate::stories::lives::truth::{Dates, same};

/// Whether a message says of when its facts are.
fn is_dated(text: &str) -> bool {
    ["was read on", "last read"].iter().any(|words| text.contains(words))
}

impl Judge<'_> {
    /// What a message says of a machine and was not so, at any time in which the program could have learnt it.
    pub(super) fn untrue(&self, heard: &Heard, item: &ContentItem) -> Vec<String> {
        let name = item.window.id.resource.name();
        let from = heard.at - KNOWN_LATE - self.blind(heard.at);
        let truth = self.life.truth.between(name, from, heard.at);
        let told = dates(&item.window.facts.schedule);
        let was_planned =
            truth.iter().flatten().any(|(_, dates)| told.is_some_and(|told| same(told, *dates)));
        let mut wrong = Vec::new();
        let refused = self.was_refused(name, from, heard.at);
        let mut say = |what: &str| wrong.push(format!("untrue: {what}: {}", heard.line()));
        let alone = heard.content.as_ref().is_some_and(|content| content.items.len() == 1);
        if alone
            && refused
            && ["Choose a time for", "Start the maintenance of"]
                .iter()
                .any(|words| heard.text.contains(words))
            && !heard.text.contains("the earliest is")
            && !is_dated(&heard.text)
        {
            say(&format!("that {name} can be started"));
        }
        for stage in &item.stages {
            match stage {
                Stage::Announced
                | Stage::Rescheduled
                | Stage::SelfServiceOpen
                | Stage::Reminder
                | Stage::Escalated
                | Stage::ScheduledSoon
                | Stage::ScheduledOpen
                    if !was_planned && !is_dated(&heard.text) =>
                {
                    say(&format!("{stage} of {name}, with dates that Azure did not have"));
                }
                Stage::Cancelled | Stage::NoLongerPlanned => {
                    let always = |dates: &Option<(String, Dates)>| {
                        dates.as_ref().is_some_and(|(_, dates)| told.is_some_and(|told| same(told, *dates)))
                    };
                    let just = self.life.truth.between(name, heard.at - TimeDelta::minutes(65), heard.at);
                    let since = item.window.first_seen;
                    if just.iter().all(always) && !self.life.truth.was_made_anew(name, since, heard.at) {
                        say(&format!("{stage} of {name}, which Azure plans as before"));
                    }
                }
                Stage::Reassigned if self.is_of(&heard.who, name, heard.at) => {
                    say(&format!("{name} is taken from whom its tag names"));
                }
                Stage::Completed if !self.was_done(name, heard.at) => say(&format!("{name} was not done")),
                Stage::Failed | Stage::Skipped if !self.went_wrong(name, heard.at) => {
                    say(&format!("{stage} of {name}, of which nothing went wrong"));
                }
                _ => {}
            }
        }
        if item.stages.contains(&Stage::Rescheduled) {
            let before = item.previous.as_ref().and_then(dates);
            let read = self.last_read(&heard.who, name, heard.at);
            if before.zip(told).is_some_and(|(before, told)| same(before, told)) {
                wrong.push(format!("no news: the new dates are the old ones: {}", heard.line()));
            }
            if let (Some(read), Some(told)) = (read, told)
                && same(read, told)
            {
                wrong.push(format!("no news: these dates were told before: {}", heard.line()));
            }
        }
        wrong
    }

    /// Whether Azure took no start of a machine at any time between two moments.
    fn was_refused(&self, name: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
        let words = self.steps_of(name).filter(|step| step.at <= to).filter_map(|step| {
            let words = step.words();
            let is_word = matches!(words.as_slice(), ["Azure", "takes" | "decides" | "makes" | "plans", ..]);
            is_word.then(|| (step.at, words.contains(&"no")))
        });
        let words: Vec<(DateTime<Utc>, bool)> = words.collect();
        // What does not run says nothing of what Azure would take.
        let power = self.steps_of(name).filter(|step| step.at <= to).filter(|step| {
            let words = step.words();
            words.first() == Some(&name) && matches!(words.get(1), Some(&"is" | &"runs"))
        });
        let power = power.last().map(|step| (step.at, step.words().contains(&"runs")));
        if power.is_some_and(|(at, runs)| !runs || from < at) {
            return false;
        }
        let before = words.iter().rev().find(|(at, _)| *at <= from).is_some_and(|(_, no)| *no);
        before && words.iter().filter(|(at, _)| from < *at).all(|(_, no)| *no)
    }

    /// The dates of a machine that somebody read last before a moment.
    pub(super) fn last_read(&self, who: &str, name: &str, before: DateTime<Utc>) -> Option<Dates> {
        let to_them = self.heard.iter().rev().filter(|heard| heard.who == who && heard.at < before);
        let mut items = to_them.flat_map(|heard| heard.content.iter().flat_map(|content| &content.items));
        let item = items.find(|item| item.window.id.resource.name() == name)?;
        let ended = [Stage::Cancelled, Stage::NoLongerPlanned, Stage::Completed, Stage::Reassigned];
        if item.stages.iter().any(|stage| ended.contains(stage)) {
            return None;
        }
        dates(&item.window.facts.schedule)
    }

    /// Whether a machine was done before a moment: by a start, by Azure's word or by Azure in its own window.
    pub(super) fn was_done(&self, name: &str, at: DateTime<Utc>) -> bool {
        let started =
            self.heard.iter().any(|heard| heard.who == name && heard.at <= at && heard.text.starts_with('2'));
        let said = self.steps_of(name).any(|step| step.at <= at && step.what.contains("is completed"));
        let from = at - TimeDelta::days(30);
        let by_azure = self.life.truth.between(name, from, at).into_iter().flatten();
        let opened = by_azure.map(|(_, dates)| dates.1.start).any(|start| start <= at);
        started || said || opened
    }

    /// Whether the tag of a machine names somebody, for as long as the program may not know otherwise, and they never
    /// gave it away.
    pub(super) fn is_of(&self, who: &str, name: &str, at: DateTime<Utc>) -> bool {
        let is = |at: DateTime<Utc>| {
            let machine = self.life.truth.at(name, at);
            machine.is_some_and(|machine| machine.owners.iter().any(|owner| owner == who))
        };
        let gave = self.steps_of(name).any(|step| step.words()[0] == who && step.what.contains("disowns"));
        is(at) && is(at - TimeDelta::hours(3)) && is(at - TimeDelta::hours(30)) && !gave
    }

    /// Whether an attempt on a machine went wrong before a moment.
    pub(super) fn went_wrong(&self, name: &str, at: DateTime<Utc>) -> bool {
        let asked = self.heard.iter().any(|heard| heard.who == name && heard.at <= at);
        let scripted = self.steps_of(name).any(|step| step.at <= at && step.what.contains("the next start"));
        let planned = self.steps_of(name).any(|step| step.words().get(1) == Some(&"plans"));
        let refused = self
            .heard
            .iter()
            .any(|heard| heard.who == name && heard.at <= at && !heard.text.starts_with('2'));
        asked && scripted || planned || refused
    }

    /// For how long before a moment nothing could be read.
    pub(super) fn blind(&self, at: DateTime<Utc>) -> TimeDelta {
        let last = self.could_be_read(at);
        // What was read once after a while is told late, too.
        let before = self.could_be_read(last - KNOWN_LATE);
        (at - last) + (last - KNOWN_LATE - before)
    }
}
