//! One look at one subscription.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use futures::{StreamExt, stream};

use crate::azure::compute::{
    MachineRead, MachineRecord, is_scale_set, list_instances, read_host, read_machine,
};
use crate::azure::graph::{Candidate, HostWindow, MachineContext, machine_context_of};
use crate::azure::subscriptions::get_subscription;
use crate::azure::{ArmClient, AzureError};
use crate::domain::machine::{Machine, PowerState};
use crate::domain::observation::{Evidence, Observation, ObservedResource, Reading, UnseenScope};
use crate::domain::resource::{ResourceId, ResourceKind, SubscriptionId};
use crate::domain::window::{LastResult, MaintenanceFacts, Schedule};

/// How many reads are under way at once; the client itself sets the bound over all looks.
const PARALLEL: usize = 8;
/// From this many instances of one scale set on, its whole list is one request instead of many.
const LIST_FROM: usize = 3;

/// Looks at a subscription: reads every candidate and every resource that is known to have an open window, and describes
/// them with what stands around them.
///
/// A subscription that may not be read (401, 403) or is not there (404) gives an observation that says only that.
///
/// # Errors
/// When the context of machines could not be asked for: without them owners would be looked up in half of the tags. The look is
/// to be repeated; nothing has changed by it.
pub async fn observe_subscription(
    arm: &ArmClient,
    subscription: &SubscriptionId,
    candidates: &[Candidate],
    known_open: &[ResourceId],
    now: DateTime<Utc>,
) -> Result<Observation, AzureError> {
    let mut observation = Observation::empty(subscription.clone(), now);
    let Some(context) = look_around(arm, subscription, &mut observation).await? else {
        return Ok(observation);
    };
    let mut targets: BTreeMap<ResourceId, Candidate> =
        known_open.iter().map(|id| (id.clone(), Candidate::bare(id.clone()))).collect();
    targets.extend(candidates.iter().map(|candidate| (candidate.id.clone(), candidate.clone())));
    targets.retain(|id, _| {
        let belongs = id.subscription() == *subscription;
        if !belongs {
            observation.unseen.push(unseen(id, format!("it does not belong to subscription {subscription}")));
        }
        belongs
    });

    let (hosts, machines): (Vec<_>, Vec<_>) =
        targets.into_values().partition(|target| target.id.kind() == ResourceKind::DedicatedHost);
    let mut look = SubscriptionLook { context: &context, known_open, observation: &mut observation };
    for (target, read) in read_all(arm, machines).await {
        look.record(target, read);
    }
    for host in hosts {
        look.record_host(arm, host).await;
    }
    put_in_order(&mut observation);
    Ok(observation)
}

/// Answers come in any order; two looks at the same facts shall be the same observation.
pub(super) fn put_in_order(observation: &mut Observation) {
    observation.resources.sort_by(|one, other| one.machine.id.cmp(&other.machine.id));
    observation.unseen.sort_by(|one, other| one.scope.cmp(&other.scope));
    observation
        .unreadable
        .sort_by(|one, other| (&one.resource, &one.what).cmp(&(&other.resource, &other.what)));
    observation.evidence.sort_by_cached_key(|evidence| format!("{evidence:?}"));
}

