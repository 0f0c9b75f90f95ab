//! Function apps that are deployed in the simulated tenant, as an operator asks after them.

use axum::http::Method;
use serde_json::{Value, json};

use super::errors;
use crate::demo::answer::SimulatedReply;
use crate::demo::request::ArmRequest;
use crate::demo::state::State;
use crate::demo::world::fold;

/// Rows of `resources`.
pub(in crate::demo) fn sites(state: &State) -> impl Iterator<Item = Value> + '_ {
    state.function_apps.iter().map(|app| {
        json!({
            "id": app.id(),
            "name": app.name,
            "type": "microsoft.web/sites",
            "subscriptionId": app.subscription,
            "identity": { "type": "UserAssigned", "userAssignedIdentities": { "/id": { "principalId": app.principal } } },
            "properties": { "state": app.state, "defaultHostName": app.host, "hostNames": [app.host] },
        })
    })
}

/// Rows of `authorizationresources`.
pub(in crate::demo) fn authorization(state: &State) -> Vec<Value> {
    let mut rows = Vec::new();
    for app in &state.function_apps {
        for (number, (role, scope)) in app.roles.iter().enumerate() {
            let id = format!("/subscriptions/{}/providers/Microsoft.Authorization", app.subscription);
            let definition = format!("{}-{number}", fold(&app.name));
            rows.push(json!({
                "id": format!("{id}/roleAssignments/{definition}"),
                "name": definition,
                "type": "microsoft.authorization/roleassignments",
                "subscriptionId": app.subscription,
                "properties": {
                    "principalId": app.principal,
                    "scope": scope,
                    "roleDefinitionId": format!("{id}/roleDefinitions/{definition}"),
                },
            }));
            rows.push(json!({
                "id": format!("{id}/roleDefinitions/{definition}"),
                "name": definition,
                "type": "microsoft.authorization/roledefinitions",
                "subscriptionId": app.subscription,
                "properties": { "roleName": role },
            }));
        }
    }
    rows
}

/// Answers what is asked below a function app.
pub(super) fn answer(state: &State, request: &ArmRequest, name: &str, rest: &[&str]) -> SimulatedReply {
    let Some(app) = state.function_apps.iter().find(|app| fold(&app.name) == name) else {
        return errors::no_such_path(request);
    };
    let list = |rows: Vec<Value>| SimulatedReply::ok(json!({ "value": rows }));
    match (&request.method, rest) {
        (&Method::GET, ["functions"]) => list(
            app.functions
                .iter()
                .map(|function| json!({ "name": format!("{}/{function}", app.name), "properties": { "name": function } }))
                .collect(),
        ),
        (&Method::GET, ["config", "configreferences", "appsettings"]) => list(
            app.references
                .iter()
                .map(|(name, status)| json!({ "name": name, "properties": { "status": status } }))
                .collect(),
        ),
        (&Method::POST, ["functions", _, "listkeys"]) => match &app.key {
            Some(key) => SimulatedReply::ok(json!({ "default": key })),
            None => {
                let action = "Microsoft.Web/sites/functions/listKeys/action";
                errors::authorization_failed("engineer", action, &app.id())
            }
        },
        _ => errors::no_such_path(request),
    }
}
