//! What does not belong to one window: where messages go, at which hours nobody is disturbed, the weekly line, summaries,
//! and the notes before silences end.

use std::collections::HashMap;

use chrono::TimeDelta;

use super::calendar::{Calendar, Calendars, deliverable, is_late};
use super::check::Verdict;
use crate::simulation::history::{Facts, History, Person, Time, UserAction};
use crate::simulation::log::{Item, Log, Message};

/// Compares everything of that kind.
pub(super) fn check(
    history: &History,
    log: &Log,
    calendars: &Calendars<'_>,
    slack: TimeDelta,
    verdict: &mut Verdict,
) {
    let judge = Judge { history, calendars, slack };
    let mut of: HashMap<&str, Vec<&Message>> = HashMap::new();
    for message in &log.messages {
        of.entry(&message.recipient).or_default().push(message);
    }
    for person in &history.people {
        let messages = of.remove(person.name.as_str()).unwrap_or_default();
        for pair in messages.windows(2) {
            verdict.problems.extend(judge.weekly(pair[0], pair[1]));
        }
        for message in &messages {
            verdict.problems.extend(judge.quiet(message));
            verdict.problems.extend(where_to(person, calendars, message));
        }
        verdict.problems.extend(judge.summaries(person, &messages));
        verdict.problems.extend(judge.ends_of_mutes(person, &messages));
        *verdict.notified.entry("summary".to_owned()).or_default() +=
            messages.iter().filter(|message| message.summary.is_some()).count();
        *verdict.notified.entry("end of a silence".to_owned()).or_default() +=
            messages.iter().map(|message| message.silences_end.len()).sum::<usize>();
    }
}

/// A channel beside a mailbox shows what happens, and not what comes with time alone. A chat gets what is urgent.
fn where_to(person: &Person, calendars: &Calendars<'_>, message: &Message) -> Option<String> {
    let comes_with_time = |item: &Item| match item.stage.as_str() {
        "planned" => item.step.is_some(),
        stage => {
            ["self-service open", "self-service closed", "reminder", "scheduled soon", "scheduled open"]
                .contains(&stage)
                || ["handed over", "handed back"].contains(&stage)
        }
    };
    let last = calendars.at(&message.recipient, message.at).manners.reminders.iter().min();
    let last = last.map(|hours| hours * 60);
    let is_urgent = |item: &Item| match item.stage.as_str() {
        "imminent" | "escalated" => true,
        "reminder" => item.step.is_some() && item.step == last,
        _ => false,
    };
    let more = message.summary.is_some() || !message.silences_end.is_empty();
    let is_mirror = person.channel && person.address.is_some() && !message.items.is_empty();
    let cards = usize::from(more || !message.items.iter().all(comes_with_time));
    if is_mirror && message.cards != cards {
        return Some(format!("{} cards, not {cards}: {message:?}", message.cards));
    }
    let chats = usize::from(person.has_chat() && message.items.iter().any(is_urgent));
    (message.chats != chats).then(|| format!("{} chats, not {chats}: {message:?}", message.chats))
}

struct Judge<'a> {
    history: &'a History,
    calendars: &'a Calendars<'a>,
    slack: TimeDelta,
}

