//! What every call to Azure Resource Manager passes through, and which call is answered where.

use axum::http::Method;
use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::call::ArmCall;
use super::throttle::Kind;
use super::{
    activity_log, errors, function_apps, hosts, machines, operations, paging, resource_health, scale_sets,
    start, subscriptions, updates, versions,
};
use crate::demo::{
    FaultAnswer,
    answer::SimulatedReply,
    directory, graph, identity,
    request::ArmRequest,
    state::State,
    world::{compute_id, fold, resource_group_id},
};

/// Answers a call, with the headers that every answer carries.
pub(crate) fn answer(state: &mut State, request: &ArmRequest, now: DateTime<Utc>) -> SimulatedReply {
    let (request_id, own) = (state.next_uuid("request"), state.next_uuid("correlation"));
    let theirs = request.correlation.clone().filter(|_| state.switches.takes_correlation);
    let correlation = theirs.unwrap_or(own);
    let mut answer = admit(state, request, now, &correlation);
    if !answer.has_header("x-ms-request-id") {
        answer.set_header("x-ms-request-id", request_id);
    }
    let routing = format!("WESTEUROPE:{}:{correlation}", now.format("%Y%m%dT%H%M%SZ"));
    answer.set_header("x-ms-routing-request-id", routing);
    answer.set_header("x-ms-correlation-request-id", correlation);
    answer.set_header("cache-control", "no-cache");
    answer.set_header("strict-transport-security", "max-age=31536000; includeSubDomains");
    answer.set_header("x-content-type-options", "nosniff");
    answer
}

/// Checks before any route: token, version and planted faults, in this order; then the quota.
fn admit(state: &mut State, request: &ArmRequest, now: DateTime<Utc>, correlation: &str) -> SimulatedReply {
    let Some(token) = &request.token else {
        let message = "Authentication failed. The 'Authorization' header is missing.";
        return errors::authentication(message);
    };
    let principal = match identity::principal(token, &request.base, now) {
        Ok(principal) => principal,
        Err(message) => return errors::authentication(&message),
    };
    if state.reject_tokens > 0 {
        state.reject_tokens -= 1;
        return errors::authentication("The access token has expired or is not yet valid.");
    }
    match request.parameter("api-version") {
        None | Some("") => return errors::missing_api_version(),
        Some(version) if !is_api_version(version) => return errors::invalid_api_version(version),
        Some(version) => {
            if let Some(known) = versions::known(&request.segments)
                && !known.contains(&version)
            {
                return errors::unsupported_api_version(&request.segments, version, known);
            }
        }
    }
    if let Some(expand) = request.parameter("$expand")
        && !versions::EXPANDS.iter().any(|known| known.eq_ignore_ascii_case(expand))
    {
        let message = format!("The value '{expand}' of the parameter '$expand' is not allowed.");
        return errors::error(400, "InvalidParameter", &message);
    }
    let is_json = request.content_type.as_deref().is_some_and(|kind| {
        kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
    });
    if !request.body.is_empty() && !is_json {
        let message = "The content type of the request is not supported; application/json is.";
        return errors::error(415, "UnsupportedMediaType", message);
    }
    let fault = state.faults.iter_mut().find(|fault| fault.matches(request)).map(|fault| {
        fault.times -= 1;
        fault.answer.clone()
    });
    let call = ArmCall { request, principal: &principal, now, correlation };
    match fault {
        None => within_quota(state, call),
        Some(fault @ FaultAnswer::LostAnswer) => {
            within_quota(state, call);
            fault.answer()
        }
        Some(fault) => fault.answer(),
    }
}

