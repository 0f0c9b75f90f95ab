//! What the operators allow of starts.

use chrono::TimeDelta;

use crate::domain::rate_limit::RateLimit;

/// Whose rights start maintenance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartsAs {
    /// The notifier's own identity.
    App,
    /// The person who clicks.
    User,
}

/// Starts from messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartRules {
    /// Whether they are possible at all.
    pub enabled: bool,
    pub acts_as: StartsAs,
    /// Whether a person has to be signed in; `None` leaves it to whether Easy Auth is there.
    pub require_login: Option<bool>,
    /// The pause between members of one group.
    pub min_gap: TimeDelta,
    /// The tag that says which machines form a cluster.
    pub cluster_tag: String,
    /// The tag with a standing order.
    pub hours_tag: String,
    pub limit: RateLimit,
    /// The tag with an address that answers when the machine is well; empty for none.
    pub health_tag: String,
    /// The hosts that such a tag may name.
    pub health_hosts: Vec<String>,
}
