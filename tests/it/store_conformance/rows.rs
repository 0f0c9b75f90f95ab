//! One row at a time.

use std::collections::HashSet;

use futures::future::join_all;
use maintenance_notifier::store::{ETag, MAX_VALUE_BYTES, Write};

use super::{
    Fixture, count_up, delete, delete_if, insert, partition, put, replace, row, row_in_conflict, value_of,
    write_one,
};

pub(super) async fn inserts_once(fixture: Fixture) {
    let p = partition("p");
    assert_eq!(fixture.one().get(&p, &row("r")).await.unwrap(), None);
    let etag = write_one(fixture.one(), &p, insert("r", "first")).await.unwrap();
    let outcome = fixture.other().write(&p, vec![insert("r", "second")]).await;
    assert_eq!(row_in_conflict(outcome), row("r"));
    let found = fixture.other().get(&p, &row("r")).await.unwrap().unwrap();
    assert_eq!((found.key, found.etag, found.value.as_str()), (row("r"), etag, "first"));
}

pub(super) async fn replaces_only_what_was_read(fixture: Fixture) {
    let p = partition("p");
    let first = write_one(fixture.one(), &p, insert("r", "1")).await.unwrap();
    let second = write_one(fixture.other(), &p, replace("r", "2", &first)).await.unwrap();
    assert_ne!(first, second);
    row_in_conflict(fixture.one().write(&p, vec![replace("r", "3", &first)]).await);
    row_in_conflict(fixture.one().write(&p, vec![replace("missing", "3", &first)]).await);
    assert_eq!(value_of(fixture.one(), &p, "r").await.unwrap(), "2");
    assert_eq!(value_of(fixture.one(), &p, "missing").await, None);
    write_one(fixture.one(), &p, replace("r", "3", &second)).await.unwrap();
    assert_eq!(value_of(fixture.other(), &p, "r").await.unwrap(), "3");
}

pub(super) async fn puts_whatever_was_there(fixture: Fixture) {
    let p = partition("p");
    let first = write_one(fixture.one(), &p, put("r", "1")).await.unwrap();
    let second = write_one(fixture.other(), &p, put("r", "1")).await.unwrap();
    assert_ne!(first, second, "writing the same value is a write");
    row_in_conflict(fixture.one().write(&p, vec![replace("r", "3", &first)]).await);
}

pub(super) async fn deletes(fixture: Fixture) {
    let p = partition("p");
    let first = write_one(fixture.one(), &p, insert("r", "1")).await.unwrap();
    let second = write_one(fixture.one(), &p, replace("r", "2", &first)).await.unwrap();
    row_in_conflict(fixture.other().write(&p, vec![delete_if("r", &first)]).await);
    assert_eq!(value_of(fixture.one(), &p, "r").await.unwrap(), "2");
    assert_eq!(fixture.other().write(&p, vec![delete_if("r", &second)]).await.unwrap(), [None]);
    assert_eq!(value_of(fixture.one(), &p, "r").await, None);
    row_in_conflict(fixture.one().write(&p, vec![delete_if("r", &second)]).await);
    assert_eq!(fixture.one().write(&p, vec![delete("r")]).await.unwrap(), [None], "gone already is fine");
    write_one(fixture.one(), &p, insert("r", "3")).await.unwrap();
    assert_eq!(fixture.other().write(&p, vec![delete("r")]).await.unwrap(), [None]);
    assert_eq!(value_of(fixture.one(), &p, "r").await, None);
}

pub(super) async fn never_gives_an_etag_twice(fixture: Fixture) {
    let p = partition("p");
    let mut seen: HashSet<ETag> = HashSet::new();
    for _ in 0..20 {
        let inserted = write_one(fixture.one(), &p, insert("r", "same")).await.unwrap();
        let replaced = write_one(fixture.other(), &p, replace("r", "same", &inserted)).await.unwrap();
        assert!(seen.insert(inserted.clone()) && seen.insert(replaced));
        row_in_conflict(fixture.one().write(&p, vec![delete_if("r", &inserted)]).await);
        fixture.one().write(&p, vec![delete("r")]).await.unwrap();
    }
}

