//! Compares what was sent with what had to be sent, for every recipient and window, both ways.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::TimeDelta;

use super::attention::deadline;
use super::beyond_windows;
use super::calendar::{Calendars, deliverable};
use super::latest::latest;
use super::rules::{Knowledge, Place, Silence, Waits, Want, is_named_again, moments, tell_own_ends, wants};
use super::seen::{View, views};
use crate::simulation::history::{Action, Event, History, Time, UserAction};
use crate::simulation::log::{Item, Log, Message};

/// What somebody was sent about a window, with the message that says it.
type Heard<'a> = Vec<(&'a Message, &'a Item)>;

/// What the comparison came to.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// How often each stage was sent as it had to be.
    pub(crate) notified: BTreeMap<String, usize>,
    /// How many windows there were.
    pub(crate) windows: usize,
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
    let mut silences = Silences::default();
    for (index, action) in history.actions.iter().enumerate() {
        match action.action {
            UserAction::Silence { .. } => silences.add(action),
            _ => of_machine.entry(action.machine).or_default().push((index, action)),
        }
    }
    let mut events: HashMap<usize, Vec<&Event>> = HashMap::new();
    for event in &history.events {
        events.entry(event.machine).or_default().push(event);
    }
    beyond_windows::check(history, log, &calendars, slack, &mut verdict);
    let mut notified: HashMap<(usize, u32), BTreeMap<&str, Heard<'_>>> = HashMap::new();
    for message in &log.messages {
        for item in &message.items {
            let window = notified.entry((item.machine, item.generation)).or_default();
            window.entry(&message.recipient).or_default().push((message, item));
        }
    }
    for machine in 0..history.machines.len() {
        let actions = of_machine.remove(&machine).unwrap_or_default();
        let plain: Vec<&Action> = actions.iter().map(|(_, action)| *action).collect();
        let events = events.remove(&machine).unwrap_or_default();
        let (views, taken) = views(history, machine, &plain, &events);
        for ((index, action), taken) in actions.iter().zip(taken) {
            if log.taken[*index] != taken {
                verdict.problems.push(format!("{action:?}: taken {}, not {taken}", log.taken[*index]));
            }
        }
        for views in views.chunk_by(|a, b| a.generation == b.generation) {
            let mut notified = notified.remove(&(machine, views[0].generation)).unwrap_or_default();
            verdict.windows += 1;
            let concerned = views.iter().flat_map(|view| {
                let started = view.starts.iter().map(|start| &start.who);
                view.owners.iter().chain(&view.escalated_to).chain(started)
            });
            let concerned: BTreeSet<&str> = concerned.map(String::as_str).collect();
            for who in concerned {
                let notified = notified.remove(who).unwrap_or_default();
                let silences = silences.of(history, who, machine);
                let thread = Thread { history, who, views, calendars: &calendars, silences, slack };
                thread.check(&notified, &mut verdict);
            }
            for (who, items) in notified {
                let name = &history.machines[machine].name;
                verdict.problems.push(format!("{who} was told of {name}, which was never theirs: {items:?}"));
            }
        }
    }
    for ((machine, generation), _) in notified {
        let name = &history.machines[machine].name;
        verdict.problems.push(format!("window {generation} of {name} was told and never seen"));
    }
    verdict
}

/// One recipient and one window.
struct Thread<'a> {
    history: &'a History,
    who: &'a str,
    views: &'a [View],
    calendars: &'a Calendars<'a>,
    silences: Vec<Silence>,
    slack: TimeDelta,
}

