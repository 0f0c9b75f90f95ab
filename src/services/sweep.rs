//! `SweepMachines`: looks at all machines slowly, a slice an hour, so that each is seen once a day.
//!
//! A machine that is deployed into a region with an announced wave is announced by nobody, and nobody has proved that
//! Resource Graph lists every wave. What the sweep finds becomes a candidate of its subscription.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use super::observation_alerts::observation_alerts;
use super::{App, ServiceError};
use crate::azure::observe::{
    StatusOnlySupport, SweepMode, SweepOptions, SweptSlice, WatchScope, find_candidates, list_sweep_targets,
    probe_status_only, sweep_slice,
};
use crate::domain::observation::{Candidate, Reading};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::http::causes::chain;
use crate::store::repository::{CandidateRow, CycleRow, FoundBy, StoredSweepMode as StoredMode, SweepRow};

/// A day of hourly runs.
const SLICES: u32 = 24;
/// A run ends when less time than this is left, and the next one goes on from there.
const RESERVE: Duration = Duration::from_secs(90);

/// Result of a run of the sweep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// How many machines were looked at.
    pub seen: usize,
    /// Subscriptions in which something was found that nobody announced.
    pub look_at: Vec<SubscriptionId>,
}

/// Looks at the next slice, for as long as `remaining` says that there is time.
///
/// # Errors
/// When the machines cannot be listed, or the store cannot be read or written.
pub async fn sweep(app: &App, remaining: impl Fn() -> Duration) -> Result<SweepReport, ServiceError> {
    let now = app.clock.now();
    let row = app.repository.sweep().await?.0;
    let slice = row.slice % SLICES;
    let mut by_subscription: BTreeMap<SubscriptionId, Vec<ResourceId>> = BTreeMap::new();
    for target in targets(app).await? {
        by_subscription.entry(target.subscription()).or_default().push(target);
    }
    if slice == 0 && row.position.is_none() {
        app.repository.update_sweep(|row| row.cycle_started = Some(now)).await?;
        // The sweep finds maintenance; that nobody is counted keeps it from nothing.
        if let Err(error) = super::coverage::note_survey(app, now).await {
            tracing::warn!(
                error = chain(&error),
                "the owners of all machines could not be surveyed; that is tried again tomorrow"
            );
        }
    }

    let mut swept = SweepReport::default();
    let waiting =
        by_subscription.into_iter().filter(|(id, _)| row.position.as_ref().is_none_or(|last| last < id));
    for (subscription, targets) in waiting {
        if remaining() < RESERVE {
            tracing::info!(seen = swept.seen, "the sweep ran out of time and goes on with the next run");
            return Ok(swept);
        }
        let mode = mode(app, &row, &subscription).await?;
        let targets = match mode {
            // One list covers the whole subscription, so it is asked for once a cycle.
            SweepMode::StatusOnly => {
                if slice_of(subscription.as_str()) == slice {
                    targets
                } else {
                    Vec::new()
                }
            }
            SweepMode::InstanceViews => {
                targets.into_iter().filter(|id| slice_of(id.folded()) == slice).collect()
            }
        };
        if !targets.is_empty() {
            match sweep_slice(&app.arm, &subscription, &targets, mode, SweepOptions::default(), now).await {
                Ok(found) => note(app, &subscription, &found, &mut swept, now).await?,
                // One subscription that cannot be swept does not keep the others from it.
                Err(error) => {
                    let reason = error.to_string();
                    let scope = format!("subscription {subscription}");
                    let cause = error.unseen_cause();
                    app.report(&[OperatorAlert::Unseen { scope, reason, cause }], now).await?;
                }
            }
        }
        app.repository
            .update_sweep(|row| {
                row.position = Some(subscription.clone());
                let mode = match mode {
                    SweepMode::StatusOnly => StoredMode::StatusOnly,
                    SweepMode::InstanceViews => StoredMode::InstanceViews,
                };
                row.modes.insert(subscription.clone(), mode);
            })
            .await?;
    }
    finish_slice(app, swept.seen, now).await?;
    tracing::info!(slice, seen = swept.seen, found_in = swept.look_at.len(), "swept a slice of all machines");
    Ok(swept)
}

