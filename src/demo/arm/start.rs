//! Self-service maintenance: `performMaintenance` on a machine, a scale set instance, or a scale set.

use serde_json::Value;

use super::{
    call::ArmCall,
    errors::{self, not_found},
    operations,
};
use crate::demo::operation::Operation;
use crate::demo::{
    ScriptedStart, SimulatedPower,
    answer::{Body, SimulatedReply},
    state::{Activity, State},
    world::fold,
};

/// Starts the maintenance of one machine or scale set instance.
pub(super) fn machine(state: &mut State, call: ArmCall<'_>, id: &str) -> SimulatedReply {
    if state.world.power(id).is_none() {
        return not_found(id);
    }
    begin(state, call, id, &[id.to_owned()])
}

/// Starts the maintenance of some instances of a scale set, of all when the body names none.
pub(super) fn scale_set(state: &mut State, call: ArmCall<'_>, id: &str) -> SimulatedReply {
    let Some(set) = state.world.scale_sets.get(id) else {
        return not_found(id);
    };
    let wanted = match named_instances(&call.request.body) {
        Ok(Some(names)) => names,
        Ok(None) => set.instances.keys().cloned().collect(),
        Err(message) => return errors::error(400, "InvalidParameter", message),
    };
    if let Some(unknown) = wanted.iter().find(|name| !set.instances.contains_key(*name)) {
        let message = format!(
            "The provided instanceId {unknown} is not an active Virtual Machine Scale Set VM instanceId."
        );
        return errors::error(400, "InvalidParameter", &message);
    }
    let ids: Vec<String> = wanted.iter().map(|name| fold(&set.instance_id(name))).collect();
    begin(state, call, id, &ids)
}

/// The instance ids in a body such as `{"instanceIds": ["0", "3"]}`; none when there is no body.
fn named_instances(body: &[u8]) -> Result<Option<Vec<String>>, &'static str> {
    if body.is_empty() {
        return Ok(None);
    }
    let body: Value = serde_json::from_slice(body).map_err(|_| "The request body is not JSON.")?;
    let Some(ids) = body.get("instanceIds") else {
        return Ok(None);
    };
    let ids = ids.as_array().ok_or("instanceIds must be a list of strings.")?;
    let names = ids.iter().map(|id| id.as_str().map(str::to_owned));
    names.collect::<Option<Vec<String>>>().map(Some).ok_or("instanceIds must be a list of strings.")
}

/// Starts `ids`, which were asked for of `asked`: the activity log has the request under that.
fn begin(state: &mut State, call: ArmCall<'_>, asked: &str, ids: &[String]) -> SimulatedReply {
    let refusal = ids.iter().find_map(|id| refusal(state, call, id));
    let operation = state.next_uuid("operation");
    if let Some((status, code, message)) = refusal {
        // What was recorded of a refusal that no other operation led to has no entry.
        if code != "OperationNotAllowed" {
            log(state, call, asked, &operation, &[(call.now, "Started"), (call.now, "Failed")]);
        }
        return match code.as_str() {
            "OperationNotAllowed" => errors::not_allowed(&message),
            _ => errors::error(status, &code, &message),
        };
    }
    let mut end = Some(call.now + state.options.self_start_duration);
    if state.switches.start_answers_at_once {
        end = Some(call.now);
    }
    let mut failure = None;
    for id in ids {
        match next_outcome(state, id) {
            ScriptedStart::Complete => state.attempt(id, call.now, end, Some(("MaintenanceCompleted", None))),
            ScriptedStart::RetryLater => {
                let message = "Maintenance could not be performed at this time. Retry later.";
                state.attempt(id, call.now, end, Some(("RetryLater", Some(message))));
            }
            ScriptedStart::Abort => {
                let message = "Maintenance was aborted.";
                state.attempt(id, call.now, end, Some(("MaintenanceAborted", Some(message))));
            }
            ScriptedStart::Unshown => state.attempt(id, call.now, end, None),
            ScriptedStart::Fail { code, message } => {
                state.attempt(id, call.now, end, None);
                failure = Some((code, message));
            }
            ScriptedStart::NeverEnd => {
                end = None;
                state.attempt(id, call.now, None, None);
            }
            // Refusals were looked for first.
            ScriptedStart::Refuse { .. } | ScriptedStart::RefuseWith { .. } => {}
        }
    }
    let mut entries = vec![(call.now, "Started"), (call.now, "Accepted")];
    entries.extend(end.map(|end| (end, if failure.is_some() { "Failed" } else { "Succeeded" })));
    log(state, call, asked, &operation, &entries);
    if state.switches.start_answers_at_once {
        return SimulatedReply::new(200, Body::Empty);
    }
    let first = ids.first().map(String::as_str).unwrap_or_default();
    let region = region(state, first);
    let subscription = call.request.segments.get(1).cloned().unwrap_or_default();
    let operation = Operation { id: operation, subscription, region, start: call.now, end, failure };
    operations::accepted(state, call, operation)
}

