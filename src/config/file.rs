//! The configuration file as people write it. The comments here are the documentation and the JSON schema.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::value::Datetime;

use super::reference::WebhookReference;
use crate::domain::stage::Stage;

/// The configuration of maintenance-notifier: who is notified of planned maintenance, when and how.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "maintenance-notifier")]
pub struct File {
    /// What holds for everybody who sets nothing else.
    pub defaults: Defaults,
    /// How people named in tags are found.
    pub owners: Owners,
    /// People, team mailboxes and channels.
    pub recipients: Vec<RecipientEntry>,
    /// Who hears of which resources. Tried in order; all that match apply, up to one with `stop = true`.
    pub routes: Vec<RouteEntry>,
    /// Resources about which nobody is notified for a while.
    pub silences: Vec<SilenceEntry>,
    /// Self-service maintenance that is started from a message.
    pub start: Start,
    /// Rehearsals and brakes.
    pub safety: Safety,
    /// Whose sign-in counts; who may see and use the overview. Nobody, unless named.
    pub access: Access,
    /// How long what is known is kept.
    pub retention: Retention,
}

/// What holds for everybody who sets nothing else.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Defaults {
    /// The time zone in which dates are shown and hours are kept: `Europe/Berlin`, or as Windows calls it,
    /// `W. Europe Standard Time`.
    pub timezone: String,
    /// The language of messages, as a BCP 47 tag.
    pub language: String,
    /// When digests are sent: a five-field cron expression in the recipient's zone, or `never`.
    pub digest: String,
    /// The stages that do not wait for the digest.
    #[schemars(with = "Vec<Stage>")]
    pub immediate: Vec<String>,
    /// How long before self-service ends to remind, while maintenance can still be started.
    pub reminders: Vec<String>,
    /// How long before Azure's own window opens to say so, when nothing is planned.
    pub scheduled: Vec<String>,
    /// How long announcements wait for a wave to finish arriving.
    pub settle: String,
    /// When news may arrive: `MON-FRI 08:00-18:00, SAT 10:00-12:00`, or `always`.
    pub hours: String,
    /// Times of day at which nothing but `imminent` arrives.
    pub quiet: Vec<String>,
    /// Days without news.
    #[schemars(with = "Vec<chrono::NaiveDate>")]
    pub holidays: Vec<Datetime>,
    /// The recipients who are notified when no owner is found, and of everything that goes wrong. Required.
    pub fallback: Vec<String>,
    /// How long before self-service ends to notify `escalate_to`, without a response. Where no owner has one, the
    /// fallback is notified at the last step.
    pub escalate: Vec<String>,
}

impl Default for Defaults {
    fn default() -> Self {
        let texts = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
        let immediate = [
            Stage::Announced,
            Stage::Rescheduled,
            Stage::Cancelled,
            Stage::SelfServiceOpen,
            Stage::SelfServiceClosed,
            Stage::Imminent,
            Stage::Notice,
            Stage::AnnouncedElsewhere,
            Stage::Failed,
            Stage::Skipped,
        ];
        Self {
            timezone: "UTC".to_owned(),
            language: "en".to_owned(),
            digest: "0 8 * * MON-FRI".to_owned(),
            immediate: immediate.map(|stage| stage.as_str().to_owned()).to_vec(),
            reminders: texts(&["7d", "2d"]),
            scheduled: texts(&["3d"]),
            settle: "2h".to_owned(),
            hours: "MON-FRI 08:00-18:00".to_owned(),
            quiet: texts(&["22:00-07:00"]),
            holidays: Vec::new(),
            fallback: Vec::new(),
            escalate: texts(&["7d", "2d"]),
        }
    }
}

/// How people named in tags are found.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Owners {
    /// The tags that name people, in order of preference. Each is looked up on the resource, its scale set, its
    /// resource group and its subscription. A value may name several people, with commas or semicolons, and may be
    /// the name of a recipient.
    pub tags: Vec<String>,
    /// The domains of the addresses that may be notified; an address outside these is refused and reported. None allows
    /// every domain in tags, and hands over only to the domains of the recipients and the sender.
    pub allowed_domains: Vec<String>,
    /// What completes a value such as `jane.doe` to an address: `@contoso.com`.
    pub suffix: Option<String>,
    /// One flow that posts to a person by address: `env:NAME`, `file:PATH`, `kv:SECRET` or the address itself. People
    /// named in tags get what is urgent through it, beside their mails.
    pub person_webhook: Option<WebhookReference>,
    /// Whether the names in tags are looked up in the organisation's directory, with Microsoft Graph: display names,
    /// groups, sign-in names without a mailbox, and whether an account is still enabled. The app's identity needs
    /// `User.Read.All` and `GroupMember.Read.All`.
    pub directory: bool,
    /// Whether those with the role Owner or Contributor on a machine or its resource group are notified when tags and
    /// routes name nobody. Needs `directory`, and the permission to read role assignments.
    pub role_assignments: bool,
}

