//! Mail servers that refuse us, which is no recipient's fault, and take everything again later.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::TimeDelta;
use maintenance_notifier::domain::endpoint::Endpoint;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::planning::Pace;
use maintenance_notifier::store::{
    Continuation, ETag, PartitionKey, Row, RowKey, RowPage, RowRange, SharedStore, SqliteStore, Store,
    StoreError, Write, scan,
};

use super::log::Log;
use super::tenant::{SUBSCRIPTION, Setup, TestTenant, WAVE, add_machine, small_world};

const TWO: &[(&str, &str)] = &[("vm-web-01", "jane.doe"), ("vm-db-01", "mei.lin")];

const SELDOM: TimeDelta = TimeDelta::hours(6);

async fn tenant(machines: &[(&str, &str)]) -> TestTenant {
    let tenant = Setup::new(small_world(machines)).smtp().begin().await;
    // Nothing comes to its end within these days.
    tenant.simulation.script().change_wave(WAVE, |wave| {
        wave.self_service.as_mut().unwrap().end += TimeDelta::days(20);
        wave.scheduled.start += TimeDelta::days(20);
        wave.scheduled.end += TimeDelta::days(20);
    });
    tenant
}

async fn dead(tenant: &TestTenant) -> Vec<String> {
    let dead = tenant.app.repository.dead_endpoints().await.unwrap();
    dead.into_iter().map(|dead| dead.endpoint.to_string()).collect()
}

async fn services(tenant: &TestTenant) -> usize {
    let alerts = tenant.operator_alerts().await;
    alerts.iter().filter(|alert| matches!(alert, OperatorAlert::Service { .. })).count()
}

/// Every mail is refused in this way for longer than a message is tried, and then no more.
async fn mended(way: &str) {
    let mut tenant = tenant(TWO).await;
    tenant.server_does(&[("*", way)]);
    tenant.round().await;
    tenant.advance_with(TimeDelta::days(6), SELDOM).await;
    assert_eq!(dead(&tenant).await, [] as [String; 0], "{way}");
    assert_eq!(services(&tenant).await, 1, "{way}: {:?}", tenant.operator_alerts().await);
    assert_eq!(tenant.messages().await, [], "{way}");

    tenant.server_does(&[]);
    tenant.advance_with(TimeDelta::hours(4), SELDOM).await;
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    for expected in ["jane.doe@contoso.com vm-web-01", "mei.lin@contoso.com vm-db-01"] {
        assert!(notified.iter().any(|line| line.starts_with(expected)), "{way}: {notified:?}");
    }
    assert!(!notified.iter().any(|line| line.starts_with("platform")), "{way}: {notified:?}");
    assert_eq!(services(&tenant).await, 0, "{way}: {:?}", tenant.operator_alerts().await);
    assert!(tenant.is_settled().await, "{way}");
}

#[tokio::test]
async fn a_relay_that_is_denied_for_days_blames_nobody_and_all_goes_out_once_it_is_mended() {
    mended("rcpt=554 5.7.1 Relay access denied").await;
}

#[tokio::test]
async fn a_quota_of_the_day_blames_nobody_and_all_goes_out_once_it_is_over() {
    mended("data=550 5.4.5 Daily sending quota exceeded").await;
}

#[tokio::test]
async fn the_same_clear_refusal_for_everybody_is_ours_and_whoever_was_marked_is_freed() {
    mended("rcpt-550").await;
}

/// Six owners, and operators who get their mail.
const SIX: [&str; 6] = ["jane.doe", "mei.lin", "arjun.rao", "zoe.kim", "li.wei", "ana.cruz"];

