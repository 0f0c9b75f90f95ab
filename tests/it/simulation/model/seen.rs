//! What looks could see of a machine, whom its windows belong to, and what people did about them: one view for each
//! moment at which something of a window became different.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::escalation_steps::{self, Step};
use crate::simulation::history::{
    Action, Attempt, DOMAIN, Dates, Ending, Event, EventWord, Facts, History, Span, Time, UserAction,
};

/// Why nothing is left to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Done,
    CalledOff,
    /// Gone, moved, or nobody knows.
    Away,
}

/// Something that somebody said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) at: Time,
    pub(crate) who: String,
    pub(crate) revision: u32,
    pub(crate) action: UserAction,
}

/// How far a start is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    Planned,
    UnderWay,
    Ended(Time, Ending),
    CalledOff(Time),
}

/// A start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Start {
    pub(crate) number: u32,
    pub(crate) who: String,
    pub(crate) decided: Time,
    pub(crate) begins: Time,
    pub(crate) revision: u32,
    pub(crate) progress: Progress,
    /// Since when nobody knew what became of it.
    pub(crate) not_known: Option<Time>,
}

/// What Azure announced minutes ahead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Announced {
    /// When the first of it was heard, and when it was said to come.
    pub(crate) at: Option<Time>,
    pub(crate) said: bool,
    pub(crate) not_before: Option<Time>,
    pub(crate) over: bool,
}

/// Everything that is known of a window from a moment on.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) at: Time,
    pub(crate) generation: u32,
    pub(crate) revision: u32,
    /// When the dates of this revision were seen first.
    pub(crate) revised: Time,
    pub(crate) dates: Dates,
    pub(crate) allowed: bool,
    pub(crate) attempt: Attempt,
    /// When anything that Azure says of the machine last changed.
    pub(crate) changed: Time,
    /// Since when it is over, and why.
    pub(crate) over: Option<(Time, Over)>,
    /// Whether Azure lists it no longer.
    pub(crate) ended: bool,
    /// Since when looks show nothing of it without a word of Azure why.
    missing: Option<Time>,
    pub(crate) left_to_azure: bool,
    /// Whose it is, the first named first.
    pub(crate) owners: Vec<String>,
    /// Whom to turn to when nobody responds, as soon as the first of it is near.
    pub(crate) escalation_steps: Vec<Step>,
    /// Of those who is prepared for already.
    pub(crate) escalated_to: BTreeSet<String>,
    pub(crate) events: BTreeMap<u32, Announced>,
    pub(crate) words: Vec<Word>,
    pub(crate) starts: Vec<Start>,
}

/// How long after a look that shows nothing the next one decides.
const SECOND: TimeDelta = TimeDelta::minutes(59);

/// Looks in order of time, and whether they see the machine.
type Looks = std::iter::Peekable<std::vec::IntoIter<(Time, bool)>>;

/// Follows one machine through its history.
struct Observer<'a> {
    history: &'a History,
    machine: usize,
    first_dates: Option<Dates>,
    tags: &'a [String],
    view: Option<View>,
    views: Vec<View>,
}

impl View {
    /// Whether they have anything to do with it.
    pub(crate) fn concerns(&self, who: &str) -> bool {
        self.owners.iter().any(|owner| owner == who) || self.is_only_escalated_to(who)
    }

    /// Whether they have to do with it only in case nobody responds.
    pub(crate) fn is_only_escalated_to(&self, who: &str) -> bool {
        self.escalated_to.contains(who)
    }
}

/// Every view of the machine's windows, in order; and which of `actions` were taken. `actions` and `events` are all of
/// this machine.
pub(crate) fn views(
    history: &History,
    machine: usize,
    actions: &[&Action],
    events: &[&Event],
) -> (Vec<View>, Vec<bool>) {
    let mut looks = looks(history, machine);
    let asked = actions.iter().filter(|action| matches!(action.action, UserAction::HandOver(_)));
    let unanswered = asked.map(|action| history.look_after(action.at + TimeDelta::days(2)));
    looks.extend(unanswered.filter(|at| *at < history.to).map(|at| (at, history.sees(machine, at))));
    looks.sort();
    looks.dedup();
    let mut observer =
        Observer { history, machine, first_dates: None, tags: &[], view: None, views: Vec::new() };
    let mut taken = Vec::new();
    let mut looks = looks.into_iter().peekable();
    let mut events = events.iter().peekable();
    for action in actions {
        while let Some(event) = events.next_if(|event| event.at < action.at) {
            observer.look_up_to(&mut looks, event.at);
            observer.hear(event);
        }
        observer.look_up_to(&mut looks, action.at);
        taken.push(observer.act(action));
    }
    for event in events {
        observer.look_up_to(&mut looks, event.at);
        observer.hear(event);
    }
    observer.look_up_to(&mut looks, history.to);
    (observer.views, taken)
}

