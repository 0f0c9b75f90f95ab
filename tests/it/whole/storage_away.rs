//! The store is away right after something happened outside: whoever knows what became of it writes it down, in whatever
//! way that can be, and nothing happens twice.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use maintenance_notifier::domain::action::start::StartState;
use maintenance_notifier::domain::outbox::OutboxState;
use maintenance_notifier::domain::planning::Pace;
use maintenance_notifier::http::time_budget;
use maintenance_notifier::services::delivery::deliver;
use maintenance_notifier::services::delivery_report::DeliveryReport;
use maintenance_notifier::services::known_outcome::keep;
use maintenance_notifier::services::ticket::Ticket;
use maintenance_notifier::services::unwritten::CarriedOutcome;
use maintenance_notifier::startup;
use maintenance_notifier::store::{
    Continuation, ETag, PartitionKey, Row, RowKey, RowPage, RowRange, SharedStore, SqliteStore, Store,
    StoreError, Write,
};
use tower::ServiceExt as _;

use super::log::Log;
use super::pages::{Reader, jane, pairs, to, world};
use super::tenant::{Setup, TestTenant, small_world};

/// A store that is away for so many calls from a write on.
#[derive(Debug)]
struct AwayStore {
    inner: SharedStore,
    /// After how many writes it goes away.
    after: usize,
    calls: AtomicUsize,
    writes: AtomicUsize,
}

impl AwayStore {
    fn new(inner: SharedStore, after: usize, calls: usize) -> Arc<Self> {
        let (calls, writes) = (AtomicUsize::new(calls), AtomicUsize::new(0));
        Arc::new(Self { inner, after, calls, writes })
    }

    fn is_there(&self) -> Result<(), StoreError> {
        let is_away = self.writes.load(Ordering::SeqCst) >= self.after
            && self
                .calls
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |calls| calls.checked_sub(1))
                .is_ok();
        let cause = "a partition moves";
        if is_away {
            Err(StoreError::Unavailable { store: "the store of a test".to_owned(), cause: cause.into() })
        } else {
            Ok(())
        }
    }

    fn was_away(&self) -> bool {
        self.calls.load(Ordering::SeqCst) == 0
    }
}

#[async_trait]
impl Store for AwayStore {
    async fn get(&self, partition: &PartitionKey, row: &RowKey) -> Result<Option<Row>, StoreError> {
        self.is_there()?;
        self.inner.get(partition, row).await
    }

    async fn range(
        &self,
        partition: &PartitionKey,
        range: &RowRange,
        limit: usize,
        continuation: Option<&Continuation>,
    ) -> Result<RowPage, StoreError> {
        self.is_there()?;
        self.inner.range(partition, range, limit, continuation).await
    }

    async fn next_partition(&self, after: Option<&PartitionKey>) -> Result<Option<PartitionKey>, StoreError> {
        self.is_there()?;
        self.inner.next_partition(after).await
    }

    async fn write(
        &self,
        partition: &PartitionKey,
        batch: Vec<Write>,
    ) -> Result<Vec<Option<ETag>>, StoreError> {
        self.is_there()?;
        let written = self.inner.write(partition, batch).await?;
        self.writes.fetch_add(1, Ordering::SeqCst);
        Ok(written)
    }
}

/// One message was handed out, and its ticket not taken yet.
async fn handed_out() -> (TestTenant, SharedStore, Ticket) {
    let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let world = small_world(&[("vm-web-01", "jane.doe")]);
    let tenant = Setup::new(world).store(healthy.clone()).begin().await;
    tenant.app.set_pace(Pace::Immediate);
    tenant.look().await;
    tenant.host.invoke_timer("PlanNotifications").await.unwrap();
    let rows = tenant.repository.outbox_rows().await.unwrap().rows;
    let owners = rows.into_iter().find(|row| row.value.recipient.as_str().starts_with("jane.doe"));
    let row = owners.unwrap().value;
    (tenant, healthy, Ticket { row: row.id.clone(), attempt: row.attempt })
}

#[tokio::test]
async fn a_mail_that_was_taken_is_sent_once_however_long_the_store_is_away_after_it() {
    let mut carried = 0;
    // Two writes come before the attempt: the content, and that it begins.
    for after in 2..=4 {
        for calls in [1, 4, 30] {
            let (mut tenant, healthy, ticket) = handed_out().await;
            let away = AwayStore::new(healthy.clone(), after, calls);
            tenant.restart(away.clone());
            let report = deliver(&tenant.app, &ticket).await.unwrap();
            assert!(matches!(report, DeliveryReport::Attempted(_)), "{report:?}");
            let mut known = tenant.app.live.unwritten().take();
            assert!(calls > 4 || known.is_empty(), "what comes back soon is waited for");
            // The process ends, and the message of the queue goes on from one to the next.
            while let Some(outcome) = known.pop() {
                carried += 1;
                let text = outcome.to_string();
                assert!(text.len() < 48 * 1024);
                keep(&tenant.app, text.parse::<CarriedOutcome>().unwrap()).await.unwrap();
                known = tenant.app.live.unwritten().take();
            }
            assert!(away.was_away(), "after {after} writes, {calls} calls");
            let sent = tenant.messages().await;
            tenant.restart(healthy);
            tenant.advance(TimeDelta::minutes(30)).await;
            let later = tenant.messages().await;
            let all: BTreeSet<&str> =
                sent.iter().chain(&later).map(|letter| letter.message_id.as_str()).collect();
            assert_eq!((all.len(), sent.len() + later.len()), (2, 2), "the owner's and the operators', once");
            assert!(tenant.is_settled().await);
        }
    }
    assert!(carried > 8, "{carried}");
}

