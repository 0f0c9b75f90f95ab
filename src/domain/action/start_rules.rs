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
    pub enabled: bool,
    pub acts_as: StartsAs,
    /// Whether a person has to be signed in; `None` leaves it to whether Easy Auth is there.
    pub require_login: Option<bool>,
    /// How long after its moment a planned start may still begin.
    pub grace: TimeDelta,
    pub min_gap: TimeDelta,
    pub cluster_tag: String,
    pub hours_tag: String,
    pub limit: RateLimit,
    /// The tag with an address that answers when the machine is well; empty for none.
    pub health_tag: String,
    pub health_hosts: Vec<String>,
}