/// What people asked to hear nothing of.
#[derive(Debug, Default)]
struct Silences<'a>(HashMap<&'a str, Vec<(&'a Action, Silence)>>);

impl<'a> Silences<'a> {
    fn add(&mut self, action: &'a Action) {
        if let UserAction::Silence { until, .. } = action.action {
            let silence = Silence { from: action.at, until };
            self.0.entry(&action.who).or_default().push((action, silence));
        }
    }

    /// Those that cover the machine.
    fn of(&self, history: &History, who: &str, machine: usize) -> Vec<Silence> {
        let covers = |action: &Action| match action.action {
            UserAction::Silence { group: true, .. } => {
                let [own, other] = [machine, action.machine].map(|machine| &history.machines[machine]);
                (own.subscription, &own.group) == (other.subscription, &other.group)
            }
            _ => action.machine == machine,
        };
        let asked = self.0.get(who).into_iter().flatten();
        asked.filter(|(action, _)| covers(action)).map(|(_, silence)| *silence).collect()
    }
}

/// Where the walk through time stands.
#[derive(Default)]
struct State<'a> {
    view: Option<&'a View>,
    since: Option<Time>,
    lost: Option<Time>,
    known: Option<Knowledge>,
    told: Vec<(Time, Item)>,
}

impl<'a> Thread<'a> {
    fn check(&self, notified: &[(&Message, &Item)], verdict: &mut Verdict) {
        let mut state = State::default();
        let mut views = self.views.iter().peekable();
        let mut messages = notified.chunk_by(|(a, _), (b, _)| a.sequence == b.sequence).peekable();
        let mut from = self.views[0].at;
        loop {
            let view_at = views.peek().map(|view| view.at);
            let told_at = messages.peek().map(|items| items[0].0.at);
            let until = [view_at, told_at].into_iter().flatten().min().unwrap_or(self.history.to);
            if let Some(problem) = self.missing(&state, from, until) {
                return verdict.problems.push(self.story(&problem, notified));
            }
            from = until;
            // Looks come before messages of the same moment.
            if view_at == Some(until) {
                self.enter(&mut state, views.next());
            } else if let Some(items) = messages.next() {
                if let Err(problem) = self.hear(&mut state, items, verdict) {
                    return verdict.problems.push(self.story(&problem, notified));
                }
            } else {
                return;
            }
        }
    }

    fn enter(&self, state: &mut State<'a>, view: Option<&'a View>) {
        let Some(view) = view else { return };
        let is_theirs = view.concerns(self.who);
        let was_escalated_to = state.view.is_some_and(|before| before.is_only_escalated_to(self.who));
        if was_escalated_to != view.is_only_escalated_to(self.who) {
            state.since = state.since.filter(|_| !is_theirs);
        }
        if is_theirs {
            state.since = state.since.or(Some(view.at));
            state.lost = None;
        } else if state.since.take().is_some() {
            state.lost = Some(view.at);
        }
        state.view = Some(view);
    }