/// The subscription and what is in it; `None`, and a word in the observation, when we may see nothing of it.
pub(super) async fn look_around(
    arm: &ArmClient,
    subscription: &SubscriptionId,
    observation: &mut Observation,
) -> Result<Option<MachineContext>, AzureError> {
    let around = match get_subscription(arm, subscription).await {
        Ok(subscription) => machine_context_of(arm, subscription).await,
        Err(error) => Err(error),
    };
    match around {
        Ok(context) => Ok(Some(context)),
        Err(error) if error.is_forbidden() || error.is_not_found() => {
            let scope = format!("/subscriptions/{subscription}");
            observation.unseen.push(UnseenScope { scope, reason: error.to_string() });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Reads machines, instances and scale sets. What a list of instances leaves out is read by itself, since missing there
/// says nothing.
async fn read_all(arm: &ArmClient, targets: Vec<Candidate>) -> Vec<(Candidate, MachineRead)> {
    let mut by_set: BTreeMap<ResourceId, Vec<Candidate>> = BTreeMap::new();
    let mut whole_sets: BTreeMap<ResourceId, Candidate> = BTreeMap::new();
    let mut single = Vec::new();
    for target in targets {
        match target.id.scale_set() {
            Some(set) => by_set.entry(set).or_default().push(target),
            None if is_scale_set(&target.id) => {
                whole_sets.insert(target.id.clone(), target);
            }
            None => single.push(target),
        }
    }
    for set in whole_sets.keys() {
        by_set.entry(set.clone()).or_default();
    }
    let mut results = Vec::new();
    let (listed, few): (Vec<_>, Vec<_>) =
        by_set.into_iter().partition(|(set, asked)| whole_sets.contains_key(set) || asked.len() >= LIST_FROM);
    single.extend(few.into_iter().flat_map(|(_, asked)| asked));

    let lists = stream::iter(listed)
        .map(|(set, asked)| {
            let whole = whole_sets.get(&set);
            async move { (read_set(arm, &set, whole, &asked).await, asked) }
        })
        .buffer_unordered(PARALLEL)
        .collect::<Vec<_>>()
        .await;
    for (found, asked) in lists {
        let seen: BTreeSet<ResourceId> = found.iter().map(|(target, _)| target.id.clone()).collect();
        single.extend(asked.into_iter().filter(|target| !seen.contains(&target.id)));
        results.extend(found);
    }
    let singles = stream::iter(single)
        .map(|target| async move {
            let read = read_machine(arm, &target.id).await;
            (target, read)
        })
        .buffer_unordered(PARALLEL)
        .collect::<Vec<_>>()
        .await;
    results.extend(singles);
    results
}

/// Reads a scale set's instances by their list: those that were asked for, and the others that have maintenance.
async fn read_set(
    arm: &ArmClient,
    set: &ResourceId,
    whole: Option<&Candidate>,
    asked: &[Candidate],
) -> Vec<(Candidate, MachineRead)> {
    let list = match list_instances(arm, set).await {
        Ok(list) => list,
        Err(error) if whole.is_some() && !error.is_not_found() => {
            let target = Candidate::bare(set.clone());
            return vec![(target, MachineRead::Unseen(error.to_string()))];
        }
        // Each instance is then read by itself and speaks for itself.
        Err(_) => return Vec::new(),
    };
    list.into_iter()
        .filter_map(|(id, read)| {
            let asked = asked.iter().find(|target| target.id == id);
            let has_news = match &read {
                MachineRead::Machine(record) => record.view.reading != Reading::NothingPlanned,
                MachineRead::Unreadable(_) => true,
                MachineRead::Gone | MachineRead::Unseen(_) => false,
            };
            let mut target = match (asked, whole) {
                (Some(asked), _) => asked.clone(),
                (None, whole) if has_news => {
                    let announced = whole.cloned().unwrap_or_else(|| Candidate::bare(id.clone()));
                    Candidate { id: id.clone(), ..announced }
                }
                (None, _) => return None,
            };
            if let Some(whole) = whole {
                target.tracking_ids.extend(whole.tracking_ids.iter().cloned());
                target.tracking_ids.sort();
                target.tracking_ids.dedup();
            }
            Some((target, read))
        })
        .collect()
}

/// A look under way.
struct SubscriptionLook<'a> {
    context: &'a MachineContext,
    known_open: &'a [ResourceId],
    observation: &'a mut Observation,
}

impl SubscriptionLook<'_> {
    fn record(&mut self, target: Candidate, read: MachineRead) {
        match read {
            MachineRead::Machine(record) => {
                let (machine, reading) = describe(*record, self.context, self.observation);
                let moved = reading == Reading::NothingPlanned && machine.power == PowerState::Deallocated;
                if moved && self.known_open.contains(&target.id) {
                    let evidence = Evidence::Moved { resource: machine.id.clone(), at: self.observation.at };
                    self.observation.evidence.push(evidence);
                }
                self.push(machine, reading, target);
            }
            MachineRead::Gone => {
                let mut machine = Machine::bare(target.id.clone());
                self.context.complete(&mut machine, target.id.scale_set().as_ref());
                self.push(machine, Reading::Gone, target);
            }
            MachineRead::Unseen(reason) => self.observation.unseen.push(unseen(&target.id, reason)),
            MachineRead::Unreadable(unreadable) => self.observation.unreadable.push(*unreadable),
        }
    }

    /// A host has no instance view with maintenance: its facts are its row's, when that has both dates. Whether it is
    /// gone can be read directly; that nothing is planned cannot.
    async fn record_host(&mut self, arm: &ArmClient, target: Candidate) {
        if let Some(window) = target.host_window {
            let mut machine = Machine::bare(target.id.clone());
            self.context.complete(&mut machine, None);
            self.push(machine, Reading::Maintenance(host_facts(window)), target);
            return;
        }
        match read_host(arm, &target.id).await {
            Ok(None) => self.record(target, MachineRead::Gone),
            Ok(Some(_)) => {
                let reason =
                    "Azure gives no start and end for this dedicated host, and its own record has none";
                self.observation.unseen.push(unseen(&target.id, reason.to_owned()));
            }
            Err(error) => self.observation.unseen.push(unseen(&target.id, error.to_string())),
        }
    }

    fn push(&mut self, machine: Machine, reading: Reading, target: Candidate) {
        self.observation.resources.push(ObservedResource {
            machine,
            reading,
            impact: target.impact,
            tracking_ids: target.tracking_ids,
        });
    }
}

/// A machine with all its tags. When its resource group was not among the answers, that is said: its tags are unknown.
pub(super) fn describe(
    record: MachineRecord,
    context: &MachineContext,
    observation: &mut Observation,
) -> (Machine, Reading) {
    let scale_set = record.scale_set.clone();
    let (mut machine, reading) = record.into_machine();
    if !context.knows_group_of(&machine.id) {
        let scope = format!(
            "/subscriptions/{}/resourceGroups/{}",
            machine.id.subscription(),
            machine.id.resource_group()
        );
        if !observation.unseen.iter().any(|unseen| unseen.scope.eq_ignore_ascii_case(&scope)) {
            let reason =
                "Resource Graph does not show this resource group, so its tags are unknown".to_owned();
            observation.unseen.push(UnseenScope { scope, reason });
        }
    }
    context.complete(&mut machine, scale_set.as_ref());
    (machine, reading)
}

fn host_facts(window: HostWindow) -> MaintenanceFacts {
    MaintenanceFacts {
        schedule: Schedule { self_service: None, scheduled: Some(window.interval) },
        self_start_allowed: false,
        last_result: if window.is_done { LastResult::MaintenanceCompleted } else { LastResult::None },
        last_message: None,
    }
}

fn unseen(id: &ResourceId, reason: String) -> UnseenScope {
    UnseenScope { scope: id.as_str().to_owned(), reason }
}
