//! A line to the emulator on which answers get lost, after what was asked has been done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::future::join_all;
use maintenance_notifier::store::tables::RetryPolicy;
use maintenance_notifier::store::{SharedStore, StoreError, Write};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{insert, partition, row, value_of};
use crate::azurite::{self, Azurite};

/// One of this many answers is lost.
const ONE_OF: u32 = 6;

/// How often each task counts up.
const COUNTS: u32 = 20;

/// A port that leads to `target`, and how many answers got lost on the way.
async fn bad_line(target: u16) -> (u16, Arc<AtomicU32>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (answers, lost) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let counter = lost.clone();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let (answers, lost) = (answers.clone(), lost.clone());
            tokio::spawn(async move {
                let far = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                let (mut from_near, mut to_near) = near.into_split();
                let (mut from_far, mut to_far) = far.into_split();
                let asking = tokio::spawn(async move { tokio::io::copy(&mut from_near, &mut to_far).await });
                let mut answer = vec![0; 64 * 1024];
                while let Ok(size) = from_far.read(&mut answer).await {
                    if size > 0 && answers.fetch_add(1, Ordering::SeqCst) % ONE_OF == ONE_OF - 1 {
                        lost.fetch_add(1, Ordering::SeqCst);
                        break;
                    }
                    if size == 0 || to_near.write_all(&answer[..size]).await.is_err() {
                        break;
                    }
                }
                asking.abort();
            });
        }
    });
    (port, counter)
}

/// What became of counting up.
#[derive(Debug, Default)]
struct Tally {
    done: u32,
    unknown: u32,
}

async fn count(store: &SharedStore) -> Tally {
    let mut tally = Tally::default();
    while tally.done < COUNTS {
        let found = match store.get(&partition("p"), &row("counter")).await {
            Err(StoreError::Unavailable { .. }) => continue,
            found => found.unwrap().unwrap(),
        };
        let next = (found.value.parse::<u32>().unwrap() + 1).to_string();
        let write = Write::Replace { row: row("counter"), value: next.clone(), etag: found.etag };
        // Alone and in a batch, by turns: the two are different requests.
        let mut batch = vec![write];
        if tally.done % 2 == 1 {
            batch.push(Write::Put { row: row("last"), value: next });
        }
        match store.write(&partition("p"), batch).await {
            Ok(_) => tally.done += 1,
            Err(StoreError::Unavailable { .. }) => tally.unknown += 1,
            Err(error) => assert!(error.is_conflict(), "{error}"),
        }
    }
    tally
}

/// What the store says was done was done once; and only where it says so is that not known.
pub(super) async fn counts_exactly_what_it_does_not_doubt(azurite: &Azurite) {
    let (port, lost) = bad_line(azurite.tables_port()).await;
    let store = azurite::open(&azurite.connection_string(), "bad");
    store.write(&partition("p"), vec![insert("counter", "0")]).await.unwrap();
    let retries = RetryPolicy { first_delay: Duration::from_millis(1), ..RetryPolicy::default() };
    let open = || azurite::open_with(&azurite::connection_string(port), "bad", retries.clone());
    let tasks = [open(), open(), open()].map(|store| tokio::spawn(async move { count(&store).await }));
    let (mut done, mut unknown) = (0, 0);
    for tally in join_all(tasks).await {
        let tally = tally.unwrap();
        done += tally.done;
        unknown += tally.unknown;
    }
    let counted: u32 = value_of(&*store, &partition("p"), "counter").await.unwrap().parse().unwrap();
    assert!((done..=done + unknown).contains(&counted), "{counted} is not {done} and up to {unknown} more");
    let lost = lost.load(Ordering::SeqCst);
    assert!(lost > 10 && unknown < lost, "of {lost} lost answers {unknown} leave doubt");
}
