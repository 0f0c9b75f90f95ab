//! Answers a question to Resource Graph over what a principal may read.

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::question::{Question, SkipToken};
use super::{evaluate, parse, tables};
use crate::demo::{
    TableFormat,
    answer::SimulatedReply,
    arm::{call::ArmCall, throttle::GraphQuota},
    state::State,
};

/// The most rows of one page, and the number without `$top`.
const LARGEST_PAGE: usize = 1000;
const USUAL_PAGE: usize = 100;

/// Answers a question within the quota.
pub(crate) fn answer(state: &mut State, call: ArmCall<'_>) -> SimulatedReply {
    let quota = match state.throttle.take_graph(call.principal, Instant::now()) {
        Err(quota) if state.switches.throttling => {
            let body = json!({ "error": {
                "code": "RateLimiting",
                "message": "Please provide below info when asking for support: timestamp, correlationId.",
                "details": [{
                    "code": "RateLimiting",
                    "message": "Client application has been throttled and should not attempt to repeat the request \
                                until an amount of time has elapsed.",
                }],
            } });
            let answer =
                SimulatedReply::json(429, body).with_header("retry-after", quota.resets_after.to_string());
            return with_quota(answer, quota);
        }
        Ok(quota) if state.switches.throttling => quota,
        // Without quotas nothing is ever used up: whoever goes by the headers would rest for nothing.
        Ok(_) | Err(_) => GraphQuota::UNTOUCHED,
    };
    let answer = match respond(state, call) {
        Ok(body) => SimulatedReply::ok(body),
        Err(problem) => {
            let message = "Please provide below info when asking for support: timestamp, correlationId.";
            let details = [json!({ "code": problem.code, "message": problem.message })];
            SimulatedReply::json(
                400,
                json!({ "error": { "code": "BadRequest", "message": message, "details": details } }),
            )
        }
    };
    with_quota(answer, quota)
}

fn with_quota(answer: SimulatedReply, quota: GraphQuota) -> SimulatedReply {
    answer
        .with_header("x-ms-user-quota-remaining", quota.remaining.to_string())
        .with_header("x-ms-user-quota-resets-after", format!("00:00:{:02}", quota.resets_after))
        .with_header("x-ms-ratelimit-remaining-tenant-resource-requests", quota.remaining.to_string())
        .with_header("x-ms-resource-graph-request-duration", "0:00:00:00.0123456")
}

/// What is wrong with a question.
struct Problem {
    code: &'static str,
    message: String,
}

fn problem(code: &'static str, message: impl Into<String>) -> Problem {
    Problem { code, message: message.into() }
}

