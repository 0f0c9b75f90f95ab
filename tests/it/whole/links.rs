//! Links that operators withdrew say so, and a new message brings one that works.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use http_body_util::BodyExt as _;
use maintenance_notifier::demo::SimulatedWindow;
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::audit::AuditAction;
use maintenance_notifier::services::revoke_links::{RevokedLinks, revoke_links};
use maintenance_notifier::web;
use tower::ServiceExt as _;

use super::tenant::{Letter, Setup, TestTenant, WAVE, small_world, start as beginning};

const ORIGIN: &str = "https://maintenance.contoso.com";

async fn send(tenant: &TestTenant, request: Request<Body>) -> (StatusCode, String) {
    let pages: Router = web::router(tenant.app.clone());
    let (parts, body) = pages.oneshot(request).await.unwrap().into_parts();
    (parts.status, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

/// The path of the link in the newest mail to somebody.
async fn path(tenant: &TestTenant, letters: &[Letter], who: &str) -> String {
    let letter = letters.iter().rev().find(|letter| letter.to.starts_with(who)).unwrap();
    let url = tenant.read(letter).await.0.link.expect("the mail has a link").url;
    url.strip_prefix(ORIGIN).unwrap().to_owned()
}

async fn get(tenant: &TestTenant, path: &str) -> (StatusCode, String) {
    send(tenant, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn post(tenant: &TestTenant, path: &str, nonce: &str) -> (StatusCode, String) {
    let fields = [("nonce", nonce), ("do", "start"), ("m", "0-1"), ("when", "now"), ("name", "vm-web-01")];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    send(tenant, request.header("origin", ORIGIN).body(Body::from(body)).unwrap()).await
}

async fn withdraw(tenant: &TestTenant, whose: RevokedLinks) {
    let by = Actor { principal: Some("command line: ops".to_owned()), ..Actor::default() };
    revoke_links(&tenant.repository, &whose, tenant.now(), by, tenant.now()).await.unwrap();
}

#[tokio::test]
async fn s9_withdrawn_links_say_so_do_nothing_and_the_next_message_brings_a_fresh_one() {
    let machines = &[("vm-web-01", "jane.doe"), ("vm-web-02", "mei.lin")];
    let mut tenant = Setup::new(small_world(machines)).begin().await;
    tenant.round().await;
    let letters = tenant.messages().await;
    let [jane, mei] = [path(&tenant, &letters, "jane").await, path(&tenant, &letters, "mei").await];
    let (status, page) = get(&tenant, &jane).await;
    assert_eq!(status, 200);
    let nonce = page.split("name=\"nonce\" value=\"").nth(1).unwrap().split('"').next().unwrap();

    withdraw(&tenant, RevokedLinks::Recipient("jane.doe@contoso.com".parse().unwrap())).await;
    let (status, said) = get(&tenant, &jane).await;
    assert_eq!(status, 410);
    assert!(
        said.contains("withdrew this link on Mon 23 Nov 2026") && said.contains("brings a fresh link"),
        "{said}"
    );
    assert!(!said.contains("vm-web-01") && !said.contains("jane"), "{said}");
    // Whoever had the page open already gets no further.
    assert_eq!(post(&tenant, &jane, nonce).await, (StatusCode::GONE, said));
    assert_eq!(tenant.simulation.script().starts(), Vec::<String>::new());
    assert_eq!(get(&tenant, &mei).await.0, 200, "nobody else's");

    tenant.clock.advance(TimeDelta::hours(1));
    let day = |day: i64| beginning() + TimeDelta::days(day);
    tenant.simulation.script().reschedule(
        WAVE,
        Some(SimulatedWindow::new(day(-2), day(6))),
        SimulatedWindow::new(day(12), day(19)),
    );
    tenant.round().await;
    let letters = tenant.messages().await;
    let fresh = path(&tenant, &letters, "jane").await;
    assert_ne!(fresh, jane);
    assert_eq!(get(&tenant, &fresh).await.0, 200);
    assert_eq!(get(&tenant, &jane).await.0, 410);

    let row = tenant.repository.outbox_rows().await.unwrap();
    let row = row
        .values()
        .find(|row| row.recipient.as_str().starts_with("mei") && row.sequence == 1)
        .unwrap()
        .clone();
    let one = RevokedLinks::Message { recipient: row.recipient, sequence: row.sequence, id: row.message };
    withdraw(&tenant, one).await;
    assert_eq!(get(&tenant, &mei).await.0, 410);
    assert_eq!(get(&tenant, &path(&tenant, &letters, "mei").await).await.0, 200);
    withdraw(&tenant, RevokedLinks::Everybody).await;
    assert_eq!(get(&tenant, &fresh).await.0, 410);

    let trail = tenant.repository.audit_trail(1).await.unwrap();
    let audit_actions: Vec<String> = trail
        .values()
        .filter_map(|entry| match &entry.event.action {
            AuditAction::Revoked { links } => Some(format!("{}: {links}", entry.event.actor.name())),
            _ => None,
        })
        .collect();
    assert_eq!(audit_actions.len(), 3);
    assert_eq!(
        audit_actions[0],
        "command line: ops: the links of jane.doe@contoso.com signed until 2026-11-23T09:00:00Z"
    );
}
