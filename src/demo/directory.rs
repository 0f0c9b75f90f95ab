//! The organisation's directory as Microsoft Graph shows it, and role assignments as Azure Resource Manager does: as
//! much of both as is documented for the questions that the notifier asks.
//!
//! Nobody is in it until a script adds them, and until then both refuse, as they do without the permission.

use axum::http::Method;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{
    accounts::{Account, AccountGroup},
    answer::SimulatedReply,
    identity,
    request::ArmRequest,
    state::State,
};

/// What an identity needs a token for to ask Microsoft Graph.
const AUDIENCE: &str = "https://graph.microsoft.com";
const PAGE: usize = 2;

/// Answers a question to Microsoft Graph, whose addresses begin with its version.
pub(super) fn answer(state: &State, request: &ArmRequest, now: DateTime<Utc>) -> SimulatedReply {
    let Some(token) = &request.token else {
        return refusal(401, "InvalidAuthenticationToken", "Access token is empty.");
    };
    if identity::principal_for(token, &[AUDIENCE], now).is_err() {
        return refusal(401, "InvalidAuthenticationToken", "Invalid audience.");
    }
    let directory = &state.directory;
    if request.method != Method::GET {
        return refusal(405, "Request_BadRequest", "Specified HTTP method is not allowed.");
    }
    if directory.accounts.is_empty() && directory.groups.is_empty() {
        let message = "Insufficient privileges to complete the operation.";
        return refusal(403, "Authorization_RequestDenied", message);
    }
    let path: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    let account = |id: &str| directory.accounts.iter().find(|account| account.id.eq_ignore_ascii_case(id));
    let group = |id: &str| directory.groups.iter().find(|group| group.id.eq_ignore_ascii_case(id));
    match path.as_slice() {
        ["users"] => found(request, directory.accounts.iter().map(|it| (account_values(it), user(it)))),
        ["groups"] => found(request, directory.groups.iter().map(|it| (group_values(it), group_json(it)))),
        ["users", id] => one(account(id).map(user)),
        ["groups", id] => one(group(id).map(group_json)),
        ["users", id, "manager"] => {
            one(account(id).and_then(|it| it.manager.as_deref()).and_then(account).map(user))
        }
        ["groups", id, "members"] => match group(id) {
            Some(group) => {
                let users = directory.accounts.iter().filter(|it| group.members.contains(&it.id));
                // A group can hold groups, which have no mailbox that is theirs alone.
                let groups = directory.groups.iter().filter(|it| group.members.contains(&it.id));
                page(request, users.map(user).chain(groups.map(group_json)).collect())
            }
            None => one(None),
        },
        _ => refusal(400, "BadRequest", "Resource not found for the segment."),
    }
}

/// `GET {resource group}/providers/Microsoft.Authorization/roleAssignments`: at the scope, above it and below it.
pub(super) fn role_assignments(state: &State, scope: &str) -> Option<Vec<Value>> {
    let directory = &state.directory;
    if directory.assignments.is_empty() {
        return None;
    }
    let is_within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let here = directory.assignments.iter().filter(|assignment| {
        let own = assignment.scope.to_lowercase();
        is_within(&own, scope) || is_within(scope, &own)
    });
    let rows = here.enumerate().map(|(number, assignment)| {
        json!({
            "id": format!("{}/providers/Microsoft.Authorization/roleAssignments/{number}", assignment.scope),
            "type": "Microsoft.Authorization/roleAssignments",
            "name": number.to_string(),
            "properties": {
                "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{}", assignment.role),
                "principalId": assignment.principal,
                "principalType": assignment.kind,
                "scope": assignment.scope,
            },
        })
    });
    Some(rows.collect())
}

fn user(account: &Account) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.user",
        "id": account.id,
        "displayName": account.name,
        "userPrincipalName": account.sign_in,
        "mail": account.mail,
        "accountEnabled": !account.disabled,
    })
}

fn group_json(group: &AccountGroup) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.group",
        "id": group.id,
        "displayName": group.name,
        "mail": group.mail,
    })
}

