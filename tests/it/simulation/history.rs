//! The true history of an invented tenant, as plain data: what Azure planned, who owned what, what people did, and
//! what was broken when. The driver plays it to the program, the model reads it; neither sees the other.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use maintenance_notifier::domain::time_zone::Tz;

pub(crate) type Time = DateTime<Utc>;

/// A span of time, its end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Time,
    pub(crate) to: Time,
}

impl Span {
    pub(crate) fn new(from: Time, to: Time) -> Self {
        Self { from, to }
    }

    pub(crate) fn contains(&self, moment: Time) -> bool {
        self.from <= moment && moment < self.to
    }
}

/// Minutes of the day, from and to. Past midnight where the second is the smaller.
pub(crate) type Minutes = (u32, u32);

/// How somebody wants to be notified.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Manners {
    pub(crate) zone: Tz,
    /// Days of the week, Monday first, with the minutes; nothing is always.
    pub(crate) hours: Option<([bool; 7], Minutes)>,
    pub(crate) quiet: Option<Minutes>,
    pub(crate) holidays: Vec<NaiveDate>,
    /// Days of the week, Monday first, and the minute of the day.
    pub(crate) digest: Option<([bool; 7], u32)>,
    /// Stages that do not wait for the digest, by name.
    pub(crate) immediate: Vec<&'static str>,
    /// Hours before self-service ends.
    pub(crate) reminders: Vec<i64>,
    /// Hours before Azure's own window begins.
    pub(crate) scheduled: Vec<i64>,
    pub(crate) settle: TimeDelta,
}

/// A person, a team or a channel.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    /// The name in the configuration, or the address of somebody who is in tags only.
    pub(crate) name: String,
    pub(crate) address: Option<String>,
    pub(crate) channel: bool,
    /// Whether the configuration names them.
    pub(crate) configured: bool,
    pub(crate) manners: Manners,
    /// Who is escalated to in their place when nobody responds.
    pub(crate) escalate_to: Option<String>,
    /// Hours before self-service ends at which that happens, in place of the usual ones; longest first.
    pub(crate) escalate: Option<Vec<i64>>,
    /// Days of the week, Monday first, and the minute of the day at which they want a summary.
    pub(crate) summary: Option<([bool; 7], u32)>,
}

impl Person {
    /// Whether they have a chat beside their mailbox: whoever is in tags only does.
    pub(crate) fn has_chat(&self) -> bool {
        !self.configured
    }
}

/// The dates of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dates {
    pub(crate) own: Option<Span>,
    pub(crate) azure: Option<Span>,
}

/// How the last attempt went, as Azure says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    None,
    Later,
    Aborted,
    Done,
}

/// What a direct read of a machine says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Facts {
    Nothing,
    /// Nothing, and the machine is on no host.
    Deallocated,
    Gone,
    Planned {
        dates: Dates,
        allowed: bool,
        attempt: Attempt,
    },
}

/// A machine with all that ever happened to it.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) subscription: usize,
    pub(crate) group: String,
    pub(crate) name: String,
    /// Whether something speaks for leaving it to Azure.
    pub(crate) in_set: bool,
    /// Azure's numbers of its waves.
    pub(crate) tracking: Vec<String>,
    /// What is true from when on, in order.
    pub(crate) facts: Vec<(Time, Facts)>,
    /// The value of the owner's tag from when on, in order: names and addresses of people, and strangers.
    pub(crate) tags: Vec<(Time, Vec<String>)>,
    /// When lists and reads leave it out.
    pub(crate) hidden: Vec<Span>,
    /// Whether nothing but time happens to it.
    pub(crate) calm: bool,
}

/// A rule of the configuration: machines of these groups are these people's.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    /// What a group's name begins with.
    pub(crate) group: String,
    pub(crate) to: Vec<String>,
}

/// A version of the configuration.
#[derive(Debug, Clone)]
pub(crate) struct Configuration {
    pub(crate) from: Time,
    pub(crate) routes: Vec<Route>,
    /// Groups of which nobody is notified until then.
    pub(crate) silences: Vec<(String, Time)>,
    /// People whose manners differ from those they began with.
    pub(crate) manners: Vec<(usize, Manners)>,
}

/// What somebody does about the machine's window of that moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UserAction {
    Acknowledge,
    Snooze(Time),
    HandOver(String),
    Accept,
    NotMine,
    /// Plans a start.
    Plan(Time),
    /// The planned start begins.
    Begin,
    /// For a day nothing was to be found out about the start that is under way.
    GoUnknown,
    /// The start that is under way ends.
    End(Ending),
    /// Objects to the planned start.
    Object,
    /// Wants to hear nothing of the machine, or of its whole group, until then.
    Silence {
        group: bool,
        until: Time,
    },
}

/// What Azure announces minutes before it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) at: Time,
    pub(crate) machine: usize,
    /// Which of the history's events, from 1.
    pub(crate) number: u32,
    /// When it happens at the earliest, or that it is over or called off.
    pub(crate) word: EventWord,
}