    fn place<'b>(&'b self, state: &'b State<'_>, now: Time) -> Place<'b> {
        let calendar = self.calendars.at(self.who, now);
        let (since, lost) = (state.since, state.lost);
        Place { who: self.who, calendar, since, lost, silences: &self.silences, told: &state.told }
    }

    fn wants(&self, state: &State<'_>, now: Time) -> Vec<Want> {
        let Some(view) = state.view else { return Vec::new() };
        wants(self.place(state, now), view, state.known.as_ref(), now)
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
        // With minutes left nothing about the machine waits.
        let is_urgent = items.iter().any(|(_, item)| item.stage == "imminent");
        let mut heard = Vec::new();
        for (_, item) in items {
            let is_step = matches!(item.stage.as_str(), "reminder" | "scheduled soon");
            if message.kind == "digest" && is_step && item.step.is_none() {
                let view = state.view.filter(|view| {
                    let place = self.place(state, now);
                    state.known.as_ref().is_some_and(|known| is_named_again(place, view, known, now))
                });
                if view.is_none() || items.len() > 1 {
                    return Err(format!("{now}: named again without need: {item:?}"));
                }
                verdict.named_again += 1;
                continue;
            }
            let fits = |want: &&Want| {
                (want.stage, want.revision, want.step, want.start, want.event)
                    == (item.stage.as_str(), item.revision, item.step, item.start, item.event)
            };
            let Some(want) = wanted.iter().find(fits) else {
                return Err(format!("{now}: told without need: {item:?}\nwanted: {wanted:?}"));
            };
            if now < want.arises {
                return Err(format!("{now}: told before it was due: {want:?}"));
            }
            let calendar = self.calendars.at(self.who, now);
            if want.waits == Waits::TheDigest
                && !is_urgent
                && let Some(slot) = calendar.slot_after(want.arises)
                && now < slot
            {
                return Err(format!("{now}: told before the digest of {slot}: {want:?}"));
            }
            *verdict.notified.entry(item.stage.clone()).or_default() += 1;
            heard.push((now, (*item).clone()));
        }
        let fresh = heard.iter().any(|(_, item)| item.stage == "announced");
        let is_strange = state.known.is_none()
            && state.view.is_some_and(|view| {
                let place = self.place(state, now);
                tell_own_ends(place, view, now, heard.iter().map(|(_, item)| item))
            });
        state.told.extend(heard.iter().cloned());
        let gone = heard.iter().any(|(_, item)| item.stage == "reassigned");
        if gone {
            state.known = None;
        } else if !heard.is_empty() && !is_strange {
            let mut known = state.known.take().unwrap_or_default();
            // Whose it is from now on starts anew; of starts they know what they were told.
            if fresh {
                known.before.append(&mut known.notified);
            }
            known.notified.extend(heard);
            state.known = Some(known);
        }
        Ok(())
    }

    /// What should have been sent between two moments at which nothing but time happened, and was not.
    fn missing(&self, state: &State<'_>, from: Time, until: Time) -> Option<String> {
        let view = state.view?;
        let mut stops = moments(self.place(state, from), view, from);
        for look in self.calendars.looks() {
            stops.push(*look);
            let later = moments(self.place(state, *look), view, *look);
            stops.extend(later.into_iter().filter(|at| look < at));
        }
        stops.retain(|at| from < *at && *at < until);
        stops.push(until);
        stops.sort();
        stops.dedup();
        let mut begun = from;
        for stop in stops {
            let now = stop - TimeDelta::seconds(1);
            // Another configuration says something of a window only once that was looked at.
            if self.calendars.is_new(now) {
                begun = stop;
                continue;
            }
            for want in self.wants(state, now) {
                let calendar = self.calendars.at(self.who, now);
                let Some(latest) = latest(&want, calendar, begun, now) else { continue };
                let latest = deliverable(self.history, self.who, latest.max(begun), self.slack) + self.slack;
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

    /// Everything about this recipient and window, for whoever has to find out what went wrong.
    fn story(&self, problem: &str, notified: &[(&Message, &Item)]) -> String {
        use std::fmt::Write as _;
        let machine = notified.first().map(|(_, item)| self.history.machines[item.machine].name.as_str());
        let mut text = format!("seed {}: {} and {machine:?}: {problem}\n", self.history.seed, self.who);
        let _ = writeln!(text, "  {:?}", self.calendars.at(self.who, self.history.from).manners);
        let _ = writeln!(text, "  silences: {:?}", self.silences);
        let mut lines: Vec<(Time, String)> = Vec::new();
        for view in self.views {
            let View { generation, revision, dates, attempt, allowed, over, owners, .. } = view;
            let View { words, starts, escalation_steps, escalated_to, events, .. } = view;
            let dates =
                [dates.own, dates.azure].map(|span| span.map(|span| format!("{} - {}", span.from, span.to)));
            lines.push((
                view.at,
                format!("  #{generation} r{revision} {dates:?} {attempt:?} {allowed} {over:?} {owners:?} {words:?} {starts:?} {escalated_to:?} of {escalation_steps:?} {events:?}"),
            ));
        }
        for (message, item) in notified {
            lines.push((message.at, format!("    {} {} told {item:?}", message.kind, message.sequence)));
        }
        lines.sort();
        for (at, line) in lines {
            let _ = writeln!(text, "  {at} {line}");
        }
        text
    }
}