fn within_quota(state: &mut State, call: ArmCall<'_>) -> SimulatedReply {
    let ArmCall { request, principal, .. } = call;
    if graph::is_question(request) {
        return graph::answer(state, call);
    }
    let (scope, scope_word) = match request.segments.as_slice() {
        [first, id, ..] if first == "subscriptions" => (id.as_str(), "subscription"),
        _ => ("tenant", "tenant"),
    };
    let kind = if request.method == Method::GET { Kind::Read } else { Kind::Write };
    let remaining = match state.throttle.take(scope, principal, kind, Instant::now()) {
        Err(retry_after) if state.switches.throttling => return errors::throttled(retry_after),
        Ok(remaining) if state.switches.throttling => remaining,
        // Without quotas nothing is ever used up: whoever goes by the headers would rest for nothing.
        Ok(_) | Err(_) => kind.untouched(),
    };
    let remaining_header = match (scope_word, kind.word()) {
        ("subscription", "reads") => "x-ms-ratelimit-remaining-subscription-reads",
        ("subscription", _) => "x-ms-ratelimit-remaining-subscription-writes",
        (_, "reads") => "x-ms-ratelimit-remaining-tenant-reads",
        _ => "x-ms-ratelimit-remaining-tenant-writes",
    };
    let answer = at_tenant(state, call).with_header(remaining_header, remaining.to_string());
    match scope_word {
        "subscription" if kind == Kind::Read => {
            answer.with_header("x-ms-ratelimit-remaining-subscription-global-reads", "3749")
        }
        "subscription" => answer.with_header("x-ms-ratelimit-remaining-subscription-global-writes", "2999"),
        _ => answer,
    }
}

/// `yyyy-MM-dd`, with a suffix for previews.
fn is_api_version(version: &str) -> bool {
    let date = version.get(..10).unwrap_or_default();
    let rest = version.get(10..).unwrap_or_default();
    date.parse::<chrono::NaiveDate>().is_ok() && (rest.is_empty() || rest.starts_with('-'))
}

fn at_tenant(state: &mut State, call: ArmCall<'_>) -> SimulatedReply {
    let path: Vec<&str> = call.request.segments.iter().map(String::as_str).collect();
    match (&call.request.method, path.as_slice()) {
        (&Method::GET, ["subscriptions"]) => subscriptions::list(state, call.request),
        (&Method::GET, ["tenants"]) => subscriptions::tenants(state, call.request),
        (&Method::GET, ["providers", "microsoft.management", "managementgroups", group, "descendants"]) => {
            subscriptions::descendants(state, call.request, group)
        }
        (_, ["subscriptions", id, rest @ ..]) => in_subscription(state, call, id, rest),
        _ => errors::no_such_path(call.request),
    }
}

fn in_subscription(state: &mut State, call: ArmCall<'_>, id: &str, rest: &[&str]) -> SimulatedReply {
    let Some(subscription) = state.world.subscriptions.get(id) else {
        return errors::subscription_not_found(id);
    };
    let reads = call.request.method == Method::GET;
    let may_start = !subscription.starts_forbidden && !state.may_not_start.contains(call.principal);
    if subscription.forbidden || (!reads && !may_start) {
        let verb = if reads { "read" } else { "performMaintenance/action" };
        let scope = format!("/subscriptions/{id}");
        let action = format!("Microsoft.Compute/virtualMachines/{verb}");
        return errors::authorization_failed(call.principal, &action, &scope);
    }
    if !reads && matches!(subscription.state.as_str(), "Disabled" | "Deleted") {
        return errors::read_only(id);
    }
    match (&call.request.method, rest) {
        (&Method::GET, []) => subscriptions::get(state, subscription),
        (&Method::GET, ["resourcegroups", group]) => {
            match state.world.resource_groups.get(&fold(&resource_group_id(id, group))) {
                Some(group) => subscriptions::resource_group(group),
                None => errors::resource_group_not_found(group),
            }
        }
        (&Method::GET, ["providers", "microsoft.compute", "virtualmachines"]) => {
            machines::list(state, call, id, |_| true)
        }
        (&Method::GET, ["providers", "microsoft.compute", "locations", region, "virtualmachines"]) => {
            machines::list(state, call, id, |machine| machine.region.eq_ignore_ascii_case(region))
        }
        (&Method::GET, ["providers", "microsoft.compute", "locations", _, "operations", operation]) => {
            operations::get(state, call, operation)
        }
        (&Method::GET, ["providers", "microsoft.compute", "virtualmachinescalesets"]) => {
            scale_sets::list(state, call, id, None)
        }
        (&Method::GET, ["providers", "microsoft.insights", "eventtypes", "management", "values"]) => {
            activity_log::list(state, call, id)
        }
        (
            &Method::GET,
            ["resourcegroups", group, "providers", "microsoft.authorization", "roleassignments"],
        ) => {
            let scope = resource_group_id(id, group).to_lowercase();
            match directory::role_assignments(state, &scope) {
                Some(rows) => paging::page(call.request, &rows, state.switches.pages),
                None => {
                    let action = "Microsoft.Authorization/roleAssignments/read";
                    errors::authorization_failed(call.principal, action, &scope)
                }
            }
        }
        (_, ["resourcegroups", _, "providers", "microsoft.web", "sites", name, rest @ ..]) => {
            function_apps::answer(state, call.request, name, rest)
        }
        (_, ["resourcegroups", group, "providers", "microsoft.compute", rest @ ..]) => {
            if !state.world.resource_groups.contains_key(&fold(&resource_group_id(id, group))) {
                return errors::resource_group_not_found(group);
            }
            in_resource_group(state, call, (id, group), rest)
        }
        _ => errors::no_such_path(call.request),
    }
}

