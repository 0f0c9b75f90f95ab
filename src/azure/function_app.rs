//! A deployed function app, as an operator sees it: where it is, its functions, their keys, and who it is.

use secrecy::SecretString;
use serde_json::Value;

use super::arm::Retry;
use super::graph::{GraphQuery, QueryScope, ask};
use super::{ArmClient, AzureError};
use crate::http::json;

const VERSION: (&str, &str) = ("api-version", "2024-04-01");

/// A function app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionApp {
    pub id: String,
    pub name: String,
    /// `Running` or `Stopped`, as written.
    pub state: String,
    /// The identities that it can be, by their principals, in lower case.
    pub principals: Vec<String>,
}

/// A role that somebody holds somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldRole {
    pub name: String,
    pub scope: String,
}

/// A setting that refers to a Key Vault and was not resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnresolvedSetting {
    pub name: String,
    /// Azure's word for the reason.
    pub status: String,
}

/// The function app that answers for `host`, among those that we may read.
///
/// # Errors
/// When Resource Graph gives no usable answer.
pub async fn find_function_app(arm: &ArmClient, host: &str) -> Result<Option<FunctionApp>, AzureError> {
    let sites = || {
        GraphQuery::of("resources", "id, name, identity, properties").where_is("type", "microsoft.web/sites")
    };
    let by_its_own = sites().where_is("properties.defaultHostName", host);
    let found = ask(arm, &by_its_own, QueryScope::Tenant).await?;
    if let Some(app) = found.rows.iter().find_map(|row| read_app(&Value::Object(row.clone()))) {
        return Ok(Some(app));
    }
    // A domain that somebody bound to it.
    let all = ask(arm, &sites(), QueryScope::Tenant).await?;
    let has_host = |site: &Value| {
        let names = ["hostNames", "enabledHostNames"].map(|list| json::at(site, &["properties", list]));
        let names = names.into_iter().flatten().filter_map(Value::as_array).flatten();
        names.filter_map(Value::as_str).any(|name| name.eq_ignore_ascii_case(host))
    };
    let sites = all.rows.into_iter().map(Value::Object);
    Ok(sites.filter(has_host).find_map(|site| read_app(&site)))
}

fn read_app(site: &Value) -> Option<FunctionApp> {
    let mut principals: Vec<String> = Vec::new();
    if let Some(identity) = json::field(site, "identity") {
        principals.extend(json::text_at(identity, &["principalId"]).map(str::to_lowercase));
        let assigned = json::field(identity, "userAssignedIdentities").and_then(Value::as_object);
        let assigned = assigned.into_iter().flat_map(|assigned| assigned.values());
        principals
            .extend(assigned.filter_map(|one| json::text_at(one, &["principalId"])).map(str::to_lowercase));
    }
    Some(FunctionApp {
        id: json::text_at(site, &["id"])?.to_owned(),
        name: json::text_at(site, &["name"])?.to_owned(),
        state: json::text_at(site, &["properties", "state"]).unwrap_or("unknown").to_owned(),
        principals,
    })
}

/// The names of its functions.
///
/// # Errors
/// When they cannot be had.
pub async fn list_functions(arm: &ArmClient, app: &FunctionApp) -> Result<Vec<String>, AzureError> {
    let rows = arm.list(&format!("{}/functions", app.id), &[VERSION]).await?;
    let name = |row: &Value| {
        let name = json::text_at(row, &["properties", "name"]).or_else(|| json::text_at(row, &["name"]))?;
        name.rsplit('/').next().map(str::to_owned)
    };
    let mut names: Vec<String> = rows.iter().filter_map(name).collect();
    names.sort();
    Ok(names)
}

/// The settings whose references to a Key Vault are not resolved, and how many there are in all.
///
/// # Errors
/// When that cannot be had.
pub async fn unresolved_settings(
    arm: &ArmClient,
    app: &FunctionApp,
) -> Result<(Vec<UnresolvedSetting>, usize), AzureError> {
    let rows = arm.list(&format!("{}/config/configreferences/appsettings", app.id), &[VERSION]).await?;
    let unresolved = rows.iter().filter_map(|row| {
        let status = json::text_at(row, &["properties", "status"])?;
        let name = json::text_at(row, &["name"])?.rsplit('/').next()?.to_owned();
        (!status.eq_ignore_ascii_case("Resolved"))
            .then(|| UnresolvedSetting { name, status: status.to_owned() })
    });
    Ok((unresolved.collect(), rows.len()))
}

/// A key with which a function can be called.
///
/// # Errors
/// When it cannot be had.
pub async fn function_key(
    arm: &ArmClient,
    app: &FunctionApp,
    function: &str,
) -> Result<SecretString, AzureError> {
    let path = format!("{}/functions/{function}/listkeys", app.id);
    let answer = arm.post(&path, &[VERSION], None, Retry::Idempotent).await?.json()?;
    let keys = answer.as_object().into_iter().flatten();
    let key = json::text_at(&answer, &["default"])
        .or_else(|| keys.filter_map(|(_, key)| key.as_str()).find(|key| !key.is_empty()));
    let unreadable = || AzureError::Unreadable { what: path.clone(), problem: "it names no key".to_owned() };
    key.map(|key| SecretString::from(key.to_owned())).ok_or_else(unreadable)
}

/// The roles that these principals hold, as far as we may see them.
///
/// # Errors
/// When Resource Graph gives no usable answer.
pub async fn held_roles(arm: &ArmClient, principals: &[String]) -> Result<Vec<HeldRole>, AzureError> {
    if principals.is_empty() {
        return Ok(Vec::new());
    }
    let table = "authorizationresources";
    let assignments = GraphQuery::of(table, "id, properties")
        .where_is("type", "microsoft.authorization/roleassignments")
        .where_in("properties.principalId", principals);
    let assignments = ask(arm, &assignments, QueryScope::Tenant).await?.rows;
    let held: Vec<(String, String)> = assignments
        .into_iter()
        .filter_map(|row| {
            let row = Value::Object(row);
            let text = |name| json::text_at(&row, &["properties", name]);
            let definition = text("roleDefinitionId")?.rsplit('/').next()?.to_lowercase();
            Some((definition, text("scope")?.to_owned()))
        })
        .collect();
    if held.is_empty() {
        return Ok(Vec::new());
    }
    let definitions = GraphQuery::of(table, "id, name, properties")
        .where_is("type", "microsoft.authorization/roledefinitions")
        .where_in("name", held.iter().map(|(definition, _)| definition));
    let definitions = ask(arm, &definitions, QueryScope::Tenant).await?.rows;
    let name_of = |definition: &str| {
        definitions.iter().find_map(|row| {
            let row = Value::Object(row.clone());
            let is_it = json::text_at(&row, &["name"])?.eq_ignore_ascii_case(definition);
            is_it.then(|| json::text_at(&row, &["properties", "roleName"]).map(str::to_owned))?
        })
    };
    let mut roles: Vec<HeldRole> = held
        .into_iter()
        .map(|(definition, scope)| HeldRole { name: name_of(&definition).unwrap_or(definition), scope })
        .collect();
    roles.sort();
    roles.dedup();
    Ok(roles)
}
