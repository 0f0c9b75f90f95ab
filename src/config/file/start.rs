//! `[start]`.

use schemars::JsonSchema;
use serde::Deserialize;

/// Self-service maintenance that is started from a message.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Start {
    /// Whether maintenance can be started from messages at all.
    pub enabled: bool,
    /// Whose rights are used: `app` for the notifier's own identity, `user` for those of the person who clicks, who then
    /// has to be signed in and can only start at once.
    #[serde(rename = "as")]
    #[schemars(extend("enum" = ["app", "user"]))]
    pub acts_as: String,
    /// Whether a person has to be signed in. Without it: behind Easy Auth yes, else no.
    pub require_login: Option<bool>,
    /// How long after its moment a planned start may still begin: whatever kept it longer, it does not begin any more. In
    /// maintenance hours and rolling plans with hours, these decide.
    pub grace: String,
    /// The pause after a confirmed completion before the next member of an availability set, a scale set's zone or
    /// a cluster.
    pub min_gap: String,
    /// The tag that says which machines form a cluster.
    pub cluster_tag: String,
    /// The tag with a standing order on the resource itself; empty for none.
    pub hours_tag: String,
    /// At most this many starts: `20/h`.
    pub limit: String,
    /// The tag with an address that answers when the machine is well, such as `https://web-01.contoso.com/health` or
    /// `sql-01.contoso.com:1433`; empty for none. After a start the machine counts as well only once it answers.
    pub health_tag: String,
    /// The hosts that such a tag may name: `["*.internal.contoso.com", "10.1.*"]`. Nothing else is ever connected to.
    pub health_hosts: Vec<String>,
}

impl Default for Start {
    fn default() -> Self {
        Self {
            enabled: true,
            acts_as: "app".to_owned(),
            require_login: None,
            grace: "1h".to_owned(),
            min_gap: "30m".to_owned(),
            cluster_tag: "cluster".to_owned(),
            hours_tag: "maintenance-hours".to_owned(),
            limit: "20/h".to_owned(),
            health_tag: String::new(),
            health_hosts: Vec::new(),
        }
    }
}
