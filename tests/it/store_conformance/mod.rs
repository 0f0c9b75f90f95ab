//! What every store must do alike, run on every store there is.
//!
//! A new store is added by one line of [`conformance!`] with a function that makes a fresh, empty one. One whose server
//! takes long to start runs [`all`] cases against one server.

mod batches;
mod lost_answers;
mod on_azurite;
mod partitions;
pub(crate) mod processes;
mod ranges;
mod rows;

use std::sync::Arc;

use futures::future::BoxFuture;
use maintenance_notifier::store::{
    ETag, PartitionKey, RowKey, SharedStore, SqliteStore, Store, StoreError, Write,
};

/// A fresh store. The handles stand for different processes on the same rows.
pub(crate) struct Fixture {
    pub(crate) handles: Vec<SharedStore>,
    _folder: Option<tempfile::TempDir>,
}

impl Fixture {
    /// The handle that writes.
    pub(crate) fn one(&self) -> &dyn Store {
        &*self.handles[0]
    }

    /// The handle that looks what the first has done; the same one where there is only one.
    pub(crate) fn other(&self) -> &dyn Store {
        &*self.handles[self.handles.len() - 1]
    }

    /// The handle that the task with this number uses.
    pub(crate) fn of_task(&self, task: usize) -> SharedStore {
        self.handles[task % self.handles.len()].clone()
    }
}

/// Every case there is, given to another macro.
macro_rules! with_cases {
    ($then:ident $($arguments:tt)*) => {
        $then! {
            $($arguments)*
            rows {
                inserts_once, replaces_only_what_was_read, puts_whatever_was_there, deletes,
                never_gives_an_etag_twice, refuses_etags_of_others, keeps_partitions_apart,
                keeps_text_as_it_is, keeps_large_values, lets_one_insert_win, counts_exactly
            }
            batches {
                does_all_or_nothing, names_the_row_in_conflict, does_every_kind_of_write_at_once,
                deletes_what_is_there_and_what_is_not,
                refuses_a_row_twice, refuses_batches_without_or_with_too_many_writes,
                refuses_what_is_too_large, never_shows_half_a_batch
            }
            ranges {
                finds_nothing_in_an_empty_partition, keeps_bounds, finds_prefixes, sorts_by_bytes,
                pages_through_everything, pages_while_rows_come_and_go, ends_pages_before_they_are_too_large,
                refuses_pages_without_or_with_too_many_rows, refuses_foreign_continuations
            }
            partitions {
                meets_every_partition_once_and_in_order, forgets_partitions_without_rows
            }
        }
    };
}

macro_rules! conformance {
    ($store:ident, $make:expr) => {
        mod $store {
            with_cases!(conformance @cases $make,);
        }
    };
    (@cases $make:expr, $($file:ident { $($case:ident),+ })+) => {
        $($(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$file::$case($make.await).await;
            }
        )+)+
    };
}

type Case = (&'static str, fn(Fixture) -> BoxFuture<'static, ()>);

macro_rules! list {
    ($($file:ident { $($case:ident),+ })+) => {
        vec![$($((stringify!($case), |fixture| Box::pin($file::$case(fixture)))),+),+]
    };
}

/// Every case with its name.
fn all() -> Vec<Case> {
    with_cases!(list)
}

conformance!(sqlite_in_memory, super::in_memory());
conformance!(sqlite_file, super::on_file(1));
conformance!(sqlite_file_shared_by_two, super::on_file(2));

async fn in_memory() -> Fixture {
    Fixture { handles: vec![Arc::new(SqliteStore::in_memory().unwrap())], _folder: None }
}

async fn on_file(handles: usize) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let open = (0..handles).map(|_| SqliteStore::open(&path));
    let stores = futures::future::try_join_all(open).await.unwrap();
    let handles = stores.into_iter().map(|store| Arc::new(store) as SharedStore).collect();
    Fixture { handles, _folder: Some(folder) }
}

fn partition(name: &str) -> PartitionKey {
    PartitionKey::of(&[name]).unwrap()
}

fn row(name: &str) -> RowKey {
    RowKey::of(&[name]).unwrap()
}

fn insert(name: &str, value: &str) -> Write {
    Write::Insert { row: row(name), value: value.to_owned() }
}

fn replace(name: &str, value: &str, etag: &ETag) -> Write {
    Write::Replace { row: row(name), value: value.to_owned(), etag: etag.clone() }
}

fn put(name: &str, value: &str) -> Write {
    Write::Put { row: row(name), value: value.to_owned() }
}

fn delete(name: &str) -> Write {
    Write::Delete { row: row(name), etag: None }
}

fn delete_if(name: &str, etag: &ETag) -> Write {
    Write::Delete { row: row(name), etag: Some(etag.clone()) }
}

/// Writes one row and returns its new ETag.
async fn write_one(store: &dyn Store, partition: &PartitionKey, write: Write) -> Result<ETag, StoreError> {
    let etags = store.write(partition, vec![write]).await?;
    assert_eq!(etags.len(), 1);
    Ok(etags.into_iter().next().flatten().expect("a row that was written has an ETag"))
}

/// The value of a row, when it is there.
async fn value_of(store: &dyn Store, partition: &PartitionKey, name: &str) -> Option<String> {
    store.get(partition, &row(name)).await.unwrap().map(|row| row.value)
}

/// Counts the row up by one, beginning anew each time that somebody else was faster.
async fn count_up(store: &dyn Store, partition: &PartitionKey, name: &str) {
    loop {
        let write = match store.get(partition, &row(name)).await.unwrap() {
            None => insert(name, "1"),
            Some(found) => {
                let next = found.value.parse::<u32>().unwrap() + 1;
                replace(name, &next.to_string(), &found.etag)
            }
        };
        match store.write(partition, vec![write]).await {
            Ok(_) => return,
            Err(error) => assert!(error.is_conflict(), "{error}"),
        }
    }
}

/// The row that a conflict names.
fn row_in_conflict<T: std::fmt::Debug>(outcome: Result<T, StoreError>) -> RowKey {
    match outcome {
        Err(StoreError::Conflict { row, .. }) => row,
        other => panic!("a conflict was expected: {other:?}"),
    }
}
