//! Invents histories: from a seed and a size to a tenant with waves, and everything that can go differently.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::history::{
    Action, Attempt, Configuration, Dates, Ending, Event, EventWord, Facts, History, Machine, Manners,
    Refusal, Route, Span, Time, UserAction,
};
use super::people::{HOLIDAYS, ZONES, manners, people};
use super::random::Random;

/// How big the tenant is, and when it lives.
#[derive(Debug, Clone)]
pub(crate) struct Size {
    pub(crate) people: usize,
    pub(crate) machines: usize,
    pub(crate) subscriptions: usize,
    pub(crate) from: Time,
    pub(crate) days: i64,
    /// Whether the fallback is escalated to where the owners named nobody, as the defaults have it.
    pub(crate) fallback_is_escalated_to: bool,
}

/// One wave: when it is announced over how many hours, and its dates.
#[derive(Debug, Clone, Copy)]
struct Wave {
    announced: i64,
    trickle_hours: i64,
    own: Option<(i64, i64)>,
    azure: Option<(i64, i64)>,
}

/// In days since the beginning.
const WAVES: [Wave; 7] = [
    // Five weeks, of which self-service has begun when it is announced.
    Wave { announced: 1, trickle_hours: 6, own: Some((1, 27)), azure: Some((28, 36)) },
    Wave { announced: 3, trickle_hours: 9, own: Some((4, 14)), azure: Some((14, 20)) },
    Wave { announced: 10, trickle_hours: 4, own: Some((10, 20)), azure: Some((22, 29)) },
    // Found late: little is left of self-service.
    Wave { announced: 15, trickle_hours: 12, own: Some((8, 21)), azure: Some((23, 30)) },
    Wave { announced: 18, trickle_hours: 3, own: None, azure: Some((25, 32)) },
    Wave { announced: 25, trickle_hours: 2, own: Some((20, 27)), azure: Some((28, 34)) },
    Wave { announced: 21, trickle_hours: 5, own: Some((21, 33)), azure: None },
];

/// How starts end, those that go well more often.
const ENDINGS: [Ending; 8] = [
    Ending::Completed,
    Ending::Completed,
    Ending::Completed,
    Ending::RetryLater,
    Ending::Skipped,
    Ending::Refused,
    Ending::Lost,
    Ending::NotKnown,
];

/// The history that follows from `seed`.
pub(crate) fn generate(seed: u64, size: &Size) -> History {
    let mut random = Random::new(seed);
    let to = size.from + TimeDelta::days(size.days);
    let defaults = manners(0, ZONES[0].parse().unwrap(), size);
    let people = people(size, &defaults, &mut random);
    let places = people.iter().enumerate().map(|(place, person)| (person.name.clone(), place));
    let mut history = History {
        seed,
        from: size.from,
        to,
        fallback: people[0].name.clone(),
        places: places.collect(),
        people,
        defaults,
        lost: vec![Vec::new(); size.subscriptions],
        machines: Vec::new(),
        configurations: Vec::new(),
        actions: Vec::new(),
        events: Vec::new(),
        escalate: if size.fallback_is_escalated_to { vec![168, 48] } else { Vec::new() },
        cancelled: Vec::new(),
        outages: Vec::new(),
        refusals: Vec::new(),
    };
    // Some own nothing but machines of the first wave to which nothing happens: the budget is counted on them.
    let calm = history.people.len() / 8;
    for index in 0..size.machines {
        let machine = Inventor { history: &mut history, size, random: &mut random, calm }.machine(index);
        history.machines.push(machine);
    }
    operator_alerts(&mut history, size, &mut random);
    refusals(&mut history, size, &mut random, calm);
    history.configurations = configurations(&history, size, &mut random);
    history.actions.sort_by_key(|action| action.at);
    history.events.sort_by_key(|event| event.at);
    history.actions.retain(|action| action.at < to);
    history.events.retain(|event| event.at < to);
    history
}

/// Invents one machine after the other.
struct Inventor<'a> {
    history: &'a mut History,
    size: &'a Size,
    random: &'a mut Random,
    calm: usize,
}

