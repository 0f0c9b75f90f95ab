//! What Resource Graph is asked.

use crate::azure::graph::query::GraphQuery;

pub(super) fn updates_query() -> GraphQuery {
    GraphQuery::of("maintenanceresources", "id, name, type, subscriptionId, properties")
        .where_is("type", "microsoft.maintenance/updates")
}

pub(super) fn events_query() -> GraphQuery {
    const COLUMNS: &str = "id, name, type, subscriptionId, trackingId = properties.TrackingId, title = properties.Title, \
                           status = properties.Status, start = properties.ImpactStartTime, end = properties.ImpactMitigationTime";
    GraphQuery::of("servicehealthresources", COLUMNS)
        .where_is("type", "microsoft.resourcehealth/events")
        .where_is("properties.EventType", "PlannedMaintenance")
}

pub(in crate::azure::graph) fn scheduled_query() -> GraphQuery {
    GraphQuery::of("maintenanceresources", "id, name, type, properties")
        .where_is("type", "microsoft.maintenance/scheduledevents")
}

pub(super) fn impacted_query() -> GraphQuery {
    GraphQuery::of("servicehealthresources", "id, name, type, subscriptionId, properties")
        .where_is("type", "microsoft.resourcehealth/events/impactedresources")
}