#[tokio::test]
async fn the_same_refusal_for_all_owners_is_ours_although_the_operators_own_mail_gets_through() {
    for way in ["rcpt=550 mailbox unavailable", "rcpt=550 5.1.1 User unknown"] {
        let machines: Vec<(String, &str)> = SIX.iter().map(|owner| (format!("vm-{owner}"), *owner)).collect();
        let machines: Vec<(&str, &str)> =
            machines.iter().map(|(name, owner)| (name.as_str(), *owner)).collect();
        let mut tenant = tenant(&machines[..2]).await;
        let refused: Vec<(String, &str)> =
            SIX.iter().map(|owner| (format!("{owner}@contoso.com"), way)).collect();
        let refused: Vec<(&str, &str)> = refused.iter().map(|(owner, way)| (owner.as_str(), *way)).collect();
        tenant.server_does(&refused);
        tenant.round().await;
        tenant.advance(TimeDelta::hours(1)).await;
        // The others' mail leaves later, when the operators have read of the first.
        for (name, owner) in &machines[2..] {
            let id = add_machine(&tenant.simulation, SUBSCRIPTION, name, owner);
            tenant.simulation.script().join_wave(WAVE, &id);
        }
        tenant.advance_with(TimeDelta::hours(30), TimeDelta::hours(1)).await;
        assert_eq!(dead(&tenant).await, [] as [String; 0], "{way}");
        assert_eq!(services(&tenant).await, 1, "{way}: {:?}", tenant.operator_alerts().await);
        let mut reports = 0;
        for letter in tenant.messages().await {
            assert_eq!(letter.to, "platform@contoso.com");
            reports += usize::from(!tenant.read(&letter).await.0.operator_alerts.is_empty());
        }
        assert!(reports <= 2, "{way}: {reports} mails about one trouble in 30 hours");

        tenant.server_does(&[]);
        tenant.advance_with(TimeDelta::hours(4), SELDOM).await;
        let letters = tenant.messages().await;
        let notified = tenant.notified(&letters).await;
        for (name, owner) in &machines {
            let expected = format!("{owner}@contoso.com {name}");
            assert!(
                notified.iter().any(|line| line.starts_with(&expected)),
                "{way}: {expected} {notified:?}"
            );
        }
        assert_eq!(services(&tenant).await, 0, "{way}: {:?}", tenant.operator_alerts().await);
    }
}

#[tokio::test]
async fn who_left_among_many_who_get_their_mail_is_their_own_matter() {
    let machines: Vec<(String, String)> =
        (0..24).map(|number| (format!("vm-{number:02}"), format!("owner-{number:02}"))).collect();
    let machines: Vec<(&str, &str)> =
        machines.iter().map(|(name, owner)| (name.as_str(), owner.as_str())).collect();
    let mut tenant = tenant(&machines).await;
    let left: Vec<String> = (0..5).map(|number| format!("owner-{:02}@contoso.com", number * 5)).collect();
    let refused: Vec<(&str, &str)> =
        left.iter().map(|owner| (owner.as_str(), "rcpt=550 5.1.1 User unknown")).collect();
    tenant.server_does(&refused);
    tenant.round().await;
    // Five refused before enough of the others' mail left look like a matter of ours, until they are tried again. By then the
    // fallback's digest of this day can have left.
    tenant.advance_with(TimeDelta::hours(26), TimeDelta::hours(1)).await;
    let mut known = dead(&tenant).await;
    known.sort();
    assert_eq!(known, left);
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    assert!(notified.iter().any(|line| line.starts_with("platform@contoso.com vm-00")), "{notified:?}");
}

/// A store in which an address is freed right before the first row that is given up is written.
#[derive(Debug)]
struct FreedMeanwhile {
    inner: SharedStore,
    is_done: AtomicBool,
}

#[async_trait]
impl Store for FreedMeanwhile {
    async fn get(&self, partition: &PartitionKey, row: &RowKey) -> Result<Option<Row>, StoreError> {
        self.inner.get(partition, row).await
    }

    async fn range(
        &self,
        partition: &PartitionKey,
        range: &RowRange,
        limit: usize,
        continuation: Option<&Continuation>,
    ) -> Result<RowPage, StoreError> {
        self.inner.range(partition, range, limit, continuation).await
    }

    async fn next_partition(&self, after: Option<&PartitionKey>) -> Result<Option<PartitionKey>, StoreError> {
        self.inner.next_partition(after).await
    }