/// What is said of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventWord {
    NotBefore(Option<Time>),
    Over,
}

/// Why a mailbox takes nothing for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is full.
    Full,
    /// The service does not let us send to it.
    Ours,
}

/// How a start ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Completed,
    RetryLater,
    Skipped,
    /// Azure took the request and refused it.
    Refused,
    /// The request never arrived.
    Lost,
    /// It was not known for a day what became of it, and nobody waits any more.
    NotKnown,
}

/// A deed with its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Action {
    pub(crate) at: Time,
    pub(crate) machine: usize,
    pub(crate) who: String,
    pub(crate) action: UserAction,
}

/// Everything.
#[derive(Debug, Clone)]
pub(crate) struct History {
    pub(crate) seed: u64,
    pub(crate) from: Time,
    pub(crate) to: Time,
    pub(crate) people: Vec<Person>,
    /// Where each of them stands in that list, by name.
    pub(crate) places: HashMap<String, usize>,
    /// Whom the fallback names.
    pub(crate) fallback: String,
    pub(crate) defaults: Manners,
    /// When each subscription cannot be read.
    pub(crate) lost: Vec<Vec<Span>>,
    pub(crate) machines: Vec<Machine>,
    /// In order of time; the first is there from the beginning.
    pub(crate) configurations: Vec<Configuration>,
    /// In order of time.
    pub(crate) actions: Vec<Action>,
    /// In order of time.
    pub(crate) events: Vec<Event>,
    /// Hours before self-service ends at which somebody else is escalated to, longest first.
    pub(crate) escalate: Vec<i64>,
    /// When Azure called off the wave with this number.
    pub(crate) cancelled: Vec<(Time, String)>,
    /// When no mail can be sent.
    pub(crate) outages: Vec<Span>,
    /// Whose mailbox takes nothing, by their place among the people, when, and why.
    pub(crate) refusals: Vec<(usize, Span, Refusal)>,
}

/// How often the program looks at Azure.
pub(crate) const LOOK_EVERY: TimeDelta = TimeDelta::minutes(15);
/// After which time without an answer a machine comes back to whoever handed it over.
pub(crate) const HAND_OVER_ENDS: TimeDelta = TimeDelta::days(2);
/// The domain of everybody who may be notified.
pub(crate) const DOMAIN: &str = "contoso.com";

impl Machine {
    /// What a read at `moment` says.
    pub(crate) fn facts_at(&self, moment: Time) -> Facts {
        let known = self.facts.iter().take_while(|(at, _)| *at <= moment).last();
        known.map_or(Facts::Nothing, |(_, facts)| *facts)
    }

    /// Whom its tag names at `moment`.
    pub(crate) fn tags_at(&self, moment: Time) -> &[String] {
        let known = self.tags.iter().take_while(|(at, _)| *at <= moment).last();
        known.map_or(&[], |(_, names)| names.as_slice())
    }
}

impl History {
    /// Whoever has this name.
    pub(crate) fn person(&self, name: &str) -> Option<&Person> {
        self.places.get(name).map(|place| &self.people[*place])
    }

    /// Whether a look at `moment` sees the machine.
    pub(crate) fn sees(&self, machine: usize, moment: Time) -> bool {
        let machine = &self.machines[machine];
        let lost = &self.lost[machine.subscription];
        !lost.iter().chain(&machine.hidden).any(|span| span.contains(moment))
    }

    /// The configuration in force at `moment`.
    pub(crate) fn configuration_at(&self, moment: Time) -> &Configuration {
        let known = self.configurations.iter().take_while(|known| known.from <= moment).last();
        known.unwrap_or(&self.configurations[0])
    }

    /// The first look at or after `moment`.
    pub(crate) fn look_after(&self, moment: Time) -> Time {
        let since = (moment - self.from).max(TimeDelta::zero());
        let looks = since.num_seconds().div_euclid(LOOK_EVERY.num_seconds());
        let look = self.from + LOOK_EVERY * i32::try_from(looks).unwrap_or(i32::MAX);
        if look < moment { look + LOOK_EVERY } else { look }
    }

    /// When anything of the machine changes that a look can tell of.
    pub(crate) fn changes<'a>(&self, machine: &'a Machine) -> impl Iterator<Item = Time> + use<'a> {
        let facts = machine.facts.iter().map(|(at, _)| *at);
        let tags = machine.tags.iter().map(|(at, _)| *at);
        let hidden = machine.hidden.iter().flat_map(|span| [span.from, span.to]);
        facts.chain(tags).chain(hidden)
    }

    /// The look that ends what has not been there since `moment`: one an hour after the first that missed it.
    pub(crate) fn second_look_after(&self, moment: Time) -> Time {
        self.look_after(self.look_after(moment) + TimeDelta::minutes(59))
    }
}
