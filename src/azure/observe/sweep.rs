//! The sweep: every machine once a day, slowly, because a machine that was deployed into an announced region is announced
//! by nobody, and nobody has proved that Resource Graph lists every wave.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use super::subscription::{describe, look_around, observe_subscription, put_in_order};
use crate::azure::compute::{MachineRead, is_scale_set, list_instances, list_status_only, read_machine};
use crate::azure::graph::{Candidate, QueryScope, list_machines};
use crate::azure::{ArmClient, AzureError};
use crate::domain::observation::{Observation, ObservedResource, Reading, UnseenCause, UnseenScope};
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::domain::window::Impact;

/// How a sweep looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SweepMode {
    /// One list with `statusOnly=true`; only where such a list has been seen to carry planned maintenance.
    StatusOnly,
    /// Every machine's instance view.
    InstanceViews,
}

/// Whether a list with `statusOnly=true` carries planned maintenance in a subscription. Azure's documentation does not
/// say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatusOnlySupport {
    /// It has been seen to.
    Carries,
    /// A machine with planned maintenance was in the list without it, or not in the list.
    Lacks,
}

/// How fast a sweep goes.
#[derive(Debug, Clone, Copy)]
pub struct SweepOptions {
    /// At least this long between the starts of two reads. Azure refills 25 reads a second for a subscription, which
    /// the sweep shares with everyone who uses the same identity.
    pub pause: Duration,
    /// How many reads are under way at once.
    pub parallel: usize,
}

impl Default for SweepOptions {
    fn default() -> Self {
        Self { pause: Duration::from_millis(200), parallel: 4 }
    }
}

/// Result of a slice of a sweep.
#[derive(Debug, Clone, PartialEq)]
pub struct SweptSlice {
    pub mode: SweepMode,
    /// How many of the ids were looked at with an answer.
    pub seen: usize,
    /// The machines that have planned maintenance, and what could not be seen. Machines without are not in it.
    pub observation: Observation,
}

/// All that a sweep of these subscriptions, or of the tenant, has to look at: machines, and scale sets whose instances
/// are no machines of their own.
///
/// # Errors
/// When Resource Graph gives no complete answer.
pub async fn list_sweep_targets(
    arm: &ArmClient,
    subscriptions: Option<&[SubscriptionId]>,
) -> Result<Vec<ResourceId>, AzureError> {
    list_machines(arm, subscriptions.map_or(QueryScope::Tenant, QueryScope::Subscriptions)).await
}

/// Finds out whether `statusOnly=true` lists carry planned maintenance, with the help of a machine that has some.
pub async fn probe_status_only(
    arm: &ArmClient,
    machine_with_maintenance: &ResourceId,
) -> Result<StatusOnlySupport, AzureError> {
    let found = list_status_only(arm, &machine_with_maintenance.subscription()).await?;
    Ok(if found.contains(machine_with_maintenance) {
        StatusOnlySupport::Carries
    } else {
        StatusOnlySupport::Lacks
    })
}

/// Looks at some machines of one subscription.
///
/// # Errors
/// When the context of what was found, or the list in [`SweepMode::StatusOnly`], could not be asked for.
pub async fn sweep_slice(
    arm: &ArmClient,
    subscription: &SubscriptionId,
    targets: &[ResourceId],
    mode: SweepMode,
    options: SweepOptions,
    now: DateTime<Utc>,
) -> Result<SweptSlice, AzureError> {
    let (sets, machines): (Vec<_>, Vec<_>) = targets.iter().cloned().partition(is_scale_set);
    match mode {
        SweepMode::InstanceViews => {
            let reads = read_slowly(arm, targets, options).await;
            sweep_of(arm, subscription, mode, 0, reads, now).await
        }
        SweepMode::StatusOnly => {
            let reads = read_slowly(arm, &sets, options).await;
            let mut sweep = sweep_of(arm, subscription, mode, machines.len(), reads, now).await?;
            let listed = list_status_only(arm, subscription).await?;
            if !listed.is_empty() {
                // The list only says where to look: the facts come from a direct read.
                let found: Vec<Candidate> = listed.into_iter().map(Candidate::bare).collect();
                let observation = observe_subscription(arm, subscription, &found, &[], now).await?;
                sweep.observation.resources.extend(observation.resources);
                sweep.observation.unseen.extend(observation.unseen);
                sweep.observation.unreadable.extend(observation.unreadable);
                put_in_order(&mut sweep.observation);
            }
            Ok(sweep)
        }
    }
}

/// Reads one after the other, at the given pace; a slow answer does not hold up the next start.
async fn read_slowly(
    arm: &ArmClient,
    targets: &[ResourceId],
    options: SweepOptions,
) -> Vec<(ResourceId, MachineRead)> {
    let mut pace = tokio::time::interval(options.pause.max(Duration::from_millis(1)));
    pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // The stream owns what it goes through: a borrowed iterator would tie it to this call.
    let targets = targets.to_vec();
    let paced = stream::unfold((pace, targets.into_iter()), |(mut pace, mut targets)| async move {
        let target = targets.next()?;
        pace.tick().await;
        Some((target, (pace, targets)))
    });
    paced
        .map(|target| async move {
            if !is_scale_set(&target) {
                let read = read_machine(arm, &target).await;
                return vec![(target, read)];
            }
            match list_instances(arm, &target).await {
                Ok(instances) => instances,
                Err(error) if error.is_not_found() => vec![(target, MachineRead::Gone)],
                Err(error) => vec![(target, MachineRead::unseen(&error))],
            }
        })
        .buffer_unordered(options.parallel.max(1))
        .flat_map(stream::iter)
        .collect()
        .await
}

async fn sweep_of(
    arm: &ArmClient,
    subscription: &SubscriptionId,
    mode: SweepMode,
    listed: usize,
    reads: Vec<(ResourceId, MachineRead)>,
    now: DateTime<Utc>,
) -> Result<SweptSlice, AzureError> {
    let mut observation = Observation::empty(subscription.clone(), now);
    let mut seen = listed;
    let mut planned = Vec::new();
    for (id, read) in reads {
        match read {
            MachineRead::Machine(record) => {
                seen += 1;
                if matches!(record.view.reading, Reading::Maintenance(_)) {
                    planned.push(*record);
                } else {
                    observation.unreadable.extend(record.view.problems);
                }
            }
            // It was deleted since the list was made, and nobody was notified of it.
            MachineRead::Gone => seen += 1,
            // A set whose members are machines of their own has no list of instances; they are swept as such.
            MachineRead::Unseen { cause: UnseenCause::NotThere, reason } => {
                tracing::debug!(%id, reason, "Azure has nothing to show of a resource");
                seen += 1;
            }
            MachineRead::Unseen { cause, reason } => {
                observation.unseen.push(UnseenScope { scope: id.as_str().to_owned(), reason, cause });
            }
            MachineRead::Unreadable(unreadable) => observation.unreadable.push(*unreadable),
        }
    }
    if !planned.is_empty()
        && let Some(mut context) = look_around(arm, subscription, &mut observation).await?
    {
        let around = planned.iter().map(|record| (record.id.clone(), record.scale_set.clone()));
        context.complete_directly(arm, around.collect()).await;
        for record in planned {
            let (machine, reading) = describe(record, &context, &mut observation);
            let (impact, tracking_ids) = (Impact::Unknown, Vec::new());
            observation.resources.push(ObservedResource {
                is_blank: false,
                machine,
                reading,
                impact,
                tracking_ids,
                announced: None,
            });
        }
    }
    put_in_order(&mut observation);
    Ok(SweptSlice { mode, seen, observation })
}
