//! Turning digests off and on again with what mail software offers its readers.

use axum::body::Body;
use axum::http::{Method, Request};
use chrono::TimeDelta;
use maintenance_notifier::demo::SimulatedWindow;
use maintenance_notifier::domain::action::audit::AuditAction;
use maintenance_notifier::domain::message::MessageKind;
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