/// The looks of which something can come, and whether they see the machine.
fn looks(history: &History, machine: usize) -> Vec<(Time, bool)> {
    let it = &history.machines[machine];
    let lost = &history.lost[it.subscription];
    let changes = it.facts.iter().map(|(at, _)| *at).chain(it.tags.iter().map(|(at, _)| *at));
    let again = lost.iter().chain(&it.hidden).map(|span| span.to);
    let silenced =
        history.configurations.iter().flat_map(|known| known.silences.iter().map(|(_, until)| *until));
    let configured = history.configurations.iter().map(|known| known.from).chain(silenced);
    let ends = it.facts.iter().filter_map(|(_, facts)| match facts {
        Facts::Planned { dates, .. } => dates.own.map(|own| own.to),
        _ => None,
    });
    let ends: BTreeSet<Time> = ends.collect();
    let prepared: BTreeSet<Time> =
        ends.iter().flat_map(|end| escalation_steps::prepared(history, *end)).collect();
    // What comes back without an answer does so an hour before a step.
    let before = prepared.iter().map(|at| *at + TimeDelta::days(4) - TimeDelta::hours(1));
    // What a look does not show is over only when another one, an hour later, does not show it either.
    let second = |moment: Time| history.look_after(history.look_after(moment) + SECOND);
    let seconds: BTreeSet<Time> = changes.clone().chain(again.clone()).map(second).collect();
    let moments = changes.chain(again).chain(configured).chain(prepared.iter().copied()).chain(before);
    let mut looks: BTreeSet<Time> = moments.map(|moment| history.look_after(moment)).collect();
    looks.extend(seconds);
    let has_begun = |at: Time| it.facts.first().is_some_and(|(begun, _)| *begun <= at);
    let looks = looks.into_iter().filter(|at| *at < history.to && has_begun(*at));
    looks.map(|at| (at, history.sees(machine, at))).collect()
}

