//! Mail servers that refuse, forget and hang up, while time passes and facts change.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::planning::Pace;

use super::tenant::{Letter, Setup, TestTenant, WAVE, add_machine, addresses, small_world};

const THREE: &[(&str, &str)] =
    &[("vm-web-01", "jane.doe"), ("vm-web-02", "jane.doe"), ("vm-db-01", "mei.lin")];

const SUBSCRIPTION: &str = super::tenant::SUBSCRIPTION;

/// Another machine of this owner appears in the wave.
fn joins(tenant: &TestTenant, name: &str, owner: &str) {
    let id = add_machine(&tenant.simulation, SUBSCRIPTION, name, owner);
    assert!(tenant.simulation.script().join_wave(WAVE, &id));
}

/// Nobody got two different messages that say the same, and no message came twice.
fn no_letter_twice(letters: &[Letter]) {
    let distinct: BTreeSet<_> = letters.iter().map(|letter| (&letter.to, &letter.message_id)).collect();
    assert_eq!(distinct.len(), letters.len());
}

async fn survives(ways: &[(&str, &str)], outage: TimeDelta) {
    let mut tenant = Setup::new(small_world(THREE)).smtp().begin().await;
    // No reminder falls into these days.
    tenant.simulation.script().change_wave(WAVE, |wave| {
        wave.self_service.as_mut().unwrap().end += TimeDelta::days(5);
        wave.scheduled.start += TimeDelta::days(5);
        wave.scheduled.end += TimeDelta::days(5);
    });
    tenant.server_does(ways);
    tenant.round().await;
    tenant.advance(outage / 2).await;
    joins(&tenant, "vm-web-03", "jane.doe");
    tenant.advance(outage / 2).await;
    assert_eq!(tenant.messages().await, [], "nothing got through");
    tenant.server_does(&[]);
    // A new machine settles for up to four hours and waits for working hours; a retry waits an hour at most.
    tenant.advance(TimeDelta::hours(24)).await;
    let letters = tenant.messages().await;
    no_letter_twice(&letters);
    assert_eq!(
        tenant.notified(&letters).await,
        [
            "jane.doe@contoso.com vm-web-01 announced",
            "jane.doe@contoso.com vm-web-02 announced",
            "jane.doe@contoso.com vm-web-03 announced",
            "mei.lin@contoso.com vm-db-01 announced",
        ],
        "{ways:?} for {outage}"
    );
    // What waited took up what came later, so that nobody finds a heap of mails.
    let to_jane = letters.iter().filter(|letter| letter.to.starts_with("jane")).count();
    let settled_after_the_outage = outage < TimeDelta::hours(4);
    assert_eq!(to_jane, 1 + usize::from(settled_after_the_outage), "{ways:?} for {outage}");
    assert_eq!(addresses(&letters).len(), 3);
    assert_eq!(tenant.operator_alerts().await, [], "a server that is busy is no trouble for an operator");
    assert!(tenant.is_settled().await);
}

#[tokio::test]
async fn f2_a_server_that_is_busy_for_twenty_seconds_costs_nothing() {
    survives(&[("greeting", "421")], TimeDelta::seconds(20)).await;
}

#[tokio::test]
async fn f2_a_server_that_defers_for_ten_minutes_costs_nothing() {
    survives(&[("*", "data-451")], TimeDelta::minutes(10)).await;
}

#[tokio::test]
async fn f2_after_a_day_without_a_server_each_owner_gets_one_mail() {
    survives(&[("*", "rcpt-451")], TimeDelta::hours(24)).await;
}

#[tokio::test]
async fn f2_order_is_kept_for_each_owner() {
    let mut tenant = Setup::new(small_world(&[("vm-web-01", "jane.doe")])).smtp().begin().await;
    // The first may have arrived, so what comes later cannot be folded into it.
    tenant.server_does(&[("jane.doe@contoso.com", "drop-lost")]);
    tenant.round().await;
    tenant.server_does(&[("jane.doe@contoso.com", "rcpt-451")]);
    joins(&tenant, "vm-web-02", "jane.doe");
    tenant.clock.advance(TimeDelta::seconds(20));
    tenant.app.set_pace(Pace::Immediate);
    tenant.look().await;
    tenant.advance(TimeDelta::minutes(30)).await;
    tenant.server_does(&[]);
    tenant.advance(TimeDelta::hours(2)).await;
    let letters = tenant.messages().await;
    let to_jane: Vec<_> = letters.iter().filter(|letter| letter.to.starts_with("jane")).cloned().collect();
    let mut order = Vec::new();
    for letter in &to_jane {
        order.push(tenant.notified(std::slice::from_ref(letter)).await.join(", "));
    }
    assert_eq!(
        order,
        ["jane.doe@contoso.com vm-web-01 announced", "jane.doe@contoso.com vm-web-02 announced"]
    );
}

