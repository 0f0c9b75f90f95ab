//! How many mails people got, and how many others would have sent them for the same history.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use chrono::TimeDelta;

use super::history::{Facts, History, Manners, Time};
use super::log::Log;

/// Mails per person, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts(Vec<usize>);

impl Counts {
    fn new(counts: impl IntoIterator<Item = usize>) -> Self {
        let mut counts: Vec<usize> = counts.into_iter().collect();
        counts.sort_unstable();
        Self(counts)
    }

    fn at(&self, percent: usize) -> usize {
        let place = self.0.len().saturating_sub(1) * percent / 100;
        self.0.get(place).copied().unwrap_or(0)
    }

    pub(crate) fn most(&self) -> usize {
        self.at(100)
    }

    pub(crate) fn people(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (people, total) = (self.people(), self.0.iter().sum::<usize>());
        let (median, high, most) = (self.at(50), self.at(95), self.most());
        write!(f, "{people:5} people, {total:8} mails; median {median}, p95 {high}, most {most}")
    }
}

/// Who got how much.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    /// Owners with the usual manners, one wave, up to 50 machines, and nothing that changes.
    pub(crate) calm: Counts,
    /// Everybody who was notified of anything, over all waves.
    pub(crate) everybody: Counts,
    /// What Alertmanager's defaults would have sent to the same people.
    pub(crate) alertmanager: Counts,
    /// What it would have sent to the calm owners.
    pub(crate) alertmanager_calm: Counts,
    /// What one mail for each change would have been for the administrator of each subscription.
    pub(crate) service_health: Counts,
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "one wave of 35 days, nothing changes:  {}", self.calm)?;
        writeln!(f, "  by Alertmanager's defaults:           {}", self.alertmanager_calm)?;
        writeln!(f, "everybody, over all waves:             {}", self.everybody)?;
        writeln!(f, "  by Alertmanager's defaults:           {}", self.alertmanager)?;
        write!(f, "  by one mail per change, admins:       {}", self.service_health)
    }
}

/// Counts the mails of a history.
pub(crate) fn budget(history: &History, log: &Log) -> Budget {
    let mut of: BTreeMap<&str, usize> = BTreeMap::new();
    for message in &log.messages {
        *of.entry(&message.recipient).or_default() += message.mails.max(message.cards);
    }
    let owned = owned(history);
    let usual =
        |manners: &Manners| Manners { zone: history.defaults.zone, ..manners.clone() } == history.defaults;
    let has_usual_manners = |name: &str| {
        let mut people = history.people.iter();
        people.any(|person| person.name == name && usual(&person.manners))
    };
    let disturbed: BTreeSet<&str> = log
        .messages
        .iter()
        .filter(|message| message.items.iter().any(|item| !history.machines[item.machine].calm))
        .map(|message| message.recipient.as_str())
        .collect();
    let calm = |name: &str| {
        let few = owned.get(name).is_some_and(|machines| machines.len() <= 50);
        few && !disturbed.contains(name) && has_usual_manners(name)
    };
    let alerts = |name: &&str| alertmanager(history, &owned[*name]);
    let notified = || of.iter().filter(|(name, _)| owned.contains_key(**name));
    Budget {
        calm: Counts::new(of.iter().filter(|(name, _)| calm(name)).map(|(_, count)| *count)),
        everybody: Counts::new(notified().map(|(_, count)| *count)),
        alertmanager: Counts::new(notified().map(|(name, _)| alerts(name))),
        alertmanager_calm: Counts::new(
            notified().filter(|(name, _)| calm(name)).map(|(name, _)| alerts(name)),
        ),
        service_health: service_health(history),
    }
}

/// The machines whose tags name each person, at any time.
fn owned(history: &History) -> HashMap<&str, BTreeSet<usize>> {
    let mut owned: HashMap<&str, BTreeSet<usize>> = HashMap::new();
    for (index, machine) in history.machines.iter().enumerate() {
        for name in machine.tags.iter().flat_map(|(_, names)| names) {
            owned.entry(name).or_default().insert(index);
        }
    }
    owned
}

/// How many mails one group of Alertmanager is, which has an alert for each machine as long as its maintenance is
/// planned.
///
/// The defaults of a route are `group_wait: 30s`, `group_interval: 5m`, `repeat_interval: 4h`, and those of a mail
/// `send_resolved: false`: <https://prometheus.io/docs/alerting/latest/configuration/>. A group is notified of after
/// `group_wait`, and then, at every `group_interval`, when an alert was added or `repeat_interval` has passed.
fn alertmanager(history: &History, machines: &BTreeSet<usize>) -> usize {
    let (wait, interval, repeat) = (TimeDelta::seconds(30), TimeDelta::minutes(5), TimeDelta::hours(4));
    let mut alerts: Vec<(Time, Time)> = Vec::new();
    for machine in machines {
        let mut begun: Option<Time> = None;
        for (at, facts) in &history.machines[*machine].facts {
            match facts {
                Facts::Planned { .. } => begun = begun.or(Some(*at)),
                _ => alerts.extend(begun.take().map(|begun| (begun, *at))),
            }
        }
        alerts.extend(begun.map(|begun| (begun, history.to)));
    }
    alerts.sort();
    let mut mails = 0;
    let mut next = 0;
    while let Some((first, mut ends)) = alerts.get(next).copied() {
        next += 1;
        let mut tick = first + wait;
        let mut last: Option<Time> = None;
        while tick < ends.min(history.to) {
            let mut added = false;
            while let Some((_, end)) = alerts.get(next).filter(|(begun, _)| *begun <= tick) {
                (added, ends, next) = (true, ends.max(*end), next + 1);
            }
            if added || last.is_none_or(|last| tick - last >= repeat) {
                mails += 1;
                last = Some(tick);
            }
            tick += interval;
        }
    }
    mails
}

/// One mail to the administrator of a subscription for each change of a wave in it; what changes within the same
/// quarter of an hour is one.
fn service_health(history: &History) -> Counts {
    let mut changes: BTreeMap<usize, BTreeSet<(Time, &String)>> = BTreeMap::new();
    for machine in &history.machines {
        let of = changes.entry(machine.subscription).or_default();
        of.extend(machine.facts.iter().map(|(at, _)| (history.look_after(*at), &machine.tracking[0])));
    }
    Counts::new(changes.values().map(BTreeSet::len))
}
