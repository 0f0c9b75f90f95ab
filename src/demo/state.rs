//! Everything that a simulation knows, behind one lock.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{
    Fault, RecordedRequest, ScriptedStart, SimulatedAgent, SimulatedEvent, SimulatedResult,
    SimulationOptions, Switches, Wave,
    accounts::SimulatedDirectory,
    arm::throttle::Throttle,
    build,
    function_app::SimulatedFunctionApp,
    operation::Operation,
    random::Seed,
    wave::{SimulatedStatus, Target},
    world::{World, fold},
};

/// How many requests are recorded for tests to look at.
const RECORDED_REQUESTS: usize = 10_000;

#[derive(Debug)]
pub(super) struct State {
    pub(super) world: World,
    pub(super) waves: Vec<Wave>,
    pub(super) options: SimulationOptions,
    pub(super) switches: Switches,
    pub(super) operations: BTreeMap<String, Operation>,
    pub(super) activity: Vec<Activity>,
    pub(super) faults: Vec<Fault>,
    pub(super) reject_tokens: u32,
    pub(super) truncate_graph: bool,
    pub(super) throttle: Throttle,
    pub(super) requests: VecDeque<RecordedRequest>,
    /// Replacements for `maintenanceRedeployStatus`, by folded resource id.
    pub(super) corrupted_views: BTreeMap<String, Value>,
    /// What Resource Health says of a machine in place of what its power state says, by folded resource id.
    pub(super) health: BTreeMap<String, String>,
    /// What agents say in place of what follows from power, by folded resource id.
    pub(super) agents: BTreeMap<String, SimulatedAgent>,
    /// Replacements for `properties` of rows of planned updates, by folded resource id.
    pub(super) corrupted_updates: BTreeMap<String, Value>,
    /// What Azure says it will do to machines, beside waves.
    pub(super) scheduled_events: Vec<SimulatedEvent>,
    /// What happened to machines: the folded resource id, the annotation's name, and when.
    pub(super) annotations: Vec<(String, String, DateTime<Utc>)>,
    pub(super) outcomes: BTreeMap<String, VecDeque<ScriptedStart>>,
    /// Whoever may read and not start, by the names that their tokens speak for.
    pub(super) may_not_start: BTreeSet<String>,
    pub(super) directory: SimulatedDirectory,
    pub(super) function_apps: Vec<SimulatedFunctionApp>,
    counter: u64,
}

/// An entry of the activity log.
#[derive(Debug, Clone)]
pub(super) struct Activity {
    pub(super) at: DateTime<Utc>,
    pub(super) resource: String,
    pub(super) caller: String,
    pub(super) operation_id: String,
    /// The number of the request that led to it.
    pub(super) correlation: String,
    /// `Started`, `Accepted`, `Succeeded` or `Failed`.
    pub(super) status: &'static str,
}

impl State {
    pub(super) fn new(options: SimulationOptions) -> Self {
        let (world, waves) = build::build(&options);
        Self {
            world,
            waves,
            switches: options.switches.clone(),
            options,
            operations: BTreeMap::new(),
            activity: Vec::new(),
            faults: Vec::new(),
            agents: BTreeMap::new(),
            reject_tokens: 0,
            truncate_graph: false,
            throttle: Throttle::default(),
            requests: VecDeque::new(),
            corrupted_views: BTreeMap::new(),
            health: BTreeMap::new(),
            corrupted_updates: BTreeMap::new(),
            scheduled_events: Vec::new(),
            annotations: Vec::new(),
            outcomes: BTreeMap::new(),
            may_not_start: BTreeSet::new(),
            directory: SimulatedDirectory::default(),
            function_apps: Vec::new(),
            counter: 0,
        }
    }

    /// The next identifier of a request or an operation; the same sequence in every run.
    pub(super) fn next_uuid(&mut self, label: &str) -> String {
        self.counter += 1;
        Seed(self.options.seed).uuid(&format!("{label} {}", self.counter)).to_string()
    }

    pub(super) fn remember(&mut self, request: RecordedRequest) {
        if self.requests.len() == RECORDED_REQUESTS {
            self.requests.pop_front();
        }
        self.requests.push_back(request);
    }

    /// The wave that a resource is in now, and how it stands there. The latest announcement wins.
    pub(super) fn maintenance(&self, id: &str, now: DateTime<Utc>) -> Option<(&Wave, SimulatedStatus)> {
        let power = self.world.power(id);
        self.waves.iter().rev().find_map(|wave| Some((wave, wave.status(id, power, now)?)))
    }

    /// Whether a resource is away at this moment, because a start of its maintenance is under way: the middle third of
    /// it, or all of one that never ends.
    pub(super) fn is_away(&self, id: &str, now: DateTime<Utc>) -> bool {
        let targets = self.waves.iter().filter_map(|wave| wave.targets.get(&fold(id)));
        let mut runs = targets.filter_map(|target| target.running);
        self.switches.machines_go_away
            && runs.any(|(from, until)| {
                let third = until.map_or(chrono::TimeDelta::zero(), |until| (until - from) / 3);
                from + third <= now && until.is_none_or(|until| now < until - third)
            })
    }

    /// The resource's place in the wave it is in now.
    fn target_mut(&mut self, id: &str, now: DateTime<Utc>) -> Option<&mut Target> {
        let power = self.world.power(id);
        let wave = self.waves.iter_mut().rev().find(|wave| wave.status(id, power, now).is_some())?;
        wave.targets.get_mut(&fold(id))
    }

    /// Records an attempt on a resource: it runs, and at its end the result shows.
    pub(super) fn attempt(
        &mut self,
        id: &str,
        now: DateTime<Utc>,
        end: Option<DateTime<Utc>>,
        result: Option<(&str, Option<&str>)>,
    ) {
        if let Some(target) = self.target_mut(id, now) {
            target.running = Some((now, end));
            if let (Some(at), Some((code, message))) = (end, result) {
                let (code, message) = (code.to_owned(), message.map(str::to_owned));
                target.results.push(SimulatedResult { at, code, message });
                target.allowed = None;
            }
        }
    }
}
