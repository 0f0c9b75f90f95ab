//! How much of a tenant has an owner: of all machines, with or without planned maintenance, those that no tag and no
//! route gives to anybody. When Azure plans something for them, only the fallback hears of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::directory::People;
use super::machine::Machine;
use super::policy::Policy;
use super::resource::{ResourceId, SubscriptionId};
use super::routing::finds_nobody;
use super::window::Impact;

/// How many machines without an owner are named in what is kept; the others are counted.
const NAMED: usize = 2000;

/// The machines of one subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionCoverage {
    pub subscription: SubscriptionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How many machines there are. A scale set whose instances are no machines of their own is one.
    pub machines: usize,
    pub unowned: usize,
}

/// The owners of all machines, as found at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageReport {
    pub at: DateTime<Utc>,
    /// Each subscription, in order.
    pub subscriptions: Vec<SubscriptionCoverage>,
    /// Machines that nobody owns, in order; the worklist. What is kept of it is bounded, where the numbers are not.
    pub unowned: Vec<ResourceId>,
    /// How many nobody owned a week before, when that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub week_before: Option<usize>,
}

impl CoverageReport {
    /// How many machines there are.
    pub fn machines(&self) -> usize {
        self.subscriptions.iter().map(|subscription| subscription.machines).sum()
    }

    /// The same with no more names than are kept; the others stay counted.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.unowned.truncate(NAMED);
        self
    }

    /// How many of them nobody owns.
    pub fn without_owner(&self) -> usize {
        self.subscriptions.iter().map(|subscription| subscription.unowned).sum()
    }
}

/// Works out who owns `machines`. Azure plans nothing for most of them, so a route that asks for an impact counts for
/// none.
pub fn coverage(
    policy: &Policy,
    people: &People,
    machines: &[Machine],
    now: DateTime<Utc>,
) -> CoverageReport {
    let mut subscriptions: BTreeMap<SubscriptionId, SubscriptionCoverage> = BTreeMap::new();
    let mut unowned = Vec::new();
    for machine in machines {
        let id = machine.id.subscription();
        let numbers = subscriptions.entry(id.clone()).or_insert_with(|| SubscriptionCoverage {
            subscription: id,
            name: machine.subscription_name.clone(),
            machines: 0,
            unowned: 0,
        });
        numbers.machines += 1;
        if finds_nobody(policy, machine, &Impact::Unknown, people) {
            numbers.unowned += 1;
            unowned.push(machine.id.clone());
        }
    }
    unowned.sort();
    CoverageReport {
        at: now,
        subscriptions: subscriptions.into_values().collect(),
        unowned,
        week_before: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{machine, policy, utc};

    #[test]
    fn machines_that_no_tag_and_no_route_names_are_counted_and_listed() {
        let mut stray = machine("stray");
        stray.tags = Default::default();
        let mut outside = machine("outside");
        outside.tags.resource = [("owner", "eve@evil.example")].into_iter().collect();
        let machines = [machine("web-01"), stray, outside];
        let report = coverage(&policy(), &People::default(), &machines, utc("2026-12-01T10:00:00Z"));
        assert_eq!((report.machines(), report.without_owner()), (3, 2));
        let names: Vec<&str> = report.unowned.iter().map(ResourceId::name).collect();
        assert_eq!(names, ["outside", "stray"]);
        assert_eq!(report.subscriptions[0].name.as_deref(), Some("Contoso Production"));
    }
}
