//! Graph's answers and what they mean, against a stand-in on this machine.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::*;
use crate::azure::testing::{Fake, Reply, Seen};
use crate::clock::ManualClock;

fn now() -> DateTime<Utc> {
    "2026-12-01T08:00:00Z".parse().unwrap()
}

fn mailbox(fake: &Fake) -> GraphMailbox {
    let clock = Arc::new(ManualClock::new(now()));
    mailbox_with(fake, TokenSource::fixed("S3cretT0ken".into(), &PUBLIC_GRAPH.parse().unwrap(), clock))
}

fn mailbox_with(fake: &Fake, tokens: TokenSource) -> GraphMailbox {
    let clock = Arc::new(ManualClock::new(now()));
    let sender = "maintenance@contoso.com".parse().unwrap();
    GraphMailbox::new(fake.http(), &fake.url("/"), &sender, tokens, clock).unwrap()
}

fn composed() -> ComposedMail {
    ComposedMail {
        from: "maintenance@contoso.com".parse().unwrap(),
        to: "jane@contoso.com".parse().unwrap(),
        bytes: b"Subject: hello\r\n\r\nhello\r\n".to_vec(),
    }
}

async fn outcome(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Delivery {
    let fake = Fake::start(answer).await;
    mailbox(&fake).send(&composed()).await
}

fn refusal(status: u16, code: &str) -> Reply {
    (status, json!({"error": {"code": code, "message": "No."}}).to_string()).into()
}

#[tokio::test]
async fn the_whole_message_goes_as_base64_to_the_mailbox_that_sends() {
    let fake = Fake::start(|_| Reply::from((202, "")).with("request-id", "0000-aa")).await;
    let delivery = mailbox(&fake).send(&composed()).await;
    assert_eq!(delivery, Delivery::Accepted { reference: "127.0.0.1 request 0000-aa".to_owned() });
    let seen = fake.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(
        (seen[0].method.as_str(), seen[0].path.as_str()),
        ("POST", "/v1.0/users/maintenance@contoso.com/sendMail")
    );
    assert_eq!(seen[0].header("content-type"), Some("text/plain"));
    assert_eq!(seen[0].header("authorization"), Some("Bearer S3cretT0ken"));
    assert_eq!(STANDARD.decode(&seen[0].body).unwrap(), composed().bytes);
}

#[tokio::test]
async fn f5_graph_says_how_long_to_wait() {
    let delivery = outcome(|_| refusal(429, "ApplicationThrottled").with("Retry-After", "37")).await;
    insta::assert_debug_snapshot!(delivery, @r#"
    Deferred {
        error: "127.0.0.1 answered 429 Too Many Requests: ApplicationThrottled: No.",
        retry_after: Some(
            TimeDelta {
                secs: 37,
                nanos: 0,
            },
        ),
        certainly_unsent: true,
        concerns: Message,
    }
    "#);
}

#[tokio::test]
async fn every_refusal_is_blamed_on_whom_it_concerns() {
    let mut outcomes = String::new();
    for (status, code) in [
        (400, "ErrorInvalidRecipients"),
        (400, "ErrorMessageSizeExceeded"),
        (400, "BadRequest"),
        (401, "InvalidAuthenticationToken"),
        (403, "ErrorAccessDenied"),
        (404, "ErrorInvalidUser"),
        (413, "RequestEntityTooLarge"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
        (504, "GatewayTimeout"),
        (507, "ErrorQuotaExceeded"),
    ] {
        let said = match outcome(move |_| refusal(status, code)).await {
            Delivery::Accepted { .. } | Delivery::Taken { .. } => "accepted".to_owned(),
            Delivery::Rejected { cause, error } => format!("rejected {cause:?}: {error}"),
            Delivery::Ours { error, .. } => format!("ours: {error}"),
            Delivery::Deferred { error, certainly_unsent, .. } => {
                format!("deferred unsent={certainly_unsent}: {error}")
            }
        };
        outcomes.push_str(&said);
        outcomes.push('\n');
    }
    insta::assert_snapshot!(outcomes, @"
    rejected Endpoint: 127.0.0.1 answered 400 Bad Request: ErrorInvalidRecipients: No.
    rejected TooLarge: 127.0.0.1 answered 400 Bad Request: ErrorMessageSizeExceeded: No.
    ours: 127.0.0.1 answered 400 Bad Request: BadRequest: No.
    ours: 127.0.0.1 answered 401 Unauthorized: InvalidAuthenticationToken: No.; check that the app's identity belongs to the mailbox's tenant
    ours: 127.0.0.1 answered 403 Forbidden: ErrorAccessDenied: No.; grant the app's identity Mail.Send with admin consent or an Exchange application role, and see that neither its scope nor an application access policy leaves this mailbox out; changes take up to two hours
    ours: 127.0.0.1 answered 404 Not Found: ErrorInvalidUser: No.; check that NOTIFIER_GRAPH_SENDER is a mailbox in Exchange Online
    rejected TooLarge: 127.0.0.1 answered 413 Payload Too Large: RequestEntityTooLarge: No.
    deferred unsent=false: 127.0.0.1 answered 500 Internal Server Error: InternalServerError: No.; the message may have been taken
    deferred unsent=true: 127.0.0.1 answered 503 Service Unavailable: ServiceUnavailable: No.
    deferred unsent=false: 127.0.0.1 answered 504 Gateway Timeout: GatewayTimeout: No.; the message may have been taken
    ours: 127.0.0.1 answered 507 Insufficient Storage: ErrorQuotaExceeded: No.; the mailbox of NOTIFIER_GRAPH_SENDER is full: empty its Sent Items, and have a retention policy keep them small
    ");
}

#[tokio::test]
async fn s22_a_redirect_is_not_followed_and_the_token_stays_here() {
    let elsewhere = Fake::start(|_| (202, "").into()).await;
    let target = elsewhere.url("/v1.0/users/maintenance@contoso.com/sendMail").to_string();
    let delivery = outcome(move |_| Reply::from((307, "")).with("Location", target.clone())).await;
    assert!(matches!(&delivery, Delivery::Ours { .. }), "{delivery:?}");
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn s22_nothing_shows_the_token_even_if_graph_repeats_it() {
    let fake = Fake::start(|seen| {
        let words = seen.header("authorization").unwrap().to_owned();
        (400, json!({"error": {"code": "BadRequest", "message": words}}).to_string()).into()
    })
    .await;
    let mailbox = mailbox(&fake);
    let delivery = mailbox.send(&composed()).await;
    assert!(!format!("{delivery:?} {mailbox:?}").contains("S3cretT0ken"), "{delivery:?}");
}

#[tokio::test]
async fn f3_only_what_was_never_connected_is_surely_unsent() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let broken = format!("http://{}", silent.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = silent.accept().await {
            let mut request = [0; 64];
            let _ = tokio::io::AsyncReadExt::read(&mut socket, &mut request).await;
        }
    });
    let fake = Fake::start(|_| (202, "").into()).await;
    let clock = Arc::new(ManualClock::new(now()));
    for (endpoint, unsent) in [(dead, true), (broken, false)] {
        let endpoint = endpoint.parse().unwrap();
        let tokens = TokenSource::fixed("S3cretT0ken".into(), &endpoint, clock.clone());
        let sender = "maintenance@contoso.com".parse().unwrap();
        let mailbox = GraphMailbox::new(fake.http(), &endpoint, &sender, tokens, clock.clone()).unwrap();
        let delivery = mailbox.send(&composed()).await;
        assert!(
            matches!(&delivery, Delivery::Deferred { certainly_unsent, .. } if *certainly_unsent == unsent),
            "{delivery:?}"
        );
    }
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let fake = Fake::start(|seen| match seen.path.as_str() {
        "/msi/token" => (500, r#"{"message":"no identity"}"#).into(),
        _ => (202, "").into(),
    })
    .await;
    let clock = Arc::new(ManualClock::new(now()));
    let endpoint = crate::http::token::IdentityEndpoint {
        address: fake.url("/msi/token"),
        header: "s3cret".into(),
        client_id: None,
    };
    let audience = PUBLIC_GRAPH.parse().unwrap();
    let tokens = TokenSource::identity_endpoint(fake.http(), endpoint, &audience, clock);
    let delivery = mailbox_with(&fake, tokens).send(&composed()).await;
    assert!(
        matches!(&delivery, Delivery::Ours { error, .. }
            if error.contains("no identity")),
        "{delivery:?}"
    );
    assert!(fake.seen().iter().all(|seen| seen.path == "/msi/token"));
}

#[tokio::test]
async fn a_token_that_has_run_out_is_renewed_within_the_attempt() {
    let issued = std::sync::atomic::AtomicUsize::new(0);
    let fake = Fake::start(move |seen| match (seen.path.as_str(), seen.header("authorization")) {
        ("/msi/token", _) => {
            assert_eq!(seen.query("resource"), Some(PUBLIC_GRAPH));
            let number = issued.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            let expires = (now() + TimeDelta::hours(24)).timestamp();
            json!({"access_token": format!("token-{number}"), "expires_on": expires.to_string()}).into()
        }
        (_, Some("Bearer token-0")) => refusal(401, "InvalidAuthenticationToken"),
        _ => (202, "").into(),
    })
    .await;
    let clock = Arc::new(ManualClock::new(now()));
    let endpoint = crate::http::token::IdentityEndpoint {
        address: fake.url("/msi/token"),
        header: "s3cret".into(),
        client_id: None,
    };
    let tokens = TokenSource::identity_endpoint(fake.http(), endpoint, &PUBLIC_GRAPH.parse().unwrap(), clock);
    let mailbox = mailbox_with(&fake, tokens);
    assert!(mailbox.send(&composed()).await.is_accepted());
    let sent: Vec<Seen> = fake.seen().into_iter().filter(|seen| seen.method == "POST").collect();
    assert_eq!(sent.len(), 2, "refused once, and the same mail again at once");
    assert_eq!(sent[0].body, sent[1].body);
}

#[tokio::test]
async fn a_success_is_believed_only_as_graph_says_it() {
    let page = "<!DOCTYPE html><html><title>Sign in to your account</title></html>";
    for (status, body, expected) in [
        (202, "", "accepted"),
        (202, " \n", "accepted"),
        (200, "", "in doubt"),
        (204, "", "in doubt"),
        (200, page, "ours"),
        (202, page, "ours"),
        (200, "\n<html><body>Network login</body></html>", "ours"),
        (202, r#"{"status":"ok"}"#, "in doubt"),
    ] {
        let kind = match outcome(move |_| (status, body).into()).await {
            Delivery::Accepted { .. } => "accepted",
            Delivery::Ours { .. } => "ours",
            Delivery::Deferred { certainly_unsent: false, .. } => "in doubt",
            other => panic!("{other:?}"),
        };
        assert_eq!(kind, expected, "{status} {body}");
    }
}

#[test]
fn s22_a_token_goes_over_https_or_stays_on_this_machine() {
    for (address, taken) in [
        ("https://graph.microsoft.com", true),
        ("https://graph.microsoft.us/", true),
        ("http://127.0.0.1:8080", true),
        ("http://graph.microsoft.com", false),
        ("https://user@graph.microsoft.com", false),
        ("https://graph.microsoft.com/?x=1", false),
        ("https://graph.microsoft.com/#x", false),
    ] {
        assert_eq!(below(&address.parse().unwrap(), &["v1.0"]).is_ok(), taken, "{address}");
    }
    let address = below(&"https://graph.microsoft.us/".parse().unwrap(), &["users", "a/b?c#d@contoso.com"]);
    assert_eq!(address.unwrap().as_str(), "https://graph.microsoft.us/users/a%2Fb%3Fc%23d@contoso.com");
}