#[tokio::test]
async fn an_outcome_that_comes_twice_or_late_changes_nothing_that_went_on() {
    let (mut tenant, healthy, ticket) = handed_out().await;
    tenant.restart(AwayStore::new(healthy.clone(), 2, 30));
    deliver(&tenant.app, &ticket).await.unwrap();
    let known = tenant.app.live.unwritten().take().remove(0);
    tenant.messages().await;
    tenant.restart(healthy);
    // Its lease ran out, and the next attempt is in its queue already.
    tenant.clock.advance(TimeDelta::minutes(11));
    let stored = tenant.repository.outbox_row(&ticket.row).await.unwrap().unwrap();
    tenant.repository.replace_outbox(&stored, &stored.value.emitted(tenant.now())).await.unwrap();
    for _ in 0..2 {
        keep(&tenant.app, known.clone()).await.unwrap();
        let row = tenant.repository.outbox_row(&ticket.row).await.unwrap().unwrap().value;
        assert!(matches!(row.state, OutboxState::Delivered { .. }), "the other side has it: {row:?}");
    }
    let next = Ticket { attempt: ticket.attempt + 1, ..ticket };
    assert_eq!(deliver(&tenant.app, &next).await.unwrap(), DeliveryReport::Stale);
    tenant.advance(TimeDelta::minutes(30)).await;
    let later = tenant.messages().await;
    assert!(later.iter().all(|letter| letter.to.starts_with("platform@")), "{later:?}");
}

#[tokio::test]
async fn after_an_outage_what_is_under_way_has_a_minute_to_report_before_it_is_tried_again() {
    let (mut tenant, healthy, ticket) = handed_out().await;
    tenant.restart(AwayStore::new(healthy.clone(), 2, 30));
    deliver(&tenant.app, &ticket).await.unwrap();
    let known = tenant.app.live.unwritten().take().remove(0);
    tenant.restart(healthy);
    // Nothing was planned for an hour. The planner is back a moment before whoever knows the outcome.
    tenant.clock.advance(TimeDelta::hours(1));
    tenant.plan().await;
    keep(&tenant.app, known).await.unwrap();
    tenant.advance(TimeDelta::minutes(30)).await;
    let owners = tenant.messages().await.into_iter().filter(|letter| letter.to.starts_with("jane"));
    assert_eq!(owners.count(), 1);
}

#[tokio::test]
async fn a_ticket_that_comes_again_because_the_queue_was_away_too_finds_what_it_came_to() {
    let (mut tenant, healthy, ticket) = handed_out().await;
    tenant.restart(AwayStore::new(healthy, 2, 30));
    deliver(&tenant.app, &ticket).await.unwrap();
    // The answer of the function gets lost, and with it the message that carries the outcome.
    assert_eq!(tenant.app.live.unwritten().take().len(), 1);
    for _ in 0..8 {
        let _ = deliver(&tenant.app, &ticket).await;
        tenant.app.live.unwritten().take();
    }
    let row = tenant.repository.outbox_row(&ticket.row).await.unwrap().unwrap().value;
    assert!(matches!(row.state, OutboxState::Delivered { .. }), "{row:?}");
    assert_eq!(tenant.messages().await.len(), 1);
}

/// The page of a start whose answer the store does not take.
#[tokio::test]
async fn a_page_that_posted_a_start_says_so_and_what_became_of_it_is_found_out() {
    let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let (mut tenant, reader) = jane(world().store(healthy.clone())).await;
    let fields = reader.filled().await;
    // The claim is the only write before the post.
    let away = AwayStore::new(healthy.clone(), 1, 60);
    tenant.restart(away.clone());
    let pages = maintenance_notifier::web::router(tenant.app.clone());
    let reader = Reader { pages, path: reader.path.clone() };
    let page = reader.post(&pairs(&fields)).await;
    page.is(200).says("vm-web-01: the start was sent, and no answer came yet.").says("cannot be shown");
    assert_eq!(tenant.simulation.script().starts().len(), 1);
    tenant.restart(healthy);
    let reader = Reader { pages: maintenance_notifier::web::router(tenant.app.clone()), path: reader.path };
    // Sent again, it is not posted again.
    reader.post(&pairs(&fields)).await.is(200);
    for _ in 0..15 {
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
    }
    assert_eq!(tenant.simulation.script().starts().len(), 1);
    let starts = tenant.repository.open_starts().await.unwrap();
    assert!(starts.rows.is_empty(), "the follower settles it: {:?}", starts.rows);
}

