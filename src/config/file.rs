//! The configuration file as people write it. The comments here are the documentation and the JSON schema.

mod access;
mod defaults;
mod owners;
mod recipients;
mod routes;
mod start;

use schemars::JsonSchema;
use serde::Deserialize;

pub use self::access::{Access, TeamEntry};
pub use self::defaults::Defaults;
pub use self::owners::Owners;
pub use self::recipients::{RecipientEntry, TeamsEntry};
pub use self::routes::{MatchEntry, RouteEntry, SilenceEntry};
pub use self::start::Start;

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
