//! `[[routes]]` and `[[silences]]`, with what they apply to.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::value::Datetime;

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
