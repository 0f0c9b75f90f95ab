//! The store in Azure Tables, on one emulator for all cases: starting it takes longer than most of them.

use futures::stream::{self, StreamExt};

use super::lost_answers::counts_exactly_what_it_does_not_doubt;
use super::processes::{Place, count_in_processes};
use super::{Fixture, all};
use crate::azurite::{self, Azurite};

/// How many cases run at the same time. The emulator works on one at a time.
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn azure_tables_do_what_every_store_does() {
    let azurite = Azurite::start().await;
    let connection_string = azurite.connection_string();
    let cases = all().into_iter().enumerate().map(|(number, (name, case))| {
        let prefix = format!("case{number}");
        let handles = (0..2).map(|_| azurite::open(&connection_string, &prefix)).collect();
        let running = tokio::spawn(case(Fixture { handles, _folder: None }));
        async move { (name, running.await) }
    });
    let ended: Vec<_> = stream::iter(cases).buffer_unordered(AT_ONCE).collect().await;
    let failed: Vec<_> = ended.iter().filter(|(_, end)| end.is_err()).map(|(name, _)| *name).collect();
    assert!(ended.len() > 20 && failed.is_empty(), "these cases failed: {failed:?}");

    count_in_processes(&Place::Tables { prefix: "processes".to_owned(), connection_string }).await;
    counts_exactly_what_it_does_not_doubt(&azurite).await;
}
