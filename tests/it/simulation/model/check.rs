//! Compares what was told with what had to be told, for every recipient and window, both ways.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::TimeDelta;

use super::calendar::Calendar;
use super::rules::{Knowledge, Place, Waits, Want, deadline, is_named_again, latest, moments, wants};
use super::seen::{View, views};
use crate::simulation::history::{Action, History, Time};
use crate::simulation::log::{Item, Log, Message};

/// How long a message that fails is left alone at most before it is tried again, with what that is spread by.
const RETRY: TimeDelta = TimeDelta::minutes(67);

/// What somebody was told of a window, with the message that told it.
type Heard<'a> = Vec<(&'a Message, &'a Item)>;

/// What the comparison came to.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// How often each stage was told as it had to be.
    pub(crate) told: BTreeMap<String, usize>,
    /// Windows that were named again in a digest.
    pub(crate) named_again: usize,
    /// What is wrong, each with the whole story of that recipient and window.
    pub(crate) problems: Vec<String>,
}

/// Compares the log with the history. `slack` is how late anything may be beside what the rules say.
pub(crate) fn check(history: &History, log: &Log, slack: TimeDelta) -> Verdict {
    let calendars = Calendars::new(history);
    let mut verdict = Verdict::default();
    let mut of_machine: HashMap<usize, Vec<(usize, &Action)>> = HashMap::new();
    for (index, action) in history.actions.iter().enumerate() {
        of_machine.entry(action.machine).or_default().push((index, action));
    }
    for pair in log.messages.windows(2).filter(|pair| pair[0].recipient == pair[1].recipient) {
        is_weekly(history, &pair[0], &pair[1], &mut verdict);
    }
    let mut told: HashMap<(usize, u32), BTreeMap<&str, Heard<'_>>> = HashMap::new();
    for message in &log.messages {
        calendars.keeps_quiet(history, message, &mut verdict);
        mirrors(history, message, &mut verdict);
        for item in &message.items {
            let window = told.entry((item.machine, item.generation)).or_default();
            window.entry(&message.recipient).or_default().push((message, item));
        }
    }
    for machine in 0..history.machines.len() {
        let actions = of_machine.remove(&machine).unwrap_or_default();
        let plain: Vec<&Action> = actions.iter().map(|(_, action)| *action).collect();
        let (views, taken) = views(history, machine, &plain);
        for ((index, action), taken) in actions.iter().zip(taken) {
            if log.taken[*index] != taken {
                verdict.problems.push(format!("{action:?}: taken {}, not {taken}", log.taken[*index]));
            }
        }
        for views in views.chunk_by(|a, b| a.generation == b.generation) {
            let mut told = told.remove(&(machine, views[0].generation)).unwrap_or_default();
            let owners: BTreeSet<&str> =
                views.iter().flat_map(|view| view.owners.iter().map(String::as_str)).collect();
            for who in owners {
                let told = told.remove(who).unwrap_or_default();
                Thread { history, who, views, calendars: &calendars, slack }.check(&told, &mut verdict);
            }
            for (who, items) in told {
                let name = &history.machines[machine].name;
                verdict.problems.push(format!("{who} was told of {name}, which was never theirs: {items:?}"));
            }
        }
    }
    for ((machine, generation), _) in told {
        let name = &history.machines[machine].name;
        verdict.problems.push(format!("window {generation} of {name} was told and never seen"));
    }
    verdict
}

/// A channel beside a mailbox shows what happens, and not what comes with time alone.
fn mirrors(history: &History, message: &Message, verdict: &mut Verdict) {
    let mut people = history.people.iter();
    let is_mirror =
        people.any(|person| person.name == message.recipient && person.channel && person.address.is_some());
    let comes_with_time = |item: &Item| match item.stage.as_str() {
        "planned" => item.step.is_some(),
        stage => {
            ["self-service open", "self-service closed", "reminder", "scheduled soon", "scheduled open"]
                .contains(&stage)
                || stage == "handed back"
        }
    };
    if is_mirror && !message.items.is_empty() {
        let expected = usize::from(!message.items.iter().all(comes_with_time));
        if message.cards != expected {
            verdict.problems.push(format!("{} cards, not {expected}: {message:?}", message.cards));
        }
    }
}

/// A digest that tells nothing but how much is open comes a week after whatever was told before. Whom the fallback
/// names gets troubles too, which the log does not know.
fn is_weekly(history: &History, before: &Message, message: &Message, verdict: &mut Verdict) {
    let is_line = message.kind == "digest" && message.items.is_empty();
    if is_line && message.recipient != history.fallback && message.at - before.at < TimeDelta::days(7) {
        verdict.problems.push(format!("a weekly line comes too early: {before:?} {message:?}"));
    }
}

/// Everybody's calendars, under each configuration.
struct Calendars<'a> {
    begins: Vec<Time>,
    /// For each person one for every configuration.
    of: HashMap<&'a str, Vec<Calendar>>,
    looks: Vec<Time>,
}

