//! What stands on top of the page: until when there is to choose, what happens otherwise, and how many machines stand where.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::{date_words, words};
use super::context::ViewContext;
use super::label::Counted;
use super::machines::MachineRow;
use crate::domain::action::response::StartStatus;
use crate::domain::assignment::Assignment;
use crate::domain::forecast::{Forecast, coming};
use crate::domain::window::Impact;
use crate::render::times::both;

/// The top of the page.
#[derive(Debug, Serialize)]
pub(super) struct Headline {
    /// Until when there is to choose.
    deadline: Option<Deadline>,
    lead: String,
    /// How many machines stand where, when there are several.
    counts: Option<String>,
}

#[derive(Debug, Serialize)]
struct Deadline {
    at: String,
    left: String,
}

impl ViewContext<'_> {
    /// The top of the page about these machines, with what is said where nothing can be chosen any more.
    pub(super) fn headline(&self, machines: &[MachineRow]) -> Headline {
        let (deadline, lead) = self.deadline_and_lead(machines);
        Headline { deadline, lead, counts: counts(machines) }
    }

    fn deadline_and_lead(&self, machines: &[MachineRow]) -> (Option<Deadline>, String) {
        if let Some(expired) = self.target.expired {
            let lead = format!(
                "This link could be used until {}. Below is how things stand; to respond, use the link in a newer message.",
                both(self.zone, expired)
            );
            return (None, lead);
        }
        if self.target.is_withdrawn() {
            let lead = "You are no longer responsible for any of this. What became of it stands below.";
            return (None, lead.to_owned());
        }
        let asked = self.asked(machines);
        let deadline = asked.iter().filter_map(|assignment| assignment.window.deadline(self.now)).min();
        let deadline =
            deadline.map(|at| Deadline { at: both(self.zone, at), left: date_words::left(at, self.now) });
        let of = |row: &MachineRow| self.target.assignment(row.index);
        let startable: Vec<&Assignment> =
            machines.iter().filter(|row| row.startable).filter_map(of).collect();
        let lead = match machines {
            _ if !asked.is_empty() => self.if_nothing(&asked),
            _ if !startable.is_empty() => format!("{} {}", words::BETTER_LEFT, self.if_nothing(&startable)),
            machines if machines.iter().any(|it| it.label.counted == Counted::UnderWay) => {
                "The maintenance is under way.".to_owned()
            }
            machines if machines.iter().any(|it| it.label.counted == Counted::Planned) => {
                self.planned(machines)
            }
            machines if machines.iter().any(|machine| machine.answerable) => {
                let held: Vec<&Assignment> = machines.iter().filter_map(of).collect();
                format!("{} {}", words::NOTHING_TO_START, self.if_nothing(&held))
            }
            _ => "Nothing is left to do here.".to_owned(),
        };
        (deadline, lead)
    }

    /// Those whose owner is asked to choose a time. Of a long message they are not on this page alone: what is most urgent may
    /// stand on another one.
    fn asked(&self, machines: &[MachineRow]) -> Vec<&Assignment> {
        let shown: BTreeMap<usize, bool> = machines.iter().map(|row| (row.index, row.startable)).collect();
        let could_start = |one: &Assignment| {
            let is_free = one.actions.open_start().is_none() && one.asked_by().is_none();
            is_free && one.window.machine.tenant.is_none() && self.target.expired.is_none()
        };
        let items = self.target.items();
        let asked = items.filter_map(|(index, ..)| {
            let held = self.target.assignment(index).filter(|one| one.window.asks_owner(self.now))?;
            shown.get(&index).copied().unwrap_or_else(|| could_start(held)).then_some(held)
        });
        asked.collect()
    }

    /// That starts are planned, and when the first one begins.
    fn planned(&self, machines: &[MachineRow]) -> String {
        let held = machines.iter().filter_map(|machine| self.target.assignment(machine.index));
        let starts = held.filter_map(|assignment| assignment.actions.open_start());
        let planned = starts.filter(|start| start.status == StartStatus::Planned);
        let begins: Vec<DateTime<Utc>> = planned.map(|start| start.begins).collect();
        date_words::planned(&begins, self.zone)
    }

    /// What Azure does with these machines if nobody does anything.
    fn if_nothing(&self, held: &[&Assignment]) -> String {
        let (mut count, mut restarts) = (0, false);
        let (mut earliest, mut latest): (Option<DateTime<Utc>>, Option<DateTime<Utc>>) = (None, None);
        for assignment in held {
            let window = &assignment.window;
            let comes = coming(window, &assignment.actions, self.now);
            if matches!(comes, Forecast::ByAzure { .. } | Forecast::Unknown) {
                count += 1;
                restarts |= window.impact != Impact::Freeze;
            }
            if let Forecast::ByAzure { earliest: from, latest: to } = comes {
                earliest = Some(earliest.map_or(from, |known| known.min(from)));
                latest = Some(latest.map_or(to, |known| known.max(to)));
            }
        }
        match count {
            0 => String::new(),
            count => date_words::if_nothing(count == 1, restarts, (earliest, latest), self.now, self.zone),
        }
    }
}

fn counts(machines: &[MachineRow]) -> Option<String> {
    let mut counts: BTreeMap<Counted, usize> = BTreeMap::new();
    for machine in machines {
        *counts.entry(machine.label.counted).or_default() += 1;
    }
    let counts: Vec<String> = counts.iter().map(|(what, count)| format!("{count} {}", what.word())).collect();
    (machines.len() > 1).then(|| counts.join(" · "))
}
