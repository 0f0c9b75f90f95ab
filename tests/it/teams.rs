//! Teams flows against real HTTP servers on this machine.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use futures::FutureExt;
use maintenance_notifier::clock::{ManualClock, SharedClock};
use maintenance_notifier::deliver::{
    CardTo, Delivery, MailTransport, Memory, Outgoing, TeamsTransport, Webhook, WebhookPolicy, Workflows,
};
use maintenance_notifier::domain::ids::MessageId;
use maintenance_notifier::domain::recipient_name::RecipientName;
use maintenance_notifier::render::RenderedCard;
use tokio::net::TcpListener;

use crate::deliver_fixtures::{by_mail, kind, noon};
use crate::mail_server::MailServer;

const PATH: &str = "/workflows/0001/triggers/manual/paths/invoke\
                    ?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=S3cret_-x%2BS3cret";

const PATIENT: Duration = Duration::from_secs(10);

type Requests = Arc<Mutex<Vec<(String, String)>>>;

/// A flow that answers every request the same way and remembers what it was asked.
struct Flow {
    port: u16,
    requests: Requests,
}

impl Flow {
    async fn start<A, R>(answer: A) -> Self
    where
        A: Fn() -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Response> + Send + 'static,
    {
        let requests = Requests::default();
        let seen = Arc::clone(&requests);
        let app = Router::new().fallback(move |uri: Uri, body: Bytes| {
            let body = String::from_utf8(body.to_vec()).unwrap();
            seen.lock().unwrap().push((uri.to_string(), body));
            answer()
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { port, requests }
    }

    /// A flow that gives a status, headers and a text.
    async fn answering(
        status: u16,
        headers: &'static [(&'static str, &'static str)],
        text: &'static str,
    ) -> Self {
        Self::start(move || async move {
            let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
            for (name, value) in headers {
                response = response.header(*name, *value);
            }
            response.body(Body::from(text)).unwrap()
        })
        .await
    }

    async fn post(&self) -> Delivery {
        post(&format!("http://127.0.0.1:{}{PATH}", self.port), WebhookPolicy::AllowPrivate, PATIENT).await
    }

    fn requests(&self) -> Vec<(String, String)> {
        self.requests.lock().unwrap().clone()
    }
}

/// One attempt to post a card to `address`. Whatever comes of it, the address' secret is not shown.
async fn post(address: &str, policy: WebhookPolicy, timeout: Duration) -> Delivery {
    post_checked(address, policy, policy, timeout).await
}

/// The same with an address that was checked against another policy than the client's.
async fn post_checked(
    address: &str,
    checked: WebhookPolicy,
    policy: WebhookPolicy,
    timeout: Duration,
) -> Delivery {
    let clock: SharedClock = Arc::new(ManualClock::new(noon()));
    let to: RecipientName = "platform".parse().unwrap();
    let mut deliverers = by_mail(MailTransport::Memory(Memory::default()));
    deliverers.teams = TeamsTransport::Workflows(Workflows::new(policy, timeout, clock).unwrap());
    let webhook = Webhook::parse(&address.into(), checked).unwrap();
    deliverers.webhooks.insert(to.clone(), webhook);
    let delivery = deliverers
        .send(Outgoing::Card {
            to: CardTo::Channel(&to),
            message: &MessageId::derive(&to, 1),
            date: noon(),
            card: &RenderedCard { json: r#"{"type":"message"}"#.to_owned() },
        })
        .await;
    let shown = format!("{deliverers:?} {delivery:?}");
    assert!(!shown.contains("S3cret") && !shown.contains("workflows/0001"), "{shown}");
    delivery
}

fn wait(delivery: &Delivery) -> Option<TimeDelta> {
    match delivery {
        Delivery::Ours { retry_after, .. } | Delivery::Deferred { retry_after, .. } => *retry_after,
        Delivery::Accepted { .. } | Delivery::Taken { .. } | Delivery::Rejected { .. } => None,
    }
}

#[tokio::test]
async fn s22_a_card_arrives_at_the_address_as_it_was_written() {
    let flow = Flow::answering(202, &[("x-ms-workflow-run-id", "0858")], "").await;
    assert_eq!(flow.post().await, Delivery::Accepted { reference: "127.0.0.1 202 run 0858".to_owned() });
    assert_eq!(flow.requests(), [(PATH.to_owned(), r#"{"type":"message"}"#.to_owned())]);
}

#[tokio::test]
async fn f5_the_wait_that_teams_asks_for_is_kept_and_others_are_unaffected() {
    let busy = Flow::answering(429, &[("retry-after", "30")], "slow down").await;
    // A date counts from the answer's own date.
    const DATE: (&str, &str) = ("date", "Tue, 01 Dec 2026 12:00:00 GMT");
    let dated = Flow::answering(429, &[("retry-after", "Tue, 01 Dec 2026 12:02:00 GMT"), DATE], "").await;
    let unavailable = Flow::answering(503, &[("retry-after", "5")], "").await;
    let healthy = Flow::answering(202, &[], "").await;
    for (flow, seconds) in [(busy, 30), (dated, 120), (unavailable, 5)] {
        let delivery = flow.post().await;
        assert_eq!(kind(&delivery), "deferred unsent");
        assert_eq!(wait(&delivery), Some(TimeDelta::seconds(seconds)));
    }
    assert_eq!(kind(&healthy.post().await), "accepted");
}

#[tokio::test]
async fn f5_each_status_has_its_meaning() {
    for (status, meaning) in [
        (200, "accepted"),
        (202, "accepted"),
        (400, "rejected Endpoint"),
        (401, "rejected Endpoint"),
        (404, "rejected Endpoint"),
        (408, "deferred unsent"),
        (410, "rejected Endpoint"),
        (413, "rejected TooLarge"),
        // Somebody in between, and not the flow.
        (407, "ours"),
        (421, "ours"),
        (451, "ours"),
        (511, "ours"),
        (500, "deferred unknown"),
        (502, "deferred unknown"),
        (504, "deferred unknown"),
    ] {
        let delivery = Flow::answering(status, &[], "why").await.post().await;
        assert_eq!(kind(&delivery), meaning, "{status}");
    }
}

#[tokio::test]
async fn f5_a_page_of_a_proxy_in_the_place_of_a_refusal_is_not_the_flows() {
    for (status, meaning) in
        [(400, "ours"), (401, "ours"), (403, "ours"), (404, "ours"), (410, "ours"), (502, "deferred unknown")]
    {
        let page = "\u{FEFF}\n<!DOCTYPE html><html><title>Blocked</title></html>";
        let delivery = Flow::answering(status, &[], page).await.post().await;
        assert_eq!(kind(&delivery), meaning, "{status} {delivery:?}");
        let error = delivery.error().unwrap();
        assert!(meaning != "ours" || error.contains("in between answered"), "{error}");
    }
}

#[tokio::test]
async fn f5_a_success_that_says_failure_is_a_failure() {
    for (text, meaning) in [
        ("1", "accepted"),
        (
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId x",
            "deferred unsent",
        ),
        (
            "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 with ContextId x",
            "rejected TooLarge",
        ),
        (r#"{"error":{"code":"Forbidden","message":"the bot is not part of the team"}}"#, "deferred unknown"),
        (r#"{"status":"Failed"}"#, "deferred unknown"),
        (r#"{"statusCode":404,"message":"no such chat"}"#, "deferred unknown"),
        (r#"{"success":false}"#, "deferred unknown"),
        (r#"{"error":null,"status":"Succeeded","statusCode":200}"#, "accepted"),
        (r#"{"errors":[],"messageLink":"https://teams.example/1"}"#, "accepted"),
        (r#"{"body":"the word error in it"}"#, "accepted"),
    ] {
        let delivery = Flow::answering(200, &[], text).await.post().await;
        assert_eq!(kind(&delivery), meaning, "{text}");
    }
}

#[tokio::test]
async fn f5_a_flow_that_hangs_is_given_up_and_nobody_knows() {
    let flow = Flow::start(std::future::pending).await;
    let address = format!("http://127.0.0.1:{}{PATH}", flow.port);
    let delivery = post(&address, WebhookPolicy::AllowPrivate, Duration::from_millis(300)).await;
    assert_eq!(kind(&delivery), "deferred unknown");
    assert_eq!(delivery.error(), Some("127.0.0.1 did not answer in time"));
    assert_eq!(flow.requests().len(), 1);
}

#[tokio::test]
async fn f5_an_endless_answer_is_not_read_to_its_end() {
    let flow = Flow::start(|| async {
        let endless =
            futures::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 8192])));
        Body::from_stream(endless).into_response()
    })
    .await;
    assert_eq!(kind(&flow.post().await), "accepted");
}

#[tokio::test]
async fn f5_a_flow_that_cannot_be_reached_is_surely_unsent() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}{PATH}", closed.local_addr().unwrap());
    drop(closed);
    let delivery = post(&address, WebhookPolicy::AllowPrivate, PATIENT).await;
    assert_eq!(kind(&delivery), "deferred unsent");
    assert!(delivery.error().unwrap().contains("could not be reached"), "{delivery:?}");
}

#[tokio::test]
async fn s22_redirects_are_not_followed_and_their_target_stays_secret() {
    let target = Flow::answering(202, &[], "").await;
    let location = format!("http://127.0.0.1:{}/elsewhere?sig=S3cret", target.port);
    let flow = Flow::start(move || {
        let location = location.clone();
        async move { (StatusCode::TEMPORARY_REDIRECT, [("location", location)]).into_response() }
    })
    .await;
    let delivery = flow.post().await;
    assert_eq!(kind(&delivery), "ours", "{delivery:?}");
    assert!(delivery.error().unwrap().contains("redirected"), "{delivery:?}");
    assert!(target.requests().is_empty());
}

#[tokio::test]
async fn s22_an_answer_that_repeats_the_address_does_not_give_it_away() {
    let flow = Flow::answering(404, &[], "nothing at sig=S3cret_-x+S3cret and S3cret_-x%2BS3cret").await;
    let delivery = flow.post().await;
    assert_eq!(kind(&delivery), "rejected Endpoint");
    assert!(delivery.error().unwrap().contains("nothing at sig=… and …"), "{delivery:?}");
}

#[tokio::test]
async fn s22_a_name_that_leads_into_the_network_is_not_connected_to() {
    let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://localhost:{}{PATH}", inner.local_addr().unwrap().port());
    let delivery = post(&address, WebhookPolicy::PublicOnly, PATIENT).await;
    assert_eq!(kind(&delivery), "ours", "{delivery:?}");
    assert!(delivery.error().unwrap().contains("localhost has the private address"), "{delivery:?}");
    assert!(inner.accept().now_or_never().is_none(), "nobody knocked");
}

#[tokio::test]
async fn s22_an_address_checked_for_tests_is_not_used_in_earnest() {
    let flow = Flow::answering(202, &[], "").await;
    let address = format!("http://127.0.0.1:{}{PATH}", flow.port);
    let delivery =
        post_checked(&address, WebhookPolicy::AllowPrivate, WebhookPolicy::PublicOnly, PATIENT).await;
    assert_eq!(kind(&delivery), "ours", "{delivery:?}");
    assert!(flow.requests().is_empty());
}

#[tokio::test]
async fn s22_a_certificate_of_someone_else_is_refused() {
    // Any server that speaks TLS from the first byte will do: nothing after the handshake is reached.
    let server = MailServer::start(&["--tls", "implicit"]).await;
    let address = format!("https://localhost:{}{PATH}", server.port);
    let delivery = post(&address, WebhookPolicy::AllowPrivate, PATIENT).await;
    assert_eq!(kind(&delivery), "ours", "{delivery:?}");
    assert!(delivery.error().unwrap().contains("certificate"), "{delivery:?}");
}

#[tokio::test]
async fn a_recipient_whose_flow_was_removed_is_refused() {
    let to: RecipientName = "platform".parse().unwrap();
    let mut deliverers = by_mail(MailTransport::Memory(Memory::default()));
    let clock: SharedClock = Arc::new(ManualClock::new(noon()));
    let workflows = Workflows::new(WebhookPolicy::PublicOnly, PATIENT, clock).unwrap();
    deliverers.teams = TeamsTransport::Workflows(workflows);
    let delivery = deliverers
        .send(Outgoing::Card {
            to: CardTo::Channel(&to),
            message: &MessageId::derive(&to, 1),
            date: noon(),
            card: &RenderedCard { json: "{}".to_owned() },
        })
        .await;
    assert_eq!(kind(&delivery), "rejected Endpoint");
}