#[tokio::test]
async fn what_azure_answered_to_a_start_is_carried_to_the_store() {
    let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let (mut tenant, reader) = jane(world().store(healthy.clone())).await;
    let fields = reader.filled().await;
    tenant.restart(AwayStore::new(healthy, 1, 12));
    let pages = maintenance_notifier::web::router(tenant.app.clone());
    Reader { pages, path: reader.path }.post(&pairs(&fields)).await.is(200);
    // It leaves with the answer of the next function that can hand it on, or is written behind the page.
    tenant.follow().await;
    let starts = tenant.repository.open_starts().await.unwrap();
    let accepted = starts.values().next().unwrap();
    assert!(matches!(accepted.state, StartState::Accepted { operation: Some(_), .. }), "{accepted:?}");
}

#[tokio::test]
async fn an_acknowledgement_that_was_noted_is_said_to_be_whatever_the_store_does_then() {
    for calls in [1, 5, 100] {
        let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
        let (mut tenant, reader) = jane(world().store(healthy.clone())).await;
        let nonce = reader.get().await.nonce("acknowledge");
        tenant.restart(AwayStore::new(healthy.clone(), 1, calls));
        let (log, _guard) = Log::listen();
        let pages = maintenance_notifier::web::router(tenant.app.clone());
        let reader = Reader { pages, path: reader.path };
        let page = reader.post(&[("nonce", &nonce), ("do", "acknowledge"), ("m", "0-1")]).await;
        page.is(200).says("vm-web-01: acknowledged.");
        if calls == 100 {
            page.says("cannot be shown at the moment");
            assert!(log.text().contains("a partition moves"), "the log has the cause");
        }
        tenant.restart(healthy);
        tenant.follow().await;
        assert_eq!(tenant.repository.unapplied().await.unwrap(), [], "it is shown with the next run");
    }
}

#[tokio::test]
async fn the_log_of_a_page_that_failed_has_the_cause() {
    let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let (mut tenant, reader) = jane(world().store(healthy.clone())).await;
    tenant.restart(AwayStore::new(healthy.clone(), 0, 100));
    let (log, _guard) = Log::listen();
    let pages = maintenance_notifier::web::router(tenant.app.clone());
    let page = Reader { pages: pages.clone(), path: reader.path }.get().await;
    page.is(503);
    assert!(!page.body.contains("a partition moves"), "{}", page.body);
    Reader { pages, path: "/health".to_owned() }.get().await.is(503).says("store-is-unreadable");
    assert_eq!(log.text().matches("a partition moves").count(), 2, "{}", log.text());
    tenant.restart(healthy);
}

/// Notes how long whoever asks may wait.
#[derive(Debug)]
struct PatienceStore {
    inner: SharedStore,
    seen: Mutex<Vec<Option<Duration>>>,
}

impl PatienceStore {
    fn note(&self) {
        self.seen.lock().unwrap().push(time_budget::remaining());
    }
}

#[async_trait]
impl Store for PatienceStore {
    async fn get(&self, partition: &PartitionKey, row: &RowKey) -> Result<Option<Row>, StoreError> {
        self.note();
        self.inner.get(partition, row).await
    }

    async fn range(
        &self,
        partition: &PartitionKey,
        range: &RowRange,
        limit: usize,
        continuation: Option<&Continuation>,
    ) -> Result<RowPage, StoreError> {
        self.note();
        self.inner.range(partition, range, limit, continuation).await
    }

    async fn next_partition(&self, after: Option<&PartitionKey>) -> Result<Option<PartitionKey>, StoreError> {
        self.note();
        self.inner.next_partition(after).await
    }

    async fn write(
        &self,
        partition: &PartitionKey,
        batch: Vec<Write>,
    ) -> Result<Vec<Option<ETag>>, StoreError> {
        self.note();
        self.inner.write(partition, batch).await
    }
}

#[tokio::test]
async fn waits_fit_who_waits() {
    let inner: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let store = Arc::new(PatienceStore { inner, seen: Mutex::default() });
    let mut tenant = world().store(store.clone()).begin().await;
    let taken = || std::mem::take(&mut *store.seen.lock().unwrap());
    let (second, minutes) = (Duration::from_secs(1), Duration::from_secs(120));
    taken();
    tenant.round().await;
    let worked = taken();
    let letters = tenant.messages().await;
    let reader = Reader::of(&tenant, to(&letters, "jane.doe")).await;
    taken();
    assert!(worked.len() > 50);
    let patient = |left: &Option<Duration>| left.is_some_and(|left| left > minutes - second * 20);
    assert!(worked.iter().all(patient), "timers and deliveries have minutes: {worked:?}");

    let router = startup::router(&tenant.app).unwrap();
    for path in [reader.path.as_str(), "/health", "/genuine"] {
        let page = Request::get(path).header("host", "maintenance.contoso.com").body(Body::empty()).unwrap();
        router.clone().oneshot(page).await.unwrap();
    }
    let asked = taken();
    assert!(asked.len() > 5, "{asked:?}");
    assert!(asked.iter().all(|left| left.is_some_and(|left| left < second * 10)), "{asked:?}");
}
