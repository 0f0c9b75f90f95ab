//! What Azure does in a story.

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::demo::{
    Fault, FaultAnswer, ScriptedStart, ShutdownSchedule, SimulatedMachine, SimulatedPower, SimulatedResult,
    SimulatedTags, SimulatedWindow, Wave,
};

use super::moment::{moment, span};
use super::play::Play;
use super::read::StoryRow;
use crate::whole::tenant::SUBSCRIPTION;

const REGION: &str = "westeurope";
/// Another subscription of the same tenant.
const ELSEWHERE: &str = "00000000-0000-0000-0000-00000000000e";

impl Play {
    /// What Azure does, if this is about Azure.
    pub(super) fn azure(&mut self, row: &StoryRow) -> bool {
        let script = self.tenant.simulation.script();
        let now = self.tenant.now();
        let clauses: Vec<&str> = row.what.split(',').map(str::trim).collect();
        let words: Vec<&str> = clauses[0].split_whitespace().collect();
        match words.as_slice() {
            ["Azure", "plans", name, "of", owners @ ..] => {
                let mut machine = SimulatedMachine::new(SUBSCRIPTION, "rg-test", name, REGION, now);
                machine.tags = tags(owners);
                let id = script.add_machine(machine);
                let (own, azure) = dates(&clauses[1..], now);
                // A machine can have a second wave once the first is over.
                let tracking = format!("{name}-{}", script.waves().len());
                script.announce(Wave::new(&tracking, REGION, now, own, azure).with_targets([id]));
            }
            ["Azure", "moves", name, "by", by] => {
                let by = span(by);
                self.wave(name, |wave| {
                    for window in wave.self_service.iter_mut().chain([&mut wave.scheduled]) {
                        *window = SimulatedWindow::new(window.start + by, window.end + by);
                    }
                });
            }
            ["Azure", "shows", "nothing", "of", name] => {
                let id = self.id(name);
                assert!(script.leave_wave(&self.tracking(name), &id), "{}", row.text);
            }
            ["Azure", "shows", name, "again"] => {
                assert!(script.join_wave(&self.tracking(name), &self.id(name)), "{}", row.text);
            }
            ["Azure", "calls", name, "off"] => self.wave(name, |wave| wave.cancelled = Some(now)),
            ["Azure", "says", name, "is", what @ ..] => {
                let code = match what {
                    ["completed"] => "MaintenanceCompleted",
                    ["aborted"] => "MaintenanceAborted",
                    ["to", "be", "retried", "later"] => "RetryLater",
                    _ => panic!("Azure has no such word: {}", row.text),
                };
                let result = SimulatedResult { at: now, code: code.to_owned(), message: None };
                assert!(script.set_last_result(&self.tracking(name), &self.id(name), result), "{}", row.text);
            }
            ["Azure", "takes", "no", "start", "of", name] => self.allow(name, Some(false)),
            ["Azure", "takes", "a", "start", "of", name] => self.allow(name, Some(true)),
            ["Azure", "decides", "by", "its", "dates", "whether", name, ..] => self.allow(name, None),
            ["Azure", "ends", "the", "next", "start", "of", name, "as", how @ ..] => {
                let outcome = match how {
                    ["failed"] => ScriptedStart::Fail {
                        code: "InternalExecutionError".to_owned(),
                        message: "It failed.".to_owned(),
                    },
                    ["to", "be", "retried", "later"] => ScriptedStart::RetryLater,
                    ["aborted"] => ScriptedStart::Abort,
                    ["never"] => ScriptedStart::NeverEnd,
                    _ => panic!("no start ends like this: {}", row.text),
                };
                script.next_start(&self.id(name), outcome);
            }
            ["Azure", "refuses", "the", "next", "start", "of", name, "with", status, code] => {
                let outcome = ScriptedStart::RefuseWith {
                    status: status.parse().unwrap(),
                    code: (*code).to_owned(),
                    message: "Not now.".to_owned(),
                };
                script.next_start(&self.id(name), outcome);
            }
            ["Azure", "loses", what @ .., "the", "next", "start", "of", name] => {
                let answer = match what {
                    [] => FaultAnswer::LostCall,
                    _ => FaultAnswer::LostAnswer,
                };
                let path = format!("/{name}/performMaintenance");
                script.fail(Fault { path, graph_page: None, times: 1, answer });
            }
            ["Azure", "deletes", name] => assert!(script.remove_machine(&self.id(name)), "{}", row.text),
            ["Azure", "makes", name, "anew", "of", owners @ ..] => {
                let mut machine = SimulatedMachine::new(SUBSCRIPTION, "rg-test", name, REGION, now);
                machine.vm_id = uuid::Uuid::new_v5(&machine.vm_id, now.to_rfc3339().as_bytes());
                machine.tags = tags(owners);
                script.add_machine(machine);
            }
            ["Azure", "brings", name, "to", "the", "group", group] => {
                let (old, tracking) = (self.id(name), self.tracking(name));
                let mut machine = script.machine(name).unwrap();
                script.remove_machine(&old);
                machine.resource_group = (*group).to_owned();
                let id = script.add_machine(machine);
                assert!(script.leave_wave(&tracking, &old) && script.join_wave(&tracking, &id));
            }
            ["Azure", "brings", name, "to", "another", "subscription"] => {
                script.add_subscription(crate::whole::tenant::subscription(ELSEWHERE, "Contoso Elsewhere"));
                let (old, tracking) = (self.id(name), self.tracking(name));
                let mut machine = script.machine(name).unwrap();
                script.remove_machine(&old);
                machine.subscription = ELSEWHERE.to_owned();
                let id = script.add_machine(machine);
                assert!(script.leave_wave(&tracking, &old) && script.join_wave(&tracking, &id));
            }
            ["Azure", "disables", "the", "subscription"] => self.subscription_is("Disabled"),
            ["Azure", "enables", "the", "subscription"] => self.subscription_is("Enabled"),
            ["Azure", "deletes", "the", "subscription"] => {
                assert!(script.remove_subscription(SUBSCRIPTION), "{}", row.text);
            }
            ["Azure", "restores", "the", "subscription"] => {
                script.add_subscription(crate::whole::tenant::subscription(SUBSCRIPTION, "Contoso Test"));
            }
            ["Azure", "lets", "nothing", "be", "read"] => assert!(script.forbid(SUBSCRIPTION, true)),
            ["Azure", "lets", "everything", "be", "read"] => assert!(script.forbid(SUBSCRIPTION, false)),
            [name, "is", "stopped"] => self.power(name, SimulatedPower::Stopped),
            [name, "is", "deallocated"] => self.power(name, SimulatedPower::Deallocated),
            [name, "runs"] => self.power(name, SimulatedPower::Running),
            [name, "is", "shut", "down", "daily"] => {
                let schedule = ShutdownSchedule {
                    target: self.id(name),
                    time: "1900".to_owned(),
                    time_zone: "W. Europe Standard Time".to_owned(),
                    enabled: true,
                };
                script.add_shutdown_schedule(schedule);
            }
            [name, "belongs", "to", owners @ ..] => {
                assert!(script.set_machine_tags(&self.id(name), tags(owners)), "{}", row.text);
            }
            _ => return false,
        }
        true
    }

