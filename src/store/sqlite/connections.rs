//! Blocking work on SQLite, away from the threads that run tasks.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};
use tokio::sync::Semaphore;

use super::failure::Failure;
use crate::store::StoreError;

/// How long SQLite waits for a lock of another process, each time.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a piece of work is begun. SQLite does not wait when it fears a deadlock; a fresh beginning helps.
const ATTEMPTS: u32 = 4;

/// Some connections that are lent to one piece of work at a time each.
#[derive(Debug, Clone)]
pub(super) struct Connections(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Connections {
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        let permits = Arc::new(Semaphore::new(connections.len()));
        Self(Arc::new(Inner { permits, idle: Mutex::new(connections) }))
    }

    /// Waits for a connection and does the work on it. The work may be done more than once, so it must leave
    /// nothing behind when it fails.
    ///
    /// Once begun, the work is finished even when nobody waits for it any longer.
    pub(super) async fn run<T, W>(&self, store: &str, mut work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnMut(&mut Connection) -> Result<T, Failure> + Send + 'static,
    {
        let permit =
            self.0.permits.clone().acquire_owned().await.map_err(|closed| unavailable(store, closed))?;
        let lender = self.0.clone();
        run_blocking(store, move || {
            // The permit is given back after the connection, so whoever gets it finds one.
            let _permit = permit;
            let mut lent = Lent::from(lender)?;
            retry_busy(|| work(lent.connection()?))
        })
        .await
    }
}

/// A connection that goes back to the others when dropped, also when the work panicked.
struct Lent {
    lender: Arc<Inner>,
    connection: Option<Connection>,
}

impl Lent {
    fn from(lender: Arc<Inner>) -> Result<Self, Failure> {
        let connection = lender.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok(Self { lender, connection })
    }

    fn connection(&mut self) -> Result<&mut Connection, Failure> {
        let none = || StoreError::Refused("no connection is free although one was promised".to_owned());
        Ok(self.connection.as_mut().ok_or_else(none)?)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.lender.idle.lock().unwrap_or_else(PoisonError::into_inner).extend(self.connection.take());
    }
}

/// Does blocking work on a thread that may block, and says of which store its failure is.
pub(super) async fn run_blocking<T, W>(store: &str, work: W) -> Result<T, StoreError>
where
    T: Send + 'static,
    W: FnOnce() -> Result<T, Failure> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(Failure::Store(error))) => Err(error),
        Ok(Err(Failure::Sqlite(error))) => Err(unavailable(store, error)),
        Err(panicked) => Err(unavailable(store, panicked)),
    }
}

/// Begins the work again, a few times, when another process holds the lock.
pub(super) fn retry_busy<T>(mut work: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    for attempt in 1..ATTEMPTS {
        match work() {
            Err(Failure::Sqlite(error)) if is_busy(&error) => {
                std::thread::sleep(Duration::from_millis(10) * 3_u32.pow(attempt));
            }
            outcome => return outcome,
        }
    }
    work()
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

pub(super) fn unavailable(store: &str, cause: impl std::error::Error + Send + Sync + 'static) -> StoreError {
    StoreError::Unavailable { store: store.to_owned(), cause: Box::new(cause) }
}
