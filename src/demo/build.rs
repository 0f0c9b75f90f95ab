//! Builds the default world and lays its waves around the start.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use super::{
    AvailabilitySet, OsDiskPlacement, ResourceGroup, ScaleSetInstance, ShutdownSchedule, SimulatedHost,
    SimulatedMachine, SimulatedPower, SimulatedScaleSet, SimulatedSubscription, SimulatedTags,
    SimulationOptions, Wave, default_waves,
    names::{GROUPS, GroupTemplate, MANAGEMENT_GROUP, SUBSCRIPTIONS},
    random::Seed,
    workloads::{WORKLOADS, WaveKey, Workload},
    world::{World, fold, resource_group_id},
};

/// The world and its waves, the same for the same options.
pub(super) fn build(options: &SimulationOptions) -> (World, Vec<Wave>) {
    let seed = Seed(options.seed);
    let mut world = World {
        tenant: seed.uuid("tenant").to_string(),
        management_group: MANAGEMENT_GROUP.to_owned(),
        ..World::default()
    };
    let start = options.start.duration_trunc(TimeDelta::hours(1)).unwrap_or(options.start);
    let mut waves = default_waves::waves(start);

    for template in SUBSCRIPTIONS {
        let id = subscription_id(seed, template.key);
        let subscription = SimulatedSubscription {
            id: id.clone(),
            name: template.name.to_owned(),
            state: "Enabled".to_owned(),
            tags: tags(template.tags),
            hidden_from_resource_graph: false,
            forbidden: false,
            starts_forbidden: false,
        };
        world.subscriptions.insert(id, subscription);
    }
    for template in GROUPS {
        let subscription = subscription_id(seed, template.subscription);
        let group = ResourceGroup {
            name: template.name.to_owned(),
            region: template.region.to_owned(),
            tags: tags(template.tags),
            subscription,
        };
        world.resource_groups.insert(fold(&resource_group_id(&group.subscription, &group.name)), group);
    }
    for number in 0..options.machines {
        let ordinal = number / WORKLOADS.len() + 1;
        if let Some(workload) = WORKLOADS.get(number % WORKLOADS.len()) {
            add_machine(&mut world, &mut waves, seed, start, workload, ordinal);
        }
    }
    add_scale_sets(&mut world, &mut waves, seed);
    add_host_to_wave(&world, &mut waves);
    default_waves::settle_partly_done(&mut waves, start);
    default_waves::list_in_one_table(&mut waves);
    (world, waves.into_iter().map(|(_, wave)| wave).collect())
}

fn subscription_id(seed: Seed, key: &str) -> String {
    seed.uuid(&format!("subscription {key}")).to_string()
}

fn tags(pairs: &[(&str, &str)]) -> SimulatedTags {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn group(name: &str) -> Option<&'static GroupTemplate> {
    GROUPS.iter().find(|group| group.name == name)
}

fn join(waves: &mut [(WaveKey, Wave)], key: WaveKey, id: String) {
    if let Some((_, wave)) = waves.iter_mut().find(|(candidate, _)| *candidate == key) {
        wave.add_target(id);
    }
}

fn add_machine(
    world: &mut World,
    waves: &mut [(WaveKey, Wave)],
    seed: Seed,
    start: DateTime<Utc>,
    workload: &Workload,
    ordinal: usize,
) {
    let Some(group) = group(workload.group) else {
        return;
    };
    let subscription = subscription_id(seed, group.subscription);
    let name = format!("{}-{ordinal:02}", workload.base);
    let age = TimeDelta::days(100 + i64::try_from(seed.below(&name, 900)).unwrap_or(0));
    let mut machine = SimulatedMachine::new(&subscription, group.name, &name, group.region, start - age);
    machine.size = workload.size.to_owned();
    machine.windows = workload.traits.windows;
    machine.tags = tags(workload.tags);
    machine.power = workload.traits.power;
    machine.os_disk = workload.traits.os_disk;
    machine.vm_id = seed.uuid(&format!("machine {name}"));
    if workload.traits.zoned {
        machine.zone = Some((ordinal % 3 + 1).to_string());
    }
    if workload.traits.availability_set {
        let set = AvailabilitySet {
            subscription: subscription.clone(),
            resource_group: group.name.to_owned(),
            name: format!("avail-{}", workload.base.trim_start_matches("vm-")),
            region: group.region.to_owned(),
        };
        machine.availability_set = Some(set.id());
        // Azure gives a set five update domains unless asked for others, and fills them in turn.
        machine.update_domain = u32::try_from((ordinal + 4) % 5).unwrap_or_default();
        world.availability_sets.insert(fold(&set.id()), set);
    }
    if workload.traits.on_host {
        let host = SimulatedHost {
            subscription,
            resource_group: group.name.to_owned(),
            group: "hg-sap".to_owned(),
            name: "host-01".to_owned(),
            region: group.region.to_owned(),
            tags: tags(&[("owner", "lukas.weber@contoso.com")]),
        };
        machine.host = Some(host.id());
        world.hosts.insert(fold(&host.id()), host);
    }
    if workload.traits.auto_shutdown {
        let schedule = ShutdownSchedule {
            target: machine.id(),
            time: "1900".to_owned(),
            time_zone: "W. Europe Standard Time".to_owned(),
            enabled: true,
        };
        world.schedules.insert(fold(&machine.id()), schedule);
    }
    if let Some(wave) = workload.wave {
        join(waves, wave, machine.id());
    }
    world.machines.insert(fold(&machine.id()), machine);
}