    async fn write(
        &self,
        partition: &PartitionKey,
        batch: Vec<Write>,
    ) -> Result<Vec<Option<ETag>>, StoreError> {
        let marks = PartitionKey::new("endpoints").unwrap();
        let marked = scan(&*self.inner, &marks, RowRange::all()).await?;
        if partition.as_str() == "outbox" && !marked.is_empty() && !self.is_done.swap(true, Ordering::SeqCst)
        {
            let freed = marked.into_iter().map(|row| Write::Delete { row: row.key, etag: None }).collect();
            self.inner.write(&marks, freed).await?;
        }
        self.inner.write(partition, batch).await
    }
}

#[tokio::test]
async fn an_address_that_is_freed_while_its_message_is_being_given_up_gets_it_all_the_same() {
    let inner: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let store = Arc::new(FreedMeanwhile { inner, is_done: AtomicBool::new(false) });
    let mut tenant = Setup::new(small_world(&TWO[..1])).smtp().store(store.clone()).begin().await;
    tenant.server_does(&[("jane.doe@contoso.com", "rcpt-550")]);
    // One attempt: the server has changed its mind before there is another.
    tenant.app.set_pace(Pace::Immediate);
    tenant.look().await;
    tenant.plan().await;
    tenant.app.set_pace(Pace::Considerate);
    assert!(store.is_done.load(Ordering::SeqCst), "it was given up");
    tenant.server_does(&[]);
    tenant.advance(TimeDelta::hours(1)).await;
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    assert!(notified.iter().any(|line| line.starts_with("jane.doe@contoso.com vm-web-01")), "{notified:?}");
    assert_eq!(dead(&tenant).await, [] as [String; 0]);
}

#[tokio::test]
async fn a_refusal_that_says_nothing_blames_the_recipient_only_where_others_get_through() {
    let mut tenant = tenant(TWO).await;
    tenant.server_does(&[("jane.doe@contoso.com", "rcpt=550 no")]);
    tenant.round().await;
    // Somebody else gets a mail after the first refusal: without any, nobody could tell.
    let id = add_machine(&tenant.simulation, SUBSCRIPTION, "vm-db-02", "mei.lin");
    tenant.simulation.script().join_wave(WAVE, &id);
    tenant.advance_with(TimeDelta::days(4), SELDOM).await;
    assert_eq!(dead(&tenant).await, [] as [String; 0]);
    tenant.advance_with(TimeDelta::days(3), SELDOM).await;
    assert_eq!(dead(&tenant).await, ["jane.doe@contoso.com"]);
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    assert!(notified.iter().any(|line| line.starts_with("platform@contoso.com vm-web-01")), "{notified:?}");
}

#[tokio::test]
async fn where_no_mail_at_all_gets_through_a_refusal_that_says_nothing_blames_nobody() {
    let tenant = tenant(&[("vm-web-01", "jane.doe")]).await;
    tenant.server_does(&[("*", "rcpt=550 no")]);
    tenant.round().await;
    tenant.advance_with(TimeDelta::days(8), SELDOM).await;
    assert_eq!(dead(&tenant).await, [] as [String; 0]);
}

#[tokio::test]
async fn the_line_that_alerts_search_for_is_logged_of_what_is_given_up_once_it_is_judged() {
    let given_up = |log: &Log| log.text().matches("a message will not be delivered").count();
    let (log, _listens) = Log::listen();
    let mut one = tenant(TWO).await;
    one.server_does(&[("jane.doe@contoso.com", "rcpt-550")]);
    one.round().await;
    one.advance_with(TimeDelta::days(1), SELDOM).await;
    assert_eq!(given_up(&log), 1, "{}", log.text());
    one.messages().await;
    // The second refusal in the same words, with nothing getting through, is no matter of theirs.
    let (log, _listens) = Log::listen();
    let mut all = tenant(TWO).await;
    all.server_does(&[("*", "rcpt-550")]);
    all.round().await;
    all.advance_with(TimeDelta::days(1), SELDOM).await;
    assert_eq!(given_up(&log), 1, "{}", log.text());
    all.messages().await;
}

