//! Reading rows in order, page by page.

use std::collections::BTreeSet;

use futures::TryStreamExt;
use maintenance_notifier::store::{
    Continuation, MAX_PAGE_ROWS, MAX_VALUE_BYTES, PartitionKey, RowKey, RowRange, Store, StoreError, scan,
    stream,
};

use super::{Fixture, delete, insert, partition, put, row};

async fn fill(store: &dyn Store, partition: &PartitionKey, names: &[&str]) {
    for names in names.chunks(100) {
        let batch = names.iter().map(|name| insert(name, name)).collect();
        store.write(partition, batch).await.unwrap();
    }
}

/// The values in a range; [`fill`] made them the same as the names.
async fn names(store: &dyn Store, partition: &PartitionKey, range: RowRange) -> Vec<String> {
    scan(store, partition, range).await.unwrap().into_iter().map(|row| row.value).collect()
}

pub(super) async fn finds_nothing_in_an_empty_partition(fixture: Fixture) {
    fill(fixture.one(), &partition("a"), &["r"]).await;
    fill(fixture.one(), &partition("c"), &["r"]).await;
    let page = fixture.other().range(&partition("b"), &RowRange::all(), 10, None).await.unwrap();
    assert_eq!((page.rows.len(), page.next), (0, None));
}

pub(super) async fn keeps_bounds(fixture: Fixture) {
    let p = partition("p");
    fill(fixture.one(), &p, &["a", "b", "ba", "c", "d"]).await;
    let (from, to) = (row("b"), row("c"));
    let store = fixture.other();
    assert_eq!(names(store, &p, RowRange::between(from.clone(), to.clone())).await, ["b", "ba"]);
    assert_eq!(names(store, &p, RowRange::starting_at(from.clone())).await, ["b", "ba", "c", "d"]);
    assert_eq!(names(store, &p, RowRange::before(to.clone())).await, ["a", "b", "ba"]);
    assert_eq!(names(store, &p, RowRange::all()).await, ["a", "b", "ba", "c", "d"]);
    assert!(names(store, &p, RowRange::between(to, from.clone())).await.is_empty(), "backwards is empty");
    assert!(names(store, &p, RowRange::between(from.clone(), from)).await.is_empty());
    assert_eq!(
        names(store, &p, RowRange::between(row("bb"), row("cc"))).await,
        ["c"],
        "bounds need not exist"
    );
}

pub(super) async fn finds_prefixes(fixture: Fixture) {
    let p = partition("p");
    for parts in
        [&["d"][..], &["d", "1"], &["d", "1", "x"], &["d", "10"], &["d1", "1"], &["D", "1"], &["e", "1"]]
    {
        let write = maintenance_notifier::store::Write::Insert {
            row: RowKey::of(parts).unwrap(),
            value: parts.join("/"),
        };
        fixture.one().write(&p, vec![write]).await.unwrap();
    }
    let store = fixture.other();
    assert_eq!(names(store, &p, RowRange::within(&["d"]).unwrap()).await, ["d/1", "d/10", "d/1/x"]);
    assert_eq!(names(store, &p, RowRange::within(&["d", "1"]).unwrap()).await, ["d/1/x"]);
    assert_eq!(
        names(store, &p, RowRange::prefix(row("d")).unwrap()).await,
        ["d", "d1/1", "d/1", "d/10", "d/1/x"]
    );
    let before = RowKey::of(&["d", "10"]).unwrap();
    assert_eq!(names(store, &p, RowRange::within(&["d"]).unwrap().up_to(before)).await, ["d/1"]);
}

pub(super) async fn sorts_by_bytes(fixture: Fixture) {
    let p = partition("p");
    let mut expected = vec!["10", "2", "A", "Z", "_", "a", "aa", "z", "ß", "é", "漢", "\u{ffee}", "😀"];
    fill(fixture.one(), &p, &["😀", "z", "Z", "\u{ffee}", "a", "é", "2", "aa", "漢", "10", "A", "_", "ß"])
        .await;
    assert_eq!(names(fixture.other(), &p, RowRange::all()).await, expected);
    expected.sort_unstable();
    assert_eq!(names(fixture.other(), &p, RowRange::all()).await, expected);
}

