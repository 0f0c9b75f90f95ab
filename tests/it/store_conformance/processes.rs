//! Several real processes on one store: this test binary starts itself.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use futures::future::join_all;
use maintenance_notifier::store::{RowRange, SharedStore, SqliteStore, scan};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::azurite;

use super::{count_up, partition, put, value_of};

/// Names the store on which the child works. Without it the child's test works on a file of its own.
const PLACE: &str = "STORE_CONFORMANCE_PLACE";

/// How often one process counts up.
const COUNTS: u32 = 50;

/// Rows in a batch of the process that is killed.
const ROWS: usize = 10;

/// Where a store is: a file, or the prefix of a table and a connection string.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    File(PathBuf),
    Tables { prefix: String, connection_string: String },
}

impl Place {
    pub(crate) async fn open(&self) -> SharedStore {
        match self {
            Self::File(path) => Arc::new(SqliteStore::open(path).await.unwrap()),
            Self::Tables { prefix, connection_string } => azurite::open(connection_string, prefix),
        }
    }

    /// What the child is asked to do.
    fn text(&self) -> String {
        match self {
            Self::File(path) => path.to_str().unwrap().to_owned(),
            Self::Tables { prefix, connection_string } => format!("tables:{prefix}:{connection_string}"),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a test that starts itself has no other way to be told its store"
    )]
    fn given() -> Option<Self> {
        let text = std::env::var(PLACE).ok()?;
        Some(match text.strip_prefix("tables:").and_then(|rest| rest.split_once(':')) {
            Some((prefix, connection_string)) => {
                Self::Tables { prefix: prefix.to_owned(), connection_string: connection_string.to_owned() }
            }
            None => Self::File(text.into()),
        })
    }
}

/// The store that a child was given, or one of its own, and whether it was given.
pub(crate) async fn own_or_given(folder: &tempfile::TempDir) -> (SharedStore, bool) {
    match Place::given() {
        Some(place) => (place.open().await, true),
        None => (Place::File(folder.path().join("state.db")).open().await, false),
    }
}

/// This test binary, running only the test of this path.
pub(crate) fn child(test: &str, place: &Place) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]);
    command.env(PLACE, place.text()).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    command
}

/// Lets four processes count up one row.
pub(super) async fn count_in_processes(place: &Place) {
    let children = (0..4).map(|_| child("store_conformance::processes::one_process_counts", place).output());
    for output in join_all(children).await {
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let store = place.open().await;
    assert_eq!(value_of(&*store, &partition("p"), "counter").await.unwrap(), (4 * COUNTS).to_string());
}

#[tokio::test]
async fn processes_count_exactly() {
    let folder = tempfile::tempdir().unwrap();
    // The children make the folder, the file and its tables at the same time, too.
    count_in_processes(&Place::File(folder.path().join("new/state.db"))).await;
}

#[tokio::test]
async fn one_process_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (store, given) = own_or_given(&folder).await;
    for _ in 0..COUNTS {
        count_up(&*store, &partition("p"), "counter").await;
    }
    let counted: u32 = value_of(&*store, &partition("p"), "counter").await.unwrap().parse().unwrap();
    assert!(counted == COUNTS || given && counted > COUNTS, "{counted}");
}

/// What a killed process has said to be written is there, whole, and nothing is half written.
#[tokio::test]
async fn a_killed_process_leaves_whole_batches() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::File(folder.path().join("state.db"));
    let mut answered = 0;
    for lines_before_death in [1, 2, 5, 17, 40] {
        let mut child =
            child("store_conformance::processes::one_process_writes_batches", &place).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some(number) = line.strip_prefix("written ") {
                answered = number.parse::<u32>().unwrap();
                seen += 1;
                if seen == lines_before_death {
                    child.start_kill().unwrap();
                }
            }
        }
        child.wait().await.unwrap();
        assert!(seen >= lines_before_death);

        let store = place.open().await;
        let rows = scan(&*store, &partition("p"), RowRange::all()).await.unwrap();
        let kept: u32 = rows[0].value.parse().unwrap();
        assert_eq!(rows.len(), ROWS);
        assert!(rows.iter().all(|row| row.value == rows[0].value), "half a batch: {rows:?}");
        assert!(kept == answered || kept == answered + 1, "{kept} is kept, {answered} was answered");
    }
}

#[tokio::test]
async fn one_process_writes_batches() {
    let folder = tempfile::tempdir().unwrap();
    let (store, given) = own_or_given(&folder).await;
    let before =
        value_of(&*store, &partition("p"), "0").await.map_or(0, |value| value.parse::<u32>().unwrap());
    // Whoever gives the store kills the process; the end is only for a parent that has died itself.
    let last = before + if given { 100_000 } else { 100 };
    for number in before + 1..=last {
        let batch = (0..ROWS).map(|name| put(&name.to_string(), &number.to_string())).collect();
        store.write(&partition("p"), batch).await.unwrap();
        println!("written {number}");
    }
    let rows = scan(&*store, &partition("p"), RowRange::all()).await.unwrap();
    assert!(rows.len() == ROWS && rows.iter().all(|row| row.value == last.to_string()));
}
