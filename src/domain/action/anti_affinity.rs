//! Groups whose members must not be down together: availability sets, zones of a scale set, clusters by tag.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::ids::StartId;
use crate::domain::resource::ResourceId;

/// What is going on in one group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupState {
    #[serde(default)]
    pub under_way: BTreeMap<ResourceId, StartId>,
    /// When the last of them was seen to be well again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<DateTime<Utc>>,
}

/// Why a member has to wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "wait")]
pub enum WaitReason {
    /// Another member is on its way.
    Member { resource: ResourceId },
    /// The pause after the last one is not over.
    Until { at: DateTime<Utc> },
}

impl GroupState {
    /// Why `resource` may not start now, if it may not.
    pub fn wait(&self, resource: &ResourceId, min_gap: TimeDelta, now: DateTime<Utc>) -> Option<WaitReason> {
        if let Some(other) = self.under_way.keys().find(|other| *other != resource) {
            return Some(WaitReason::Member { resource: other.clone() });
        }
        let at = self.confirmed? + min_gap;
        (now < at).then_some(WaitReason::Until { at })
    }

    /// `resource` is on its way.
    pub fn enter(&mut self, resource: ResourceId, start: StartId) {
        self.under_way.insert(resource, start);
    }

    /// `resource` is done, one way or another. `disturbed` says whether it can have been down.
    pub fn leave(&mut self, resource: &ResourceId, disturbed: bool, now: DateTime<Utc>) {
        self.under_way.remove(resource);
        if disturbed {
            self.confirmed = self.confirmed.max(Some(now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::action::group_key::groups;
    use crate::domain::fixtures::{machine, utc, vm_id};

    #[test]
    fn a_machine_is_in_its_set_and_its_cluster() {
        let mut machine = machine("sql-01");
        assert_eq!(groups(&machine, "cluster"), []);
        machine.availability_set = Some(vm_id("set"));
        machine.tags.resource = [("Cluster", " SQL "), ("owner", "x")].into_iter().collect();
        let keys = groups(&machine, "cluster");
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[1].as_str(), "cluster|00000000-0000-0000-0000-000000000001|sql");
    }

    #[test]
    fn the_pause_counts_from_when_the_last_one_was_well_again() {
        let (gap, now) = (TimeDelta::minutes(30), utc("2026-12-01T08:00:00Z"));
        let (first, second) = (vm_id("a"), vm_id("b"));
        let mut group = GroupState::default();
        assert_eq!(group.wait(&first, gap, now), None);
        group.enter(first.clone(), StartId::new(&crate::domain::fixtures::window("a", now).id, 1));
        assert_eq!(group.wait(&second, gap, now), Some(WaitReason::Member { resource: first.clone() }));
        group.leave(&first, true, now);
        assert_eq!(group.wait(&second, gap, now), Some(WaitReason::Until { at: now + gap }));
        assert_eq!(group.wait(&second, gap, now + gap), None);
    }
}
