//! `[access]`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::routes::MatchEntry;

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
