//! Makes up a life while it is played: each step is one that is possible then.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::truth::Truth;
use crate::simulation::random::Random;
use crate::stories::moment::{moment, written};
use crate::stories::play::{Play, Story};
use crate::stories::read::StoryRow;
use crate::whole::tenant::CONFIGURATION;

/// When a life is over: Azure's windows of the last wave are, and some days more.
const END: &str = "Tue 22 Dec 12:00";
const PEOPLE: [&str; 3] = ["jane", "mei", "sam"];
pub(super) const MACHINES: [&str; 4] = ["vm-a", "vm-b", "vm-c", "vm-d"];

/// The dates of a wave, as a story has them.
const DATES: [&str; 6] = [
    "",
    "",
    ", without own",
    ", own until Fri 27 Nov 18:00",
    ", own until Fri 11 Dec 10:00, azure from Mon 14 Dec 10:00 until Fri 18 Dec 10:00",
    ", own from Sun 29 Nov 10:00 until Wed 9 Dec 10:00, azure from Thu 10 Dec 10:00 until Mon 14 Dec 10:00",
];

/// How starts go that do not go well.
const STARTS: [&str; 9] = [
    "Azure ends the next start of {} as failed",
    "Azure ends the next start of {} as to be retried later",
    "Azure ends the next start of {} as aborted",
    "Azure ends the next start of {} as never",
    "Azure refuses the next start of {} with 409 OperationNotAllowed",
    "Azure refuses the next start of {} with 429 TooManyRequests",
    "Azure refuses the next start of {} with 403 RequestDisallowedByPolicy",
    "Azure loses the next start of {}",
    "Azure loses the answer to the next start of {}",
];

/// Somebody known by a tag is in the configuration from then on, or is called otherwise there.
const ENTRY: &str = "\n[[recipients]]\nname = \"web-team\"\nemail = [\"jane@contoso.com\"]\n";
const RENAMED: &str = "\n[[recipients]]\nname = \"shop-team\"\nemail = [\"jane@contoso.com\"]\n";

/// What happened at a moment.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) at: DateTime<Utc>,
    pub(super) what: String,
    /// Whether it was taken: the program may refuse what somebody wants.
    pub(super) taken: bool,
}

impl Step {
    pub(super) fn words(&self) -> Vec<&str> {
        self.what.split_whitespace().collect()
    }
}

/// A life that was lived.
pub(super) struct Life {
    pub(super) play: Play,
    pub(super) truth: Truth,
    pub(super) steps: Vec<Step>,
    random: Random,
    /// What comes later because of something before, by time.
    later: BTreeMap<DateTime<Utc>, Vec<String>>,
}

impl Life {
    pub(super) async fn live(seed: u64) -> Self {
        let story = Story::new("Mon 23 Nov 10:00 | mail takes everybody")
            .configuration("entered", &format!("{CONFIGURATION}{ENTRY}"))
            .configuration("renamed", &format!("{CONFIGURATION}{RENAMED}"));
        let play = story.begin().await;
        let random = Random::new(seed);
        let mut life =
            Self { play, truth: Truth::default(), steps: Vec::new(), random, later: BTreeMap::new() };
        life.note();
        life.first_waves();
        let end = moment(END);
        loop {
            let step = TimeDelta::minutes(life.random.between(40, 26 * 60));
            let next = life.play.tenant.now() + step;
            let planned = life.later.keys().next().copied();
            let at = planned.map_or(next, |planned| planned.min(next));
            if at >= end {
                break;
            }
            life.until(at).await;
            let rows = match life.later.remove(&at) {
                Some(rows) => rows,
                None => life.something().await.into_iter().collect(),
            };
            for row in rows {
                life.happens(&row).await;
            }
        }
        life.until(end).await;
        life
    }

    /// The life as a table.
    pub(super) fn story(&self) -> String {
        let steps = self.steps.iter().map(|step| {
            let refused = if step.taken { "" } else { "   (refused)" };
            (step.at, format!("{} | {}{refused}", written(step.at), step.what))
        });
        let heard = self.play.heard.iter().map(|heard| (heard.at, format!("        {}", heard.line())));
        let mut lines: Vec<(DateTime<Utc>, String)> = steps.chain(heard).collect();
        lines.sort_by_key(|(at, _)| *at);
        lines.into_iter().map(|(_, line)| line).collect::<Vec<_>>().join("\n")
    }

    async fn until(&mut self, at: DateTime<Utc>) {
        self.play.until(at).await;
        self.note();
    }

    fn note(&mut self) {
        self.truth.note(self.play.tenant.now(), &self.play.tenant.simulation);
    }