/// The server hangs up before its final 250, having stored the mail or not. Then the dates move.
async fn doubtful(way: &str, copies: usize) {
    let mut tenant = Setup::new(small_world(&[("vm-web-01", "jane.doe")])).smtp().begin().await;
    tenant.server_does(&[("jane.doe@contoso.com", way)]);
    tenant.round().await;
    assert_eq!(tenant.attempts("jane.doe@contoso.com"), 1);
    tenant.server_does(&[]);
    tenant.simulation.script().change_wave(WAVE, |wave| wave.scheduled.end += TimeDelta::days(1));
    tenant.clock.advance(TimeDelta::seconds(20));
    tenant.look().await;
    tenant.advance(TimeDelta::hours(30)).await;

    let letters = tenant.messages().await;
    let to_jane: Vec<_> = letters.into_iter().filter(|letter| letter.to.starts_with("jane")).collect();
    let (doubtful, later): (Vec<_>, Vec<_>) =
        to_jane.iter().cloned().partition(|letter| letter.message_id == to_jane[0].message_id);
    assert_eq!(doubtful.len(), copies, "{way}");
    assert!(doubtful.iter().all(|letter| *letter == doubtful[0]), "each attempt sends the same bytes");
    assert_eq!(tenant.notified(&doubtful[..1]).await, ["jane.doe@contoso.com vm-web-01 announced"]);
    assert_eq!(tenant.notified(&later).await, ["jane.doe@contoso.com vm-web-01 rescheduled"]);
    assert!(tenant.is_settled().await);
}

#[tokio::test]
async fn f3_a_mail_whose_250_was_lost_comes_twice_and_changes_come_in_another() {
    doubtful("drop-stored", 2).await;
}

#[tokio::test]
async fn f3_a_mail_that_was_lost_with_its_250_comes_once_and_changes_come_in_another() {
    doubtful("drop-lost", 1).await;
}

#[tokio::test]
async fn f4_one_refused_address_fails_alone_and_the_fallback_is_notified_of_its_machines() {
    let mut tenant = Setup::new(small_world(THREE)).smtp().begin().await;
    tenant.server_does(&[("jane.doe@contoso.com", "rcpt-550")]);
    tenant.round().await;
    tenant.advance(TimeDelta::hours(30)).await;
    let letters = tenant.messages().await;
    no_letter_twice(&letters);
    assert_eq!(
        tenant.notified(&letters).await,
        [
            "mei.lin@contoso.com vm-db-01 announced",
            "platform@contoso.com vm-web-01 announced",
            "platform@contoso.com vm-web-02 announced",
        ]
    );
    let operator_alerts = tenant.operator_alerts().await;
    assert!(
        matches!(&operator_alerts[..], [OperatorAlert::Undeliverable { error, .. }] if error.contains("5.1.1 no such user here")),
        "{operator_alerts:?}"
    );
    let mut reports = 0;
    let mut reasons = 0;
    for letter in letters.iter().filter(|letter| letter.to.starts_with("platform")) {
        let (content, mail) = tenant.read(letter).await;
        reports += content.operator_alerts.len();
        let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        reasons += usize::from(text.contains("jane.doe@contoso.com") && !content.items.is_empty());
    }
    assert_eq!(reports, 1, "operators hear of it once");
    assert_eq!(reasons, 1, "the mail about the machines says whose they are");

    // A machine that comes later goes to the fallback too: the dead address is nobody's only contact.
    joins(&tenant, "vm-web-03", "jane.doe");
    tenant.advance(TimeDelta::hours(30)).await;
    let later = tenant.messages().await;
    assert!(
        tenant.notified(&later).await.contains(&"platform@contoso.com vm-web-03 announced".to_owned()),
        "{:?}",
        tenant.notified(&later).await
    );
    assert_eq!(tenant.operator_alerts().await.len(), 1);
}