impl<'a> Calendars<'a> {
    fn new(history: &'a History) -> Self {
        let of = history.people.iter().enumerate().map(|(index, person)| {
            let manners = history.configurations.iter().map(|known| {
                let changed = known.manners.iter().find(|(who, _)| *who == index);
                Calendar::new(changed.map_or(&person.manners, |(_, manners)| manners).clone())
            });
            (person.name.as_str(), manners.collect())
        });
        Self {
            begins: history.configurations.iter().map(|known| known.from).collect(),
            of: of.collect(),
            looks: history.configurations.iter().map(|known| history.look_after(known.from)).collect(),
        }
    }

    fn at(&self, who: &str, moment: Time) -> &Calendar {
        let number = self.begins.iter().take_while(|begins| **begins <= moment).count();
        &self.of[who][number.saturating_sub(1)]
    }

    /// Nothing comes when nobody should be disturbed but what may: reminders that were brought forward as far as they
    /// go, answers, what presses, and what a mail service that was down held back.
    fn keeps_quiet(&self, history: &History, message: &Message, verdict: &mut Verdict) {
        let calendar = self.at(&message.recipient, message.at);
        let at = message.at - TimeDelta::minutes(1);
        if calendar.permits(message.at) || calendar.permits(at) {
            return;
        }
        let late =
            history.outages.iter().any(|outage| outage.from <= message.at && message.at <= outage.to + RETRY);
        let is_news = |item: &Item| {
            matches!(item.stage.as_str(), "announced" | "rescheduled" | "cancelled" | "self-service open")
        };
        let is_digest = message.kind == "digest";
        let alone = !message.items.is_empty() && message.items.iter().all(is_news);
        if alone && !late && !is_digest {
            let soon = message.items.iter().any(|item| {
                let machine = &history.machines[item.machine];
                let dates =
                    machine.facts.iter().filter(|(at, _)| *at <= message.at).filter_map(|(_, facts)| {
                        match facts {
                            crate::simulation::history::Facts::Planned { dates, .. } => Some(dates),
                            _ => None,
                        }
                    });
                let ends = dates.flat_map(|dates| {
                    [
                        dates.own.map(|own| own.to),
                        dates.azure.map(|azure| azure.from),
                        dates.azure.map(|azure| azure.to),
                    ]
                });
                let open = calendar.permitted(message.at) + TimeDelta::hours(12);
                ends.flatten().any(|end| at < end && end < open)
            });
            if !soon {
                let facts: Vec<_> =
                    message.items.iter().map(|item| &history.machines[item.machine].facts).collect();
                let manners = &calendar.manners;
                verdict.problems.push(format!(
                    "{} was disturbed at {}: {message:?} {manners:?} {facts:?}",
                    message.recipient, message.at
                ));
            }
        }
    }
}

/// One recipient and one window.
struct Thread<'a> {
    history: &'a History,
    who: &'a str,
    views: &'a [View],
    calendars: &'a Calendars<'a>,
    slack: TimeDelta,
}

/// Where the walk through time stands.
#[derive(Default)]
struct State<'a> {
    view: Option<&'a View>,
    since: Option<Time>,
    lost: Option<Time>,
    known: Option<Knowledge>,
}

impl<'a> Thread<'a> {
    fn check(&self, told: &[(&Message, &Item)], verdict: &mut Verdict) {
        let mut state = State::default();
        let mut views = self.views.iter().peekable();
        let mut messages = told.chunk_by(|(a, _), (b, _)| a.sequence == b.sequence).peekable();
        let mut from = self.views[0].at;
        loop {
            let view_at = views.peek().map(|view| view.at);
            let told_at = messages.peek().map(|items| items[0].0.at);
            let until = [view_at, told_at].into_iter().flatten().min().unwrap_or(self.history.to);
            if let Some(problem) = self.missing(&state, from, until) {
                return verdict.problems.push(self.story(&problem, told));
            }
            from = until;
            // Looks come before messages of the same moment.
            if view_at == Some(until) {
                self.enter(&mut state, views.next());
            } else if let Some(items) = messages.next() {
                if let Err(problem) = self.hear(&mut state, items, verdict) {
                    return verdict.problems.push(self.story(&problem, told));
                }
            } else {
                return;
            }
        }
    }

    fn enter(&self, state: &mut State<'a>, view: Option<&'a View>) {
        let Some(view) = view else { return };
        state.view = Some(view);
        let is_theirs = view.owners.contains(self.who);
        if is_theirs {
            state.since = state.since.or(Some(view.at));
            state.lost = None;
        } else if state.since.take().is_some() {
            state.lost = Some(view.at);
        }
    }

    fn wants(&self, state: &State<'_>, now: Time) -> Vec<Want> {
        let Some(view) = state.view else { return Vec::new() };
        let place = Place {
            who: self.who,
            calendar: self.calendars.at(self.who, now),
            since: state.since,
            lost: state.lost,
        };
        wants(place, view, state.known.as_ref(), now)
    }

