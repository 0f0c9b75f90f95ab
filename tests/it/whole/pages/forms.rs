//! Looking changes nothing, and a form is good for one person, one page and one time.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request};
use chrono::TimeDelta;
use futures::future::join_all;
use maintenance_notifier::demo::SimulatedWindow;
use maintenance_notifier::domain::action::audit::AuditAction;
use maintenance_notifier::store::{SharedStore, SqliteStore};
use sha2::{Digest as _, Sha256};

use super::{Answer, ORIGIN, Reader, audit_actions, jane, notified, pairs, starts, to, world};
use crate::whole::failing_store::{FailingStore, Failure};
use crate::whole::tenant::{WAVE, start as beginning};

/// A digest of every row of the store, with its version.
fn state(file: &Path) -> String {
    let store = rusqlite::Connection::open(file).unwrap();
    let mut rows =
        store.prepare("SELECT partition, row, etag, value FROM rows ORDER BY partition, row").unwrap();
    let rows = rows.query_map([], |row| {
        let (partition, key, etag, value): (String, String, i64, String) = row.try_into()?;
        Ok(format!("{partition}\n{key}\n{etag}\n{value}\n"))
    });
    let mut digest = Sha256::new();
    let mut count = 0;
    for row in rows.unwrap() {
        digest.update(row.unwrap());
        count += 1;
    }
    format!("{count} rows, {:?}", digest.finalize())
}

#[tokio::test]
async fn s1_whatever_only_looks_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let healthy: SharedStore = Arc::new(SqliteStore::open(&file).await.unwrap());
    let (mut tenant, letters) = notified(world().store(healthy.clone())).await;
    let before = state(&file);
    assert!(!before.starts_with("0 "), "{before}");
    let counting = Arc::new(FailingStore::new(healthy, 0, Failure::Refused));
    tenant.restart(counting.clone());
    let reader = Reader::of(&tenant, to(&letters, "jane.doe")).await;
    let forged = format!("/a?t={}x", reader.token());
    let methods = [Method::GET, Method::HEAD, Method::OPTIONS, Method::from_bytes(b"PROPFIND").unwrap()];
    for number in 0..10_000 {
        // Every tenth request is for the genuine link, with each method in turn.
        let path = if number % 10 == 0 { &reader.path } else { &forged };
        let path = format!("{path}&do=start&m=0-1&when=now&name=vm-web-01&n={number}");
        let request = Request::builder().method(&methods[(number + number / 10) % methods.len()]).uri(path);
        let answer = reader.send(request.header("origin", ORIGIN).body(Body::empty()).unwrap()).await;
        assert!([200, 404, 405].contains(&answer.status.as_u16()), "{answer:?}");
    }
    assert_eq!(counting.writes(), 0);
    assert_eq!(state(&file), before);
    assert_eq!((starts(&tenant), audit_actions(&tenant).await), (0, Vec::new()));
    // The digest sees what a form does.
    let nonce = reader.get().await.nonce("acknowledge");
    reader.post(&[("nonce", &nonce), ("do", "acknowledge"), ("m", "0-1")]).await.is(200);
    assert_ne!(state(&file), before);
}

/// Presses every button: with what the page filled in, and with every first choice taken.
#[tokio::test]
async fn s2_a_scanner_that_submits_every_form_starts_nothing() {
    let (tenant, letters) = notified(world()).await;
    for who in ["jane.doe", "mei.lin"] {
        let reader = Reader::of(&tenant, to(&letters, who)).await;
        let page = reader.get().await;
        assert!(page.body.matches("<form").count() >= 5);
        for form in page.body.split("<form").skip(1) {
            let form = Answer { body: form.split("</form>").next().unwrap().to_owned(), ..page.clone() };
            let mut fields = Vec::new();
            for name in ["nonce", "do", "m", "when", "at", "start", "change", "note", "to", "until"] {
                fields.extend(form.fields(name).into_iter().map(|value| (name, value)));
            }
            for typed in ["", "test", "vm", "test@example.com", "on"] {
                let mut fields = pairs(&fields);
                fields.extend([("name", typed), ("note", typed), ("to", typed), ("change", typed)]);
                reader.post(&fields).await;
            }
        }
    }
    assert_eq!(starts(&tenant), 0);
    let decided =
        audit_actions(&tenant).await.into_iter().any(|action| matches!(action, AuditAction::Decided { .. }));
    assert!(!decided);
}

