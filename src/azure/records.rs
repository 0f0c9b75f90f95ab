//! Records of Azure that cannot be read, and their tags.

use serde_json::Value;

use crate::domain::observation::UnreadableRecord;
use crate::domain::resource::ResourceId;
use crate::domain::tags::Tags;
use crate::http::json::excerpt_of;

/// A record that is set aside.
pub(super) fn unreadable(
    resource: Option<&ResourceId>,
    what: impl Into<String>,
    problem: impl Into<String>,
    record: &Value,
) -> UnreadableRecord {
    UnreadableRecord {
        resource: resource.cloned(),
        what: what.into(),
        problem: problem.into(),
        excerpt: excerpt_of(&record.to_string()),
    }
}

/// Tags as Azure writes them: an object of texts. Anything else counts as no tags.
pub(super) fn tags(value: Option<&Value>) -> Tags {
    value
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| value.as_str().map(|value| (name, value)))
        .collect()
}
