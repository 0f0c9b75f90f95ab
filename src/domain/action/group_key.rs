//! The identities of groups whose members must not be down together, and which machine is in which.

use serde::{Deserialize, Serialize};

use crate::domain::machine::Machine;

/// The identity of a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupKey(String);

impl GroupKey {
    /// The identity as one folded text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a cluster, of which only its tag knows.
    pub fn is_cluster(&self) -> bool {
        self.0.starts_with("cluster|")
    }
}

/// The groups that a machine is a member of, in order. A cluster is known by its tag within one subscription: the
/// same word elsewhere is somebody else's.
pub fn groups(machine: &Machine, cluster_tag: &str) -> Vec<GroupKey> {
    let mut keys = Vec::new();
    if let Some(set) = &machine.availability_set {
        keys.push(GroupKey(format!("availability set|{}", set.folded())));
    }
    if let Some(set) = machine.id.scale_set() {
        let zone = machine.zones.first().map(String::as_str).unwrap_or_default();
        keys.push(GroupKey(format!("scale set|{}|{zone}", set.folded())));
    }
    let tags = [&machine.tags.resource, &machine.tags.resource_group];
    let cluster = tags.iter().find_map(|tags| tags.get(cluster_tag)).map(str::trim);
    if let Some(cluster) = cluster.filter(|name| !name.is_empty() && !cluster_tag.is_empty()) {
        let subscription = machine.id.subscription();
        keys.push(GroupKey(format!("cluster|{}|{}", subscription.as_str(), cluster.to_lowercase())));
    }
    keys.sort();
    keys
}
