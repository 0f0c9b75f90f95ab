//! Mails by a stand-in for Microsoft Graph that finds some of them too large.

use std::sync::{Arc, Mutex};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::deliver::{GraphMailbox, MailTransport};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::http::token::TokenSource;

use crate::events::{Tenant, start};

/// Somebody who is named in a tag, and gets one mail at once.
const OWNER: &str = "identity-team@contoso.com";

/// The stand-in. Clones share it.
#[derive(Clone)]
struct Graph {
    /// How many mails to the owner are too large.
    refuses: usize,
    seen: Arc<Mutex<Vec<(bool, String)>>>,
}

impl Graph {
    /// What was sent to the owner, whether it was taken or not.
    fn to_owner(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|(_, mail)| is_to_owner(mail)).map(|(_, mail)| mail.clone()).collect()
    }

    fn taken(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|(taken, _)| *taken).map(|(_, mail)| mail.clone()).collect()
    }
}

fn is_to_owner(mail: &str) -> bool {
    mail.lines().any(|line| line.starts_with("To: ") && line.contains(OWNER))
}

async fn answer(State(graph): State<Graph>, request: Request) -> (StatusCode, &'static str) {
    let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
    let mail = String::from_utf8(STANDARD.decode(&body).unwrap()).unwrap();
    let too_large = is_to_owner(&mail) && graph.to_owner().len() < graph.refuses;
    graph.seen.lock().unwrap().push((!too_large, mail));
    if too_large {
        let error = r#"{"error":{"code":"RequestEntityTooLarge","message":"The request is too large."}}"#;
        (StatusCode::PAYLOAD_TOO_LARGE, error)
    } else {
        (StatusCode::ACCEPTED, "")
    }
}

async fn tenant(refuses: usize) -> (Tenant, Graph) {
    let graph = Graph { refuses, seen: Arc::default() };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address: url::Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let router = axum::Router::new().fallback(answer).with_state(graph.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let clock = Arc::new(ManualClock::new(start()));
    let client = maintenance_notifier::http::client::client(&Default::default()).unwrap();
    let tokens = TokenSource::fixed("token".into(), &address, clock.clone());
    let sender = "azure-maintenance@contoso.com".parse().unwrap();
    let mailbox = GraphMailbox::new(client, &address, &sender, tokens, clock.clone()).unwrap();
    let tenant = Tenant::start_with(clock, Some(MailTransport::Graph(mailbox))).await;
    (tenant, graph)
}

#[tokio::test]
async fn what_graph_finds_too_large_goes_shorter_then_without_attachments_and_then_to_the_fallback() {
    let (tenant, graph) = tenant(usize::MAX).await;
    tenant.live(TimeDelta::hours(30)).await;
    let tried = graph.to_owner();
    assert!((2..=3).contains(&tried.len()), "{} attempts", tried.len());
    assert!(tried.windows(2).all(|pair| pair[1].len() < pair[0].len()), "each is shorter");
    assert!(
        tried.last().unwrap().len() * 2 < tried[0].len() || !tried.last().unwrap().contains("text/calendar")
    );
    let dead = tenant.undeliverable().await;
    let told = |alert: &OperatorAlert| matches!(alert, OperatorAlert::Undeliverable { error, .. } if error.contains("413"));
    assert!(dead.iter().any(told), "{dead:?}");
    // Who reads it in the owner's place really gets it, by the same service.
    let platform = "platform@contoso.com";
    let instead: Vec<String> = graph
        .taken()
        .into_iter()
        .filter(|mail| mail.lines().any(|line| line.starts_with("To: ") && line.contains(platform)))
        .collect();
    let state = tenant.app.repository.state(&OWNER.parse().unwrap()).await.unwrap();
    let name = state.assignments[0].window.place().name().to_owned();
    assert!(instead.iter().any(|mail| mail.contains(&name)), "{name} in {} mails", instead.len());
}

#[tokio::test]
async fn a_shorter_mail_that_graph_takes_is_the_end_of_it() {
    let (tenant, graph) = tenant(1).await;
    tenant.live(TimeDelta::hours(3)).await;
    assert!(graph.taken().iter().any(|mail| is_to_owner(mail)));
    assert_eq!(tenant.undeliverable().await, []);
    assert_eq!(tenant.app.repository.dead_endpoints().await.unwrap(), []);
}