/// What can be asked for by a filter: a property with each of its values.
type Values = Vec<(&'static str, String)>;

fn account_values(account: &Account) -> Values {
    let mut values =
        vec![("displayName", account.name.clone()), ("userPrincipalName", account.sign_in.clone())];
    values.extend(account.mail.iter().map(|mail| ("mail", mail.clone())));
    let addresses = account.mail.iter().chain(&account.aliases);
    values.extend(addresses.map(|address| ("proxyAddresses", format!("smtp:{address}"))));
    values
}

fn group_values(group: &AccountGroup) -> Values {
    let mut values = vec![("displayName", group.name.clone())];
    values.extend(group.mail.iter().map(|mail| ("mail", mail.clone())));
    values.extend(group.mail.iter().map(|mail| ("proxyAddresses", format!("smtp:{mail}"))));
    values
}

fn found(request: &ArmRequest, objects: impl Iterator<Item = (Values, Value)>) -> SimulatedReply {
    let Some(clauses) = request.parameter("$filter").and_then(clauses) else {
        return refusal(400, "Request_UnsupportedQuery", "Unsupported or invalid query filter clause.");
    };
    let fits = |values: &Values| {
        clauses.iter().any(|(property, wanted)| {
            values.iter().any(|(name, value)| name == property && value.eq_ignore_ascii_case(wanted))
        })
    };
    page(request, objects.filter(|(values, _)| fits(values)).map(|(_, object)| object).collect())
}

/// The clauses of `a eq 'b' or c/any(p:p eq 'd')`; `None` when it is anything else.
fn clauses(filter: &str) -> Option<Vec<(String, String)>> {
    let mut clauses = Vec::new();
    let mut rest = filter;
    loop {
        let (property, after) = rest.split_once(" eq '")?;
        let (value, after) = text(after)?;
        let (property, after) = match property.strip_suffix("/any(p:p") {
            Some(property) => (property, after.strip_prefix(')')?),
            None => (property, after),
        };
        if !property.chars().all(|c| c.is_ascii_alphabetic()) {
            return None;
        }
        clauses.push((property.to_owned(), value));
        match after {
            "" => return Some(clauses),
            after => rest = after.strip_prefix(" or ")?,
        }
    }
}

/// A text up to the quote that ends it, in which a quote is written twice; and what follows.
fn text(written: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = written;
    loop {
        let (before, after) = rest.split_once('\'')?;
        value.push_str(before);
        match after.strip_prefix('\'') {
            Some(after) => {
                value.push('\'');
                rest = after;
            }
            None => return Some((value, after)),
        }
    }
}

fn one(object: Option<Value>) -> SimulatedReply {
    match object {
        Some(object) => SimulatedReply::ok(object),
        None => refusal(404, "Request_ResourceNotFound", "Resource does not exist."),
    }
}

/// Pages are short, so that whoever asks has to follow them.
fn page(request: &ArmRequest, objects: Vec<Value>) -> SimulatedReply {
    let from: usize = request.parameter("$skiptoken").and_then(|token| token.parse().ok()).unwrap_or(0);
    let shown: Vec<&Value> = objects.iter().skip(from).take(PAGE).collect();
    let mut body = json!({ "value": shown });
    if from + PAGE < objects.len() {
        body["@odata.nextLink"] = json!(request.link_with("$skiptoken", &(from + PAGE).to_string()));
    }
    SimulatedReply::ok(body)
}

fn refusal(status: u16, code: &str, message: &str) -> SimulatedReply {
    SimulatedReply::json(status, json!({ "error": { "code": code, "message": message, "innerError": {} } }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_read_as_odata_writes_them() {
        let read = clauses("mail eq 'a''b@x.y' or proxyAddresses/any(p:p eq 'smtp:c')").unwrap();
        assert_eq!(read[0], ("mail".to_owned(), "a'b@x.y".to_owned()));
        assert_eq!(read[1], ("proxyAddresses".to_owned(), "smtp:c".to_owned()));
        for wrong in ["mail eq 'a' and x eq 'b'", "mail eq 'a", "contains(mail,'a')", "mail eq 'a' or 1 eq 1"]
        {
            assert!(clauses(wrong).is_none(), "{wrong}");
        }
    }
}
