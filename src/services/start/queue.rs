//! When a start that somebody plans can really begin, beside the others that are planned.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::request::StartRequest;
use super::spacing::spacing;
use crate::domain::action::anti_affinity::WaitReason;
use crate::domain::action::group_key::{GroupKey, groups};
use crate::domain::action::spacing::occupied;
use crate::domain::action::start::{Start, StartOrigin, StartPhase, StartRefusal};
use crate::domain::machine::Machine;
use crate::domain::resource::ResourceId;
use crate::domain::window::WindowId;
use crate::services::{App, ServiceError, log_unreadable};

/// The first moment from `wanted` on at which the start may begin, by what is planned and under way; refused when there is
/// none before self-service ends, or nobody knows when there will be. Orders and plans have looked for theirs already.
pub(super) async fn real_time(
    app: &App,
    request: &StartRequest,
    wanted: DateTime<Utc>,
    machine: &Machine,
) -> Result<Result<DateTime<Utc>, StartRefusal>, ServiceError> {
    if !matches!(request.origin, StartOrigin::Link { .. } | StartOrigin::CommandLine) {
        return Ok(Ok(wanted));
    }
    let none = Ok(Err(StartRefusal::DoesNotFit));
    let Some(row) = app.repository.window(&request.window).await? else { return none };
    let Some(self_service) = row.value.window.facts.schedule.self_service else { return none };
    let own = groups(machine, &app.start_rules.cluster_tag);
    let loaded = app.repository.open_starts().await?;
    log_unreadable("a start", &loaded.unreadable);
    let others: Vec<&Start> = loaded.values().filter(|start| start.window != request.window).collect();
    let groups_of = groups_by_window(app, row.value.window.place()).await?;
    let of = |start: &Start| groups_of.get(&start.window).unwrap_or(&start.groups).clone();
    // Of a start that is not known nobody can say when it ends, and so when this one could begin.
    let not_known = others.iter().find(|start| {
        matches!(start.phase(), StartPhase::NotKnown { .. })
            && of(start).iter().any(|group| own.contains(group))
    });
    if let Some(other) = not_known {
        let resource = other.window.resource.clone();
        return Ok(Err(StartRefusal::Gap { wait: WaitReason::Member { resource } }));
    }
    let recent = app.repository.recent_starts().await?;
    let taken = occupied(others.into_iter(), &recent, of, app.clock.now());
    // Who has just come through keeps the next of its group waiting too.
    let lately = app.repository.groups(&own.iter().cloned().collect()).await?;
    let rested = lately.values().filter_map(|group| Some(group.confirmed? + app.start_rules.min_gap)).max();
    let from = rested.map_or(wanted, |rested| wanted.max(rested));
    let free = spacing(app).first_free(from, self_service.end(), &own, &taken);
    Ok(free.ok_or(StartRefusal::DoesNotFit))
}

/// The groups of every machine with a window in the subscription of `place`. A planned start has entered no group yet; no
/// group reaches beyond a subscription.
async fn groups_by_window(
    app: &App,
    place: &ResourceId,
) -> Result<BTreeMap<WindowId, Vec<GroupKey>>, ServiceError> {
    let rows = app.repository.windows(&place.subscription()).await?;
    let tag = &app.start_rules.cluster_tag;
    Ok(rows.values().map(|row| (row.window.id.clone(), groups(&row.window.machine, tag))).collect())
}