fn respond(state: &State, call: ArmCall<'_>) -> Result<Value, Problem> {
    let body: Question = serde_json::from_slice(&call.request.body).map_err(|error| {
        problem("InvalidRequestBody", format!("The request body cannot be read: {error}."))
    })?;
    let options = body.options.unwrap_or_default();
    let scopes = ["AtScopeAndBelow", "AtScopeAndAbove", "AtScopeExact", "AtScopeAboveAndBelow"];
    if let Some(filter) = &options.authorization_scope_filter
        && !scopes.contains(&filter.as_str())
    {
        let message = format!("The authorizationScopeFilter '{filter}' is not one of {}.", scopes.join(", "));
        return Err(problem("InvalidAuthorizationScopeFilter", message));
    }
    let top = options.top.unwrap_or(USUAL_PAGE);
    if top == 0 || top > LARGEST_PAGE {
        return Err(problem("InvalidTopParameter", format!("$top must be from 1 to {LARGEST_PAGE}.")));
    }
    let format = match options.result_format.as_deref() {
        None => state.switches.default_table_format,
        Some(word) if word.eq_ignore_ascii_case("table") => TableFormat::Table,
        Some(word) if word.eq_ignore_ascii_case("objectArray") => TableFormat::ObjectArray,
        Some(word) => {
            return Err(problem("InvalidResultFormat", format!("The result format '{word}' is unknown.")));
        }
    };
    let question = parse::parse(&body.query).map_err(|message| problem("InvalidQuery", message))?;
    if let Some(column) = evaluate::unknown_column(&question) {
        let message = format!("Failed to resolve scalar expression named '{column}'");
        return Err(problem("InvalidQuery", message));
    }
    let readable = readable(state, &body.subscriptions, &body.management_groups);
    let allowed = |id: &String| {
        let mut known = state.world.subscriptions.values();
        known.any(|subscription| !subscription.forbidden && subscription.id.eq_ignore_ascii_case(id))
    };
    if !body.subscriptions.is_empty() && !body.subscriptions.iter().any(allowed) {
        let message = format!(
            "There must be at least one subscription that is eligible to contain resources. Given: '{}'.",
            body.subscriptions.join(", ")
        );
        return Err(problem("NoValidSubscriptionsInQueryRequest", message));
    }
    let rows = tables::rows(state, &question.table, &readable, call.now).ok_or_else(|| {
        problem("InvalidQuery", format!("The table '{}' is unknown or not supported.", question.table))
    })?;
    let fingerprint = fingerprint(&body.query);
    let (start, page) = match &options.skip_token {
        None => (options.skip.unwrap_or(0), 1),
        Some(token) => SkipToken::decode(token)
            .filter(|token| token.fingerprint == fingerprint)
            .map(|token| (token.start, token.page))
            .ok_or_else(|| problem("InvalidSkipToken", "The skip token does not belong to this query."))?,
    };
    let found = evaluate::evaluate(&question, rows);
    let total = found.rows.len();
    let rows: Vec<Map<String, Value>> = found.rows.into_iter().skip(start).take(top).collect();
    let end = start + rows.len();
    let more = end < total;
    let has_id = found.columns.as_ref().is_none_or(|columns| columns.iter().any(|column| column == "id"));
    let can_page = has_id && !state.truncate_graph;
    let mut answer = json!({
        "totalRecords": total,
        "count": rows.len(),
        "resultTruncated": if more && !can_page { "true" } else { "false" },
        "facets": [],
    });
    if more && can_page {
        answer["$skipToken"] = json!(SkipToken { start: end, page: page + 1, fingerprint }.encode());
    }
    answer["data"] = match format {
        TableFormat::ObjectArray => Value::from(rows),
        TableFormat::Table => table(found.columns, &rows),
    };
    Ok(answer)
}

/// The subscriptions that a question covers: what is asked for and may be read. The rest is left out without a word.
fn readable(state: &State, subscriptions: &[String], groups: &[String]) -> Vec<String> {
    let everywhere = subscriptions.is_empty() && groups.is_empty()
        || groups.iter().any(|group| group.eq_ignore_ascii_case(&state.world.management_group));
    state
        .world
        .subscriptions
        .values()
        .filter(|subscription| !subscription.forbidden && !subscription.hidden_from_resource_graph)
        .filter(|subscription| {
            everywhere || subscriptions.iter().any(|wanted| wanted.eq_ignore_ascii_case(&subscription.id))
        })
        .map(|subscription| subscription.id.clone())
        .collect()
}

/// The table form of the rows: columns with types, rows as lists.
fn table(columns: Option<Vec<String>>, rows: &[Map<String, Value>]) -> Value {
    let columns =
        columns.unwrap_or_else(|| rows.first().map(|row| row.keys().cloned().collect()).unwrap_or_default());
    let described: Vec<Value> = columns
        .iter()
        .map(|column| {
            let first = rows.iter().filter_map(|row| row.get(column)).find(|value| !value.is_null());
            let kind = match first {
                Some(Value::Object(_) | Value::Array(_)) => "object",
                Some(Value::Bool(_)) => "boolean",
                Some(Value::Number(_)) => "integer",
                _ => "string",
            };
            json!({ "name": column, "type": kind })
        })
        .collect();
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| columns.iter().map(|column| row.get(column).cloned().unwrap_or_default()).collect())
        .collect();
    json!({ "columns": described, "rows": rows })
}

/// Ties a skip token to its question.
fn fingerprint(query: &str) -> String {
    uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, query.as_bytes()).simple().to_string()
}
