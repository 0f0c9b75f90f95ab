//! What comes off poison queues.

use chrono::TimeDelta;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::services::parked::{park, unpark};
use maintenance_notifier::services::parked_looks::{is_to_be_parked, tend_parked};
use maintenance_notifier::services::retention::clean_up;
use maintenance_notifier::services::retry::{Retried, retry};

use super::Tenant;

#[tokio::test]
async fn f7_a_poison_message_is_parked_and_reported_once() {
    let tenant = Tenant::start().await;
    let parked = park(&tenant.app, "CollectSubscription", "no subscription!").await.unwrap();
    tenant.clock.advance(TimeDelta::minutes(1));
    assert_eq!(park(&tenant.app, "CollectSubscription", "no subscription!").await.unwrap(), parked);
    let poisoned =
        tenant.operator_alerts().await.into_iter().filter(|it| matches!(it, OperatorAlert::Poisoned { .. }));
    assert_eq!(poisoned.count(), 1);
}

#[tokio::test]
async fn f7_a_parked_message_and_its_alert_come_and_go_together() {
    let tenant = Tenant::start().await;
    let repository = &tenant.app.repository;
    let poisoned = async || {
        let alerts = tenant.operator_alerts().await;
        alerts.iter().filter(|alert| matches!(alert, OperatorAlert::Poisoned { .. })).count()
    };
    // More than an alert shows, with what it does not show; a second one that begins the same way.
    let text = |end: &str| format!("{{\n{}{end}", "é".repeat(300));
    let first = park(&tenant.app, "DeliverMessage", &text("first")).await.unwrap();
    let second = park(&tenant.app, "DeliverMessage", &text("second")).await.unwrap();
    assert_eq!(poisoned().await, 1);
    unpark(repository, &first).await.unwrap();
    assert_eq!(poisoned().await, 1, "the second one is still parked");
    unpark(repository, &second).await.unwrap();
    assert_eq!(poisoned().await, 0);

    // A ticket that is tried again is nothing any more: its message went on without it.
    let ticket = park(&tenant.app, "DeliverMessage", "0af1-07:1").await.unwrap();
    assert_eq!(poisoned().await, 1);
    let now = tenant.app.clock.now();
    assert_eq!(retry(repository, &ticket.id, false, now).await.unwrap(), Retried::Settled(ticket));
    assert_eq!(poisoned().await, 0);

    // What nobody asks for again is forgotten in time.
    park(&tenant.app, "CollectSubscription", &text("")).await.unwrap();
    tenant.clock.advance(tenant.app.retention.closed + TimeDelta::days(1));
    clean_up(&tenant.app, || std::time::Duration::from_secs(600)).await.unwrap();
    assert!(repository.parked().await.unwrap().rows.is_empty());
    assert_eq!(poisoned().await, 0);
}

#[tokio::test]
async fn f7_a_parked_look_that_an_operator_retries_is_done_and_forgotten() {
    let tenant = Tenant::start().await;
    let repository = &tenant.app.repository;
    let subscription = repository.tenant().await.unwrap().0.known_subscriptions[0].clone();
    let parked = park(&tenant.app, "CollectSubscription", subscription.as_str()).await.unwrap();
    let observed =
        async || repository.subscription_row(&subscription).await.unwrap().unwrap().value.observed.unwrap();
    let before = observed().await;
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.plan().await;
    assert_eq!(observed().await, before, "nobody asked yet");

    let now = tenant.app.clock.now();
    assert_eq!(retry(repository, &parked.id, false, now).await.unwrap(), Retried::Look(subscription.clone()));
    // The run that puts it back is killed before the host has its answer: the queue never gets the message.
    tend_parked(&tenant.app).await.unwrap();
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.plan().await;
    assert_eq!(observed().await, before);
    tenant.clock.advance(TimeDelta::minutes(9));
    tenant.plan().await;
    assert_eq!(observed().await, tenant.app.clock.now(), "it is put back until it was done");
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.plan().await;
    assert!(repository.parked().await.unwrap().rows.is_empty());
    let alerts = tenant.operator_alerts().await;
    assert!(alerts.iter().all(|alert| !matches!(alert, OperatorAlert::Poisoned { .. })), "{alerts:?}");
}

pub(super) async fn poisoned(tenant: &Tenant) -> usize {
    let alerts = tenant.operator_alerts().await;
    alerts.iter().filter(|alert| matches!(alert, OperatorAlert::Poisoned { .. })).count()
}

#[tokio::test]
async fn f7_a_parked_look_heals_when_the_subscription_was_looked_at_since() {
    let tenant = Tenant::start().await;
    let repository = &tenant.app.repository;
    let subscription = repository.tenant().await.unwrap().0.known_subscriptions[0].clone();
    park(&tenant.app, "CollectSubscription", subscription.as_str()).await.unwrap();
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.plan().await;
    assert_eq!((repository.parked().await.unwrap().rows.len(), poisoned(&tenant).await), (1, 1));
    assert_eq!(repository.pulse().await.unwrap().unwrap().parked, 1, "/health is red");
    // The next round comes to it by itself, and nobody has to do anything.
    tenant.clock.advance(TimeDelta::minutes(14));
    tenant.collect().await;
    tenant.plan().await;
    assert_eq!((repository.parked().await.unwrap().rows.len(), poisoned(&tenant).await), (0, 0));
    assert_eq!(repository.pulse().await.unwrap().unwrap().parked, 0);
}

#[tokio::test]
async fn f7_a_parked_look_heals_when_there_is_nothing_to_look_for_any_more() {
    let tenant = Tenant::start().await;
    let repository = &tenant.app.repository;
    let gone = "00000000-0000-0000-0000-00000000dead";
    park(&tenant.app, "CollectSubscription", gone).await.unwrap();
    tenant.plan().await;
    assert_eq!(repository.parked().await.unwrap().rows.len(), 1, "no round since says that");
    tenant.clock.advance(TimeDelta::minutes(15));
    tenant.collect().await;
    tenant.plan().await;
    assert_eq!((repository.parked().await.unwrap().rows.len(), poisoned(&tenant).await), (0, 0));
}

#[tokio::test]
async fn f7_a_parked_ticket_heals_when_its_message_went_on_and_is_not_parked_after() {
    let tenant = Tenant::start().await;
    let repository = &tenant.app.repository;
    tenant.plan().await;
    let row = repository.outbox_rows().await.unwrap().rows.remove(0).value;
    assert!(row.is_settled());
    let ticket = format!("{}:{}", row.id, row.attempt);
    assert!(!is_to_be_parked(&tenant.app, "DeliverMessage", &ticket).await.unwrap());
    assert!(!is_to_be_parked(&tenant.app, "DeliverMessage", "0af1-07:1").await.unwrap());
    assert!(is_to_be_parked(&tenant.app, "DeliverMessage", "no ticket").await.unwrap());
    // Parked before it went on.
    park(&tenant.app, "DeliverMessage", &ticket).await.unwrap();
    park(&tenant.app, "DeliverMessage", "no ticket").await.unwrap();
    tenant.plan().await;
    let left: Vec<String> =
        repository.parked().await.unwrap().values().map(|row| row.payload.clone()).collect();
    assert_eq!((left, poisoned(&tenant).await), (vec!["no ticket".to_owned()], 1));
}