#[tokio::test]
async fn an_address_that_an_earlier_version_marked_for_a_refusal_of_us_is_freed() {
    let tenant = tenant(TWO).await;
    let of = |name: &str| Endpoint::Email { address: format!("{name}@contoso.com").parse().unwrap() };
    let marks = [
        ("jane.doe", "mail:587 answered 554 for the recipient's address: 5.7.1 relay denied"),
        ("mei.lin", "mail:587 answered 550 for the recipient's address: 5.1.1 no such user"),
    ];
    for (name, error) in marks {
        tenant.app.repository.mark_dead(&of(name), None, error, tenant.now()).await.unwrap();
    }
    // Earlier versions did not say that they had told refusals apart.
    let (store, partition) = (tenant.store(), PartitionKey::new("endpoints").unwrap());
    for row in scan(&*store, &partition, RowRange::all()).await.unwrap() {
        let value = row.value.replace(",\"judged\":true", "");
        assert_ne!(value, row.value);
        store.write(&partition, vec![Write::Put { row: row.key, value }]).await.unwrap();
    }
    tenant.plan().await;
    assert_eq!(dead(&tenant).await, ["mei.lin@contoso.com"]);
}

#[tokio::test]
async fn what_is_too_large_is_sent_shorter_and_at_last_the_fallback_is_told() {
    let mut world = tenant(&[("vm-web-01", "jane.doe")]).await;
    // A mail without its calendar entry is smaller than this.
    world.server_does(&[("jane.doe@contoso.com", "data=552 5.3.4 too large")]);
    world.round().await;
    assert_eq!(world.attempts("jane.doe@contoso.com"), 1);
    world.server_does(&[]);
    world.advance(TimeDelta::minutes(3)).await;
    let letters = world.messages().await;
    let to_jane: Vec<_> = letters.iter().filter(|letter| letter.to.starts_with("jane")).collect();
    assert_eq!(to_jane.len(), 1, "a shorter one");
    assert_eq!(dead(&world).await, [] as [String; 0]);

    for way in
        ["limit=10", "data=552 5.3.4 message too big", "data=523 5.3.4 the length of it is over our limit"]
    {
        let mut world = tenant(&[("vm-web-01", "jane.doe")]).await;
        world.server_does(&[("jane.doe@contoso.com", way)]);
        world.round().await;
        // Every planning looks at whom earlier versions marked by mistake.
        world.advance_with(TimeDelta::hours(30), TimeDelta::minutes(30)).await;
        // With one machine there is nothing to shorten.
        let attempts = world.attempts("jane.doe@contoso.com");
        assert_eq!(attempts, 2, "{way}: whole, and without attachments, and never again");
        let letters = world.messages().await;
        let notified = world.notified(&letters).await;
        let of_platform = notified.iter().filter(|line| line.starts_with("platform@contoso.com vm-web-01"));
        assert!(of_platform.count() > 0, "{way}: {notified:?}");
    }
}

#[tokio::test]
async fn while_the_server_refuses_us_it_is_tried_with_one_message_at_a_time() {
    let machines: Vec<(String, String)> =
        (0..20).map(|number| (format!("vm-{number:02}"), format!("owner-{number:02}"))).collect();
    let machines: Vec<(&str, &str)> =
        machines.iter().map(|(name, owner)| (name.as_str(), owner.as_str())).collect();
    let mut tenant = tenant(&machines).await;
    tenant.server_does(&[("greeting", "421")]);
    tenant.round().await;
    tenant.advance(TimeDelta::hours(1)).await;
    let rows = tenant.app.repository.unsettled_outbox().await.unwrap();
    let attempts: u32 = rows.values().map(|row| row.attempt).sum();
    assert!((1..40).contains(&attempts), "{attempts} attempts of 20 messages in an hour");
    tenant.server_does(&[]);
    tenant.advance(TimeDelta::hours(2)).await;
    let letters = tenant.messages().await;
    assert_eq!(letters.iter().filter(|letter| letter.to.starts_with("owner")).count(), 20);
}