/// A web tier, the nodes of a Kubernetes cluster on ephemeral disks, and a lab's set that no wave reaches.
fn add_scale_sets(world: &mut World, waves: &mut [(WaveKey, Wave)], seed: Seed) {
    type BuildRow = (&'static str, &'static str, usize, OsDiskPlacement, Option<WaveKey>, SimulatedTags);
    let sets: [BuildRow; 3] = [
        (
            "rg-webshop-prod",
            "vmss-checkout",
            4,
            OsDiskPlacement::Managed,
            Some(WaveKey::Open),
            SimulatedTags::new(),
        ),
        (
            "MC_rg-aks_aks-apps_northeurope",
            "aks-nodepool1-31418096-vmss",
            3,
            OsDiskPlacement::EphemeralCache,
            Some(WaveKey::Announced),
            tags(&[("aks-managed-poolName", "nodepool1"), ("owner", "kubernetes-team@contoso.com")]),
        ),
        ("rg-lab-research", "vmss-render", 2, OsDiskPlacement::EphemeralResource, None, SimulatedTags::new()),
    ];
    for (group_name, name, count, os_disk, wave, tags) in sets {
        let Some(group) = group(group_name) else { continue };
        let instances = (0..count).map(|number| {
            let instance = ScaleSetInstance {
                zone: Some((number % 3 + 1).to_string()),
                power: SimulatedPower::Running,
                vm_id: seed.uuid(&format!("instance {name} {number}")),
            };
            (number.to_string(), instance)
        });
        let set = SimulatedScaleSet {
            subscription: subscription_id(seed, group.subscription),
            resource_group: group.name.to_owned(),
            name: name.to_owned(),
            region: group.region.to_owned(),
            zones: ["1", "2", "3"].map(str::to_owned).into(),
            size: "Standard_D4s_v5".to_owned(),
            tags,
            os_disk,
            flexible: false,
            instances: instances.collect(),
        };
        // The first instance of the web tier already runs on an updated host.
        for instance in set.instances.keys().skip(usize::from(wave == Some(WaveKey::Open))) {
            if let Some(wave) = wave {
                join(waves, wave, set.instance_id(instance));
            }
        }
        world.scale_sets.insert(fold(&set.id()), set);
    }
}

/// The dedicated host itself is announced too.
fn add_host_to_wave(world: &World, waves: &mut [(WaveKey, Wave)]) {
    for host in world.hosts.values() {
        join(waves, WaveKey::NoSelfService, host.id());
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn options() -> SimulationOptions {
        SimulationOptions::new(Utc.with_ymd_and_hms(2026, 11, 23, 9, 20, 0).unwrap())
    }

    #[test]
    fn the_same_options_give_the_same_world_and_another_seed_another() {
        let text = |options: &SimulationOptions| format!("{:?}", build(options));
        assert_eq!(text(&options()), text(&options()));
        assert_ne!(text(&options()), text(&SimulationOptions { seed: 2, ..options() }));
    }

    #[test]
    fn any_number_of_machines_makes_a_world() {
        for machines in [0, 1, 17, 40, 1000] {
            let (world, waves) = build(&SimulationOptions { machines, ..options() });
            assert_eq!(world.machines.len(), machines);
            assert!(waves.iter().flat_map(Wave::targets).all(|id| world.exists(&id)));
            let parents = world
                .machines
                .values()
                .map(|machine| fold(&resource_group_id(&machine.subscription, &machine.resource_group)));
            assert!(parents.into_iter().all(|group| world.resource_groups.contains_key(&group)));
        }
    }

    #[test]
    fn the_default_waves_cover_every_phase() {
        let (world, waves) = build(&options());
        let now = options().start;
        let lines: Vec<String> = waves
            .iter()
            .map(|wave| {
                let mut words: Vec<String> = wave
                    .targets()
                    .iter()
                    .map(|id| match wave.status(id, world.power(id), now) {
                        Some(status) => format!("{}/{}", status.planned_maintenance_status(), status.allowed),
                        None => "unknown".to_owned(),
                    })
                    .collect();
                words.sort();
                words.dedup();
                format!("{} {} {}", wave.tracking_id, wave.region, words.join(" "))
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        PYN_-ZL8 westeurope Pending/true
        QK7V-1_0 northeurope Pending/false
        7TRM-9D8 eastus Pending/false Pending/true
        BL0S-TW0 centralindia Completed/false Pending/false
        HX4K-D_8 germanywestcentral Completed/false Pending/true RetryLater/false RetryNow/true
        1J14-8LG uksouth Pending/false
        ZMM4-1_0 southeastasia unknown
        ");
    }
}