impl Inventor<'_> {
    fn day(&self, days: i64) -> Time {
        self.size.from + TimeDelta::days(days)
    }

    fn later(&mut self, from: Time, minutes: (i64, i64)) -> Time {
        from + TimeDelta::minutes(self.random.between(minutes.0, minutes.1))
    }

    /// A minute at which no look happens, so that the order of things is plain.
    fn between_looks(&mut self, from: Time, minutes: (i64, i64)) -> Time {
        let at = self.later(from, minutes);
        let past = (at - self.size.from).num_minutes().rem_euclid(15);
        at + TimeDelta::minutes(7 - past)
    }

    fn owners(&mut self) -> Vec<String> {
        // The first people are left to the calm machines; of the others a few own far more than the rest.
        let from = self.calm + 1;
        let count = self.history.people.len() - from;
        let busy = (count / 40).max(1);
        let pick = |random: &mut Random| {
            let index = if random.percent(25) { random.below(busy) } else { random.below(count) };
            self.history.people[from + index].name.clone()
        };
        let mut owners = vec![pick(self.random)];
        if self.random.percent(15) {
            owners.push(pick(self.random));
        }
        owners.dedup();
        match self.random.between(1, 100) {
            1..=2 => Vec::new(),
            3 => vec!["stranger@outside.example".to_owned()],
            4 => [owners, vec!["stranger@outside.example".to_owned()]].concat(),
            _ => owners,
        }
    }

    fn machine(&mut self, index: usize) -> Machine {
        let calm = self.calm > 0 && index.is_multiple_of(5);
        let wave_index = if calm { 0 } else { self.random.below(WAVES.len()) };
        let wave = WAVES[wave_index];
        let announced = self.later(self.day(wave.announced), (9 * 60, (9 + wave.trickle_hours) * 60));
        let span = |it: Option<(i64, i64)>| it.map(|(from, to)| Span::new(self.day(from), self.day(to)));
        let dates = Dates { own: span(wave.own), azure: span(wave.azure) };
        let tracking = format!("WAVE-{wave_index}");
        let group = match (calm, self.random.below(30)) {
            (false, team @ 0..10) => format!("rg-team-{team}"),
            (_, group) => format!("rg-app-{group}"),
        };
        let tags = if calm {
            let person = 1 + (index / 5) % self.calm;
            vec![self.history.people[person].name.clone()]
        } else {
            self.owners()
        };
        let mut machine = Machine {
            subscription: self.random.below(self.size.subscriptions),
            group,
            name: format!("vm-{index:05}"),
            in_set: !calm && self.random.percent(8),
            tracking: vec![tracking],
            facts: Vec::new(),
            tags: vec![(self.size.from, tags)],
            hidden: Vec::new(),
            calm,
        };
        let allowed = dates.own.is_some();
        machine.facts.push((announced, Facts::Planned { dates, allowed, attempt: Attempt::None }));
        if calm {
            // Azure takes all machines of one owner in the same night.
            let night = dates.azure.map_or(self.size.from, |azure| azure.from);
            let person = i64::try_from((index / 5) % self.calm).unwrap_or(0);
            machine.facts.push((night + TimeDelta::hours(4 + 24 * (person % 6)), Facts::Nothing));
        } else {
            self.scheduled_events(index, &mut machine, announced, dates);
        }
        machine
    }

    fn scheduled_events(&mut self, index: usize, machine: &mut Machine, announced: Time, dates: Dates) {
        let soon = self.later(announced, (30, 8 * 24 * 60));
        let mut now = dates;
        match self.random.between(1, 100) {
            1..=30 => self.azure_does_it(machine, dates),
            31..=38 => {
                let moved = self.moved(dates, (-50, 50));
                machine.facts.push((soon, planned(moved, Attempt::None)));
                now = moved;
                self.azure_does_it(machine, moved);
            }
            39..=54 => {
                let mut at = soon;
                for _ in 0..self.random.between(1, 3) {
                    now = self.moved(now, (-3 * 1440, 4 * 1440));
                    machine.facts.push((at, planned(now, Attempt::None)));
                    at = self.later(at, (20, 4 * 1440));
                }
                self.azure_does_it(machine, now);
            }
            55..=60 => {
                let number = format!("CALLED-OFF-{index}");
                machine.tracking.push(number.clone());
                machine.facts.push((soon, Facts::Nothing));
                self.history.cancelled.push((soon, number));
            }
            61..=64 => machine.facts.push((soon, Facts::Nothing)),
            65..=68 => machine.facts.push((soon, Facts::Gone)),
            69..=71 => machine.facts.push((soon, Facts::Deallocated)),
            72..=77 => {
                // It is called off and planned anew.
                machine.facts.push((soon, Facts::Nothing));
                let again = self.later(soon, (60, 6 * 1440));
                let moved = self.moved(dates, (5 * 1440, 9 * 1440));
                machine.facts.push((again, planned(moved, Attempt::None)));
                now = moved;
                self.azure_does_it(machine, moved);
            }
            78..=82 => {
                machine.facts.push((soon, planned(dates, Attempt::Done)));
                let over = self.later(soon, (600, 5 * 1440));
                machine.facts.push((over, Facts::Nothing));
            }
            83..=86 => machine.facts.push((soon, planned(dates, Attempt::Aborted))),
            87..=90 => {
                machine.facts.push((soon, planned(dates, Attempt::Later)));
                self.azure_does_it(machine, dates);
            }
            91..=95 if dates.own.is_some() => {
                self.starts(index, machine, announced, dates);
                return;
            }
            _ => self.azure_does_it(machine, dates),
        }
        machine.facts.sort_by_key(|(at, _)| *at);
        if self.random.percent(8) {
            let at = self.later(announced, (60, 14 * 1440));
            let owners = self.owners();
            machine.tags.push((at, owners));
        }
        if self.random.percent(6) {
            let from = self.later(announced, (-600, 10 * 1440));
            let to = self.later(from, (30, 1440));
            machine.hidden.push(Span::new(from, to));
        }
        if self.random.percent(22) {
            self.responses(index, machine, announced, now);
        }
        if self.random.percent(5) {
            self.silence(index, machine, announced);
        }
        if self.random.percent(10) {
            self.minutes_ahead(index, announced, now);
        }
    }

    /// An owner wants to hear nothing of the machine, or of its group, for some days.
    fn silence(&mut self, index: usize, machine: &Machine, announced: Time) {
        let Some(who) = machine.tags.first().and_then(|(_, names)| names.first().cloned()) else { return };
        if who.starts_with("stranger") {
            return;
        }
        let at = self.between_looks(announced, (-24 * 60, 12 * 1440));
        let zone = self.history.person(&who).map_or(self.history.defaults.zone, |person| person.manners.zone);
        // It ends when everybody works: at noon of a Tuesday to Thursday that is nobody's holiday.
        let day = (at + TimeDelta::days(self.random.between(1, 16))).with_timezone(&zone).date_naive();
        let works = |day: &NaiveDate| {
            let holidays = HOLIDAYS.map(|holiday| self.day(holiday).date_naive());
            (1..=3).contains(&day.weekday().num_days_from_monday()) && !holidays.contains(day)
        };
        let noon = day.iter_days().find(works).and_then(|day| day.and_hms_opt(12, 0, 0));
        let until = noon.and_then(|noon| noon.and_local_timezone(zone).earliest());
        let Some(until) = until.map(|until| until.to_utc()) else { return };
        let action = UserAction::Silence { group: self.random.percent(30), until };
        self.history.actions.push(Action { at, machine: index, who, action });
    }

    /// Azure announces that it takes the machine down in a quarter of an hour, and does, or thinks better of it.
    fn minutes_ahead(&mut self, index: usize, announced: Time, dates: Dates) {
        let Some(last) = dates.azure.or(dates.own) else { return };
        let at = self.between_looks(last.from.max(announced), (24 * 60, 4 * 1440));
        let number = u32::try_from(self.history.events.len()).unwrap_or(0) + 1;
        let soon = self.random.percent(80).then(|| at + TimeDelta::minutes(15));
        let mut say = |at: Time, word: EventWord| {
            self.history.events.push(Event { at, machine: index, number, word });
        };
        match self.random.between(1, 10) {
            // What is over before it was heard of is no news.
            1 => {
                say(at, EventWord::Over);
                say(at + TimeDelta::minutes(1), EventWord::NotBefore(soon));
            }
            _ => {
                say(at, EventWord::NotBefore(soon));
                say(at + TimeDelta::minutes(25), EventWord::Over);
            }
        }
    }

    fn moved(&mut self, dates: Dates, minutes: (i64, i64)) -> Dates {
        let by = TimeDelta::minutes(self.random.between(minutes.0, minutes.1));
        let shift = |span: Option<Span>| span.map(|span| Span::new(span.from + by, span.to + by));
        // What has begun keeps its beginning, as a rule.
        if self.random.percent(50) {
            let longer = |span: Option<Span>| {
                span.map(|span| Span::new(span.from, (span.to + by).max(span.from + TimeDelta::hours(1))))
            };
            Dates { own: longer(dates.own), azure: shift(dates.azure) }
        } else {
            Dates { own: shift(dates.own), azure: shift(dates.azure) }
        }
    }

    /// Azure's own window brings the end, or self-service's end where there is none.
    fn azure_does_it(&mut self, machine: &mut Machine, dates: Dates) {
        let Some(last) = dates.azure.or(dates.own) else { return };
        let minutes = (last.to - last.from).num_minutes();
        let at = self.later(last.from, (30, minutes.max(31)));
        let known = machine.facts.last().map_or(at, |(at, _)| *at);
        machine.facts.push((at.max(known + TimeDelta::hours(2)), Facts::Nothing));
    }

    /// Somebody plans a start, and it takes its course.
    fn starts(&mut self, index: usize, machine: &mut Machine, announced: Time, dates: Dates) {
        let Some(own) = dates.own else { return };
        let Some((_, names)) = machine.tags.first().cloned() else { return };
        let who = names.first().filter(|name| !name.starts_with("stranger")).cloned();
        let who = who.unwrap_or_else(|| self.history.fallback.clone());
        let decided = self.between_looks(announced, (600, 3 * 1440));
        let begins = self.between_looks(decided.max(own.from), (90, 6 * 1440));
        let mut act = |at: Time, action: UserAction| {
            self.history.actions.push(Action { at, machine: index, who: who.clone(), action });
        };
        if begins >= own.to {
            return;
        }
        act(decided, UserAction::Plan(begins));
        if self.random.percent(25) {
            act(begins - TimeDelta::minutes(45), UserAction::Object);
            return self.azure_does_it(machine, dates);
        }
        act(begins, UserAction::Begin);
        let ending = *self.random.one(&ENDINGS);
        let ended = match ending {
            Ending::NotKnown => {
                act(begins + TimeDelta::days(1), UserAction::GoUnknown);
                // Nobody waits for it once self-service is over.
                own.to.max(begins + TimeDelta::hours(25))
            }
            Ending::Refused => begins + TimeDelta::minutes(1),
            _ => begins + TimeDelta::minutes(20),
        };
        act(ended, UserAction::End(ending));
        match ending {
            Ending::Completed => {
                machine.facts.push((ended, planned(dates, Attempt::Done)));
                machine.facts.push((ended + TimeDelta::days(2), Facts::Nothing));
            }
            Ending::RetryLater => {
                machine.facts.push((ended, planned(dates, Attempt::Later)));
                self.azure_does_it(machine, dates);
            }
            Ending::Skipped => machine.facts.push((ended, planned(dates, Attempt::Aborted))),
            // Azure says nothing of them.
            Ending::Refused | Ending::Lost | Ending::NotKnown => self.azure_does_it(machine, dates),
        }
    }

    fn responses(&mut self, index: usize, machine: &Machine, announced: Time, dates: Dates) {
        let tagged = machine.tags.first().and_then(|(_, names)| names.first().cloned());
        let who = tagged.filter(|name| !name.starts_with("stranger"));
        let who = who.unwrap_or_else(|| self.history.fallback.clone());
        let at = self.between_looks(announced, (24 * 60, 9 * 1440));
        let mut said = vec![(at, who.clone())];
        let audit_actions: Vec<UserAction> = match self.random.between(1, 10) {
            1..=3 => vec![UserAction::Acknowledge],
            4..=5 => {
                let until = dates.own.or(dates.azure).map_or(at, |span| span.to - TimeDelta::hours(30));
                vec![UserAction::Snooze(until.max(at + TimeDelta::hours(8)))]
            }
            6..=8 => {
                let count = self.history.people.len();
                let other = self.history.people[1 + self.random.below(count - 1)].name.clone();
                said.push((self.between_looks(at, (60, 2 * 1440)), other.clone()));
                let answer = if self.random.percent(70) { UserAction::Accept } else { UserAction::NotMine };
                vec![UserAction::HandOver(other), answer]
            }
            _ => vec![UserAction::NotMine],
        };
        for ((at, who), action) in said.into_iter().zip(audit_actions) {
            self.history.actions.push(Action { at, machine: index, who, action });
        }
    }
}