pub(super) async fn pages_through_everything(fixture: Fixture) {
    let p = partition("p");
    let all: Vec<String> = (0..1234).map(|number| format!("{number:04}")).collect();
    fill(fixture.one(), &p, &all.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(names(fixture.other(), &p, RowRange::all()).await, all);

    let range = RowRange::between(row("0100"), row("0200"));
    for limit in [1, 7, 50, 99, 100, 101] {
        let (mut found, mut continuation) = (Vec::new(), None);
        loop {
            let page = fixture.other().range(&p, &range, limit, continuation.as_ref()).await.unwrap();
            assert!(page.rows.len() <= limit);
            found.extend(page.rows.into_iter().map(|row| row.value));
            continuation = page.next;
            if continuation.is_none() {
                break;
            }
        }
        assert_eq!(found, all[100..200], "{limit} rows a page");
    }

    let first: Vec<_> = stream(fixture.one(), &p, RowRange::all()).try_collect::<Vec<_>>().await.unwrap();
    assert_eq!(first.len(), all.len());
}

pub(super) async fn pages_while_rows_come_and_go(fixture: Fixture) {
    let p = partition("p");
    // The even rows are there all the while, the odd ones are not.
    let even: Vec<String> = (0..100).map(|number| format!("{:03}", number * 2)).collect();
    fill(fixture.one(), &p, &even.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let (mut found, mut continuation): (Vec<String>, _) = (Vec::new(), None);
    loop {
        let page = fixture.other().range(&p, &RowRange::all(), 10, continuation.as_ref()).await.unwrap();
        found.extend(page.rows.into_iter().map(|row| row.value));
        continuation = page.next;
        if continuation.is_none() {
            break;
        }
        // A row before what was read, one just behind it, and one further on; then the first two go again.
        let at = found.last().unwrap().parse::<u32>().unwrap();
        let near = [(at & !1) - 1, at | 1].map(|number| format!("{number:03}"));
        let far = format!("{:03}", (at | 1) + 20);
        let batch = near.iter().chain([&far]).map(|name| put(name, name)).collect();
        fixture.one().write(&p, batch).await.unwrap();
        if at % 3 == 0 {
            fixture.one().write(&p, near.iter().map(|name| delete(name)).collect()).await.unwrap();
        }
    }
    assert!(found.is_sorted(), "{found:?}");
    let distinct: BTreeSet<_> = found.iter().cloned().collect();
    assert_eq!(distinct.len(), found.len(), "no row occurs twice");
    assert!(even.iter().all(|name| distinct.contains(name)), "no row that stayed is missing");
}

pub(super) async fn ends_pages_before_they_are_too_large(fixture: Fixture) {
    let p = partition("p");
    let large = "x".repeat(MAX_VALUE_BYTES);
    let all: Vec<String> = (0..8).map(|number| number.to_string()).collect();
    for name in &all {
        fixture.one().write(&p, vec![put(name, &large)]).await.unwrap();
    }
    let page = fixture.other().range(&p, &RowRange::all(), 100, None).await.unwrap();
    assert!(page.rows.len() < all.len() && page.next.is_some(), "{} rows on the first page", page.rows.len());
    let rows = scan(fixture.other(), &p, RowRange::all()).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.key.to_string()).collect::<Vec<_>>(), all);
}

pub(super) async fn refuses_pages_without_or_with_too_many_rows(fixture: Fixture) {
    for limit in [0, MAX_PAGE_ROWS + 1] {
        let outcome = fixture.one().range(&partition("p"), &RowRange::all(), limit, None).await;
        assert!(matches!(outcome, Err(StoreError::Refused(_))), "{outcome:?}");
    }
}

pub(super) async fn refuses_foreign_continuations(fixture: Fixture) {
    for text in ["", "not one of ours", "a/b"] {
        let continuation = Continuation::new(text);
        let outcome = fixture.one().range(&partition("p"), &RowRange::all(), 10, Some(&continuation)).await;
        assert!(outcome.is_err(), "{outcome:?}");
    }
}
