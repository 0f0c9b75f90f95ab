//! Asking a question and reading all of its answer.

use std::collections::HashSet;

use serde_json::json;

use super::answer::{GraphRow, parse_page};
use super::query::GraphQuery;
use crate::azure::arm::Retry;
use crate::azure::{ArmClient, AzureError};
use crate::domain::resource::SubscriptionId;

const PATH: &str = "/providers/Microsoft.ResourceGraph/resources";
const VERSION: (&str, &str) = ("api-version", "2021-03-01");
/// Resource Graph wants fewer than 300 subscriptions in one question.
const BATCH: usize = 299;
/// The most rows that a page can have.
const TOP: u32 = 1000;
/// More pages than any answer has.
const MOST_PAGES: usize = 10_000;

/// Of whom a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryScope<'a> {
    /// Everything that our identity may read.
    Tenant,
    /// These subscriptions; none of them means that nothing is asked.
    Subscriptions(&'a [SubscriptionId]),
}

/// All rows of an answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GraphRows {
    /// The rows, in order of id within each batch of subscriptions.
    pub rows: Vec<GraphRow>,
    /// Whether Azure asked only the first 10,000 subscriptions of a larger tenant.
    pub subscription_limit_hit: bool,
}

/// Asks, and reads every page of every batch.
///
/// # Errors
/// When any page of any batch cannot be had or read: a part of an answer is none.
pub async fn ask(arm: &ArmClient, query: &GraphQuery, of: QueryScope<'_>) -> Result<GraphRows, AzureError> {
    let mut answer = GraphRows::default();
    match of {
        QueryScope::Tenant => ask_batch(arm, query, None, &mut answer).await?,
        QueryScope::Subscriptions(subscriptions) => {
            for batch in subscriptions.chunks(BATCH) {
                ask_batch(arm, query, Some(batch), &mut answer).await?;
            }
        }
    }
    Ok(answer)
}