    /// A message with `items` of this window.
    fn hear(
        &self,
        state: &mut State<'a>,
        items: &[(&Message, &Item)],
        verdict: &mut Verdict,
    ) -> Result<(), String> {
        let message = items[0].0;
        let now = message.at;
        let wanted = self.wants(state, now);
        let mut heard = Vec::new();
        for (_, item) in items {
            let is_step = matches!(item.stage.as_str(), "reminder" | "scheduled soon");
            if message.kind == "digest" && is_step && item.step.is_none() {
                let view = state.view.filter(|view| {
                    state.known.as_ref().is_some_and(|known| is_named_again(view, known, now))
                });
                if view.is_none() || items.len() > 1 {
                    return Err(format!("{now}: named again without need: {item:?}"));
                }
                verdict.named_again += 1;
                continue;
            }
            let fits = |want: &&Want| {
                (want.stage, want.revision, want.step, want.start)
                    == (item.stage.as_str(), item.revision, item.step, item.start)
            };
            let Some(want) = wanted.iter().find(fits) else {
                return Err(format!("{now}: told without need: {item:?}\nwanted: {wanted:?}"));
            };
            if now < want.arises {
                return Err(format!("{now}: told before it was due: {want:?}"));
            }
            let calendar = self.calendars.at(self.who, now);
            if want.waits == Waits::TheDigest
                && let Some(slot) = calendar.slot_after(want.arises)
                && now < slot
            {
                return Err(format!("{now}: told before the digest of {slot}: {want:?}"));
            }
            *verdict.told.entry(item.stage.clone()).or_default() += 1;
            heard.push((now, (*item).clone()));
        }
        let fresh = heard.iter().any(|(_, item)| item.stage == "announced");
        let gone = heard.iter().any(|(_, item)| item.stage == "reassigned");
        if gone {
            state.known = None;
        } else if !heard.is_empty() {
            let known = state.known.take().filter(|_| !fresh).unwrap_or_default();
            state.known = Some(Knowledge { told: [known.told, heard].concat() });
        }
        Ok(())
    }

    /// What should have been told between two moments at which nothing but time happened, and was not.
    fn missing(&self, state: &State<'_>, from: Time, until: Time) -> Option<String> {
        let view = state.view?;
        let calendar = self.calendars.at(self.who, from);
        let mut stops = moments(view, calendar);
        for look in &self.calendars.looks {
            stops.push(*look);
            stops
                .extend(moments(view, self.calendars.at(self.who, *look)).into_iter().filter(|at| look < at));
        }
        stops.retain(|at| from < *at && *at < until);
        stops.push(until);
        stops.sort();
        stops.dedup();
        let mut begun = from;
        for stop in stops {
            let now = stop - TimeDelta::seconds(1);
            for want in self.wants(state, now) {
                let calendar = self.calendars.at(self.who, now);
                let Some(latest) = latest(&want, calendar, now) else { continue };
                let latest = self.deliverable(latest.max(begun)) + self.slack;
                if latest < now {
                    let deadline = deadline(view, now);
                    return Some(format!(
                        "by {now} (at the latest {latest}) not told: {want:?} {deadline:?}"
                    ));
                }
            }
            begun = stop;
        }
        None
    }

    /// When what is due at `moment` can be sent: after the mail service works again and the next attempt has come.
    fn deliverable(&self, moment: Time) -> Time {
        let down = self
            .history
            .outages
            .iter()
            .filter(|outage| outage.from <= moment + self.slack && moment < outage.to + RETRY);
        down.map(|outage| outage.to + RETRY).max().map_or(moment, |at| at.max(moment))
    }

    /// Everything about this recipient and window, for whoever has to find out what went wrong.
    fn story(&self, problem: &str, told: &[(&Message, &Item)]) -> String {
        use std::fmt::Write as _;
        let machine = told.first().map(|(_, item)| self.history.machines[item.machine].name.as_str());
        let mut text = format!("seed {}: {} and {machine:?}: {problem}\n", self.history.seed, self.who);
        let _ = writeln!(text, "  {:?}", self.calendars.at(self.who, self.history.from).manners);
        let mut lines: Vec<(Time, String)> = Vec::new();
        for view in self.views {
            let View { generation, revision, dates, attempt, allowed, over, owners, words, starts, .. } =
                view;
            let dates =
                [dates.own, dates.azure].map(|span| span.map(|span| format!("{} - {}", span.from, span.to)));
            lines.push((
                view.at,
                format!("  #{generation} r{revision} {dates:?} {attempt:?} {allowed} {over:?} {owners:?} {words:?} {starts:?}"),
            ));
        }
        for (message, item) in told {
            lines.push((message.at, format!("    {} {} told {item:?}", message.kind, message.sequence)));
        }
        lines.sort();
        for (at, line) in lines {
            let _ = writeln!(text, "  {at} {line}");
        }
        text
    }
}
