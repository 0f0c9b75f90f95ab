//! What looks could see of a machine, whom its windows belong to, and what people did about them: one view for each
//! moment at which something of a window became different.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::simulation::history::{Action, Attempt, DOMAIN, Dates, Deed, Ending, Facts, History, Span, Time};

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
    pub(crate) deed: Deed,
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
    pub(crate) left_to_azure: bool,
    pub(crate) owners: BTreeSet<String>,
    pub(crate) words: Vec<Word>,
    pub(crate) starts: Vec<Start>,
}

/// Follows one machine through its history.
struct Observer<'a> {
    history: &'a History,
    machine: usize,
    first_dates: Option<Dates>,
    tags: &'a [String],
    view: Option<View>,
    views: Vec<View>,
}

/// Every view of the machine's windows, in order; and which of `actions` (all of this machine) were taken.
pub(crate) fn views(history: &History, machine: usize, actions: &[&Action]) -> (Vec<View>, Vec<bool>) {
    let looks = looks(history, machine);
    let mut observer =
        Observer { history, machine, first_dates: None, tags: &[], view: None, views: Vec::new() };
    let mut taken = Vec::new();
    let mut looks = looks.into_iter().peekable();
    for action in actions {
        while let Some((at, sees)) = looks.next_if(|(at, _)| *at <= action.at) {
            observer.look(at, sees);
        }
        taken.push(observer.act(action));
    }
    looks.for_each(|(at, sees)| observer.look(at, sees));
    (observer.views, taken)
}

/// The looks of which something can come, and whether they see the machine.
fn looks(history: &History, machine: usize) -> Vec<(Time, bool)> {
    let it = &history.machines[machine];
    let lost = &history.lost[it.subscription];
    let changes = it.facts.iter().map(|(at, _)| *at).chain(it.tags.iter().map(|(at, _)| *at));
    let again = lost.iter().chain(&it.hidden).map(|span| span.to);
    let configured = history.configurations.iter().map(|known| known.from);
    let looks: BTreeSet<Time> =
        changes.chain(again).chain(configured).map(|moment| history.look_after(moment)).collect();
    let has_begun = |at: Time| it.facts.first().is_some_and(|(begun, _)| *begun <= at);
    let looks = looks.into_iter().filter(|at| *at < history.to && has_begun(*at));
    looks.map(|at| (at, history.sees(machine, at))).collect()
}

impl Observer<'_> {
    fn look(&mut self, at: Time, sees: bool) {
        let it = &self.history.machines[self.machine];
        if sees {
            let tags = it.tags_at(at);
            let other_tags = self.tags != tags;
            self.tags = tags;
            self.read(at, it.facts_at(at), other_tags);
        }
        self.assign(at);
    }

    fn read(&mut self, at: Time, facts: Facts, other_tags: bool) {
        let open = self.view.as_mut().filter(|view| !view.ended);
        match (facts, open) {
            (Facts::Planned { dates, allowed, attempt }, Some(view)) => {
                let told = self.first_dates.unwrap_or(view.dates);
                if has_moved(self.history, told, dates, at) {
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
                    left_to_azure: self.history.machines[self.machine].in_set,
                    owners: BTreeSet::new(),
                    words: Vec::new(),
                    starts: Vec::new(),
                });
            }
            (Facts::Nothing | Facts::Deallocated | Facts::Gone, Some(view)) => {
                let why = match facts {
                    Facts::Gone => Over::Away,
                    _ if view.attempt == Attempt::Done => Over::Done,
                    _ if is_called_off(self.history, self.machine, at) => Over::CalledOff,
                    Facts::Deallocated => Over::Away,
                    _ if view.dates.azure.is_some_and(|azure| azure.from <= at) => Over::Done,
                    _ => Over::Away,
                };
                view.over = Some((at, why));
                view.ended = true;
            }
            (_, None) => {}
        }
    }

    /// Whose the window is now; what has ended stays whose it was.
    fn assign(&mut self, at: Time) {
        let owners = self.view.as_ref().map(|view| self.owners(view, at));
        let Some(view) = &mut self.view else { return };
        let has_just_ended = view.over.is_some_and(|(over, _)| over == at);
        if !view.ended || has_just_ended {
            view.owners = owners.unwrap_or_default();
        }
        view.at = at;
        self.views.push(view.clone());
    }

    /// Tags and routes name the owners, their answers change that, and somebody has to be told.
    fn owners(&self, view: &View, at: Time) -> BTreeSet<String> {
        let it = &self.history.machines[self.machine];
        let may_be_told = |name: &&String| !name.contains('@') || name.ends_with(&format!("@{DOMAIN}"));
        let mut owners: BTreeSet<String> = self.tags.iter().filter(may_be_told).cloned().collect();
        for route in &self.history.configuration_at(at).routes {
            if route.group == it.group {
                owners.extend(route.to.iter().cloned());
            }
        }
        let mut asked: Option<(&String, &String)> = None;
        for word in &view.words {
            match &word.deed {
                Deed::HandOver(to) if *to != word.who => asked = Some((&word.who, to)),
                Deed::Accept if asked.is_some_and(|(_, to)| *to == word.who) => {
                    if let Some((giver, taker)) = asked.take() {
                        owners.remove(giver);
                        owners.insert(taker.clone());
                    }
                }
                Deed::NotMine if asked.is_some_and(|(_, to)| *to == word.who) => asked = None,
                Deed::NotMine => _ = owners.remove(&word.who),
                _ => {}
            }
        }
        owners.extend(asked.map(|(_, to)| to.clone()));
        if owners.is_empty() {
            owners.insert(self.history.fallback.clone());
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
        let taken = match &action.deed {
            Deed::Plan(begins) => {
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
                    });
                }
                may
            }
            Deed::Begin => open.map(|start| start.progress = Progress::UnderWay).is_some(),
            Deed::End(ending) => open.map(|start| start.progress = Progress::Ended(at, *ending)).is_some(),
            Deed::Object => match open.filter(|start| start.progress == Progress::Planned && is_open) {
                Some(start) => {
                    start.progress = Progress::CalledOff(at);
                    true
                }
                None => false,
            },
            _ => is_open,
        };
        let speaks = !matches!(action.deed, Deed::Plan(_) | Deed::Begin | Deed::End(_));
        if taken && speaks {
            let (who, deed, revision) = (action.who.clone(), action.deed.clone(), view.revision);
            view.words.push(Word { at, who, revision, deed });
        }
        if taken {
            let owners = self.view.as_ref().map(|view| self.owners(view, at)).unwrap_or_default();
            if let Some(view) = &mut self.view {
                view.owners = owners;
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

/// Whether the dates are others: by an hour, or on another day of the tenant's calendar. What is past does not matter.
fn has_moved(history: &History, from: Dates, to: Dates, now: Time) -> bool {
    let day = |moment: Time| moment.with_timezone(&history.defaults.zone).date_naive();
    let other = |a: Time, b: Time| (a - b).abs() >= TimeDelta::hours(1) || day(a) != day(b);
    let moved = |from: Option<Span>, to: Option<Span>| match (from, to) {
        (None, None) => false,
        (Some(span), None) | (None, Some(span)) => now < span.to,
        (Some(from), Some(to)) => {
            (now < from.to || now < to.to) && (other(from.from, to.from) || other(from.to, to.to))
        }
    };
    moved(from.own, to.own) || moved(from.azure, to.azure)
}