impl Observer<'_> {
    fn look_up_to(&mut self, looks: &mut Looks, moment: Time) {
        while let Some((at, sees)) = looks.next_if(|(at, _)| *at <= moment) {
            self.look(at, sees);
        }
    }

    fn look(&mut self, at: Time, sees: bool) {
        let it = &self.history.machines[self.machine];
        if sees {
            let tags = it.tags_at(at);
            let other_tags = self.tags != tags;
            self.tags = tags;
            self.read(at, it.facts_at(at), other_tags);
        }
        self.give_back(at);
        self.assign(at);
    }

    /// Whoever was asked to take a window over and does not answer within two days, or before the next step, does not.
    fn give_back(&mut self, at: Time) {
        let Some(view) = self.view.as_mut().filter(|view| view.over.is_none()) else { return };
        let mut asked: Option<(&String, Time)> = None;
        for word in &view.words {
            match &word.action {
                UserAction::HandOver(to) if *to != word.who => asked = Some((to, word.at)),
                UserAction::Accept | UserAction::NotMine if asked.is_some_and(|(to, _)| *to == word.who) => {
                    asked = None
                }
                _ => {}
            }
        }
        let Some((who, since)) = asked else { return };
        let own = view.dates.own.filter(|_| super::attention::is_for_owner(view, at));
        let steps =
            view.escalation_steps.iter().filter_map(|step| Some(own?.to - TimeDelta::minutes(step.step)));
        let step = steps.filter(|step| since < *step).min();
        let before = step.map(|step| (step - TimeDelta::hours(1)).max(since + (step - since) / 2));
        if before.is_some_and(|before| before <= at) || since + TimeDelta::days(2) <= at {
            let (who, revision) = (who.clone(), view.revision);
            view.words.push(Word { at, who, revision, action: UserAction::NotMine });
        }
    }

    fn read(&mut self, at: Time, facts: Facts, other_tags: bool) {
        // What comes back with the same dates is the same window, and what is done stays done.
        if let (Facts::Planned { dates, attempt, .. }, Some(view)) = (facts, self.view.as_mut())
            && view.ended
            && !has_moved(view.dates, dates, at)
        {
            if attempt == Attempt::Done {
                return;
            }
            view.ended = false;
            view.over = None;
        }
        let open = self.view.as_mut().filter(|view| !view.ended);
        match (facts, open) {
            (Facts::Planned { dates, allowed, attempt }, Some(view)) => {
                view.missing = None;
                let notified = self.first_dates.unwrap_or(view.dates);
                if has_moved(notified, dates, at) {
                    view.revision += 1;
                    view.revised = at;
                    self.first_dates = Some(dates);
                }
                if (view.dates, view.allowed, view.attempt) != (dates, allowed, attempt) || other_tags {
                    view.changed = at;
                }
                (view.dates, view.allowed, view.attempt) = (dates, allowed, attempt);
                if attempt == Attempt::Done && view.over.is_none() {
                    view.over = Some((at, Over::Done));
                }
            }
            (Facts::Planned { dates, allowed, attempt }, None) => {
                self.first_dates = Some(dates);
                let generation = self.view.as_ref().map_or(1, |view| view.generation + 1);
                self.view = Some(View {
                    at,
                    generation,
                    revision: 1,
                    revised: at,
                    dates,
                    allowed,
                    attempt,
                    changed: at,
                    over: (attempt == Attempt::Done).then_some((at, Over::Done)),
                    ended: false,
                    missing: None,
                    left_to_azure: self.history.machines[self.machine].in_set,
                    owners: Vec::new(),
                    escalation_steps: Vec::new(),
                    escalated_to: BTreeSet::new(),
                    events: BTreeMap::new(),
                    words: Vec::new(),
                    starts: Vec::new(),
                });
            }
            (Facts::Nothing | Facts::Deallocated | Facts::Gone, Some(view)) => {
                let (why, has_word) = match facts {
                    Facts::Gone => (Over::Away, false),
                    _ if view.attempt == Attempt::Done => (Over::Done, true),
                    _ if is_called_off(self.history, self.machine, at) => (Over::CalledOff, true),
                    Facts::Deallocated => (Over::Away, true),
                    _ if view.dates.azure.is_some_and(|azure| azure.from <= at) => (Over::Done, false),
                    _ => (Over::Away, false),
                };
                // One look that shows nothing is no verdict.
                let missing = *view.missing.get_or_insert(at);
                if !has_word && at - missing < SECOND {
                    return;
                }
                view.over = Some((at, why));
                view.ended = true;
            }
            (_, None) => {}
        }
    }

    /// Azure announces something minutes ahead: heard of the window that it lists at the moment.
    fn hear(&mut self, event: &Event) {
        let Some(view) = self.view.as_mut().filter(|view| !view.ended) else { return };
        let known = view.events.entry(event.number).or_default();
        known.at = Some(known.at.map_or(event.at, |at| at.min(event.at)));
        match event.word {
            EventWord::NotBefore(at) => (known.said, known.not_before) = (true, at),
            EventWord::Over => known.over = true,
        }
        self.assign(event.at);
    }

    /// Whose the window is now, and who is escalated to; what has ended stays as it was.
    fn assign(&mut self, at: Time) {
        let owners = self.view.as_ref().map(|view| self.owners(view, at));
        let Some(view) = &mut self.view else { return };
        let has_just_ended = view.over.is_some_and(|(over, _)| over == at);
        if !view.ended || has_just_ended {
            view.owners = owners.unwrap_or_default();
            escalation_steps::prepare(self.history, view, at);
        }
        view.at = at;
        self.views.push(view.clone());
    }

    /// Tags and routes name the owners, their answers change that, and somebody has to be notified, unless the
    /// configuration wants silence.
    fn owners(&self, view: &View, at: Time) -> Vec<String> {
        let it = &self.history.machines[self.machine];
        let configuration = self.history.configuration_at(at);
        if configuration.silences.iter().any(|(group, until)| *group == it.group && at < *until) {
            return Vec::new();
        }
        let may_be_notified = |name: &&String| !name.contains('@') || name.ends_with(&format!("@{DOMAIN}"));
        let routed = configuration.routes.iter().filter(|route| route.group == it.group);
        let mut owners: Vec<String> = Vec::new();
        for name in self.tags.iter().filter(may_be_notified).chain(routed.flat_map(|route| &route.to)) {
            if !owners.contains(name) {
                owners.push(name.clone());
            }
        }
        let mut asked: Option<(&String, &String)> = None;
        for word in &view.words {
            match &word.action {
                UserAction::HandOver(to) if *to != word.who => asked = Some((&word.who, to)),
                UserAction::Accept if asked.is_some_and(|(_, to)| *to == word.who) => {
                    if let Some((giver, taker)) = asked.take() {
                        // Whoever takes it over takes the place too, or keeps a better one.
                        let place = owners.iter().position(|name| name == giver || name == taker);
                        owners.retain(|name| name != giver && name != taker);
                        owners.insert(place.unwrap_or(owners.len()), taker.clone());
                    }
                }
                UserAction::NotMine if asked.is_some_and(|(_, to)| *to == word.who) => asked = None,
                UserAction::NotMine => owners.retain(|name| *name != word.who),
                _ => {}
            }
        }
        if let Some((_, to)) = asked
            && !owners.contains(to)
        {
            owners.push(to.clone());
        }
        if owners.is_empty() {
            owners.push(self.history.fallback.clone());
        }
        owners
    }

    fn act(&mut self, action: &Action) -> bool {
        let at = action.at;
        let Some(view) = &mut self.view else { return false };
        let is_open = view.over.is_none();
        let open = view
            .starts
            .iter_mut()
            .find(|start| matches!(start.progress, Progress::Planned | Progress::UnderWay));
        let taken = match &action.action {
            UserAction::Plan(begins) => {
                let inside = view.dates.own.is_some_and(|own| own.contains(*begins));
                let may = is_open && open.is_none() && at <= *begins && inside;
                if may {
                    view.starts.push(Start {
                        number: u32::try_from(view.starts.len()).unwrap_or(0) + 1,
                        who: action.who.clone(),
                        decided: at,
                        begins: *begins,
                        revision: view.revision,
                        progress: Progress::Planned,
                        not_known: None,
                    });
                }
                may
            }
            UserAction::Begin => open.map(|start| start.progress = Progress::UnderWay).is_some(),
            UserAction::GoUnknown => open.map(|start| start.not_known = Some(at)).is_some(),
            UserAction::End(ending) => {
                open.map(|start| start.progress = Progress::Ended(at, *ending)).is_some()
            }
            UserAction::Object => match open.filter(|start| start.progress == Progress::Planned && is_open) {
                Some(start) => {
                    start.progress = Progress::CalledOff(at);
                    true
                }
                None => false,
            },
            _ => is_open,
        };
        let speaks = !matches!(
            action.action,
            UserAction::Plan(_) | UserAction::Begin | UserAction::GoUnknown | UserAction::End(_)
        );
        if taken && speaks {
            let (who, action, revision) = (action.who.clone(), action.action.clone(), view.revision);
            view.words.push(Word { at, who, revision, action });
        }
        if taken {
            let owners = self.view.as_ref().map(|view| self.owners(view, at)).unwrap_or_default();
            if let Some(view) = &mut self.view {
                view.owners = owners;
                escalation_steps::prepare(self.history, view, at);
                view.at = at;
                self.views.push(view.clone());
            }
        }
        taken
    }
}

/// Whether an alert of the last three days called off one of the machine's waves.
fn is_called_off(history: &History, machine: usize, look: Time) -> bool {
    let waves = &history.machines[machine].tracking;
    let lately = |at: Time| at <= look && look - at <= TimeDelta::days(3);
    history.cancelled.iter().any(|(at, wave)| lately(*at) && waves.contains(wave))
}

/// Whether the dates are others: by an hour. What is past does not matter.
fn has_moved(from: Dates, to: Dates, now: Time) -> bool {
    let other = |a: Time, b: Time| (a - b).abs() >= TimeDelta::hours(1);
    let moved = |from: Option<Span>, to: Option<Span>| match (from, to) {
        (None, None) => false,
        (Some(span), None) | (None, Some(span)) => now < span.to,
        (Some(from), Some(to)) => {
            (now < from.to || now < to.to) && (other(from.from, to.from) || other(from.to, to.to))
        }
    };
    moved(from.own, to.own) || moved(from.azure, to.azure)
}