pub(super) async fn refuses_etags_of_others(fixture: Fixture) {
    let p = partition("p");
    write_one(fixture.one(), &p, insert("r", "1")).await.unwrap();
    let other = write_one(fixture.one(), &p, insert("other", "1")).await.unwrap();
    row_in_conflict(fixture.one().write(&p, vec![replace("r", "2", &other)]).await);
    row_in_conflict(fixture.one().write(&p, vec![delete_if("r", &other)]).await);
    assert_eq!(value_of(fixture.other(), &p, "r").await.unwrap(), "1");
}

pub(super) async fn keeps_partitions_apart(fixture: Fixture) {
    let (p, q) = (partition("p"), partition("P"));
    let etag = write_one(fixture.one(), &p, insert("r", "in p")).await.unwrap();
    write_one(fixture.one(), &q, insert("r", "in P")).await.unwrap();
    row_in_conflict(fixture.one().write(&q, vec![replace("r", "stolen", &etag)]).await);
    fixture.one().write(&p, vec![delete("r")]).await.unwrap();
    assert_eq!(value_of(fixture.other(), &p, "r").await, None);
    assert_eq!(value_of(fixture.other(), &q, "r").await.unwrap(), "in P");
}

pub(super) async fn keeps_text_as_it_is(fixture: Fixture) {
    let p = partition("p");
    for text in [
        "",
        " ",
        "Zürich 漢字 😀",
        "a\0b",
        "line\r\nline\n",
        "{\"v\":1}",
        "'; DROP TABLE rows; --",
        "\u{feff}x",
    ] {
        write_one(fixture.one(), &p, put("r", text)).await.unwrap();
        assert_eq!(value_of(fixture.other(), &p, "r").await.unwrap(), text);
    }
    for name in ["Zürich/ops", "o'neil@example.com", "100%", "a b", "c:\\d", "#?&=+\"<>", "|~"] {
        write_one(fixture.one(), &p, insert(name, name)).await.unwrap();
        let found = fixture.other().get(&p, &row(name)).await.unwrap().unwrap();
        assert_eq!(found.key.parts().unwrap(), [name]);
        assert_eq!(found.value, name);
    }
}

pub(super) async fn keeps_large_values(fixture: Fixture) {
    let p = partition("p");
    // Three bytes a letter, so that a store that cuts values into pieces cuts letters too if it is careless.
    let large = "漢".repeat(MAX_VALUE_BYTES / 3);
    write_one(fixture.one(), &p, insert("r", &large)).await.unwrap();
    assert!(value_of(fixture.other(), &p, "r").await.unwrap() == large);
}

pub(super) async fn lets_one_insert_win(fixture: Fixture) {
    let tasks = (0..32).map(|task| {
        let store = fixture.of_task(task);
        tokio::spawn(async move { write_one(&*store, &partition("p"), insert("r", &task.to_string())).await })
    });
    let mut winners = Vec::new();
    for (task, outcome) in join_all(tasks).await.into_iter().enumerate() {
        match outcome.unwrap() {
            Ok(etag) => winners.push((task.to_string(), etag)),
            Err(error) => assert!(error.is_conflict(), "{error}"),
        }
    }
    let found = fixture.one().get(&partition("p"), &row("r")).await.unwrap().unwrap();
    assert_eq!(winners, [(found.value, found.etag)]);
}

pub(super) async fn counts_exactly(fixture: Fixture) {
    let tasks = (0..8).map(|task| {
        let store = fixture.of_task(task);
        tokio::spawn(async move {
            for _ in 0..20 {
                count_up(&*store, &partition("p"), "counter").await;
            }
        })
    });
    for outcome in join_all(tasks).await {
        outcome.unwrap();
    }
    assert_eq!(value_of(fixture.one(), &partition("p"), "counter").await.unwrap(), "160");
    let found = fixture.one().get(&partition("p"), &row("counter")).await.unwrap().unwrap();
    let last = Write::Delete { row: found.key, etag: Some(found.etag) };
    fixture.other().write(&partition("p"), vec![last]).await.unwrap();
}
