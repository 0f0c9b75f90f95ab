//! Several real processes on one SQLite file: this test binary starts itself.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use futures::future::join_all;
use maintenance_notifier::store::{RowRange, SqliteStore, Store, scan};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use super::{count_up, partition, put, value_of};

/// Names the file on which the child works. Without it the child's test works on a file of its own.
const FILE: &str = "STORE_CONFORMANCE_FILE";

/// How often one process counts up.
const COUNTS: u32 = 50;

/// Rows in a batch of the process that is killed.
const ROWS: usize = 10;

#[expect(
    clippy::disallowed_methods,
    reason = "a test that starts itself has no other way to be told its file"
)]
fn file_for_child() -> Option<OsString> {
    std::env::var_os(FILE)
}

fn child(test: &str, file: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("store_conformance::processes::{test}"), "--nocapture"]);
    command.env(FILE, file).stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    command
}

#[tokio::test]
async fn processes_count_exactly() {
    let folder = tempfile::tempdir().unwrap();
    // The children make the folder, the file and its tables at the same time, too.
    let file = folder.path().join("new/state.db");
    let children = (0..4).map(|_| child("one_process_counts", &file).output());
    for output in join_all(children).await {
        let output = output.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    let store = SqliteStore::open(&file).await.unwrap();
    assert_eq!(value_of(&store, &partition("p"), "counter").await.unwrap(), (4 * COUNTS).to_string());
}

#[tokio::test]
async fn one_process_counts() {
    let folder = tempfile::tempdir().unwrap();
    let given = file_for_child().map(PathBuf::from);
    let store =
        SqliteStore::open(given.clone().unwrap_or_else(|| folder.path().join("state.db"))).await.unwrap();
    for _ in 0..COUNTS {
        count_up(&store, &partition("p"), "counter").await;
    }
    let counted: u32 = value_of(&store, &partition("p"), "counter").await.unwrap().parse().unwrap();
    assert!(counted == COUNTS || given.is_some() && counted > COUNTS, "{counted}");
}

/// What a killed process has said to be written is there, whole, and nothing is half written.
#[tokio::test]
async fn a_killed_process_leaves_whole_batches() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let mut answered = 0;
    for lines_before_death in [1, 2, 5, 17, 40] {
        let mut child = child("one_process_writes_batches", &file).spawn().unwrap();
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

        let store = SqliteStore::open(&file).await.unwrap();
        let rows = scan(&store, &partition("p"), RowRange::all()).await.unwrap();
        let kept: u32 = rows[0].value.parse().unwrap();
        assert_eq!(rows.len(), ROWS);
        assert!(rows.iter().all(|row| row.value == rows[0].value), "half a batch: {rows:?}");
        assert!(kept == answered || kept == answered + 1, "{kept} is kept, {answered} was answered");
    }
}

#[tokio::test]
async fn one_process_writes_batches() {
    let folder = tempfile::tempdir().unwrap();
    let given = file_for_child().map(PathBuf::from);
    let store =
        SqliteStore::open(given.clone().unwrap_or_else(|| folder.path().join("state.db"))).await.unwrap();
    let before =
        value_of(&store, &partition("p"), "0").await.map_or(0, |value| value.parse::<u32>().unwrap());
    // Whoever gives the file kills the process; the end is only for a parent that has died itself.
    let last = before + if given.is_some() { 100_000 } else { 100 };
    for number in before + 1..=last {
        let batch = (0..ROWS).map(|name| put(&name.to_string(), &number.to_string())).collect();
        store.write(&partition("p"), batch).await.unwrap();
        println!("written {number}");
    }
    let rows = scan(&store, &partition("p"), RowRange::all()).await.unwrap();
    assert!(rows.len() == ROWS && rows.iter().all(|row| row.value == last.to_string()));
}
