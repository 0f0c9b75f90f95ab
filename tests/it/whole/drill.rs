//! Fire drills: a labelled exercise through the whole chain, which changes nothing else.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::pages::Reader;
use super::tenant::{Letter, Setup, TestTenant, small_world};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::policy::Diversion;
use maintenance_notifier::services::drill::{begin, everybody};
use maintenance_notifier::store::{SharedStore, SqliteStore};

const MACHINES: &[(&str, &str)] = &[("vm-web-01", "jane.doe"), ("vm-web-02", "arjun.rao")];

async fn drill(tenant: &TestTenant) -> bool {
    let by = Actor { principal: Some("ops@contoso.com".to_owned()), ..Actor::default() };
    let names = everybody(&tenant.app).await.unwrap();
    begin(&tenant.app, by, names).await.unwrap().is_some()
}

/// The letters that are exercises, and the others.
async fn sorted(tenant: &TestTenant, letters: Vec<Letter>) -> (Vec<Letter>, Vec<Letter>) {
    let (mut exercises, mut others) = (Vec::new(), Vec::new());
    for letter in letters {
        let (content, mail) = tenant.read(&letter).await;
        let is_exercise = content.kind == MessageKind::Drill;
        assert_eq!(mail.subject.contains("EXERCISE"), is_exercise, "{}", mail.subject);
        if is_exercise { exercises.push(letter) } else { others.push(letter) }
    }
    exercises.sort_by_key(|letter| letter.to.clone());
    (exercises, others)
}

