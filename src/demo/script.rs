//! The hand that changes the simulated tenant while a test runs.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    Fault, FaultAnswer, Host, LastResult, Machine, PowerState, RecordedRequest, ResourceGroup, ScaleSet,
    ScaleSetInstance, ShutdownSchedule, Simulation, Subscription, Switches, Tags, Wave, Window,
    world::{fold, resource_group_id},
};

/// Looks into a simulation and changes it. Every change takes effect at once; ids compare without case.
///
/// Changes to something that does not exist answer `false` and change nothing. The functions that take a closure hold
/// the simulation's lock while it runs: it must not call the script.
#[derive(Debug, Clone, Copy)]
pub struct Script<'a> {
    simulation: &'a Simulation,
}

/// What the next `performMaintenance` on a resource comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartOutcome {
    /// The operation succeeds and the machine is maintained.
    Complete,
    /// The operation succeeds, and the instance view says `RetryLater`.
    RetryLater,
    /// The operation succeeds, and the instance view says `MaintenanceAborted`.
    Abort,
    /// The operation ends as failed, and the instance view stays as it was.
    Fail {
        /// The error code.
        code: String,
        /// The error message.
        message: String,
    },
    /// The operation is accepted and never ends.
    NeverEnd,
    /// The call is refused with status 409.
    Refuse {
        /// The message in the envelope.
        message: String,
    },
}

/// A `maintenanceRedeployStatus` that a client must survive.
#[derive(Debug, Clone)]
pub enum Corruption {
    /// Dates that are no dates.
    OddDates,
    /// Both windows end before they start.
    EndBeforeStart,
    /// A result code that nobody has documented.
    UnknownCode,
    /// An object without any field.
    Blank,
    /// A text where the object should be.
    NotAnObject,
    /// This value in place of the object.
    Replace(Value),
}

impl Corruption {
    fn value(self) -> Value {
        let windows = |earlier: &str, later: &str| {
            json!({
                "isCustomerInitiatedMaintenanceAllowed": true,
                "preMaintenanceWindowStartTime": earlier,
                "preMaintenanceWindowEndTime": later,
                "maintenanceWindowStartTime": earlier,
                "maintenanceWindowEndTime": later,
                "lastOperationResultCode": "None",
            })
        };
        match self {
            Self::OddDates => windows("the 31st of November", "0001-01-01T00:00:00"),
            Self::EndBeforeStart => windows("2027-02-01T00:00:00+00:00", "2027-01-01T00:00:00+00:00"),
            Self::UnknownCode => {
                let mut value = windows("2027-01-01T00:00:00+00:00", "2027-02-01T00:00:00+00:00");
                value["lastOperationResultCode"] = json!("SomethingNew");
                value
            }
            Self::Blank => json!({}),
            Self::NotAnObject => json!("none"),
            Self::Replace(value) => value,
        }
    }
}

impl<'a> Script<'a> {
    pub(super) fn new(simulation: &'a Simulation) -> Self {
        Self { simulation }
    }

    /// All subscriptions.
    pub fn subscriptions(&self) -> Vec<Subscription> {
        self.simulation
            .lock()
            .world
            .subscriptions
            .values()
            .cloned()
            .collect()
    }

    /// The subscription of this name.
    pub fn subscription(&self, name: &str) -> Option<Subscription> {
        self.subscriptions()
            .into_iter()
            .find(|subscription| subscription.name == name)
    }

    /// All machines outside uniform scale sets.
    pub fn machines(&self) -> Vec<Machine> {
        self.simulation.lock().world.machines.values().cloned().collect()
    }

    /// The machine of this name.
    pub fn machine(&self, name: &str) -> Option<Machine> {
        self.machines()
            .into_iter()
            .find(|machine| machine.name.eq_ignore_ascii_case(name))
    }

    /// All scale sets.
    pub fn scale_sets(&self) -> Vec<ScaleSet> {
        self.simulation
            .lock()
            .world
            .scale_sets
            .values()
            .cloned()
            .collect()
    }

    /// All waves, over and coming ones too.
    pub fn waves(&self) -> Vec<Wave> {
        self.simulation.lock().waves.clone()
    }

