//! Was anything told twice, or too often, or left untold, or left to be believed?

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::domain::stage::Stage;

use super::{AN_HOUR, Judge, TOLD_WITHIN};
use crate::stories::heard::Heard;
use crate::stories::lives::life::{MACHINES, Step};
use crate::stories::lives::truth::same;
use crate::stories::moment::{moment, written};

impl Judge<'_> {
    /// The same told twice to the same person, though nothing happened in between to them or the machine.
    pub(super) fn twice(&self) -> Vec<String> {
        type Key<'a> = (&'a str, Stage, &'a str, String);
        let mut known: BTreeMap<Key<'_>, DateTime<Utc>> = BTreeMap::new();
        let mut wrong = Vec::new();
        for heard in self.heard {
            for item in heard.content.iter().flat_map(|content| &content.items) {
                let name = item.window.id.resource.name();
                for stage in &item.stages {
                    if matches!(
                        stage,
                        Stage::Reminder | Stage::Planned | Stage::ScheduledSoon | Stage::Escalated
                    ) {
                        continue;
                    }
                    let dates = format!("{:?}", item.window.facts.schedule);
                    let Some(before) = known.insert((&heard.who, *stage, name, dates), heard.at) else {
                        continue;
                    };
                    let between = |step: &&Step| before <= step.at && step.at <= heard.at;
                    let concerns = |step: &&Step| {
                        let words = step.words();
                        let is_of_all = words.contains(&"subscription");
                        words.contains(&name) || words.contains(&heard.who.as_str()) || is_of_all
                    };
                    // That nobody knows what became of it is told in the same stage.
                    let starts = &item.actions.starts;
                    let is_unknown = starts.iter().any(|start| start.progress.not_known.is_some());
                    if *stage == Stage::Started && is_unknown {
                        continue;
                    }
                    if !self.life.steps.iter().filter(between).any(|step| concerns(&step)) {
                        let first = written(before);
                        wrong.push(format!("twice: {stage} of {name}, first on {first}: {}", heard.line()));
                    }
                }
            }
        }
        wrong
    }

    /// At each midday: whoever is responsible for what is open and calm was told its dates.
    pub(super) fn untold(&self) -> Vec<String> {
        let mut wrong = BTreeSet::new();
        let first = moment("Fri 27 Nov 12:00");
        let last = self.life.play.tenant.now();
        let mut at = first;
        while at < last {
            for name in MACHINES {
                wrong.extend(self.untold_at(name, at));
            }
            at += TimeDelta::days(1);
        }
        wrong.into_iter().collect()
    }

    pub(super) fn untold_at(&self, name: &str, at: DateTime<Utc>) -> Option<String> {
        let machine = self.life.truth.at(name, at)?;
        let (_, planned) = machine.planned(at)?;
        let quiet = self.life.truth.is_calm(name, at, TOLD_WITHIN);
        let disturbs = |step: &Step| {
            let words = step.words();
            let of_all = ["everybody", "down", "up", "configuration", "subscription", "read"];
            let of_owner =
                words[0] == "mail" && machine.owners.iter().any(|who| words.contains(&who.as_str()));
            at - TOLD_WITHIN < step.at
                && (words.contains(&name) || of_owner || of_all.iter().any(|word| words.contains(word)))
        };
        let disturbed = self.life.steps.iter().any(|step| step.at <= at && disturbs(step));
        if !quiet || disturbed || self.was_done(name, at) || self.mail_is_refused(at) {
            return None;
        }
        let told: BTreeSet<&str> = self
            .heard
            .iter()
            .filter(|heard| heard.content.is_some())
            .map(|heard| heard.who.as_str())
            .filter(|who| self.last_read(who, name, at).is_some_and(|read| same(read, planned)))
            .collect();
        let silent = |who: &&String| {
            let said = self.steps_of(name).filter(|step| step.at <= at);
            said.filter(|step| step.words().first() == Some(&who.as_str()))
                .any(|step| step.what.contains("mutes") || step.what.contains("disowns"))
        };
        let mut untold = machine.owners.iter().filter(|who| !silent(who) && !told.contains(who.as_str()));
        if let Some(who) = untold.next() {
            return Some(format!("untold: {who} does not know the dates of {name} on {}", written(at)));
        }
        told.is_empty().then(|| format!("untold: nobody knows the dates of {name} on {}", written(at)))
    }

    /// What somebody still believes at the end to be planned, and nothing is.
    pub(super) fn left_believing(&self) -> Vec<String> {
        let end = self.life.play.tenant.now();
        let mut wrong = Vec::new();
        let lately = |step: &&Step| step.at > end - TOLD_WITHIN && !step.what.contains("restarts");
        let disturbed: Vec<&Step> = self.life.steps.iter().filter(lately).collect();
        let people: BTreeSet<&str> = self
            .heard
            .iter()
            .filter(|heard| heard.content.is_some())
            .map(|heard| heard.who.as_str())
            .collect();
        for who in people {
            for name in MACHINES {
                let Some(read) = self.last_read(who, name, end) else { continue };
                let mut concerns = disturbed.iter().filter(|step| {
                    step.what.contains(name) || step.what.contains(who) || !step.what.contains("vm-")
                });
                let silent = self.steps_of(name).any(|step| {
                    step.words()[0] == who && (step.what.contains("mutes") || step.what.contains("disowns"))
                });
                let truth = self.life.truth.between(name, end - TOLD_WITHIN, end);
                let planned = truth.iter().flatten().any(|(_, dates)| same(read, *dates));
                if !planned && !silent && concerns.next().is_none() && !self.mail_is_refused(end) {
                    let from = written(read.1.start);
                    wrong.push(format!("never ended: {who} still reads that {name} is planned from {from}"));
                }
            }
        }
        wrong
    }

    pub(super) fn too_many(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mails: Vec<&Heard> = self.heard.iter().filter(|heard| heard.content.is_some()).collect();
        for (place, heard) in mails.iter().enumerate() {
            let within = mails[..=place].iter().filter(|other| {
                other.who == heard.who && heard.at - other.at < TimeDelta::hours(1) && other.who != "platform"
            });
            if within.count() > AN_HOUR {
                wrong.push(format!("too many in an hour: {}", heard.line()));
            }
        }
        wrong
    }
}
