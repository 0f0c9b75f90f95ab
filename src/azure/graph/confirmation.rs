//! What Azure says of what events report: its list of scheduled events, and the annotations of Resource Health.
//!
//! Where scheduled events are published to Event Grid they stand in Resource Graph too; annotations stand there for some
//! days. A row that is missing says nothing, as everywhere in Resource Graph.

use chrono::{DateTime, Utc};

use super::answer::GraphRow;
use super::ask::{QueryScope, ask};
use super::candidates::scheduled_query;
use super::query::GraphQuery;
use crate::azure::events::{Annotation, annotation_of, notice_of};
use crate::azure::{ArmClient, AzureError};
use crate::domain::imminent::ScheduledEventNotice;
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::http::json;

/// The scheduled events that Azure lists in a subscription. Rows in other shapes are left out.
///
/// # Errors
/// When the question has no complete answer.
pub async fn list_scheduled_events(
    arm: &ArmClient,
    subscription: &SubscriptionId,
    now: DateTime<Utc>,
) -> Result<Vec<ScheduledEventNotice>, AzureError> {
    let of = QueryScope::Subscriptions(std::slice::from_ref(subscription));
    let rows = ask(arm, &scheduled_query(), of).await?.rows;
    let notices = scheduled_notices(&rows, now).into_iter();
    Ok(notices.filter(|notice| notice.about.subscription() == *subscription).collect())
}

/// The scheduled events that rows describe, found at `now`.
pub fn scheduled_notices(rows: &[GraphRow], now: DateTime<Utc>) -> Vec<ScheduledEventNotice> {
    let read = |row: &GraphRow| {
        let ids: Vec<&str> = json::text(row, "id").into_iter().collect();
        match notice_of(json::member(row, "properties")?, &ids, now) {
            Ok(notice) => notice,
            Err(problem) => {
                tracing::debug!(problem, "a listed scheduled event was left out");
                None
            }
        }
    };
    rows.iter().filter_map(read).collect()
}

/// What Resource Health annotated machines of a subscription with.
///
/// # Errors
/// When the question has no complete answer.
pub async fn list_annotations(
    arm: &ArmClient,
    subscription: &SubscriptionId,
    now: DateTime<Utc>,
) -> Result<Vec<Annotation>, AzureError> {
    let query = GraphQuery::of("healthresources", "id, name, type, properties")
        .where_is("type", "microsoft.resourcehealth/resourceannotations");
    let rows = ask(arm, &query, QueryScope::Subscriptions(std::slice::from_ref(subscription))).await?.rows;
    let annotations = annotations_of(&rows, now).into_iter();
    Ok(annotations.filter(|one| one.resource.subscription() == *subscription).collect())
}

/// The annotations that rows describe, found at `now`.
pub fn annotations_of(rows: &[GraphRow], now: DateTime<Utc>) -> Vec<Annotation> {
    let read = |row: &GraphRow| {
        let properties = json::member(row, "properties")?;
        let id = json::text(row, "id").unwrap_or_default();
        let end = id.to_ascii_lowercase().find("/providers/microsoft.resourcehealth/").unwrap_or(id.len());
        let target = json::text_at(properties, &["targetResourceId"]).or(id.get(..end))?;
        annotation_of(properties, ResourceId::parse(target).ok()?, now).ok()
    };
    rows.iter().filter_map(read).collect()
}