async fn ask_batch(
    arm: &ArmClient,
    query: &GraphQuery,
    subscriptions: Option<&[SubscriptionId]>,
    answer: &mut GraphRows,
) -> Result<(), AzureError> {
    let what = || format!("the question about {}", query.what());
    let mut body = json!({
        "query": query.to_string(),
        "options": { "resultFormat": "objectArray", "$top": TOP },
    });
    if let Some(subscriptions) = subscriptions {
        body["subscriptions"] = subscriptions.iter().map(SubscriptionId::as_str).collect();
    }
    let mut tokens = HashSet::new();
    for _ in 0..MOST_PAGES {
        let response = arm.post(PATH, &[VERSION], Some(&body), Retry::Idempotent).await?;
        answer.subscription_limit_hit |= response
            .header("x-ms-tenant-subscription-limit-hit")
            .is_some_and(|hit| hit.eq_ignore_ascii_case("true"));
        let page = parse_page(&response.json()?)
            .map_err(|problem| AzureError::Unreadable { what: what(), problem })?;
        answer.rows.extend(page.rows);
        // The token decides, not `resultTruncated`: a page with more to come has been seen to say "false".
        let Some(token) = page.skip_token else {
            return if page.truncated { Err(AzureError::CannotPage { what: what() }) } else { Ok(()) };
        };
        body["options"]["$skipToken"] = json!(token);
        if !tokens.insert(token) {
            break;
        }
    }
    Err(AzureError::EndlessPages { what: what() })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;
    use tokio::time::Instant;

    use super::*;
    use crate::azure::testing::{Fake, Reply};

    fn query() -> GraphQuery {
        GraphQuery::of("maintenanceresources", "id, name").where_is("type", "microsoft.maintenance/updates")
    }

    fn skip_token(request: &crate::azure::testing::Seen) -> Option<String> {
        request.json()["options"]["$skipToken"].as_str().map(str::to_owned)
    }

    #[tokio::test]
    async fn f8_pages_are_followed_by_token_even_when_nothing_is_said_to_be_truncated() {
        let fake = Fake::start(|request| {
            match skip_token(request).as_deref() {
                None => json!({ "data": [{ "id": "/a" }], "$skipToken": "t2", "resultTruncated": "false" }),
                Some("t2") => json!({ "data": [], "$skipToken": "t3", "resultTruncated": "true" }),
                _ => json!({ "data": [{ "id": "/b" }], "resultTruncated": "false" }),
            }
            .into()
        })
        .await;
        let answer = ask(&fake.arm(), &query(), QueryScope::Tenant).await.unwrap();
        assert_eq!(Value::from_iter(answer.rows), json!([{ "id": "/a" }, { "id": "/b" }]));
        let first = fake.seen()[0].clone();
        assert_eq!(first.path, PATH);
        assert_eq!(
            first.json(),
            json!({
                "query": "maintenanceresources | where type =~ 'microsoft.maintenance/updates' | project id, name | order by id asc",
                "options": { "resultFormat": "objectArray", "$top": 1000 },
            })
        );
    }

    #[tokio::test]
    async fn f8_when_page_two_fails_the_whole_question_fails() {
        let fake = Fake::start(|request| match skip_token(request) {
            None => json!({ "data": [{ "id": "/a" }], "$skipToken": "t2" }).into(),
            Some(_) => (400, r#"{"error":{"code":"BadRequest","message":"Expired token."}}"#).into(),
        })
        .await;
        let error = ask(&fake.arm(), &query(), QueryScope::Tenant).await.unwrap_err();
        assert_eq!(error.to_string(), "HTTP 400 BadRequest: Expired token.");
    }

    #[tokio::test]
    async fn f8_an_answer_cut_short_without_a_token_is_an_error() {
        let fake =
            Fake::start(|_| json!({ "data": [{ "id": "/a" }], "resultTruncated": "true" }).into()).await;
        let error = ask(&fake.arm(), &query(), QueryScope::Tenant).await.unwrap_err();
        insta::assert_snapshot!(error, @"Resource Graph cut the answer to the question about maintenanceresources short and cannot page through the rest");
    }

    #[tokio::test]
    async fn a_token_that_comes_again_ends_in_an_error() {
        let fake = Fake::start(|_| json!({ "data": [], "$skipToken": "again" }).into()).await;
        let error = ask(&fake.arm(), &query(), QueryScope::Tenant).await.unwrap_err();
        assert!(matches!(error, AzureError::EndlessPages { .. }), "{error}");
        assert_eq!(fake.seen().len(), 2);
    }

    #[tokio::test]
    async fn subscriptions_are_asked_in_batches_and_none_is_not_the_tenant() {
        let fake = Fake::start(|_| json!({ "data": [] }).into()).await;
        let subscriptions: Vec<SubscriptionId> = (0..600).map(|n| format!("s{n}").parse().unwrap()).collect();
        ask(&fake.arm(), &query(), QueryScope::Subscriptions(&subscriptions)).await.unwrap();
        let sizes: Vec<usize> = fake
            .seen()
            .iter()
            .map(|request| request.json()["subscriptions"].as_array().unwrap().len())
            .collect();
        assert_eq!(sizes, [299, 299, 2]);
        ask(&fake.arm(), &query(), QueryScope::Subscriptions(&[])).await.unwrap();
        assert_eq!(fake.seen().len(), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn the_quota_in_the_headers_is_obeyed() {
        let fake = Fake::start(|_| {
            Reply::from(json!({ "data": [] }))
                .with("x-ms-user-quota-remaining", "0")
                .with("x-ms-user-quota-resets-after", "00:00:04")
                .with("x-ms-tenant-subscription-limit-hit", "true")
        })
        .await;
        let arm = fake.arm();
        let start = Instant::now();
        assert!(ask(&arm, &query(), QueryScope::Tenant).await.unwrap().subscription_limit_hit);
        ask(&arm, &query(), QueryScope::Tenant).await.unwrap();
        assert_eq!(start.elapsed(), Duration::from_secs(4));
    }
}