fn planned(dates: Dates, attempt: Attempt) -> Facts {
    let allowed = dates.own.is_some() && !matches!(attempt, Attempt::Aborted | Attempt::Done);
    Facts::Planned { dates, allowed, attempt }
}

/// What cannot be read or sent, and when.
fn operator_alerts(history: &mut History, size: &Size, random: &mut Random) {
    for lost in &mut history.lost {
        for _ in 0..random.between(0, 2) {
            let from = size.from + TimeDelta::minutes(random.between(2 * 1440, (size.days - 4) * 1440));
            lost.push(Span::new(from, from + TimeDelta::hours(random.between(3, 30))));
        }
    }
    for (day, hours) in [(6, 3), (12, 13), (24, 6)] {
        let from = size.from + TimeDelta::days(day) + TimeDelta::minutes(random.between(0, 1440));
        if day + 2 < size.days {
            history.outages.push(Span::new(from, from + TimeDelta::hours(hours)));
        }
    }
}

/// Mailboxes that are full for some hours, and a service that lets us send nothing to some.
fn refusals(history: &mut History, size: &Size, random: &mut Random, calm: usize) {
    for index in calm + 1..history.people.len() {
        if history.people[index].address.is_none() || !random.percent(15) {
            continue;
        }
        let from = size.from + TimeDelta::minutes(random.between(1440, (size.days - 4) * 1440));
        let span = Span::new(from, from + TimeDelta::hours(random.between(2, 40)));
        history.refusals.push((index, span, *random.one(&[Refusal::Full, Refusal::Ours])));
    }
}