    fn first_waves(&mut self) {
        for name in MACHINES {
            let owner = *self.random.one(&PEOPLE);
            let second = *self.random.one(&PEOPLE);
            let owners = match self.random.percent(25) && second != owner {
                true => format!("{owner} and {second}"),
                false => owner.to_owned(),
            };
            let dates = *self.random.one(&DATES);
            let at = self.play.tenant.now() + TimeDelta::minutes(self.random.between(5, 30 * 60));
            self.later(at, format!("Azure plans {name} of {owners}{dates}"));
        }
    }

    fn later(&mut self, at: DateTime<Utc>, what: impl Into<String>) {
        let mut at = at;
        while self.later.contains_key(&at) {
            at += TimeDelta::minutes(1);
        }
        self.later.insert(at, vec![what.into()]);
    }

    fn soon(&mut self, minutes: &[i64]) -> DateTime<Utc> {
        self.play.tenant.now() + TimeDelta::minutes(*self.random.one(minutes))
    }

    async fn happens(&mut self, what: &str) {
        let at = self.play.tenant.now();
        let row = StoryRow { from: at, until: None, what: what.to_owned(), text: what.to_owned() };
        if !self.is_possible(&row).await {
            return;
        }
        self.play.row(&row).await;
        let taken = self.play.wrong.is_empty();
        self.play.wrong.clear();
        self.steps.push(Step { at, what: what.to_owned(), taken });
        self.note();
    }

    /// Whether what was to come later can still come.
    async fn is_possible(&self, row: &StoryRow) -> bool {
        let words = row.words();
        let script = self.play.tenant.simulation.script();
        let exists = |name: &str| script.machine(name).is_some();
        match words.as_slice() {
            ["Azure", "deletes" | "disables" | "enables", "the", "subscription"] | ["Azure", "lets", ..]
                if self.is_deleted() =>
            {
                false
            }
            ["Azure", "restores", "the", "subscription"] => self.is_deleted(),
            ["Azure", _, "the", "subscription"] | ["Azure", "lets", ..] | ["Azure", "plans", ..] => true,
            ["Azure", "makes", name, ..] => !exists(name),
            ["Azure", "shows", "nothing", "of", name] | ["Azure", "shows", name, "again"] => {
                exists(name) && self.was_planned(name)
            }
            ["Azure", "takes", .., name]
            | ["Azure", "decides", "by", "its", "dates", "whether", name, ..] => {
                exists(name) && self.was_planned(name)
            }
            ["Azure", "says" | "moves" | "calls" | "brings", name, ..] => {
                exists(name) && self.was_planned(name)
            }
            ["Azure", "ends" | "refuses", "the", "next", "start", "of", name, ..]
            | ["Azure", "loses", .., name]
            | ["Azure", "deletes", name] => exists(name),
            [name, "is" | "runs" | "belongs", ..] if name.starts_with("vm-") => exists(name),
            [who, _, name, ..] if PEOPLE.contains(who) => self.open(name).await,
            _ => true,
        }
    }

    /// Whether the subscription is deleted at this moment.
    fn is_deleted(&self) -> bool {
        let said = |step: &&Step| {
            matches!(step.words().as_slice(), ["Azure", "deletes" | "restores", "the", "subscription"])
        };
        self.steps.iter().rev().find(said).is_some_and(|step| step.what.contains("deletes"))
    }

    fn was_planned(&self, name: &str) -> bool {
        let waves = self.play.tenant.simulation.script().waves();
        let id = self.play.tenant.simulation.script().machine(name).map(|machine| machine.id());
        let newest = waves.iter().rev().find(|wave| wave.tracking_id.starts_with(&format!("{name}-")));
        newest
            .is_some_and(|wave| wave.cancelled.is_none() && id.is_some_and(|id| wave.targets().contains(&id)))
    }

    /// Whether the program knows a window of it that is open.
    async fn open(&self, name: &str) -> bool {
        let windows = self.play.tenant.windows().await;
        windows.iter().any(|row| row.window.id.resource.name() == name && !row.window.is_over())
    }

