//! The life of the state: a store that is lost, or goes back to an export, gives no number or name again to anything that
//! left the program before.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use maintenance_notifier::domain::planning::Pace;
use maintenance_notifier::store::document::{Document, export};
use maintenance_notifier::store::repository::take_over;
use maintenance_notifier::store::{SharedStore, SqliteStore};
use maintenance_notifier::web;

use super::pages::{ORIGIN, Reader};
use super::tenant::{Letter, Setup, TestTenant, WAVE, small_world};

const JANE: &str = "jane.doe@contoso.com";

fn in_memory() -> SharedStore {
    Arc::new(SqliteStore::in_memory().unwrap())
}

async fn begin() -> (TestTenant, SharedStore) {
    let store = in_memory();
    let world = small_world(&[("vm-web-01", "jane.doe"), ("vm-web-02", "jane.doe")]);
    let tenant = Setup::new(world).store(store.clone()).begin().await;
    tenant.round().await;
    tenant.app.set_pace(Pace::Immediate);
    (tenant, store)
}

/// Moves everybody's dates, and lets a day pass.
async fn move_dates(tenant: &TestTenant, days: i64) {
    tenant.simulation.script().change_wave(WAVE, |wave| {
        wave.scheduled.start += TimeDelta::days(days);
        wave.scheduled.end += TimeDelta::days(days);
        if let Some(window) = &mut wave.self_service {
            window.end += TimeDelta::days(days);
        }
    });
    tenant.advance(TimeDelta::hours(6)).await;
}

/// What left the program: the Message-IDs, the links, and the newest number of each calendar entry.
#[derive(Debug, Default)]
struct Left {
    ids: Vec<String>,
    links: Vec<String>,
    entries: BTreeMap<String, u32>,
}

async fn left(tenant: &TestTenant, letters: &[Letter]) -> Left {
    let mut left = Left::default();
    for letter in letters.iter().filter(|letter| letter.to == JANE) {
        let (content, _) = tenant.read(letter).await;
        left.ids.push(letter.message_id.clone());
        left.links.extend(content.link.map(|link| link.url.strip_prefix(ORIGIN).unwrap().to_owned()));
        for entry in content.calendar {
            let newest = left.entries.entry(entry.uid).or_default();
            assert!(entry.sequence >= *newest);
            *newest = entry.sequence;
        }
    }
    left
}

async fn opens(tenant: &TestTenant, path: &str) -> u16 {
    let pages = web::router(tenant.app.clone());
    Reader { pages, path: path.to_owned() }.get().await.status.as_u16()
}

#[tokio::test]
async fn a_store_that_begins_anew_gives_no_name_of_the_lost_one_again() {
    let (mut tenant, _) = begin().await;
    let first = tenant.messages().await;
    let lost = left(&tenant, &first).await;
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.restart(in_memory());
    tenant.round().await;
    let second = tenant.messages().await;
    let after = left(&tenant, &second).await;
    assert_eq!((after.ids.len(), after.entries.len()), (lost.ids.len(), lost.entries.len()));
    assert!(after.ids.iter().all(|id| !lost.ids.contains(id)));
    assert!(after.entries.keys().all(|uid| !lost.entries.contains_key(uid)));
    for link in &lost.links {
        assert_eq!(opens(&tenant, link).await, 410);
    }
    assert_eq!(opens(&tenant, &after.links[0]).await, 200);
}

/// What was sent after a copy of the store was made is lost with the store, and the copy is put back: by `import`, or as
/// the very file, which nothing says.
async fn restored(put_back: impl AsyncFn(&TestTenant, Vec<u8>) -> SharedStore) {
    let (mut tenant, store) = begin().await;
    tenant.advance(TimeDelta::days(2)).await;
    let first = tenant.messages().await;
    let before = left(&tenant, &first).await;
    let mut copy = Vec::new();
    export(&*store, &mut copy).await.unwrap();
    move_dates(&tenant, 1).await;
    move_dates(&tenant, 1).await;
    let second = tenant.messages().await;
    let lost = left(&tenant, &second).await;
    assert!(lost.ids.len() >= 2 && lost.links.len() >= 2, "{lost:?}");
    let shared = lost.entries.iter().find(|(uid, _)| before.entries.contains_key(*uid)).unwrap();
    assert!(*shared.1 >= 2, "{lost:?}");

    let store = put_back(&tenant, copy).await;
    tenant.restart(store);
    tenant.app.set_pace(Pace::Immediate);
    move_dates(&tenant, 1).await;
    let third = tenant.messages().await;
    let after = left(&tenant, &third).await;
    assert!(!after.ids.is_empty());
    assert!(after.ids.iter().all(|id| !lost.ids.contains(id) && !before.ids.contains(id)), "{after:?}");
    assert!(after.entries[shared.0] > *shared.1, "SEQUENCE counts back: {lost:?} {after:?}");
    for link in &lost.links {
        assert_eq!(opens(&tenant, link).await, 410, "it would lead to another message");
    }
    for link in before.links.iter().chain(&after.links) {
        assert_eq!(opens(&tenant, link).await, 200, "{link}");
    }
}

#[tokio::test]
async fn what_was_sent_after_an_export_is_never_taken_for_what_is_sent_after_its_import() {
    restored(async |tenant, copy| {
        let document = Document::parse(&String::from_utf8(copy).unwrap()).unwrap();
        let store = in_memory();
        take_over(document, tenant.now()).unwrap().import(&*store).await.unwrap();
        store
    })
    .await;
}

#[tokio::test]
async fn what_was_sent_after_a_file_was_copied_is_never_taken_for_what_is_sent_once_it_is_put_back() {
    restored(async |_, copy| {
        let store = in_memory();
        Document::parse(&String::from_utf8(copy).unwrap()).unwrap().import(&*store).await.unwrap();
        store
    })
    .await;
}

/// A state of before lives had names: the fixture of the rich state begins one, and nobody hears anything by that.
#[tokio::test]
async fn a_state_of_before_begins_a_life_and_keeps_its_ids_links_and_entries() {
    let (mut tenant, store) = begin().await;
    let first = tenant.messages().await;
    let sent = left(&tenant, &first).await;
    let mut bytes = Vec::new();
    export(&*store, &mut bytes).await.unwrap();
    let mut text = String::from_utf8(bytes).unwrap();
    let at = text.find(",\"generation\":{").unwrap();
    let end = at + text[at..].find('}').unwrap();
    text.replace_range(at..=end, "");
    assert!(!text.contains("\"begun\""), "{text}");
    let of_before = in_memory();
    Document::parse(&text).unwrap().import(&*of_before).await.unwrap();
    tenant.restart(of_before);
    tenant.advance(TimeDelta::hours(1)).await;
    assert!(tenant.messages().await.is_empty());
    assert!(tenant.repository.tenant().await.unwrap().0.epoch.unwrap().took_over);
    for link in &sent.links {
        assert_eq!(opens(&tenant, link).await, 200, "{link}");
    }
    move_dates(&tenant, 1).await;
    let second = tenant.messages().await;
    let after = left(&tenant, &second).await;
    assert!(after.ids.iter().all(|id| !sent.ids.contains(id)) && !after.ids.is_empty());
    let (uid, number) = sent.entries.iter().next().unwrap();
    assert!(after.entries[uid] > *number);
}
