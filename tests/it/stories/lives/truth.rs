//! What Azure really had, at every moment of a life.

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::demo::{SimulatedWindow, Simulation, Wave};

/// The dates of a machine: self-service, and Azure's own window.
pub(super) type Dates = (Option<SimulatedWindow>, SimulatedWindow);

/// Azure's number of a wave, when it was announced, its dates, and when it was called off.
type WaveTruth = (String, DateTime<Utc>, Dates, Option<DateTime<Utc>>);

/// A machine at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MachineTruth {
    pub(super) name: String,
    pub(super) id: String,
    /// Another one under the same name is another machine.
    pub(super) vm_id: uuid::Uuid,
    pub(super) owners: Vec<String>,
    waves: Vec<WaveTruth>,
}

impl MachineTruth {
    /// What is planned for it at a moment: the dates, and Azure's number.
    pub(super) fn planned(&self, at: DateTime<Utc>) -> Option<(&str, Dates)> {
        let open = self.waves.iter().rev().find(|(_, announced, dates, cancelled)| {
            *announced <= at && at < dates.1.end && cancelled.is_none_or(|cancelled| at < cancelled)
        });
        open.map(|(number, _, dates, _)| (number.as_str(), *dates))
    }
}

/// Every change of what Azure has, oldest first.
#[derive(Debug, Default)]
pub(super) struct Truth(Vec<(DateTime<Utc>, Vec<MachineTruth>)>);

impl Truth {
    /// Writes down how things are from now on.
    pub(super) fn note(&mut self, now: DateTime<Utc>, simulation: &Simulation) {
        let script = simulation.script();
        let waves = script.waves();
        let machines: Vec<MachineTruth> = script
            .machines()
            .into_iter()
            .map(|machine| {
                let id = machine.id();
                let tag = machine.tags.get("owner").cloned().unwrap_or_default();
                let owners = tag.split("; ").filter(|owner| !owner.is_empty()).map(str::to_owned).collect();
                let own = |wave: &&Wave| wave.targets().iter().any(|target| target.eq_ignore_ascii_case(&id));
                let waves = waves.iter().filter(own).map(|wave| {
                    let dates = (wave.self_service, wave.scheduled);
                    (wave.tracking_id.clone(), wave.announced, dates, wave.cancelled)
                });
                MachineTruth {
                    name: machine.name.clone(),
                    vm_id: machine.vm_id,
                    owners,
                    waves: waves.collect(),
                    id,
                }
            })
            .collect();
        if self.0.last().is_none_or(|(_, last)| *last != machines) {
            self.0.push((now, machines));
        }
    }

    /// A machine at one moment, if it exists then.
    pub(super) fn at(&self, name: &str, at: DateTime<Utc>) -> Option<&MachineTruth> {
        let (_, machines) = self.0.iter().rev().find(|(from, _)| *from <= at)?;
        machines.iter().find(|machine| machine.name == name)
    }

    /// Everything that was planned for a machine between two moments; `None` where nothing was.
    pub(super) fn between(
        &self,
        name: &str,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Vec<Option<(String, Dates)>> {
        let mut moments = vec![from, to];
        moments.extend(self.0.iter().map(|(at, _)| *at));
        // Dates come to their end between changes.
        let ends = self.0.iter().flat_map(|(_, machines)| machines).flat_map(|machine| &machine.waves);
        moments.extend(ends.flat_map(|(_, announced, dates, cancelled)| {
            [Some(*announced), Some(dates.1.end), *cancelled].into_iter().flatten()
        }));
        moments.retain(|at| from <= *at && *at <= to);
        moments.sort();
        moments.dedup();
        let planned = |at: &DateTime<Utc>| {
            let machine = self.at(name, *at)?;
            machine.planned(*at).map(|(number, dates)| (number.to_owned(), dates))
        };
        moments.iter().map(planned).collect()
    }

    /// Whether more than one machine bore this name between two moments.
    pub(super) fn was_made_anew(&self, name: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
        let moments = self.0.iter().map(|(at, _)| *at).filter(|at| from <= *at && *at <= to);
        let ids = moments.chain([from, to]).filter_map(|at| self.at(name, at).map(|machine| machine.vm_id));
        ids.collect::<std::collections::BTreeSet<_>>().len() > 1
    }

    /// Whether nothing about a machine changed for so long before a moment.
    pub(super) fn is_calm(&self, name: &str, at: DateTime<Utc>, before: TimeDelta) -> bool {
        let of = |machines: &Vec<MachineTruth>| machines.iter().find(|machine| machine.name == name).cloned();
        let mut last = None;
        for (from, machines) in self.0.iter().filter(|(from, _)| *from <= at) {
            let now = of(machines);
            if *from > at - before && last.as_ref().is_some_and(|last| *last != now) {
                return false;
            }
            if *from > at - before && last.is_none() {
                return false;
            }
            last = Some(now);
        }
        last.is_some()
    }
}

/// Whether two windows have the same dates for a person: less than an hour apart.
pub(super) fn same(one: Dates, other: Dates) -> bool {
    let near = |a: DateTime<Utc>, b: DateTime<Utc>| (a - b).abs() < TimeDelta::hours(1);
    let both = |a: SimulatedWindow, b: SimulatedWindow| near(a.start, b.start) && near(a.end, b.end);
    let own = match (one.0, other.0) {
        (Some(a), Some(b)) => both(a, b),
        (a, b) => a.is_none() && b.is_none(),
    };
    own && both(one.1, other.1)
}