    fn id(&self, name: &str) -> String {
        let machine = self.tenant.simulation.script().machine(name);
        machine.unwrap_or_else(|| panic!("Azure has no {name}")).id()
    }

    /// The number of the machine's newest wave.
    fn tracking(&self, name: &str) -> String {
        let waves = self.tenant.simulation.script().waves();
        let own = waves.iter().rev().find(|wave| wave.tracking_id.starts_with(&format!("{name}-")));
        own.unwrap_or_else(|| panic!("nothing was planned for {name}")).tracking_id.clone()
    }

    fn wave(&self, name: &str, change: impl FnOnce(&mut Wave)) {
        assert!(self.tenant.simulation.script().change_wave(&self.tracking(name), change));
    }

    fn allow(&self, name: &str, allowed: Option<bool>) {
        assert!(self.tenant.simulation.script().set_allowed(&self.tracking(name), &self.id(name), allowed));
    }

    fn subscription_is(&self, state: &str) {
        let script = self.tenant.simulation.script();
        assert!(script.change_subscription(SUBSCRIPTION, |it| state.clone_into(&mut it.state)));
    }

    fn power(&self, name: &str, power: SimulatedPower) {
        assert!(self.tenant.simulation.script().set_power(&self.id(name), power));
    }
}

fn tags(owners: &[&str]) -> SimulatedTags {
    let owners: Vec<&str> = owners.iter().copied().filter(|word| *word != "and").collect();
    match owners.as_slice() {
        ["nobody"] => SimulatedTags::new(),
        owners => [("owner".to_owned(), owners.join("; "))].into(),
    }
}

/// Self-service and Azure's window, as the clauses have them.
fn dates(clauses: &[&str], now: DateTime<Utc>) -> (Option<SimulatedWindow>, SimulatedWindow) {
    let from = moment("Sat 5 Dec 10:00");
    let mut own = Some((now, moment("Wed 2 Dec 10:00")));
    let mut azure = (from, from + TimeDelta::days(7));
    for clause in clauses {
        if *clause == "without own" {
            own = None;
            continue;
        }
        let (which, rest) = clause.split_once(' ').unwrap_or((*clause, ""));
        let (start, end) = rest.split_once("until ").unwrap_or((rest, ""));
        let start = start.trim().strip_prefix("from ").map(moment);
        let end = (!end.is_empty()).then(|| moment(end));
        match (which, own) {
            ("own", Some(dates)) => own = Some((start.unwrap_or(dates.0), end.unwrap_or(dates.1))),
            ("azure", _) => {
                let start = start.unwrap_or(azure.0);
                azure = (start, end.unwrap_or(start + TimeDelta::days(7)));
            }
            _ => panic!("these are no dates: {clause}"),
        }
    }
    (own.map(|(start, end)| SimulatedWindow::new(start, end)), SimulatedWindow::new(azure.0, azure.1))
}
