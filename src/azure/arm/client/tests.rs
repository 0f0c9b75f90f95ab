use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::*;
use crate::azure::testing::{Fake, Reply};
use crate::http::client::{ClientOptions, client};

const PATH: &str =
    "/subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.Compute/virtualMachines";
const VERSION: (&str, &str) = ("api-version", "2024-11-01");

/// A server whose answers follow one another; the last one repeats.
async fn answers(replies: Vec<Reply>) -> Fake {
    let next = AtomicUsize::new(0);
    Fake::start(move |_| {
        let number = next.fetch_add(1, Ordering::SeqCst);
        replies[number.min(replies.len() - 1)].clone()
    })
    .await
}

fn fine() -> Reply {
    json!({ "fine": true }).into()
}

#[tokio::test]
async fn a_list_is_read_page_by_page_and_empty_pages_are_passed() {
    let fake = Fake::start(|request| {
        let host = request.header("host").unwrap();
        let next = |page: u8| format!("http://{host}/opaque/Page?x=a%2Fb&page={page}");
        match request.query("page") {
            None => json!({ "value": [{ "name": "web-01" }], "nextLink": next(2) }),
            Some("2") => json!({ "value": [], "nextLink": next(3) }),
            _ => json!({ "value": [{ "name": "web-02" }], "nextLink": "" }),
        }
        .into()
    })
    .await;
    let items = fake.arm().list(PATH, &[VERSION]).await.unwrap();
    assert_eq!(items, [json!({ "name": "web-01" }), json!({ "name": "web-02" })]);
    let seen = fake.seen();
    assert_eq!(seen.len(), 3);
    assert_eq!((seen[0].path.as_str(), seen[0].query("api-version")), (PATH, Some("2024-11-01")));
    assert_eq!((seen[2].path.as_str(), seen[2].query("x")), ("/opaque/Page", Some("a/b")));
    assert!(seen.iter().all(|request| request.header("authorization") == Some("Bearer t0ken")));
}

