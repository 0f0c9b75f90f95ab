//! Changes to what exists.

use super::hand::Script;
use crate::demo::{
    ResourceGroup, ShutdownSchedule, SimulatedFunctionApp, SimulatedHost, SimulatedMachine, SimulatedPower,
    SimulatedScaleSet, SimulatedSubscription, SimulatedTags,
    world::{fold, resource_group_id},
};

impl Script<'_> {
    /// Adds or replaces a subscription.
    pub fn add_subscription(&self, subscription: SimulatedSubscription) {
        let id = fold(&subscription.id);
        self.simulation.lock().world.subscriptions.insert(id, subscription);
    }

    /// Takes a subscription away with everything in it: it is not listed, and calls below it answer 404.
    pub fn remove_subscription(&self, id: &str) -> bool {
        self.simulation.lock().world.subscriptions.remove(&fold(id)).is_some()
    }

    /// Changes a subscription: tags, state, name, what may be read of it.
    pub fn change_subscription(&self, id: &str, change: impl FnOnce(&mut SimulatedSubscription)) -> bool {
        self.simulation.lock().world.subscriptions.get_mut(&fold(id)).map(change).is_some()
    }

    /// Resource Graph leaves the subscription out without a word, or shows it again.
    pub fn hide_from_resource_graph(&self, id: &str, hidden: bool) -> bool {
        self.change_subscription(id, |subscription| subscription.hidden_from_resource_graph = hidden)
    }

    /// Every call below the subscription answers 403 and Resource Graph leaves it out, or no longer.
    pub fn forbid(&self, id: &str, forbidden: bool) -> bool {
        self.change_subscription(id, |subscription| subscription.forbidden = forbidden)
    }

    /// Calls below the subscription that start maintenance answer 403, or no longer.
    pub fn forbid_starts(&self, id: &str, forbidden: bool) -> bool {
        self.change_subscription(id, |subscription| subscription.starts_forbidden = forbidden)
    }

    /// Calls with a token of this person or identity that start maintenance answer 403, or no longer.
    pub fn forbid_starts_to(&self, principal: &str, forbidden: bool) {
        let mut state = self.simulation.lock();
        if forbidden {
            state.may_not_start.insert(principal.to_owned());
        } else {
            state.may_not_start.remove(principal);
        }
    }

    /// Deploys a function app, in place of one of the same name.
    pub fn deploy(&self, app: SimulatedFunctionApp) {
        let mut state = self.simulation.lock();
        state.function_apps.retain(|known| known.name != app.name);
        state.function_apps.push(app);
    }

    /// Adds or replaces a machine, with its resource group when that is missing, and gives its id.
    pub fn add_machine(&self, machine: SimulatedMachine) -> String {
        let mut state = self.simulation.lock();
        let group_id = fold(&resource_group_id(&machine.subscription, &machine.resource_group));
        state.world.resource_groups.entry(group_id).or_insert_with(|| ResourceGroup {
            subscription: machine.subscription.clone(),
            name: machine.resource_group.clone(),
            region: machine.region.clone(),
            tags: SimulatedTags::new(),
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
            Some((set, instance)) if set.contains("/virtualmachinescalesets/") => {
                state.world.scale_sets.get_mut(set).and_then(|set| set.instances.remove(instance)).is_some()
            }
            _ => state.world.machines.remove(&id).is_some(),
        }
    }

    /// Changes a machine: tags, zone, availability set, disk.
    pub fn change_machine(&self, id: &str, change: impl FnOnce(&mut SimulatedMachine)) -> bool {
        self.simulation.lock().world.machines.get_mut(&fold(id)).map(change).is_some()
    }

    /// Sets the tags of a machine.
    pub fn set_machine_tags(&self, id: &str, tags: SimulatedTags) -> bool {
        self.change_machine(id, |machine| machine.tags = tags)
    }

    /// Adds or replaces a scale set and gives its id.
    pub fn add_scale_set(&self, set: SimulatedScaleSet) -> String {
        let id = set.id();
        self.simulation.lock().world.scale_sets.insert(fold(&id), set);
        id
    }

    /// Adds or replaces a dedicated host and gives its id.
    pub fn add_host(&self, host: SimulatedHost) -> String {
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
    pub fn set_power(&self, id: &str, power: SimulatedPower) -> bool {
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
            _ => state.world.machines.get_mut(&folded).map(|machine| &mut machine.power),
        };
        let Some(place) = place else { return false };
        let moved = *place == SimulatedPower::Deallocated && power == SimulatedPower::Running;
        *place = power;
        if moved && state.switches.moved_machines_lose_window {
            for target in state.waves.iter_mut().filter_map(|wave| wave.targets.get_mut(&folded)) {
                target.left = true;
            }
        }
        true
    }
}