#[tokio::test]
async fn s3_a_form_of_another_site_or_time_does_nothing() {
    let (tenant, letters) = notified(world()).await;
    let [jane, mei] =
        [Reader::of(&tenant, to(&letters, "jane")).await, Reader::of(&tenant, to(&letters, "mei")).await];
    let fields = jane.filled().await;
    let all = pairs(&fields);
    jane.post(&all[1..]).await.is(403);
    let hers = mei.get().await.nonce("start");
    jane.post(&[&[("nonce", hers.as_str())], &all[1..]].concat()).await.is(403);
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "http://maintenance.contoso.com")],
        &[("origin", "https://maintenance.contoso.com.evil.example")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
    ] {
        jane.post_as(&all, headers).await.is(403).says("another site");
    }
    let without_origin =
        Request::post(&jane.path).header("content-type", "application/x-www-form-urlencoded");
    jane.send(without_origin.body(Body::empty()).unwrap()).await.is(403);
    tenant.clock.advance(TimeDelta::minutes(16));
    jane.post(&all).await.is(403).says("Here is a fresh one");
    assert_eq!((starts(&tenant), audit_actions(&tenant).await), (0, Vec::new()));
    jane.post_as(&pairs(&jane.filled().await), &[("sec-fetch-site", "same-origin")]).await.is(200);
    assert_eq!(starts(&tenant), 1);
}

#[tokio::test]
async fn s5_after_a_move_the_old_form_does_nothing_and_the_page_offers_a_fresh_one() {
    let (tenant, reader) = jane(world()).await;
    let old = reader.filled().await;
    let noted = reader.get().await.nonce("acknowledge");
    let day = |day: i64| beginning() + TimeDelta::days(day);
    let script = tenant.simulation.script();
    script.reschedule(
        WAVE,
        Some(SimulatedWindow::new(day(-2), day(5))),
        SimulatedWindow::new(day(12), day(19)),
    );
    tenant.look().await;
    reader
        .post(&pairs(&old))
        .await
        .is(200)
        .says("not started, its dates have changed")
        .says("in the message:");
    let known = [("nonce", noted.as_str()), ("do", "acknowledge"), ("m", "0-1")];
    reader.post(&known).await.says("nothing was noted, its dates have changed");
    assert_eq!(starts(&tenant), 0);
    let page = reader.get().await;
    page.is(200).says("Azure moved this maintenance");
    let mut fresh = reader.filled().await;
    fresh[2].1 = page.field("m");
    assert_eq!(fresh[2].1, "0-2");
    reader.post(&pairs(&fresh)).await.is(200).says("vm-web-01: started");
}

#[tokio::test]
async fn s6_a_second_use_shows_the_outcome() {
    let (tenant, reader) = jane(world()).await;
    let fields = reader.filled().await;
    reader.post(&pairs(&fields)).await.is(200).says("vm-web-01: started");
    for _ in 0..3 {
        let again = reader.post(&pairs(&fields)).await;
        again
            .is(200)
            .says("vm-web-01: Under way: started by jane.doe@contoso.com at Mon 23 Nov 2026, 10:00 CET");
    }
    assert_eq!(starts(&tenant), 1);
}

#[tokio::test]
async fn f13_of_many_confirmations_one_starts_and_the_others_hear_of_it() {
    let (tenant, reader) = jane(world()).await;
    let fields = reader.filled().await;
    let fields = pairs(&fields);
    let answers = join_all((0..200).map(|_| reader.post(&fields))).await;
    let counts = ["vm-web-01: started.", "Under way: started by jane.doe@contoso.com"]
        .map(|text| answers.iter().filter(|answer| answer.body.contains(&format!("<p>{text}"))).count());
    let late =
        answers.iter().filter(|answer| answer.body.contains("<p>vm-web-01: Under way: started by")).count();
    assert_eq!((counts[0], late), (1, 199));
    assert_eq!(starts(&tenant), 1);
}
