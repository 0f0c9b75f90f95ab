//! When a start that somebody plans can really begin, beside the others that are planned.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::request::StartRequest;
use super::spacing::spacing;
use crate::domain::action::group_key::{GroupKey, groups};
use crate::domain::action::spacing::OccupiedSlot;
use crate::domain::action::start::StartOrigin;
use crate::domain::machine::Machine;
use crate::domain::resource::ResourceId;
use crate::domain::window::WindowId;
use crate::services::{App, ServiceError, log_unreadable};

/// The first moment from `wanted` on at which the start may begin, by what is planned and under way; `None` when there is
/// none before self-service ends. Orders and plans have looked for theirs already.
pub(super) async fn real_time(
    app: &App,
    request: &StartRequest,
    wanted: DateTime<Utc>,
    machine: &Machine,
) -> Result<Option<DateTime<Utc>>, ServiceError> {
    if !matches!(request.origin, StartOrigin::Link { .. } | StartOrigin::CommandLine) {
        return Ok(Some(wanted));
    }
    let Some(row) = app.repository.window(&request.window).await? else { return Ok(None) };
    let Some(self_service) = row.value.window.facts.schedule.self_service else { return Ok(None) };
    let own = groups(machine, &app.start_rules.cluster_tag);
    let taken = taken(app, &request.window, row.value.window.place()).await?;
    let free = spacing(app).first_free(wanted, self_service.end(), &own, &taken);
    // Who has just come through keeps the next of its group waiting too.
    let lately = app.repository.groups(&own.iter().cloned().collect()).await?;
    let rested = lately.values().filter_map(|group| group.confirmed).max();
    let rested = rested.map(|confirmed| confirmed + app.start_rules.min_gap);
    Ok(free.map(|free| rested.map_or(free, |rested| free.max(rested))).filter(|it| *it < self_service.end()))
}

/// What is planned and under way, but for the window itself. A planned start has entered no group yet; no group reaches
/// beyond a subscription.
async fn taken(app: &App, window: &WindowId, place: &ResourceId) -> Result<Vec<OccupiedSlot>, ServiceError> {
    let loaded = app.repository.open_starts().await?;
    log_unreadable("a start", &loaded.unreadable);
    let rows = app.repository.windows(&place.subscription()).await?;
    let tag = &app.start_rules.cluster_tag;
    let machines: BTreeMap<&WindowId, Vec<GroupKey>> =
        rows.values().map(|row| (&row.window.id, groups(&row.window.machine, tag))).collect();
    let others = loaded.values().filter(|start| start.window != *window);
    let slots = others.map(|start| OccupiedSlot {
        begins: start.begins,
        groups: machines.get(&start.window).cloned().unwrap_or_default(),
    });
    Ok(slots.collect())
}
