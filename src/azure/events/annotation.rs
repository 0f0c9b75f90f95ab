//! Events about the health of a machine.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::envelope::EventEnvelope;
use super::event::{Annotation, short};
use crate::azure::time::parse_timestamp;
use crate::domain::resource::ResourceId;
use crate::http::json::{at, text_at};

/// The machine that an event of Resource Health is about.
pub(super) fn target(envelope: &EventEnvelope<'_>) -> Result<ResourceId, String> {
    let target = text_at(envelope.data, &["resourceInfo", "properties", "targetResourceId"]);
    let id = target.or(envelope.subject).ok_or("it has neither `targetResourceId` nor `subject`")?;
    ResourceId::parse(id).map_err(|error| error.to_string())
}

pub(super) fn read(envelope: &EventEnvelope<'_>) -> Result<Annotation, String> {
    let properties = at(envelope.data, &["resourceInfo", "properties"])
        .ok_or("it has no `data.resourceInfo.properties`")?;
    annotation_of(properties, target(envelope)?, envelope.at)
}

/// What `properties` of an annotation of `resource` say, in an event or in a row of Resource Graph.
pub(in crate::azure) fn annotation_of(
    properties: &Value,
    resource: ResourceId,
    said: DateTime<Utc>,
) -> Result<Annotation, String> {
    let name = text_at(properties, &["annotationName"]).ok_or("it has no `annotationName`")?;
    let occurred = text_at(properties, &["occurredTime"]).and_then(|text| parse_timestamp(text).ok()?);
    Ok(Annotation { resource, name: short(name), at: occurred.unwrap_or(said).min(said) })
}
