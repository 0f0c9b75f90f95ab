//! How often the store is asked for a mail: on Azure Tables each is a request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use maintenance_notifier::domain::planning::Pace;
use maintenance_notifier::store::{
    Continuation, ETag, PartitionKey, Row, RowKey, RowPage, RowRange, SharedStore, SqliteStore, Store,
    StoreError, Write,
};

use super::tenant::{Setup, small_world};

/// A store that counts what it is asked.
#[derive(Debug)]
struct CountingStore {
    inner: SharedStore,
    calls: AtomicUsize,
}

impl CountingStore {
    fn count(&self) {
        self.calls.fetch_add(1, Ordering::SeqCst);
    }

    fn take(&self) -> usize {
        self.calls.swap(0, Ordering::SeqCst)
    }
}

#[async_trait]
impl Store for CountingStore {
    async fn get(&self, partition: &PartitionKey, row: &RowKey) -> Result<Option<Row>, StoreError> {
        self.count();
        self.inner.get(partition, row).await
    }

    async fn range(
        &self,
        partition: &PartitionKey,
        range: &RowRange,
        limit: usize,
        continuation: Option<&Continuation>,
    ) -> Result<RowPage, StoreError> {
        self.count();
        self.inner.range(partition, range, limit, continuation).await
    }

    async fn next_partition(&self, after: Option<&PartitionKey>) -> Result<Option<PartitionKey>, StoreError> {
        self.count();
        self.inner.next_partition(after).await
    }

    async fn write(
        &self,
        partition: &PartitionKey,
        batch: Vec<Write>,
    ) -> Result<Vec<Option<ETag>>, StoreError> {
        self.count();
        self.inner.write(partition, batch).await
    }
}

#[tokio::test]
async fn a_mail_takes_few_calls_to_plan_and_to_deliver() {
    const OWNERS: usize = 200;
    let names: Vec<(String, String)> =
        (0..OWNERS).map(|number| (format!("vm-{number:03}"), format!("owner.{number:03}"))).collect();
    let machines: Vec<(&str, &str)> =
        names.iter().map(|(name, owner)| (name.as_str(), owner.as_str())).collect();
    let inner: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let store = Arc::new(CountingStore { inner, calls: AtomicUsize::new(0) });
    let mut tenant = Setup::new(small_world(&machines)).store(store.clone()).begin().await;
    tenant.app.set_pace(Pace::Immediate);
    tenant.look().await;
    let for_each_mail = |what: &str, most: usize| {
        let calls = store.take();
        println!("{what}: {:.1} calls a mail", calls as f64 / OWNERS as f64);
        assert!(calls <= most * OWNERS, "{what}: {calls} calls for {OWNERS} mails");
    };
    store.take();
    tenant.host.invoke_timer("PlanNotifications").await.unwrap();
    for_each_mail("planned and handed out", 9);
    tenant.drain().await;
    for_each_mail("delivered", 16);
    assert!(tenant.messages().await.len() >= OWNERS);
    store.take();
    tenant.plan().await;
    for_each_mail("looked whether anything follows", 5);
    tenant.plan().await;
    let idle = store.take();
    println!("a minute in which nothing is due: {idle} calls");
    assert!(idle <= 30, "{idle}");
}