/// Teams get their groups by routes; later some move, and some people want to be notified otherwise.
fn configurations(history: &History, size: &Size, random: &mut Random) -> Vec<Configuration> {
    let busy = history.people.len() / 8 + 1;
    let team = |number: usize| history.people[(busy + number * 3) % history.people.len()].clone();
    let configured = |number: usize| (number..).map(team).find(|person| person.configured);
    let route = |group: usize, to: usize| Route {
        group: format!("rg-team-{group}"),
        to: configured(to).map(|person| person.name).into_iter().collect(),
    };
    let first: Vec<Route> = (0..8).map(|number| route(number, number * 2)).collect();
    let mut second = first.clone();
    second.remove(2);
    second.push(route(9, 40));
    second[0] = route(0, 31);
    let mut changed: Vec<(usize, Manners)> = Vec::new();
    for _ in 0..history.people.len() / 50 {
        let index = busy + random.below(history.people.len() - busy);
        let known = &history.people[index];
        if known.configured && !changed.iter().any(|(other, _)| *other == index) {
            changed.push((index, manners(random.below(9), known.manners.zone, size)));
        }
    }
    // At the time of a look, so that nothing else is written under a configuration before everything is.
    let at = |day: i64| size.from + TimeDelta::days(day) + TimeDelta::minutes(10 * 60 + 15);
    let quiet = |group: usize, day: i64| (format!("rg-team-{group}"), at(day) + TimeDelta::hours(3));
    let silences = vec![quiet(3, 14)];
    let begin = Configuration { from: size.from, routes: first, silences: Vec::new(), manners: Vec::new() };
    let later = Configuration {
        from: at(9),
        routes: second.clone(),
        silences: silences.clone(),
        manners: Vec::new(),
    };
    let silences = [silences, vec![quiet(5, 23)]].concat();
    let last = Configuration { from: at(17), routes: second, silences, manners: changed };
    [begin, later, last].into_iter().filter(|known| known.from < history.to).collect()
}