impl Default for Owners {
    fn default() -> Self {
        Self {
            tags: vec!["owner".to_owned(), "technical-contact".to_owned()],
            allowed_domains: Vec::new(),
            suffix: None,
            person_webhook: None,
            directory: false,
            role_assignments: false,
        }
    }
}

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

/// Who hears of which resources.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Route")]
pub struct RouteEntry {
    /// What the route applies to.
    #[serde(default, rename = "match")]
    pub matcher: MatchEntry,
    /// The recipients who are notified.
    #[serde(default)]
    pub to: Vec<String>,
    /// Whether later routes are left out when this one applies.
    #[serde(default)]
    pub stop: bool,
}

/// What a route or a silence applies to. Every key that is given has to match; none given matches everything. Texts
/// may contain `*` and `?`, and upper and lower case are the same.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "Match")]
pub struct MatchEntry {
    /// The subscription's id or display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
    /// The resource group's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_group: Option<String>,
    /// The resource's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The region, by either name of `az account list-locations`: `westeurope` or `West Europe`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The kind of resource: `vm`, `scale-set-instance`, `dedicated-host` or `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["vm", "scale-set-instance", "dedicated-host", "other"]))]
    pub kind: Option<String>,
    /// What happens to it: `freeze`, `reboot`, `redeploy` or `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["freeze", "reboot", "redeploy", "unknown"]))]
    pub impact: Option<String>,
    /// Tags, on the resource or anything above it: `{ app = "sap" }`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// Resources about which nobody is notified for a while.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Silence")]
pub struct SilenceEntry {
    /// What the silence applies to.
    #[serde(default, rename = "match")]
    pub matcher: MatchEntry,
    /// When it ends, with a zone: `2027-01-31T00:00:00Z`.
    #[schemars(with = "chrono::DateTime<chrono::Utc>")]
    pub until: Datetime,
    /// Why, for whoever asks later.
    pub reason: String,
}

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

/// Rehearsals and brakes.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Safety {
    /// `live`; `dry-run` plans, renders and shows but sends nothing; `pilot` sends to `pilot` only, and the rest to
    /// `divert_to`, marked with whom it was meant for.
    #[schemars(extend("enum" = ["live", "dry-run", "pilot"]))]
    pub mode: String,
    /// The recipients who are really notified in `pilot` mode.
    pub pilot: Vec<String>,
    /// The recipients who get what was meant for others in `pilot` mode.
    pub divert_to: Vec<String>,
    /// What stands still: `sending`, `starts`.
    pub pause: Vec<String>,
    /// Hold what can wait, and ask, when more than this many times the usual is to be sent within a day. The usual is
    /// the mean of the days with messages in the last four weeks, and at least 50; nothing is held in the first 14 days,
    /// and never what has a deadline within 72 hours.
    pub brake: f64,
}

impl Default for Safety {
    fn default() -> Self {
        Self {
            mode: "live".to_owned(),
            pilot: Vec::new(),
            divert_to: Vec::new(),
            pause: Vec::new(),
            brake: 3.0,
        }
    }
}

/// Whose sign-in counts, and who may see and use the overview. Those who may are accounts by their addresses,
/// `group:OBJECTID` or `role:NAME`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// The ids of the tenants whose accounts may sign in. None: the home tenant, that of the app's identity, alone.
    pub tenants: Vec<String>,
    /// Whether guests of these tenants may sign in, too. They are known by the name that they sign in with at home.
    pub guests: bool,
    /// May look at everything.
    pub viewer: Vec<String>,
    /// Sees what a viewer sees; what operators do is done by commands so far.
    pub operator: Vec<String>,
    /// Sees what a viewer sees; what administrators do is done in the configuration and by commands so far.
    pub admin: Vec<String>,
    /// Those who may look at a part.
    pub teams: Vec<TeamEntry>,
}

/// Viewers of a part of the tenant: `{ name = "sap", match = { tags = { app = "sap" } }, viewer = ["role:Sap"] }`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Team")]
pub struct TeamEntry {
    /// What the team is called.
    pub name: String,
    /// What its viewers see; as in routes.
    #[serde(default, rename = "match")]
    pub matcher: MatchEntry,
    /// Who they are.
    #[serde(default)]
    pub viewer: Vec<String>,
}

/// How long what is known is kept.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// How long windows are kept after they ended, with what was notified and done about them; at least `14d`.
    pub closed: String,
    /// How long names are kept where nothing else needs them: in the audit trail, of people of whom nothing else is
    /// kept, and of addresses that refused. At least as long as `closed`.
    pub personal: String,
}

impl Default for Retention {
    fn default() -> Self {
        Self { closed: "90d".to_owned(), personal: "365d".to_owned() }
    }
}
