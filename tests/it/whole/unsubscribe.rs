//! Turning digests off and on again with what mail software offers its readers.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request};
use chrono::TimeDelta;
use futures::{StreamExt as _, stream};
use maintenance_notifier::demo::SimulatedWindow;
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::audit::AuditAction;
use maintenance_notifier::domain::action::form_nonce::FormPage;
use maintenance_notifier::domain::action::link_purpose::LinkPurpose;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::services::revoke_links::{RevokedLinks, revoke_links};
use maintenance_notifier::web;

use super::pages::{Answer, ORIGIN, Reader, audit_actions, to};
use super::tenant::{CONFIGURATION, Letter, Setup, TestTenant, WAVE, small_world, start};

const JANE: &str = r#"
[[recipients]]
name      = "jane.doe"
email     = ["jane.doe@contoso.com"]
digest    = "0 8 * * *"
immediate = ["imminent"]
"#;

async fn send(reader: &Reader, request: axum::http::request::Builder, body: &str) -> Answer {
    reader.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn with_kind(tenant: &TestTenant, letters: &[Letter], wanted: MessageKind) -> usize {
    let mut count = 0;
    for letter in letters.iter().filter(|letter| letter.to.starts_with("jane")) {
        count += usize::from(tenant.read(letter).await.0.kind == wanted);
    }
    count
}

#[tokio::test]
async fn s15_one_click_turns_digests_off_and_nothing_else_and_only_post_does() {
    let setup = Setup::new(small_world(&[("vm-web-01", "jane.doe"), ("vm-web-02", "mei.lin")]));
    let mut tenant = setup.configuration(format!("{CONFIGURATION}{JANE}")).begin().await;
    tenant.round().await;
    // An announcement is no digest, and nothing turns it off.
    for letter in tenant.messages().await {
        assert!(!String::from_utf8_lossy(&letter.bytes).contains("List-Unsubscribe"));
    }
    let day = |days: i64| start() + TimeDelta::days(days);
    let moved = Some(SimulatedWindow::new(day(-2), day(10)));
    tenant.simulation.script().reschedule(WAVE, moved, SimulatedWindow::new(day(13), day(20)));
    tenant.advance(TimeDelta::days(1)).await;
    let letters = tenant.messages().await;
    let digest = to(&letters, "jane");
    let (content, mail) = tenant.read(digest).await;
    assert_eq!(content.kind, MessageKind::Digest);
    let url = content.unsubscribe.expect("a digest can be turned off");
    let bytes = String::from_utf8_lossy(&digest.bytes).replace("\r\n ", " ");
    assert!(bytes.contains(&format!("List-Unsubscribe: <{url}>\r\n")), "{bytes}");
    assert!(bytes.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    assert!(mail.text.contains(&url) && mail.html.contains(&url));

    let path = url.strip_prefix(ORIGIN).unwrap().to_owned();
    let reader = Reader { pages: web::router(tenant.app.clone()), path };
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        let body = "List-Unsubscribe=One-Click";
        send(&reader, Request::builder().method(method).uri(&reader.path), body).await;
    }
    reader.get().await.is(200).says("Turn digests off");
    let form = |path: &str| Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    send(&reader, form("/unsubscribe?t=nonsense"), "List-Unsubscribe=One-Click").await.is(404);
    // Whatever else is posted from elsewhere does nothing.
    send(&reader, form(&reader.path), "do=digests-on").await.is(403);
    send(&reader, form(&reader.path), "").await.is(403);
    assert_eq!(audit_actions(&tenant).await, []);

    // Mail software has no cookie, no page of ours and no origin, and follows no redirect.
    for _ in 0..2 {
        let done = send(&reader, form(&reader.path), "List-Unsubscribe=One-Click").await;
        done.is(200).says("No more digests come from now on").says("Turn digests on again");
        assert!(done.headers.get("location").is_none() && done.headers.get("set-cookie").is_none());
    }
    assert_eq!(audit_actions(&tenant).await, [AuditAction::Digests { wanted: false }]);
    tenant.advance(TimeDelta::days(9)).await;
    let letters = tenant.messages().await;
    assert_eq!(with_kind(&tenant, &letters, MessageKind::Digest).await, 0);
    let notified = tenant.notified(&letters).await;
    assert!(notified.contains(&"jane.doe@contoso.com vm-web-01 reminder".to_owned()), "{notified:?}");
    // The page behind a message's link says so too.
    let alert = letters.iter().find(|letter| letter.to.starts_with("jane")).unwrap();
    Reader::of(&tenant, alert).await.get().await.says("You get no digests");

    // The page turns them on again, as long as it is our own.
    let page = reader.get().await;
    let nonce = page.nonce("digests-on");
    let on = [("nonce", nonce.as_str()), ("do", "digests-on")];
    reader.post_as(&on, &[("origin", "https://elsewhere.example")]).await.is(403);
    reader.post(&on).await.is(200).says("Digests come again from now on");
    tenant.simulation.script().cancel(WAVE, tenant.now());
    tenant.advance(TimeDelta::days(4)).await;
    let letters = tenant.messages().await;
    assert!(
        with_kind(&tenant, &letters, MessageKind::Digest).await > 0,
        "{:?}",
        tenant.notified(&letters).await
    );
}

/// A tenant in which Jane had a digest, with the link that turns digests off.
async fn with_digest() -> (TestTenant, Reader) {
    let setup = Setup::new(small_world(&[("vm-web-01", "jane.doe"), ("vm-web-02", "mei.lin")]));
    let mut tenant = setup.configuration(format!("{CONFIGURATION}{JANE}")).begin().await;
    tenant.round().await;
    tenant.messages().await;
    let day = |days: i64| start() + TimeDelta::days(days);
    let moved = Some(SimulatedWindow::new(day(-2), day(10)));
    tenant.simulation.script().reschedule(WAVE, moved, SimulatedWindow::new(day(13), day(20)));
    tenant.advance(TimeDelta::days(1)).await;
    let letters = tenant.messages().await;
    let url = tenant.read(to(&letters, "jane")).await.0.unsubscribe.expect("a digest can be turned off");
    let path = url.strip_prefix(ORIGIN).unwrap().to_owned();
    let reader = Reader { pages: web::router(tenant.app.clone()), path };
    (tenant, reader)
}

#[tokio::test]
async fn s12_it_is_behind_the_same_guard_as_every_page() {
    let (tenant, reader) = with_digest().await;
    let form = || {
        Request::post(&reader.path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-forwarded-for", "203.0.113.7")
    };
    let long = format!("List-Unsubscribe=One-Click&x={}", "x".repeat(4096));
    send(&reader, form(), &long).await.is(413);
    let drops = stream::once(async { Ok::<_, std::io::Error>("List-Unsubscribe=".to_owned()) })
        .chain(stream::pending());
    let slow = reader.send(form().body(Body::from_stream(drops)).unwrap());
    tokio::time::pause();
    let slow = tokio::time::timeout(Duration::from_secs(11), slow).await.expect("it is given up");
    tokio::time::resume();
    slow.is(408);
    assert_eq!(audit_actions(&tenant).await, []);
    let mut refused = 0;
    for _ in 0..60 {
        refused += usize::from(send(&reader, form(), "List-Unsubscribe=One-Click").await.status == 429);
    }
    assert!(refused > 0 && refused < 60, "{refused}");
    assert_eq!(audit_actions(&tenant).await, [AuditAction::Digests { wanted: false }]);
}

#[tokio::test]
async fn s9_what_operators_withdrew_turns_no_digests_off() {
    let (tenant, reader) = with_digest().await;
    reader.get().await.is(200);
    let by = Actor { principal: Some("command line: ops".to_owned()), ..Actor::default() };
    let whose = RevokedLinks::Recipient("jane.doe".parse().unwrap());
    revoke_links(&tenant.repository, &whose, tenant.now(), by, tenant.now()).await.unwrap();
    let before = audit_actions(&tenant).await.len();
    reader.get().await.is(410).says("withdrew this link");
    let form = Request::post(&reader.path).header("content-type", "application/x-www-form-urlencoded");
    send(&reader, form, "List-Unsubscribe=One-Click").await.is(410).says("withdrew this link");
    assert_eq!(audit_actions(&tenant).await.len(), before);
}

#[tokio::test]
async fn s15_after_its_time_it_turns_digests_off_and_never_on_again() {
    let (tenant, reader) = with_digest().await;
    tenant.clock.advance(TimeDelta::days(45));
    let form = Request::post(&reader.path).header("content-type", "application/x-www-form-urlencoded");
    send(&reader, form, "List-Unsubscribe=One-Click").await.is(200).says("No more digests come");
    let token = reader.path.strip_prefix("/unsubscribe?t=").unwrap().to_owned();
    let page = FormPage { purpose: LinkPurpose::Unsubscribe, token, part: String::new() };
    let nonce = tenant.app.link_keys.form_nonce(&page, "digests-on", &[], tenant.now()).unwrap();
    reader.post(&[("nonce", nonce.as_str()), ("do", "digests-on")]).await.is(400);
    assert_eq!(audit_actions(&tenant).await, [AuditAction::Digests { wanted: false }]);
}
