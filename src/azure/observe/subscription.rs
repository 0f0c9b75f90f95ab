//! One look at one subscription.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use futures::{StreamExt, stream};
use serde_json::Value;

use crate::azure::compute::{
    MachineRead, MachineRecord, is_scale_set, list_instances, list_members, read_host, read_machine,
};
use crate::azure::graph::{Candidate, HostWindow, MachineContext, machine_context_of};
use crate::azure::subscriptions::get_subscription;
use crate::azure::{ArmClient, AzureError, records};
use crate::domain::machine::{Machine, PowerState};
use crate::domain::observation::{
    Evidence, Observation, ObservedResource, Reading, UnseenCause, UnseenScope,
};
use crate::domain::resource::{ResourceId, ResourceKind, SubscriptionId, same_id};
use crate::domain::window::{LastResult, MaintenanceFacts, Schedule};
use crate::http::json;

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
    let Some(mut context) = look_around(arm, subscription, &mut observation).await? else {
        return Ok(observation);
    };
    let mut targets: BTreeMap<ResourceId, Candidate> =
        known_open.iter().map(|id| (id.clone(), Candidate::bare(id.clone()))).collect();
    targets.extend(candidates.iter().map(|candidate| (candidate.id.clone(), candidate.clone())));
    targets.retain(|id, _| {
        let belongs = id.subscription() == *subscription;
        if !belongs {
            let reason = format!("it does not belong to subscription {subscription}");
            observation.unseen.push(unseen(id, UnseenCause::NotThere, reason));
        }
        belongs
    });

    let announced: BTreeSet<&ResourceId> = candidates.iter().map(|candidate| &candidate.id).collect();
    let (hosts, machines): (Vec<_>, Vec<_>) =
        targets.into_values().partition(|target| target.id.kind() == ResourceKind::DedicatedHost);
    let reads = read_all(arm, machines, &context).await;
    let hosts: Vec<(Candidate, Result<Option<Value>, AzureError>)> = stream::iter(hosts)
        .map(|host| async move {
            let read = read_host(arm, &host.id).await;
            (host, read)
        })
        .buffer_unordered(PARALLEL)
        .collect()
        .await;
    let mut around = Vec::new();
    for (_, read) in &reads {
        if let MachineRead::Machine(record) = read {
            around.push((record.id.clone(), record.scale_set.clone()));
        }
    }
    let existing = hosts.iter().filter(|(_, read)| matches!(read, Ok(Some(_))));
    around.extend(existing.map(|(host, _)| (host.id.clone(), None)));
    context.complete_directly(arm, around).await;
    let mut look = SubscriptionLook { context: &context, known_open, observation: &mut observation };
    for (target, read) in reads {
        look.record(target, read);
    }
    for (host, read) in hosts {
        let is_announced = announced.contains(&host.id);
        look.record_host(host, read, is_announced);
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
    let own = get_subscription(arm, subscription).await;
    let is_gone = own.as_ref().is_err_and(AzureError::is_subscription_gone);
    let around = match own {
        Ok(subscription) => machine_context_of(arm, subscription).await,
        Err(error) => Err(error),
    };
    match around {
        Ok(context) => Ok(Some(context)),
        Err(error) if error.is_forbidden() || error.is_not_found() || error.refuses_scope() => {
            let scope = format!("/subscriptions/{subscription}");
            let cause = if is_gone { UnseenCause::SubscriptionGone } else { UnseenCause::NoRights };
            observation.unseen.push(UnseenScope { scope, reason: error.to_string(), cause });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Reads machines, instances and scale sets. What a list of instances leaves out is read by itself, since missing there
/// says nothing.
async fn read_all(
    arm: &ArmClient,
    targets: Vec<Candidate>,
    context: &MachineContext,
) -> Vec<(Candidate, MachineRead)> {
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
            let flexible = context.is_flexible(&set);
            async move { (read_set(arm, &set, whole, &asked, flexible).await, asked) }
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
    flexible: bool,
) -> Vec<(Candidate, MachineRead)> {
    let list = if flexible { list_members(arm, set).await } else { list_instances(arm, set).await };
    let list = match list {
        Err(error)
            if whole.is_some()
                && !flexible
                && !error.is_not_found()
                && error.unseen_cause() == UnseenCause::NotThere =>
        {
            // Azure refuses to list the instances of a set whose members are virtual machines of their own.
            list_members(arm, set).await
        }
        list => list,
    };
    let list = match list {
        Ok(list) => list,
        Err(error) if whole.is_some() && !error.is_not_found() => {
            let target = Candidate::bare(set.clone());
            return vec![(target, MachineRead::unseen(&error))];
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
                MachineRead::Gone | MachineRead::Unseen { .. } => false,
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
                let is_blank = record.view.is_blank;
                let (machine, mut reading) = describe(*record, self.context, self.observation);
                // A pause is announced alone; the machine itself never shows it.
                if let (Reading::NothingPlanned, Some(window)) = (&reading, target.host_window)
                    && machine.power != PowerState::Deallocated
                {
                    reading = Reading::Maintenance(announced_facts(Some(window), window.is_done));
                }
                let moved = reading == Reading::NothingPlanned && machine.power == PowerState::Deallocated;
                if moved && self.known_open.contains(&target.id) {
                    let evidence = Evidence::Moved { resource: machine.id.clone(), at: self.observation.at };
                    self.observation.evidence.push(evidence);
                }
                self.push(machine, reading, target);
                if let Some(last) = self.observation.resources.last_mut() {
                    last.is_blank = is_blank;
                }
            }
            MachineRead::Gone => {
                let mut machine = Machine::bare(target.id.clone());
                self.context.complete(&mut machine, target.id.scale_set().as_ref());
                self.push(machine, Reading::Gone, target);
            }
            MachineRead::Unseen { cause, reason } => {
                self.observation.unseen.push(unseen(&target.id, cause, reason));
            }
            MachineRead::Unreadable(unreadable) => self.observation.unreadable.push(*unreadable),
        }
    }

    /// A host has no instance view with maintenance: its facts are its row's. Its own record says whether it exists, where
    /// it is and whose; that nothing is planned cannot be read.
    fn record_host(
        &mut self,
        target: Candidate,
        read: Result<Option<Value>, AzureError>,
        is_announced: bool,
    ) {
        let mut machine = Machine::bare(target.id.clone());
        match read {
            Ok(None) => return self.record(target, MachineRead::Gone),
            Ok(Some(host)) => {
                machine.region = json::text_at(&host, &["location"]).map(str::to_owned);
                machine.zones = json::texts(json::field(&host, "zones"));
                machine.tags.resource = records::tags(json::field(&host, "tags"));
                self.note_missing(&target.id, None);
            }
            // What its row says is known all the same.
            Err(error) => {
                let cause = match error.unseen_cause() {
                    UnseenCause::NotThere => UnseenCause::InPart,
                    cause => cause,
                };
                let reason = format!("whose it is, its own tags say, and they cannot be read: {error}");
                self.observation.unseen.push(unseen(&target.id, cause, reason));
            }
        }
        self.context.complete(&mut machine, None);
        let reading = if is_announced {
            let is_done = target.host_window.map_or(target.done, |window| window.is_done);
            Reading::Maintenance(announced_facts(target.host_window, is_done))
        } else {
            Reading::NothingPlanned
        };
        self.push(machine, reading, target);
    }

    fn note_missing(&mut self, id: &ResourceId, set: Option<&ResourceId>) {
        note_missing(id, set, self.context, self.observation);
    }

    fn push(&mut self, machine: Machine, reading: Reading, target: Candidate) {
        self.observation.resources.push(ObservedResource {
            machine,
            reading,
            impact: target.impact,
            tracking_ids: target.tracking_ids,
            announced: target.announced,
            is_blank: false,
        });
    }
}

/// A machine with all its tags. Which of them could not be read is said, and so is what could not be understood of the rest.
pub(super) fn describe(
    record: MachineRecord,
    context: &MachineContext,
    observation: &mut Observation,
) -> (Machine, Reading) {
    let scale_set = record.scale_set.clone();
    observation.unreadable.extend(record.view.problems.iter().cloned());
    let (mut machine, reading) = record.into_machine();
    note_missing(&machine.id, scale_set.as_ref(), context, observation);
    context.complete(&mut machine, scale_set.as_ref());
    (machine, reading)
}

fn note_missing(
    id: &ResourceId,
    set: Option<&ResourceId>,
    context: &MachineContext,
    observation: &mut Observation,
) {
    for missing in context.missing_around(id, set) {
        if !observation.unseen.iter().any(|unseen| same_id(&unseen.scope, &missing.scope)) {
            observation.unseen.push(missing);
        }
    }
}

/// What a row says, which is all that is known. Without dates it is planned all the same.
fn announced_facts(window: Option<HostWindow>, is_done: bool) -> MaintenanceFacts {
    MaintenanceFacts {
        schedule: Schedule { self_service: None, scheduled: window.map(|window| window.interval) },
        self_start_allowed: false,
        is_start_unsaid: false,
        last_result: if is_done { LastResult::MaintenanceCompleted } else { LastResult::None },
        last_message: None,
    }
}

fn unseen(id: &ResourceId, cause: UnseenCause, reason: String) -> UnseenScope {
    UnseenScope { scope: id.as_str().to_owned(), reason, cause }
}