    /// The ids of all resources for which Azure plans something now.
    pub fn planned(&self, now: DateTime<Utc>) -> Vec<String> {
        let state = self.simulation.lock();
        let mut ids: Vec<String> = state
            .waves
            .iter()
            .flat_map(Wave::targets)
            .filter(|id| state.world.exists(id) && state.maintenance(id, now).is_some())
            .collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// Adds or replaces a subscription.
    pub fn add_subscription(&self, subscription: Subscription) {
        let id = fold(&subscription.id);
        self.simulation
            .lock()
            .world
            .subscriptions
            .insert(id, subscription);
    }

    /// Takes a subscription away with everything in it: it is not listed, and calls below it answer 404.
    pub fn remove_subscription(&self, id: &str) -> bool {
        self.simulation
            .lock()
            .world
            .subscriptions
            .remove(&fold(id))
            .is_some()
    }

    /// Changes a subscription: tags, state, name, what may be read of it.
    pub fn change_subscription(&self, id: &str, change: impl FnOnce(&mut Subscription)) -> bool {
        self.simulation
            .lock()
            .world
            .subscriptions
            .get_mut(&fold(id))
            .map(change)
            .is_some()
    }

    /// Resource Graph leaves the subscription out without a word, or shows it again.
    pub fn hide_from_resource_graph(&self, id: &str, hidden: bool) -> bool {
        self.change_subscription(id, |subscription| {
            subscription.hidden_from_resource_graph = hidden
        })
    }

    /// Every call below the subscription answers 403 and Resource Graph leaves it out, or no longer.
    pub fn forbid(&self, id: &str, forbidden: bool) -> bool {
        self.change_subscription(id, |subscription| subscription.forbidden = forbidden)
    }

    /// Adds or replaces a resource group.
    pub fn add_resource_group(&self, group: ResourceGroup) {
        let id = fold(&resource_group_id(&group.subscription, &group.name));
        self.simulation.lock().world.resource_groups.insert(id, group);
    }

    /// Sets the tags of a resource group.
    pub fn set_resource_group_tags(&self, subscription: &str, name: &str, tags: Tags) -> bool {
        let id = fold(&resource_group_id(subscription, name));
        self.simulation
            .lock()
            .world
            .resource_groups
            .get_mut(&id)
            .map(|group| group.tags = tags)
            .is_some()
    }

    /// Adds or replaces a machine, with its resource group when that is missing, and gives its id.
    pub fn add_machine(&self, machine: Machine) -> String {
        let mut state = self.simulation.lock();
        let group_id = fold(&resource_group_id(&machine.subscription, &machine.resource_group));
        state
            .world
            .resource_groups
            .entry(group_id)
            .or_insert_with(|| ResourceGroup {
                subscription: machine.subscription.clone(),
                name: machine.resource_group.clone(),
                region: machine.region.clone(),
                tags: Tags::new(),
            });
        let id = machine.id();
        state.world.machines.insert(fold(&id), machine);
        id
    }

    /// Deletes a machine or a scale set instance: reading it answers 404.
    pub fn remove_machine(&self, id: &str) -> bool {
        let id = fold(id);
        let mut state = self.simulation.lock();
        match id.split_once("/virtualmachines/") {
            Some((set, instance)) if set.contains("/virtualmachinescalesets/") => state
                .world
                .scale_sets
                .get_mut(set)
                .and_then(|set| set.instances.remove(instance))
                .is_some(),
            _ => state.world.machines.remove(&id).is_some(),
        }
    }

    /// Changes a machine: tags, zone, availability set, disk.
    pub fn change_machine(&self, id: &str, change: impl FnOnce(&mut Machine)) -> bool {
        self.simulation
            .lock()
            .world
            .machines
            .get_mut(&fold(id))
            .map(change)
            .is_some()
    }

    /// Sets the tags of a machine.
    pub fn set_machine_tags(&self, id: &str, tags: Tags) -> bool {
        self.change_machine(id, |machine| machine.tags = tags)
    }

    /// Adds or replaces a scale set and gives its id.
    pub fn add_scale_set(&self, set: ScaleSet) -> String {
        let id = set.id();
        self.simulation.lock().world.scale_sets.insert(fold(&id), set);
        id
    }

    /// Adds or replaces an instance of a scale set.
    pub fn add_instance(&self, set: &str, name: &str, instance: ScaleSetInstance) -> bool {
        let mut state = self.simulation.lock();
        let set = state.world.scale_sets.get_mut(&fold(set));
        set.map(|set| set.instances.insert(name.to_owned(), instance))
            .is_some()
    }

    /// Adds or replaces a dedicated host and gives its id.
    pub fn add_host(&self, host: Host) -> String {
        let id = host.id();
        self.simulation.lock().world.hosts.insert(fold(&id), host);
        id
    }

    /// Adds or replaces the shutdown schedule of a machine.
    pub fn add_shutdown_schedule(&self, schedule: ShutdownSchedule) {
        let id = fold(&schedule.target);
        self.simulation.lock().world.schedules.insert(id, schedule);
    }

    /// Starts, stops or deallocates a machine or an instance. One that runs again after it was deallocated has moved
    /// to another host and leaves its waves, unless the switch says otherwise.
    pub fn set_power(&self, id: &str, power: PowerState) -> bool {
        let folded = fold(id);
        let mut state = self.simulation.lock();
        let state = &mut *state;
        let place = match folded.split_once("/virtualmachines/") {
            Some((set, instance)) if set.contains("/virtualmachinescalesets/") => state
                .world
                .scale_sets
                .get_mut(set)
                .and_then(|set| set.instances.get_mut(instance))
                .map(|instance| &mut instance.power),
            _ => state
                .world
                .machines
                .get_mut(&folded)
                .map(|machine| &mut machine.power),
        };
        let Some(place) = place else { return false };
        let moved = *place == PowerState::Deallocated && power == PowerState::Running;
        *place = power;
        if moved && state.switches.moved_machines_lose_window {
            for target in state
                .waves
                .iter_mut()
                .filter_map(|wave| wave.targets.get_mut(&folded))
            {
                target.left = true;
            }
        }
        true
    }

    /// Announces a wave, or lays it out for a time to come.
    pub fn announce(&self, wave: Wave) {
        self.simulation.lock().waves.push(wave);
    }

    /// Changes a wave: its listing, its impact, its dates.
    pub fn change_wave(&self, tracking_id: &str, change: impl FnOnce(&mut Wave)) -> bool {
        let mut state = self.simulation.lock();
        state
            .waves
            .iter_mut()
            .find(|wave| wave.tracking_id == tracking_id)
            .map(change)
            .is_some()
    }

    /// Moves both windows of a wave.
    pub fn reschedule(&self, tracking_id: &str, self_service: Option<Window>, scheduled: Window) -> bool {
        self.change_wave(tracking_id, |wave| {
            wave.self_service = self_service;
            wave.scheduled = scheduled;
        })
    }

    /// Calls a wave off from a moment on.
    pub fn cancel(&self, tracking_id: &str, at: DateTime<Utc>) -> bool {
        self.change_wave(tracking_id, |wave| wave.cancelled = Some(at))
    }

    /// Adds a resource to a wave, or puts it back.
    pub fn join_wave(&self, tracking_id: &str, id: &str) -> bool {
        self.change_wave(tracking_id, |wave| wave.add_target(id.to_owned()))
    }

    /// Takes a resource out of a wave: its instance view says nothing more.
    pub fn leave_wave(&self, tracking_id: &str, id: &str) -> bool {
        self.change_target(tracking_id, id, |target| target.left = true)
    }

    /// Resource Graph has no row for a resource of a wave, or has one again; the instance view tells of it in any case.
    /// So it is with a machine that was deployed into a region where a wave was already announced.
    pub fn unlist(&self, tracking_id: &str, id: &str, unlisted: bool) -> bool {
        self.change_target(tracking_id, id, |target| target.unlisted = unlisted)
    }

    /// Sets what the instance view says of the last attempt on a resource.
    pub fn set_last_result(&self, tracking_id: &str, id: &str, result: LastResult) -> bool {
        self.change_target(tracking_id, id, |target| target.results.push(result))
    }

    /// Overrides `isCustomerInitiatedMaintenanceAllowed`, or with none lets it follow from the windows again.
    pub fn set_allowed(&self, tracking_id: &str, id: &str, allowed: Option<bool>) -> bool {
        self.change_target(tracking_id, id, |target| target.allowed = allowed)
    }

    fn change_target(
        &self,
        tracking_id: &str,
        id: &str,
        change: impl FnOnce(&mut super::wave::Target),
    ) -> bool {
        let mut state = self.simulation.lock();
        let wave = state
            .waves
            .iter_mut()
            .find(|wave| wave.tracking_id == tracking_id);
        wave.and_then(|wave| wave.targets.get_mut(&fold(id)))
            .map(change)
            .is_some()
    }

    /// Spoils what instance views (and lists that carry it) say of a resource's maintenance.
    pub fn corrupt(&self, id: &str, corruption: Corruption) {
        self.simulation
            .lock()
            .corrupted_views
            .insert(fold(id), corruption.value());
    }

    /// Replaces `properties` of a resource's row of planned updates in Resource Graph.
    pub fn corrupt_update_row(&self, id: &str, properties: Value) {
        self.simulation
            .lock()
            .corrupted_updates
            .insert(fold(id), properties);
    }

    /// Takes both corruptions of a resource back.
    pub fn heal(&self, id: &str) {
        let mut state = self.simulation.lock();
        state.corrupted_views.remove(&fold(id));
        state.corrupted_updates.remove(&fold(id));
    }

    /// Queues what the next start of a resource comes to; without one it completes.
    pub fn next_start(&self, id: &str, outcome: StartOutcome) {
        self.simulation
            .lock()
            .outcomes
            .entry(fold(id))
            .or_default()
            .push_back(outcome);
    }

    /// Plants a fault. Of several that match, the one planted first acts.
    pub fn fail(&self, fault: Fault) {
        self.simulation.lock().faults.push(fault);
    }

    /// The next calls whose path contains a text answer 429 with `Retry-After` in seconds.
    pub fn throttle_next(&self, path: &str, times: u32, retry_after: u64) {
        let answer = FaultAnswer::Status {
            status: 429,
            code: "TooManyRequests".to_owned(),
            retry_after: Some(retry_after),
        };
        self.fail(Fault {
            path: path.to_owned(),
            graph_page: None,
            times,
            answer,
        });
    }

    /// A page of Resource Graph answers, counted from one, fails this often.
    pub fn fail_graph_page(&self, page: u32, times: u32, status: u16) {
        let answer = FaultAnswer::Status {
            status,
            code: "InternalServerError".to_owned(),
            retry_after: None,
        };
        let path = "Microsoft.ResourceGraph".to_owned();
        self.fail(Fault {
            path,
            graph_page: Some(page),
            times,
            answer,
        });
    }

    /// Takes all planted faults back.
    pub fn clear_faults(&self) {
        self.simulation.lock().faults.clear();
    }

    /// Resource Graph cuts answers off without a skip token, and says so, or no longer.
    pub fn truncate_resource_graph(&self, truncate: bool) {
        self.simulation.lock().truncate_graph = truncate;
    }

    /// The next calls find their token expired.
    pub fn reject_tokens(&self, times: u32) {
        self.simulation.lock().reject_tokens = times;
    }

    /// Changes the switches.
    pub fn switch(&self, change: impl FnOnce(&mut Switches)) {
        change(&mut self.simulation.lock().switches);
    }

    /// What was asked, oldest first; the newest ten thousand requests are remembered.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.simulation.lock().requests.iter().cloned().collect()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        self.simulation.lock().requests.clear();
    }

    /// The paths of the accepted calls that start maintenance, oldest first.
    pub fn starts(&self) -> Vec<String> {
        let is_start = |request: &RecordedRequest| {
            request.status < 300 && request.path.to_ascii_lowercase().ends_with("/performmaintenance")
        };
        self.requests()
            .into_iter()
            .filter(is_start)
            .map(|request| request.path)
            .collect()
    }
}