async fn targets(app: &App) -> Result<Vec<ResourceId>, ServiceError> {
    Ok(match &app.scope {
        WatchScope::All => list_sweep_targets(&app.arm, None).await?,
        WatchScope::Subscriptions(ids) => list_sweep_targets(&app.arm, Some(ids)).await?,
        WatchScope::ManagementGroup(_) => {
            let found = find_candidates(&app.arm, &app.scope).await?;
            let ids: Vec<SubscriptionId> =
                found.subscriptions.into_iter().map(|subscription| subscription.id).collect();
            list_sweep_targets(&app.arm, Some(&ids)).await?
        }
    })
}

/// Which of a day's slices something belongs to: the same one every day.
fn slice_of(text: &str) -> u32 {
    let digest = Sha256::digest(text.as_bytes());
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]) % SLICES
}

/// How to look: by one list where such a list has been seen to carry planned maintenance, else machine by machine.
async fn mode(app: &App, row: &SweepRow, subscription: &SubscriptionId) -> Result<SweepMode, ServiceError> {
    // What was seen to work is kept; what was not seen to work yet is tried again whenever there is something to see.
    if row.modes.get(subscription) == Some(&StoredMode::StatusOnly) {
        return Ok(SweepMode::StatusOnly);
    }
    let windows = app.repository.windows(subscription).await?;
    let known = windows.rows.iter().map(|row| &row.value.window).find(|window| {
        window.is_open() && window.place().kind() == crate::domain::resource::ResourceKind::Vm
    });
    let Some(window) = known else {
        return Ok(SweepMode::InstanceViews);
    };
    Ok(match probe_status_only(&app.arm, window.place()).await {
        Ok(StatusOnlySupport::Carries) => SweepMode::StatusOnly,
        Ok(StatusOnlySupport::Lacks) | Err(_) => SweepMode::InstanceViews,
    })
}

/// Keeps what was found and nobody announced as candidates, and says what could not be seen, once for a subscription.
async fn note(
    app: &App,
    subscription: &SubscriptionId,
    found: &SweptSlice,
    swept: &mut SweepReport,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    swept.seen += found.seen;
    let planned = found
        .observation
        .resources
        .iter()
        .filter(|observed| matches!(observed.reading, Reading::Maintenance(_)));
    let windows = app.repository.windows(subscription).await?;
    let open = windows.rows.iter().map(|row| &row.value.window).filter(|window| window.is_open());
    let open: BTreeSet<&ResourceId> = open.map(|window| window.place()).collect();
    let new: Vec<Candidate> = planned
        .map(|observed| &observed.machine.id)
        .filter(|id| !open.contains(id))
        .map(|id| Candidate::bare(id.clone()))
        .collect();
    if !new.is_empty() {
        tracing::info!(%subscription, machines = new.len(), "the sweep found maintenance that nobody announced");
        app.repository
            .update_subscription(subscription, |summary| {
                let known: BTreeSet<_> =
                    summary.candidates.iter().map(|row| row.candidate.id.clone()).collect();
                let new = new.iter().filter(|candidate| !known.contains(&candidate.id));
                summary.candidates.extend(
                    new.cloned().map(|candidate| CandidateRow { candidate, found_by: FoundBy::Sweep }),
                );
            })
            .await?;
        swept.look_at.push(subscription.clone());
    }
    // What passes by itself is seen tomorrow.
    let lasting: Vec<_> =
        found.observation.unseen.iter().filter(|unseen| unseen.cause.is_no_rights()).collect();
    let unseen = lasting.first().map(|unseen| OperatorAlert::Unseen {
        scope: format!("subscription {subscription}"),
        reason: format!(
            "{} of its machines could not be read, the first because: {}",
            lasting.len(),
            unseen.reason
        ),
        cause: unseen.cause,
    });
    let unreadable = observation_alerts(&[], &found.observation.unreadable, &[]);
    let operator_alerts: Vec<OperatorAlert> = unseen.into_iter().chain(unreadable).collect();
    app.report(&operator_alerts, now).await?;
    Ok(())
}

async fn finish_slice(app: &App, seen: usize, now: DateTime<Utc>) -> Result<(), ServiceError> {
    app.repository
        .update_sweep(|row| {
            row.position = None;
            row.machines_seen += seen;
            row.slice = (row.slice + 1) % SLICES;
            if row.slice == 0 {
                let started = row.cycle_started.unwrap_or(now);
                row.last_cycle = Some(CycleRow { started, finished: now, machines: row.machines_seen });
                row.machines_seen = 0;
            }
        })
        .await?;
    Ok(())
}