/// Why a resource may not be started, in the recorded words where there are any. While an attempt runs, another is
/// accepted.
fn refusal(state: &mut State, call: ArmCall<'_>, id: &str) -> Option<(u16, String, String)> {
    let name = display_name(state, id);
    let not_allowed = |message: String| Some((409, "OperationNotAllowed".to_owned(), message));
    let scripted = match state.outcomes.get(id).and_then(|queue| queue.front()) {
        Some(ScriptedStart::Refuse { message }) => not_allowed(message.clone()),
        Some(ScriptedStart::RefuseWith { status, code, message }) => {
            Some((*status, code.clone(), message.clone()))
        }
        _ => None,
    };
    if scripted.is_some() {
        next_outcome(state, id);
        return scripted;
    }
    if state.world.power(id) != Some(SimulatedPower::Running) {
        return not_allowed("The operation requires the VM to be running (or set to run).".to_owned());
    }
    let refuse = |reason: &str| {
        not_allowed(format!("Operation 'performMaintenance' is not allowed on VM '{name}' since {reason}."))
    };
    match state.maintenance(id, call.now) {
        None => refuse("the Subscription of this VM is not eligible"),
        Some((wave, status)) => {
            let again = status.underway && wave.self_service.is_some_and(|window| window.contains(call.now));
            if status.allowed || again { None } else { refuse("its maintenance cannot be started now") }
        }
    }
}

fn next_outcome(state: &mut State, id: &str) -> ScriptedStart {
    state
        .outcomes
        .get_mut(id)
        .and_then(std::collections::VecDeque::pop_front)
        .unwrap_or(ScriptedStart::Complete)
}

fn display_name(state: &State, id: &str) -> String {
    match (state.world.machines.get(id), state.world.instance(id)) {
        (Some(machine), _) => machine.name.clone(),
        (None, Some((set, name, _))) => format!("{}_{name}", set.name),
        (None, None) => id.to_owned(),
    }
}

fn region(state: &State, id: &str) -> String {
    match (state.world.machines.get(id), state.world.instance(id)) {
        (Some(machine), _) => machine.region.clone(),
        (None, Some((set, _, _))) => set.region.clone(),
        (None, None) => String::new(),
    }
}

/// Writes entries of one request about one resource into the activity log, each with its time and status.
fn log(
    state: &mut State,
    call: ArmCall<'_>,
    id: &str,
    operation: &str,
    entries: &[(chrono::DateTime<chrono::Utc>, &'static str)],
) {
    state.activity.extend(entries.iter().map(|(at, status)| Activity {
        at: *at,
        resource: id.to_owned(),
        caller: call.principal.to_owned(),
        operation_id: operation.to_owned(),
        correlation: call.correlation.to_owned(),
        status,
    }));
}
