//! Asking a question and reading all of its answer.

use std::collections::HashSet;

use serde_json::json;

use super::answer::{GraphRow, parse_page};
use super::query::GraphQuery;
use crate::azure::arm::Retry;
use crate::azure::{ArmClient, AzureError};
use crate::domain::observation::{UnseenCause, UnseenScope};
use crate::domain::resource::SubscriptionId;

const PATH: &str = "/providers/Microsoft.ResourceGraph/resources";
const VERSION: (&str, &str) = ("api-version", "2021-03-01");
/// Resource Graph wants fewer than 300 subscriptions in one question.
pub(super) const BATCH: usize = 299;
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
    /// The subscriptions that Resource Graph does not answer for, in order. The others were asked without them.
    pub refused: Vec<UnseenScope>,
    /// The rows, in order of id within each batch of subscriptions.
    pub rows: Vec<GraphRow>,
    /// Whether Azure asked only the first 10,000 subscriptions of a larger tenant.
    pub subscription_limit_hit: bool,
}

/// Asks, and reads every page of every batch. A subscription that is refused does not keep the others from an answer.
///
/// # Errors
/// When any page of any batch cannot be had or read, or when all that was asked for is refused: a part of an answer is
/// none.
pub async fn ask(arm: &ArmClient, query: &GraphQuery, of: QueryScope<'_>) -> Result<GraphRows, AzureError> {
    let mut answer = GraphRows::default();
    match of {
        QueryScope::Tenant => ask_batch(arm, query, None, &mut answer).await?,
        QueryScope::Subscriptions(subscriptions) => {
            let mut last = None;
            for batch in subscriptions.chunks(BATCH) {
                last = ask_apart(arm, query, batch, &mut answer).await?.or(last);
            }
            if let Some(refusal) = last.filter(|_| answer.refused.len() == subscriptions.len()) {
                return Err(refusal);
            }
            answer.refused.sort_by(|one, other| one.scope.cmp(&other.scope));
        }
    }
    Ok(answer)
}

/// Asks of a batch, and of its halves when Resource Graph refuses something in it, down to the subscriptions that it
/// refuses. Returns the last refusal.
async fn ask_apart(
    arm: &ArmClient,
    query: &GraphQuery,
    batch: &[SubscriptionId],
    answer: &mut GraphRows,
) -> Result<Option<AzureError>, AzureError> {
    let mut refusal = None;
    let mut waiting = vec![batch];
    while let Some(batch) = waiting.pop() {
        let mut part = GraphRows::default();
        match ask_batch(arm, query, Some(batch), &mut part).await {
            Ok(()) => {
                answer.rows.extend(part.rows);
                answer.subscription_limit_hit |= part.subscription_limit_hit;
            }
            Err(error) if error.refuses_scope() => {
                match batch {
                    [subscription] => answer.refused.push(refused_scope(subscription, &error)),
                    several => {
                        let (one, other) = several.split_at(several.len() / 2);
                        waiting.extend([other, one]);
                    }
                }
                refusal = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(refusal)
}

/// That Resource Graph refuses a subscription.
pub(super) fn refused_scope(subscription: &SubscriptionId, error: &AzureError) -> UnseenScope {
    UnseenScope {
        scope: format!("/subscriptions/{subscription}"),
        reason: format!("Resource Graph does not answer for it: {error}"),
        cause: UnseenCause::NoRights,
    }
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
    async fn a_subscription_that_resource_graph_refuses_keeps_no_other_from_its_answer() {
        for (status, inner) in [
            (403, r#"{"error":{"code":"AuthorizationFailed","message":"No."}}"#),
            (
                400,
                r#"{"error":{"code":"BadRequest","message":"Please provide below info when asking for support: timestamp = 1.",
                "details":[{"code":"NoValidSubscriptionsInQueryRequest","message":"There must be at least one subscription that is eligible to contain resources."}]}}"#,
            ),
        ] {
            let fake = Fake::start(move |request| {
                let asked = request.json()["subscriptions"].as_array().unwrap().clone();
                if asked.iter().any(|id| id == "s3" || id == "s7") {
                    return (status, inner.to_owned()).into();
                }
                json!({ "data": asked.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>() }).into()
            })
            .await;
            let subscriptions: Vec<SubscriptionId> =
                (0..9).map(|n| format!("s{n}").parse().unwrap()).collect();
            let answer = ask(&fake.arm(), &query(), QueryScope::Subscriptions(&subscriptions)).await.unwrap();
            let mut rows: Vec<&str> = answer.rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
            rows.sort_unstable();
            assert_eq!(rows, ["s0", "s1", "s2", "s4", "s5", "s6", "s8"]);
            let refused: Vec<&str> = answer.refused.iter().map(|unseen| unseen.scope.as_str()).collect();
            assert_eq!(refused, ["/subscriptions/s3", "/subscriptions/s7"]);
            let reason = &answer.refused[0].reason;
            let said = if status == 400 {
                "There must be at least one subscription"
            } else {
                "AuthorizationFailed: No."
            };
            assert!(reason.contains(said), "{reason}");
            let alone = ["s3".parse().unwrap()];
            let error = ask(&fake.arm(), &query(), QueryScope::Subscriptions(&alone)).await.unwrap_err();
            assert!(error.refuses_scope(), "{error}");
        }
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