    /// Something that can happen now, if the dice find it.
    async fn something(&mut self) -> Option<String> {
        let name = *self.random.one(&MACHINES);
        let who = self.somebody_of(name);
        let mut what = self.random.below(38);
        if what >= 32 {
            // Of starts there is more to see.
            what = 22;
        }
        let what = match what {
            0 | 1 => format!("Azure moves {name} by {}", self.random.one(&["1d", "2d", "-1d", "3h", "70m"])),
            2 => format!("Azure moves {name} by {}", self.random.one(&["4m", "-4m", "40m"])),
            3 => {
                let by = *self.random.one(&["1d", "-1d", "5h"]);
                let back = if let Some(by) = by.strip_prefix('-') { by.to_owned() } else { format!("-{by}") };
                let at = self.soon(&[20, 90, 6 * 60, 30 * 60]);
                self.later(at, format!("Azure moves {name} by {back}"));
                format!("Azure moves {name} by {by}")
            }
            4 | 5 => {
                let at = self.soon(&[30, 90, 5 * 60, 26 * 60]);
                self.later(at, format!("Azure shows {name} again"));
                format!("Azure shows nothing of {name}")
            }
            6 => format!("Azure calls {name} off"),
            7 => {
                let at = self.soon(&[2 * 60, 24 * 60]);
                self.later(at, format!("Azure makes {name} anew of {who}"));
                format!("Azure deletes {name}")
            }
            8 => format!("Azure brings {name} to the group rg-{}", self.random.between(1, 9)),
            9 => {
                let at = self.soon(&[3 * 60, 30 * 60]);
                self.later(at, format!("Azure decides by its dates whether {name} can be started"));
                format!("Azure takes no start of {name}")
            }
            10 => {
                let at = self.soon(&[60, 20 * 60]);
                self.later(at, format!("{name} runs"));
                format!("{name} is {}", self.random.one(&["stopped", "deallocated"]))
            }
            11 => format!("Azure says {name} is completed"),
            12 | 26 | 27 => {
                let how = *self.random.one(&STARTS);
                how.replace("{}", name)
            }
            13 => format!("{name} belongs to {}", self.random.one(&PEOPLE)),
            14 => {
                let at = self.soon(&[5 * 60, 40 * 60]);
                self.later(at, format!("mail takes {who}"));
                format!("mail refuses {who}")
            }
            15 => {
                let at = self.soon(&[90, 9 * 60, 30 * 60]);
                self.later(at, "mail takes everybody");
                "mail defers everybody".to_owned()
            }
            16 => {
                let at = self.soon(&[50, 5 * 60, 40 * 60]);
                self.later(at, "the program is up");
                "the program is down".to_owned()
            }
            17 => "the program restarts".to_owned(),
            18 => format!("the configuration is {}", self.random.one(&["usual", "entered", "renamed"])),
            19 => format!("{who} acknowledges {name}"),
            20 => {
                let until = self.soon(&[24 * 60, 60 * 60]);
                format!("{who} snoozes {name} until {}", written(until))
            }
            21 | 22 => {
                let at = self.soon(&[90, 10 * 60, 30 * 60, 70 * 60]);
                format!("{who} plans {name} for {}", written(at))
            }
            23 => format!("{who} starts {name}"),
            28 => {
                let at = self.soon(&[90, 5 * 60, 30 * 60, 50 * 60]);
                self.later(at, "Azure enables the subscription");
                "Azure disables the subscription".to_owned()
            }
            29 => {
                let at = self.soon(&[20, 5 * 60, 30 * 60]);
                self.later(at, "Azure restores the subscription");
                "Azure deletes the subscription".to_owned()
            }
            30 | 31 => {
                let at = self.soon(&[50, 4 * 60, 26 * 60]);
                self.later(at, "Azure lets everything be read");
                "Azure lets nothing be read".to_owned()
            }
            24 if self.is_start_planned(name).await => format!("{who} calls {name} off"),
            24 => format!("{who} disowns {name}"),
            _ => {
                let until = self.soon(&[30 * 60, 4 * 24 * 60]);
                format!("{who} mutes {name} until {}", written(until))
            }
        };
        (!self.play.down || what == "the program is up" || !PEOPLE.contains(&what.split(' ').next()?))
            .then_some(what)
    }

    fn somebody_of(&mut self, name: &str) -> String {
        let machine = self.play.tenant.simulation.script().machine(name);
        let tag = machine.and_then(|machine| machine.tags.get("owner").cloned()).unwrap_or_default();
        let owners: Vec<&str> = tag.split("; ").filter(|owner| PEOPLE.contains(owner)).collect();
        match owners.is_empty() {
            true => (*self.random.one(&PEOPLE)).to_owned(),
            false => (*self.random.one(&owners)).to_owned(),
        }
    }

    async fn is_start_planned(&self, name: &str) -> bool {
        for row in self.play.tenant.windows().await {
            if row.window.id.resource.name() == name {
                let actions = self.play.tenant.repository.actions(&row.window.id).await.unwrap();
                if actions.open_start().is_some() {
                    return true;
                }
            }
        }
        false
    }
}
