//! The deployment moves to another address, and gets other operators.

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use maintenance_notifier::domain::message::MessageKind;

use super::pages::{ORIGIN, Reader, jane, pairs, world};
use super::tenant::{CONFIGURATION, Setup, small_world};

/// What is answered at this host: the status, and where to go.
async fn at(reader: &Reader, method: &str, host: &str, path: &str, body: &str) -> (u16, Option<String>) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", host)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("content-length", body.len())
        .body(Body::from(body.to_owned()))
        .unwrap();
    let answer = reader.send(request).await;
    let location = answer.headers.get("location").map(|location| location.to_str().unwrap().to_owned());
    (answer.status.as_u16(), location)
}

#[tokio::test]
async fn a_link_of_before_leads_to_where_the_pages_are_now() {
    let (tenant, reader) = jane(world()).await;
    let old = "maintenance-old.contoso.com";
    // Nobody knows it yet as an address of ours.
    assert_eq!(at(&reader, "GET", old, &reader.path, "").await, (200, None));
    let repository = &tenant.repository;
    assert_eq!(repository.addresses().await.unwrap().present.as_deref(), Some(ORIGIN));
    // It moved there and back.
    repository.note_address(&format!("https://{old}")).await.unwrap();
    tenant.plan().await;
    let present = format!("{ORIGIN}{}", reader.path);
    for host in [old, "Maintenance-Old.contoso.com:443"] {
        assert_eq!(at(&reader, "GET", host, &reader.path, "").await, (307, Some(present.clone())));
    }
    assert_eq!(at(&reader, "HEAD", old, &reader.path, "").await, (307, Some(present.clone())));
    // A form of the old page is not taken, and whoever sent it finds a fresh one.
    assert_eq!(at(&reader, "POST", old, &reader.path, "do=acknowledge").await, (303, Some(present)));
    assert_eq!(
        at(&reader, "GET", old, "//evil.example/a", "").await.1.unwrap(),
        format!("{ORIGIN}//evil.example/a")
    );
    // Machines ask wherever they do, mail software follows nobody, and a gateway names a host that is never ours.
    assert!(at(&reader, "GET", old, "/health", "").await.1.is_none());
    assert!(at(&reader, "POST", old, "/unsubscribe?t=x", "List-Unsubscribe=One-Click").await.1.is_none());
    for host in ["notifier.azurewebsites.net", "maintenance.contoso.com", ""] {
        assert_eq!(at(&reader, "GET", host, &reader.path, "").await, (200, None), "{host}");
    }
    // A gateway came before the very address that was public: its visitors are where they have to be.
    for header in ["x-forwarded-host", "x-original-host"] {
        for visited in ["maintenance.contoso.com", "Maintenance.contoso.com:443"] {
            let request = Request::builder().uri(&reader.path).header("host", old).header(header, visited);
            let answer = reader.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, 200, "{header}: {visited}");
        }
    }
    reader.post(&pairs(&reader.filled().await)).await.is(200).says("Azure accepted it");
}

#[tokio::test]
async fn that_the_notifier_is_live_is_told_once_and_not_to_whoever_becomes_an_operator_later() {
    let mut tenant = Setup::new(small_world(&[("vm-web-01", "jane.doe"), ("vm-lost", "")])).begin().await;
    tenant.round().await;
    let mut live = Vec::new();
    for letter in tenant.messages().await {
        if tenant.read(&letter).await.0.kind == MessageKind::GoLive {
            live.push(letter.to);
        }
    }
    assert_eq!(live, ["platform@contoso.com"]);
    tenant.advance(TimeDelta::days(5)).await;
    tenant.messages().await;
    let other = "\n[[recipients]]\nname = \"night\"\nemail = [\"night@contoso.com\"]\n";
    tenant.configure(CONFIGURATION.replace("[\"platform\"]", "[\"night\"]") + other);
    let store = tenant.store();
    tenant.restart(store);
    tenant.advance(TimeDelta::days(2)).await;
    let letters = tenant.messages().await;
    let night: Vec<_> = letters.iter().filter(|letter| letter.to == "night@contoso.com").collect();
    assert!(tenant.repository.tenant().await.unwrap().0.live_told.is_some());
    for letter in night {
        assert_ne!(tenant.read(letter).await.0.kind, MessageKind::GoLive);
    }
}
