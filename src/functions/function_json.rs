//! A `function.json` as it is written.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The bindings of a function.
#[derive(Debug, Deserialize)]
pub struct FunctionJson {
    pub bindings: Vec<Binding>,
    /// A retry policy, whatever it says.
    #[serde(default)]
    pub retry: Option<IgnoredAny>,
}

/// One binding, with the keys of every kind that we use.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Binding {
    #[serde(rename = "type")]
    pub kind: String,
    pub direction: String,
    pub name: String,
    /// Of a timer, perhaps as `%SETTING%`.
    pub schedule: Option<String>,
    pub use_monitor: Option<bool>,
    /// Perhaps with `%SETTING%` in it.
    pub queue_name: Option<String>,
    pub methods: Option<Vec<String>>,
    pub route: Option<String>,
    /// `one` or `many` events an invocation.
    pub cardinality: Option<String>,
    pub data_type: Option<String>,
}