fn in_resource_group(
    state: &mut State,
    call: ArmCall<'_>,
    scope: (&str, &str),
    rest: &[&str],
) -> SimulatedReply {
    let (subscription, group) = scope;
    let id = |path: String| fold(&compute_id(subscription, group, &path));
    if let [path @ .., "providers", "microsoft.resourcehealth", "availabilitystatuses", "current"] = rest
        && call.request.method == Method::GET
    {
        return resource_health::current(state, call, &id(path.join("/")));
    }
    if let [path @ .., "providers", "microsoft.maintenance", "updates"] = rest
        && call.request.method == Method::GET
    {
        return updates::list(state, call, &id(path.join("/")));
    }
    match (&call.request.method, rest) {
        (&Method::GET, ["virtualmachines"]) => machines::list(state, call, subscription, |machine| {
            machine.resource_group.eq_ignore_ascii_case(group)
        }),
        (&Method::GET, ["virtualmachines", name]) => {
            machines::get(state, call, &id(format!("virtualmachines/{name}")))
        }
        (&Method::GET, ["virtualmachines", name, "instanceview"]) => {
            machines::instance_view(state, call, &id(format!("virtualmachines/{name}")))
        }
        (&Method::POST, ["virtualmachines", name, "performmaintenance"]) => {
            start::machine(state, call, &id(format!("virtualmachines/{name}")))
        }
        (&Method::GET, ["virtualmachinescalesets"]) => {
            scale_sets::list(state, call, subscription, Some(group))
        }
        (method, ["virtualmachinescalesets", name, rest @ ..]) => {
            let set = id(format!("virtualmachinescalesets/{name}"));
            match (method, rest) {
                (&Method::GET, []) => scale_sets::get(state, &set),
                (&Method::GET, ["instanceview"]) => scale_sets::instance_view(state, &set),
                (&Method::GET, ["virtualmachines"]) => scale_sets::instances(state, call, &set),
                (&Method::GET, ["virtualmachines", instance]) => {
                    scale_sets::instance(state, call, &set, instance)
                }
                (&Method::GET, ["virtualmachines", instance, "instanceview"]) => {
                    scale_sets::instance_instance_view(state, call, &set, instance)
                }
                (&Method::POST, ["performmaintenance"]) => start::scale_set(state, call, &set),
                (&Method::POST, ["virtualmachines", instance, "performmaintenance"]) => {
                    start::machine(state, call, &format!("{set}/virtualmachines/{instance}"))
                }
                _ => errors::no_such_path(call.request),
            }
        }
        (&Method::GET, ["hostgroups", name]) => {
            hosts::group(state, call.request, &id(format!("hostgroups/{name}")))
        }
        (&Method::GET, ["hostgroups", name, "hosts"]) => {
            hosts::list(state, call.request, &id(format!("hostgroups/{name}")))
        }
        (&Method::GET, ["hostgroups", name, "hosts", host]) => {
            hosts::get(state, call.request, &id(format!("hostgroups/{name}/hosts/{host}")))
        }
        _ => errors::no_such_path(call.request),
    }
}