impl Judge<'_> {
    /// A digest that says nothing but how much is open comes a week after whatever was sent before. Whom the fallback
    /// names gets operator alerts too, which the log does not know.
    fn weekly(&self, before: &Message, message: &Message) -> Option<String> {
        let more = message.summary.is_some() || !message.silences_end.is_empty();
        let is_line = message.kind == "digest" && message.items.is_empty() && !more;
        let is_early = message.at - before.at < TimeDelta::days(7);
        (is_line && is_early && message.recipient != self.history.fallback)
            .then(|| format!("a weekly line comes too early: {before:?} {message:?}"))
    }

    /// Nothing comes when nobody should be disturbed but what may: reminders that were brought forward as far as they
    /// go, answers, what is urgent, and what a mail service that was down held back.
    fn quiet(&self, message: &Message) -> Option<String> {
        let calendar = self.calendars.at(&message.recipient, message.at);
        let at = message.at - TimeDelta::minutes(1);
        let is_news = |item: &Item| {
            matches!(item.stage.as_str(), "announced" | "rescheduled" | "cancelled" | "self-service open")
        };
        let alone = !message.items.is_empty() && message.items.iter().all(is_news);
        if !alone
            || message.kind == "digest"
            || calendar.permits(message.at)
            || calendar.permits(at)
            || is_late(self.history, &message.recipient, message.at)
        {
            return None;
        }
        let open = calendar.permitted(message.at) + TimeDelta::hours(12);
        let ends_soon = |item: &Item| {
            let facts = self.history.machines[item.machine].facts.iter();
            let dates = facts.filter(|(at, _)| *at <= message.at).filter_map(|(_, facts)| match facts {
                Facts::Planned { dates, .. } => Some(dates),
                _ => None,
            });
            let ends = dates.flat_map(|dates| {
                let azure = dates.azure.map(|azure| [azure.from, azure.to]);
                dates.own.map(|own| own.to).into_iter().chain(azure.into_iter().flatten())
            });
            ends.into_iter().any(|end| at < end && end < open)
        };
        let soon = message.items.iter().any(ends_soon);
        (!soon).then(|| {
            let machines = message.items.iter().map(|item| item.machine);
            let story: Vec<_> = machines
                .map(|machine| {
                    let said = self.history.actions.iter();
                    let said = said.filter(|it| it.machine == machine || it.who == message.recipient);
                    (&self.history.machines[machine], said.collect::<Vec<_>>())
                })
                .collect();
            format!("disturbed at {}: {message:?} {:?} {story:?}", message.at, calendar.manners)
        })
    }

    /// Each slot has one summary.
    fn summaries(&self, person: &Person, messages: &[&Message]) -> Vec<String> {
        let notified: Vec<(Time, Time)> =
            messages.iter().filter_map(|message| Some((message.summary?, message.at))).collect();
        let Some(slots) = person.summary else {
            return notified
                .iter()
                .map(|notified| format!("{} wants no summary: {notified:?}", person.name))
                .collect();
        };
        let calendar = Calendar::new(crate::simulation::history::Manners {
            digest: Some(slots),
            ..person.manners.clone()
        });
        // On the first day it depends on the first look whether there is anything to sum up.
        let mut expected = Vec::new();
        let mut next = calendar.slot_after(self.history.from + TimeDelta::days(1));
        while let Some(slot) = next.filter(|slot| self.latest(&person.name, *slot) < self.history.to) {
            expected.push(slot);
            next = calendar.slot_after(slot);
        }
        let early = expected.first().copied().unwrap_or(self.history.to);
        let counted = notified
            .iter()
            .filter(|(slot, _)| early <= *slot && self.latest(&person.name, *slot) < self.history.to);
        let in_time = |(slot, at): &(Time, Time)| slot <= at && *at <= self.latest(&person.name, *slot);
        let slots: Vec<Time> = counted.clone().map(|(slot, _)| *slot).collect();
        if slots == expected && counted.clone().all(in_time) {
            return Vec::new();
        }
        vec![format!("{}: summaries {notified:?}, not {expected:?}", person.name)]
    }

    fn latest(&self, who: &str, slot: Time) -> Time {
        deliverable(self.history, who, slot, self.slack) + self.slack
    }

    /// Two days before a silence ends whoever asked for it reads so, once, unless they asked less than a day before.
    fn ends_of_mutes(&self, person: &Person, messages: &[&Message]) -> Vec<String> {
        let asked = self.history.actions.iter().filter(|action| action.who == person.name);
        let silences = asked.filter_map(|action| match action.action {
            UserAction::Silence { until, .. } if action.at + TimeDelta::days(3) <= until => Some(until),
            _ => None,
        });
        let mut problems = Vec::new();
        let mut notified: Vec<(Time, Time)> = messages
            .iter()
            .flat_map(|message| message.silences_end.iter().map(|until| (*until, message.at)))
            .collect();
        for until in silences {
            let from = until - TimeDelta::days(2);
            let calendar = self.calendars.at(&person.name, from);
            let latest = self.latest(&person.name, calendar.permitted(from + TimeDelta::minutes(15)));
            // Where that is hardly before the end, it comes before the closed hours.
            let is_late = until < latest + TimeDelta::hours(12);
            let from = if is_late { from - TimeDelta::days(3) } else { from };
            let in_time =
                |notified: &(Time, Time)| notified.0 == until && from <= notified.1 && notified.1 <= latest;
            match notified.iter().position(in_time) {
                Some(place) => _ = notified.remove(place),
                None if latest < until.min(self.history.to) => {
                    problems.push(format!("{}: nothing said that a silence ends at {until}", person.name));
                }
                None => {}
            }
        }
        problems.extend(
            notified.iter().map(|notified| format!("{}: no silence ends so: {notified:?}", person.name)),
        );
        problems
    }
}
