//! `[[recipients]]`.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::value::Datetime;

use super::routes::MatchEntry;
use crate::config::reference::WebhookReference;
use crate::domain::stage::Stage;

/// A person, a team mailbox or a channel.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Recipient")]
pub struct RecipientEntry {
    /// The name used in routes, tags and explanations.
    pub name: String,
    /// The mail addresses; each gets a mail of its own.
    #[serde(default)]
    pub email: Vec<String>,
    /// The Teams channel.
    #[serde(default)]
    pub teams: Option<TeamsEntry>,
    /// Instead of `defaults.timezone`.
    #[serde(default)]
    pub timezone: Option<String>,
    /// Instead of `defaults.language`.
    #[serde(default)]
    pub language: Option<String>,
    /// Instead of `defaults.digest`.
    #[serde(default)]
    pub digest: Option<String>,
    /// Instead of `defaults.immediate`.
    #[serde(default)]
    #[schemars(with = "Option<Vec<Stage>>")]
    pub immediate: Option<Vec<String>>,
    /// Instead of `defaults.reminders`.
    #[serde(default)]
    pub reminders: Option<Vec<String>>,
    /// Instead of `defaults.scheduled`.
    #[serde(default)]
    pub scheduled: Option<Vec<String>>,
    /// Instead of `defaults.settle`.
    #[serde(default)]
    pub settle: Option<String>,
    /// Instead of `defaults.hours`.
    #[serde(default)]
    pub hours: Option<String>,
    /// Instead of `defaults.quiet`.
    #[serde(default)]
    pub quiet: Option<Vec<String>>,
    /// Instead of `defaults.holidays`.
    #[serde(default)]
    #[schemars(with = "Option<Vec<chrono::NaiveDate>>")]
    pub holidays: Option<Vec<Datetime>>,
    /// The people who may respond for a team mailbox when signed in.
    #[serde(default)]
    pub deputies: Vec<String>,
    /// The next contact when no owner responds; each later step follows that recipient's own.
    #[serde(default)]
    pub escalate_to: Option<String>,
    /// Instead of `defaults.escalate`.
    #[serde(default)]
    pub escalate: Option<Vec<String>>,
    /// A standing order: maintenance starts by itself in these hours, such as `SAT 22:00-04:00`.
    #[serde(default)]
    pub maintenance_hours: Option<String>,
    /// When a summary of everybody's machines is sent, for those who only watch: a five-field cron expression in the
    /// recipient's zone, such as `0 8 * * MON`. None without it.
    #[serde(default)]
    pub summary: Option<String>,
    /// What the summary is about; everything without it.
    #[serde(default)]
    pub summary_match: Option<MatchEntry>,
}

/// A Teams channel.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Teams")]
pub struct TeamsEntry {
    /// The address of the channel's flow: `env:NAME`, `file:PATH`, `kv:SECRET` or the address itself. Whoever knows it can post.
    pub webhook: WebhookReference,
}
