//! What was wrong in a life: questions to Azure's truth, to what people did, and to what arrived.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::demo::SimulatedWindow;
use maintenance_notifier::domain::message_content::ContentItem;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::window::Interval;
use maintenance_notifier::domain::window::Schedule;

use super::life::{Life, Step};
use super::truth::{Dates, same};
use crate::stories::heard::Heard;
use crate::stories::moment::{moment, written};

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

/// Everything that is wrong, a line each.
pub(super) fn judge(life: &Life) -> Vec<String> {
    let judge = Judge { life, heard: &life.play.heard };
    let mut found = Vec::new();
    for heard in judge.heard {
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
    /// What a message says of a machine and was not so, at any time in which the program could have learnt it.
    fn untrue(&self, heard: &Heard, item: &ContentItem) -> Vec<String> {
        let name = item.window.id.resource.name();
        let from = heard.at - KNOWN_LATE - self.blind(heard.at);
        let truth = self.life.truth.between(name, from, heard.at);
        let told = dates(&item.window.facts.schedule);
        let was_planned =
            truth.iter().flatten().any(|(_, dates)| told.is_some_and(|told| same(told, *dates)));
        let mut wrong = Vec::new();
        let mut say = |what: &str| wrong.push(format!("untrue: {what}: {}", heard.line()));
        for stage in &item.stages {
            match stage {
                Stage::Announced
                | Stage::Rescheduled
                | Stage::SelfServiceOpen
                | Stage::Reminder
                | Stage::Escalated
                | Stage::ScheduledSoon
                | Stage::ScheduledOpen
                    if !was_planned && !heard.text.contains("last read") =>
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

    /// The dates of a machine that somebody read last before a moment.
    fn last_read(&self, who: &str, name: &str, before: DateTime<Utc>) -> Option<Dates> {
        let to_them = self.heard.iter().rev().filter(|heard| heard.who == who && heard.at < before);
        let mut items = to_them.flat_map(|heard| heard.content.iter().flat_map(|content| &content.items));
        let item = items.find(|item| item.window.id.resource.name() == name)?;
        let ended = [Stage::Cancelled, Stage::NoLongerPlanned, Stage::Completed, Stage::Reassigned];
        if item.stages.iter().any(|stage| ended.contains(stage)) {
            return None;
        }
        dates(&item.window.facts.schedule)
    }

    fn steps_of(&self, name: &str) -> impl Iterator<Item = &Step> {
        self.life.steps.iter().filter(move |step| step.taken && step.words().contains(&name))
    }

    /// Whether a machine was done before a moment: by a start, by Azure's word or by Azure in its own window.
    fn was_done(&self, name: &str, at: DateTime<Utc>) -> bool {
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
    fn is_of(&self, who: &str, name: &str, at: DateTime<Utc>) -> bool {
        let is = |at: DateTime<Utc>| {
            let machine = self.life.truth.at(name, at);
            machine.is_some_and(|machine| machine.owners.iter().any(|owner| owner == who))
        };
        let gave = self.steps_of(name).any(|step| step.words()[0] == who && step.what.contains("disowns"));
        is(at) && is(at - TimeDelta::hours(3)) && is(at - TimeDelta::hours(30)) && !gave
    }

    /// Whether an attempt on a machine went wrong before a moment.
    fn went_wrong(&self, name: &str, at: DateTime<Utc>) -> bool {
        let asked = self.heard.iter().any(|heard| heard.who == name && heard.at <= at);
        let scripted = self.steps_of(name).any(|step| step.at <= at && step.what.contains("the next start"));
        let planned = self.steps_of(name).any(|step| step.words().get(1) == Some(&"plans"));
        asked && scripted || planned
    }

    /// For how long before a moment the program could not look.
    fn blind(&self, at: DateTime<Utc>) -> TimeDelta {
        let mut down_since = None;
        let mut blind = TimeDelta::zero();
        for step in self.life.steps.iter().filter(|step| step.at <= at) {
            match step.what.as_str() {
                "the program is down" => down_since = down_since.or(Some(step.at)),
                "the program is up" => {
                    if let Some(since) = down_since.take()
                        && step.at > at - KNOWN_LATE
                    {
                        blind += step.at - since;
                    }
                }
                _ => {}
            }
        }
        blind
    }

    /// The same told twice to the same person, though nothing happened in between to them or the machine.
    fn twice(&self) -> Vec<String> {
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
                        words.contains(&name) || words.contains(&heard.who.as_str())
                    };
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
    fn untold(&self) -> Vec<String> {
        let mut wrong = BTreeSet::new();
        let first = moment("Fri 27 Nov 12:00");
        let last = self.life.play.tenant.now();
        let mut at = first;
        while at < last {
            for name in ["vm-a", "vm-b", "vm-c", "vm-d"] {
                wrong.extend(self.untold_at(name, at));
            }
            at += TimeDelta::days(1);
        }
        wrong.into_iter().collect()
    }

    fn untold_at(&self, name: &str, at: DateTime<Utc>) -> Option<String> {
        let machine = self.life.truth.at(name, at)?;
        let (_, planned) = machine.planned(at)?;
        let quiet = self.life.truth.is_calm(name, at, TOLD_WITHIN);
        let disturbs = |step: &Step| {
            let words = step.words();
            let of_all = ["mail", "program", "configuration"];
            at - TOLD_WITHIN - TimeDelta::hours(50) < step.at
                && (words.contains(&name) || of_all.iter().any(|word| words.contains(word)))
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

    /// Starts that nobody agreed to, or of which two ran at once; and those of which nobody heard the end.
    fn starts(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let starts: Vec<&Heard> =
            self.heard.iter().filter(|heard| heard.what.contains("is started")).collect();
        for (place, start) in starts.iter().enumerate() {
            let name = start.who.as_str();
            let agreed = self.steps_of(name).any(|step| {
                let words = step.words();
                match words.as_slice() {
                    [_, "starts", _] => step.at <= start.at && start.at <= step.at + TimeDelta::minutes(2),
                    [_, "plans", _, "for", time @ ..] => {
                        let at = moment(&time.join(" "));
                        let off = |other: &Step| {
                            step.at < other.at && other.at <= start.at && other.what.contains("calls")
                        };
                        let called_off = self.steps_of(name).any(off);
                        at <= start.at && start.at <= at + GRACE && !called_off
                    }
                    _ => false,
                }
            });
            if !agreed {
                wrong.push(format!("begun without anybody's word: {}", start.line()));
            }
            let again = starts[..place].iter().rev().find(|other| {
                other.who == start.who
                    && other.text.starts_with('2')
                    && start.at - other.at < TimeDelta::minutes(2)
            });
            if again.is_some() {
                wrong.push(format!("begun while the first still ran: {}", start.line()));
            }
            if start.at + END_WITHIN + self.away_after(start.at) < self.life.play.tenant.now()
                && start.text.starts_with('2')
                && !self.was_told_of_end(name, start.at)
            {
                wrong.push(format!("nobody heard how it ended: {}", start.line()));
            }
        }
        wrong
    }

    /// Planned starts of which whoever planned them heard nothing once their moment had passed.
    fn planned(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for step in self.life.steps.iter().filter(|step| step.taken) {
            let words = step.words();
            let [who, "plans", name, "for", time @ ..] = words.as_slice() else { continue };
            let at = moment(&time.join(" "));
            let off = |other: &Step| step.at < other.at && other.what.contains("calls");
            if self.steps_of(name).any(off)
                || at + END_WITHIN + self.away_after(step.at) > self.life.play.tenant.now()
                || self.mail_is_refused(self.life.play.tenant.now())
            {
                continue;
            }
            let ended = self.heard.iter().any(|heard| {
                let tells = |what: &String| {
                    what.ends_with(name)
                        && !["planned", "reminder", "announced"].iter().any(|it| what.starts_with(it))
                };
                heard.at >= step.at && heard.content.is_some() && heard.what.iter().any(tells)
            });
            if !ended {
                wrong.push(format!("promised and never ended: {who} {} for {}", name, written(at)));
            }
        }
        wrong
    }

    /// How long mails and the program were away after a moment, at most.
    fn away_after(&self, at: DateTime<Utc>) -> TimeDelta {
        let breaks = self.life.steps.iter().filter(|step| {
            step.at >= at - TimeDelta::hours(48)
                && (step.what.contains("down") || step.what.starts_with("mail"))
        });
        TimeDelta::hours(42) * i32::try_from(breaks.count()).unwrap_or(0)
    }

    fn was_told_of_end(&self, name: &str, after: DateTime<Utc>) -> bool {
        let ends = ["completed", "failed", "skipped", "cancelled", "no longer planned", "not known"];
        self.heard.iter().any(|heard| {
            let tells = |what: &String| what.ends_with(name) && ends.iter().any(|end| what.starts_with(end));
            heard.at >= after && heard.content.is_some() && heard.what.iter().any(tells)
        })
    }

    /// What somebody still believes at the end to be planned, and nothing is.
    fn left_believing(&self) -> Vec<String> {
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
            for name in ["vm-a", "vm-b", "vm-c", "vm-d"] {
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

    fn too_many(&self) -> Vec<String> {
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

/// The dates of a schedule that has Azure's own window.
fn dates(schedule: &Schedule) -> Option<Dates> {
    let span = |interval: &Interval| SimulatedWindow::new(interval.start(), interval.end());
    Some((schedule.self_service.as_ref().map(span), span(schedule.scheduled.as_ref()?)))
}