/// What the program says came of it, without what depends on the day on which the test runs.
fn report(folder: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
        .args(["drill", "report", "--format", "json"])
        .current_dir(folder)
        .env_clear()
        .env("NOTIFIER_STORE", "sqlite:state.db")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let line = |line: &Value| {
        json!([
            line["recipient"],
            line["state"],
            line["seconds_to_confirm"],
            line["confirmed_by"],
            line["ways"].as_array().unwrap().iter().map(|way| way["outcome"].clone()).collect::<Vec<_>>(),
        ])
    };
    report["recipients"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn an_exercise_goes_the_whole_way_and_what_came_of_it_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let store: SharedStore = Arc::new(SqliteStore::open(folder.path().join("state.db")).await.unwrap());
    let mut tenant = Setup::new(small_world(MACHINES)).store(store).smtp().begin().await;
    tenant.round().await;
    assert_eq!(tenant.messages().await.len(), 3);
    tenant.clock.advance(TimeDelta::hours(1));
    tenant.server_does(&[("arjun.rao@contoso.com", "rcpt-550")]);
    assert!(drill(&tenant).await);
    assert!(!drill(&tenant).await, "one is open");
    assert!(tenant.plan().await && tenant.plan().await);

    let letters = tenant.messages().await;
    let (exercises, _) = sorted(&tenant, letters).await;
    let to: Vec<&str> = exercises.iter().map(|letter| letter.to.as_str()).collect();
    assert_eq!(to, ["jane.doe@contoso.com", "platform@contoso.com"]);
    let (content, mail) = tenant.read(&exercises[0]).await;
    assert!(content.items.is_empty() && mail.text.contains("This is an EXERCISE"), "{}", mail.text);
    assert!(mail.html.contains("no machine is affected") && !mail.html.contains("vm-web"));
    assert!(mail.calendar.is_none() && mail.attachments.is_empty());

    let reader = Reader::of(&tenant, &exercises[0]).await;
    let silent = Reader::of(&tenant, &exercises[1]).await;
    let page = reader.get().await;
    page.is(200).says("EXERCISE").says("asked for by ops@contoso.com").says("I got this");
    reader.post(&[("do", "confirm")]).await.is(403);
    let nonce = page.nonce("confirm");
    let form = [("do", "confirm"), ("nonce", nonce.as_str())];
    reader.post_as(&form, &[("origin", "https://elsewhere.example")]).await.is(403);
    // What was shown for one act is good for no other.
    reader.post(&[("do", "start"), ("nonce", &nonce)]).await.is(403);
    assert_eq!(
        report(folder.path())[1],
        json!(["jane.doe@contoso.com", "silent", null, null, ["delivered"]])
    );

    tenant.clock.advance(TimeDelta::minutes(14));
    reader.post(&form).await.is(200).says("Confirmed by jane.doe@contoso.com");
    tenant.clock.advance(TimeDelta::minutes(1));
    let again = reader.get().await;
    again.is(200).says("Confirmed by jane.doe@contoso.com");
    assert!(again.fields("nonce").is_empty());
    reader.post(&form).await.is(200).says("Confirmed by");
    let report = report(folder.path());
    assert_eq!(report[0], json!(["arjun.rao@contoso.com", "refused", null, null, ["failed"]]));
    assert_eq!(
        report[1],
        json!(["jane.doe@contoso.com", "confirmed", 840, "jane.doe@contoso.com", ["delivered"]])
    );
    assert_eq!(report[2], json!(["platform", "silent", null, null, ["delivered"]]));

    // What bounced is known from now on as it would be from any message.
    let operator_alerts: Vec<String> =
        tenant.operator_alerts().await.iter().map(|operator_alert| operator_alert.kind()).collect();
    assert_eq!(operator_alerts, ["undeliverable"]);
    tenant.advance(TimeDelta::days(8)).await;
    let letters = tenant.messages().await;
    assert_eq!(sorted(&tenant, letters).await.0, [], "nobody is reminded of it");
    // Whoever confirmed can still read that they did; for the others it is over.
    reader.get().await.is(200).says("Confirmed by jane.doe@contoso.com");
    silent.get().await.is(410);
}

/// What is sent in ten days after the round in which everybody was notified: to whom, what, and when.
async fn ten_days(with_drill: bool) -> Vec<String> {
    let mut tenant = Setup::new(small_world(MACHINES)).begin().await;
    tenant.round().await;
    tenant.messages().await;
    if with_drill {
        assert!(drill(&tenant).await);
    }
    tenant.advance(TimeDelta::days(10)).await;
    let letters = tenant.messages().await;
    let (exercises, others) = sorted(&tenant, letters).await;
    assert_eq!(exercises.len(), if with_drill { 3 } else { 0 });
    let mut notified = Vec::new();
    for letter in &others {
        let (content, mail) = tenant.read(letter).await;
        notified.push(format!("{} {} {}", content.frozen_at, letter.to, mail.subject));
    }
    // Mails of one minute go out in any order.
    notified.sort();
    notified
}

#[tokio::test]
async fn a_drill_changes_no_other_notification() {
    let notified = ten_days(true).await;
    assert!(notified.len() > 2, "{notified:?}");
    assert_eq!(notified, ten_days(false).await);
}

#[tokio::test]
async fn in_a_pilot_an_exercise_goes_where_everything_goes_and_ended_it_goes_nowhere() {
    let mut tenant = Setup::new(small_world(MACHINES)).begin().await;
    let diversion = Diversion { pilot: Default::default(), divert_to: vec!["platform".parse().unwrap()] };
    let policy = (*tenant.app.policy()).clone();
    tenant
        .app
        .set_policy(maintenance_notifier::domain::policy::Policy { diversion: Some(diversion), ..policy });
    tenant.round().await;
    tenant.messages().await;
    assert!(drill(&tenant).await);
    assert!(tenant.plan().await);
    let letters = tenant.messages().await;
    let (exercises, _) = sorted(&tenant, letters).await;
    assert_eq!(exercises.len(), 3);
    for letter in &exercises {
        let (content, mail) = tenant.read(letter).await;
        assert_eq!(letter.to, "platform@contoso.com");
        let for_others = content.recipient.as_str() != "platform";
        assert_eq!((content.diverted, content.link.is_none()), (for_others, for_others), "{}", mail.subject);
        assert_eq!(mail.subject.starts_with("[for "), for_others);
    }

    let now = tenant.now();
    let first = tenant.repository.drill().await.unwrap().unwrap();
    tenant.repository.update_drill(&first, |drill| drill.ended = Some(now)).await.unwrap();
    tenant.clock.advance(TimeDelta::minutes(1));
    assert!(drill(&tenant).await);
    let second = tenant.repository.drill().await.unwrap().unwrap();
    let now = tenant.now();
    tenant.repository.update_drill(&second, |drill| drill.ended = Some(now)).await.unwrap();
    tenant.clock.advance(TimeDelta::minutes(1));
    assert!(tenant.plan().await);
    let letters = tenant.messages().await;
    assert_eq!(sorted(&tenant, letters).await.0, []);
}