#[tokio::test]
async fn f8_when_page_two_fails_there_is_no_shorter_list() {
    let fake = Fake::start(|request| {
        let host = request.header("host").unwrap();
        match request.query("page") {
            None => json!({ "value": [{}], "nextLink": format!("http://{host}/next?page=2") }).into(),
            _ => (403, r#"{"error":{"code":"AuthorizationFailed","message":"No."}}"#).into(),
        }
    })
    .await;
    let error = fake.arm().list(PATH, &[]).await.unwrap_err();
    assert!(error.is_forbidden());
    assert_eq!(fake.seen().len(), 2, "a refusal is not repeated");
}

#[tokio::test]
async fn a_foreign_next_page_is_refused_and_never_sees_the_token() {
    let stranger = Arc::new(Fake::start(|_| fine()).await);
    for link in [
        stranger.url("/page").to_string(),
        "https://management.azure.com.example.net/page".to_owned(),
        "//127.0.0.1/page".to_owned(),
    ] {
        let link_in_page = link.clone();
        let fake = Fake::start(move |_| json!({ "value": [], "nextLink": link_in_page }).into()).await;
        let error = fake.arm().list(PATH, &[]).await.unwrap_err();
        assert!(matches!(error, AzureError::ForeignPage { .. } | AzureError::Unreadable { .. }), "{error}");
        assert!(!error.to_string().contains("/page"), "the error names the host only: {error}");
    }
    assert_eq!(stranger.seen().len(), 0);

    let with_user = Fake::start(|request| {
        let host = request.header("host").unwrap();
        json!({ "value": [], "nextLink": format!("http://jane:secret@{host}/page") }).into()
    })
    .await;
    assert!(matches!(with_user.arm().list(PATH, &[]).await, Err(AzureError::ForeignPage { .. })));
}

#[tokio::test]
async fn pages_that_lead_in_a_circle_end_in_an_error() {
    let fake = Fake::start(|request| {
        let host = request.header("host").unwrap();
        let next = if request.query("page") == Some("1") { 2 } else { 1 };
        json!({ "value": [], "nextLink": format!("http://{host}/next?page={next}") }).into()
    })
    .await;
    let error = fake.arm().list(PATH, &[]).await.unwrap_err();
    assert!(matches!(error, AzureError::EndlessPages { .. }), "{error}");
}

#[tokio::test]
async fn a_page_without_a_list_is_an_error_not_an_empty_list() {
    for body in [json!({}), json!({ "value": null }), json!([]), json!({ "value": {} })] {
        let fake = answers(vec![body.into()]).await;
        assert!(matches!(fake.arm().list(PATH, &[]).await, Err(AzureError::Unreadable { .. })));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let fake = answers(vec![Reply::from((302, "")).with("location", "/elsewhere")]).await;
    assert_eq!(fake.arm().get(PATH, &[]).await.unwrap_err().status(), Some(302));
    assert_eq!(fake.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_429_is_obeyed_to_the_second() {
    let throttle =
        r#"{"code":"OperationNotAllowed","message":"Too many.","details":[{"code":"TooManyRequests"}]}"#;
    let fake = answers(vec![Reply::from((429, throttle)).with("retry-after", "17"), fine()]).await;
    let arm = fake.arm();
    let start = Instant::now();
    arm.get(PATH, &[]).await.unwrap();
    let waited = start.elapsed();
    assert!(waited >= Duration::from_secs(17) && waited < Duration::from_secs(18), "{waited:?}");
    assert_eq!(arm.counts(), ArmCounts { requests: 2, throttled: 1, retries: 1 });
}

#[tokio::test(start_paused = true)]
async fn a_long_throttle_is_passed_on_and_holds_that_subscription_only() {
    let fake = Fake::start(|request| match request.path.contains("0001") {
        true => Reply::from((429, "")).with("retry-after", "1200"),
        false => fine(),
    })
    .await;
    let arm = fake.arm();
    for _ in 0..2 {
        let error = arm.get(PATH, &[]).await.unwrap_err();
        assert!(
            matches!(error, AzureError::Throttled { retry_after } if retry_after.as_secs() > 1190),
            "{error}"
        );
    }
    assert_eq!(fake.seen().len(), 1, "asking early would start the wait anew");
    arm.get(&PATH.replace("0001", "0002"), &[]).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn server_errors_are_retried_with_growing_waits() {
    let broken = || Reply::from((500, r#"{"error":{"code":"InternalServerError","message":"Oops."}}"#));
    let fake = answers(vec![broken(), (503, "").into(), (502, "<html>").into(), fine()]).await;
    let start = Instant::now();
    fake.arm().get(PATH, &[]).await.unwrap();
    assert_eq!(start.elapsed().as_millis() / 100, 35, "0.5 s, 1 s, 2 s");

    let fake = answers(vec![broken()]).await;
    let error = fake.arm().get(PATH, &[]).await.unwrap_err();
    assert_eq!(error.to_string(), "HTTP 500 InternalServerError: Oops.");
    assert_eq!(fake.seen().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_cannot_be_made_is_tried_again_and_then_reported() {
    let fake = Fake::start(|_| fine()).await;
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let endpoint: Url = address.parse().unwrap();
    let clock = Arc::new(crate::clock::ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    let tokens = TokenSource::fixed("t0ken".into(), &endpoint, clock.clone());
    let options = ArmOptions { jitter: Arc::new(|| 0.0), ..ArmOptions::default() };
    let arm = ArmClient::new(fake.http(), endpoint, tokens, clock, options).unwrap();
    let error = arm.get(PATH, &[]).await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(error.to_string().starts_with("127.0.0.1 gave no answer: "), "{error}");
    assert_eq!(arm.counts(), ArmCounts { requests: 5, throttled: 0, retries: 4 });
}

#[tokio::test(start_paused = true)]
async fn a_start_is_posted_once_whatever_comes_back() {
    for status in [401, 408, 429, 500, 503] {
        let fake = answers(vec![Reply::from((status, "")).with("retry-after", "1"), fine()]).await;
        let error = fake.arm().post(PATH, &[VERSION], None, Retry::Never).await.unwrap_err();
        assert!(error.status().is_some(), "{error}");
        assert_eq!(fake.seen().len(), 1, "{status}");
    }
    let fake = answers(vec![Reply::from((202, "")).with("location", "https://example.net/operation")]).await;
    let response = fake.arm().post(PATH, &[VERSION], None, Retry::Never).await.unwrap();
    assert_eq!((response.status, response.header("location")), (202, Some("https://example.net/operation")));
    let seen = fake.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].header("content-length")), ("POST", Some("0")));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let fake = answers(vec![(401, "").into(), fine()]).await;
    fake.arm().get(PATH, &[]).await.unwrap();
    let fake =
        answers(vec![(401, r#"{"error":{"code":"InvalidAuthenticationToken","message":"No."}}"#).into()])
            .await;
    let error = fake.arm().get(PATH, &[]).await.unwrap_err();
    assert!(error.to_string().ends_with("check which identity the app runs as"), "{error}");
    assert_eq!(fake.seen().len(), 2);
}

#[tokio::test]
async fn a_body_beyond_the_bound_is_an_error() {
    let fake = answers(vec![(200, format!("[\"{}\"]", "x".repeat(5000))).into()]).await;
    let arm = fake.arm_with(ArmOptions { body_limit: 1000, ..ArmOptions::default() });
    let error = arm.get(PATH, &[]).await.unwrap_err();
    assert_eq!(error.to_string(), format!("the answer to {PATH} is larger than 1000 bytes"));
    assert_eq!(fake.seen().len(), 1, "a second time it would not be smaller");
}

#[tokio::test]
async fn names_are_encoded_and_paths_stay_below_the_endpoint() {
    let fake = Fake::start(|_| fine()).await;
    let arm = fake.arm();
    arm.get("/subscriptions/x/resourceGroups/rg (old)?a=b#c", &[VERSION]).await.unwrap();
    assert_eq!(fake.seen()[0].path, "/subscriptions/x/resourceGroups/rg%20(old)%3Fa=b%23c");
    assert_eq!(fake.seen()[0].query("api-version"), Some("2024-11-01"));
    for path in ["subscriptions", "/subscriptions/../x", "/subscriptions//x", "/./x"] {
        assert!(matches!(arm.get(path, &[]).await, Err(AzureError::Address(_))), "{path}");
    }
    assert_eq!(fake.seen().len(), 1);
}

#[test]
fn a_token_is_not_sent_in_the_clear() {
    let clock = Arc::new(crate::clock::ManualClock::new(chrono::DateTime::UNIX_EPOCH));
    let endpoint: Url = "http://management.example.com/".parse().unwrap();
    let tokens = TokenSource::fixed("t0ken".into(), &endpoint, clock.clone());
    let client = client(&ClientOptions::default()).unwrap();
    let error = ArmClient::new(client, endpoint, tokens, clock, ArmOptions::default()).unwrap_err();
    assert!(error.to_string().contains("give an https address"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn every_attempt_has_a_number_of_its_own_by_which_support_finds_it() {
    let fake = answers(vec![(500, "").into(), fine()]).await;
    fake.arm().get(PATH, &[]).await.unwrap();
    let numbers: Vec<uuid::Uuid> = fake
        .seen()
        .iter()
        .map(|request| request.header("x-ms-client-request-id").unwrap().parse().unwrap())
        .collect();
    assert_eq!(numbers.len(), 2);
    assert_ne!(numbers[0], numbers[1]);
}
