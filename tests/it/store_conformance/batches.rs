//! Several rows at once.

use maintenance_notifier::store::{MAX_BATCH_BYTES, MAX_VALUE_BYTES, RowRange, StoreError, Write, scan};

use super::{
    Fixture, delete, delete_if, insert, partition, put, replace, row, row_in_conflict, value_of, write_one,
};

pub(super) async fn does_all_or_nothing(fixture: Fixture) {
    let p = partition("p");
    write_one(fixture.one(), &p, insert("099", "old")).await.unwrap();
    let batch: Vec<Write> = (0..100).map(|number| insert(&format!("{number:03}"), "new")).collect();
    assert_eq!(row_in_conflict(fixture.one().write(&p, batch.clone()).await), row("099"));
    let rows = scan(fixture.other(), &p, RowRange::all()).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].value, "old");

    fixture.one().write(&p, vec![delete("099")]).await.unwrap();
    let etags = fixture.one().write(&p, batch).await.unwrap();
    let rows = scan(fixture.other(), &p, RowRange::all()).await.unwrap();
    assert_eq!(rows.iter().map(|row| Some(row.etag.clone())).collect::<Vec<_>>(), etags);
}

pub(super) async fn names_the_row_in_conflict(fixture: Fixture) {
    let p = partition("p");
    let old = write_one(fixture.one(), &p, insert("b", "1")).await.unwrap();
    write_one(fixture.one(), &p, replace("b", "2", &old)).await.unwrap();
    for refused in [insert("b", "3"), replace("b", "3", &old), delete_if("b", &old)] {
        let outcome =
            fixture.other().write(&p, vec![put("a", "3"), refused, delete("c"), put("d", "3")]).await;
        assert_eq!(row_in_conflict(outcome), row("b"));
        assert_eq!(scan(fixture.one(), &p, RowRange::all()).await.unwrap().len(), 1);
    }
}

pub(super) async fn does_every_kind_of_write_at_once(fixture: Fixture) {
    let p = partition("p");
    let before =
        vec![insert("replaced", "1"), insert("deleted", "1"), insert("dropped", "1"), insert("put", "1")];
    let etags = fixture.one().write(&p, before).await.unwrap();
    let etag = |at: usize| etags[at].clone().unwrap();
    let batch = vec![
        delete_if("deleted", &etag(1)),
        replace("replaced", "2", &etag(0)),
        delete("dropped"),
        delete("was never there"),
        put("put", "2"),
        insert("inserted", "2"),
    ];
    let after = fixture.other().write(&p, batch).await.unwrap();
    let written: Vec<bool> = after.iter().map(Option::is_some).collect();
    assert_eq!(written, [false, true, false, false, true, true]);
    let rows = scan(fixture.one(), &p, RowRange::all()).await.unwrap();
    let rows: Vec<_> = rows.into_iter().map(|row| (row.key.to_string(), row.value, Some(row.etag))).collect();
    let expected = [("inserted", 5), ("put", 4), ("replaced", 1)];
    assert_eq!(rows, expected.map(|(name, at)| (name.to_owned(), "2".to_owned(), after[at].clone())));
}

pub(super) async fn deletes_what_is_there_and_what_is_not(fixture: Fixture) {
    let p = partition("p");
    assert_eq!(fixture.one().write(&p, vec![delete("a"), delete("b")]).await.unwrap(), [None, None]);
    let etags =
        fixture.one().write(&p, vec![insert("b", "1"), insert("d", "1"), insert("kept", "1")]).await.unwrap();
    let old = etags[0].clone().unwrap();
    let all = ["a", "b", "c", "d", "e"].map(delete).to_vec();
    assert_eq!(fixture.other().write(&p, all.clone()).await.unwrap(), vec![None; 5]);
    assert_eq!(fixture.other().write(&p, all).await.unwrap(), vec![None; 5]);
    let refused = vec![delete("a"), delete("kept"), insert("kept too", "1"), replace("b", "1", &old)];
    assert_eq!(row_in_conflict(fixture.one().write(&p, refused).await), row("b"));
    let rows = scan(fixture.one(), &p, RowRange::all()).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.key.to_string()).collect::<Vec<_>>(), ["kept"]);
}

pub(super) async fn refuses_a_row_twice(fixture: Fixture) {
    let p = partition("p");
    for twice in [vec![put("r", "1"), put("r", "2")], vec![delete("r"), put("x", "1"), insert("r", "1")]] {
        let outcome = fixture.one().write(&p, twice).await;
        assert!(matches!(outcome, Err(StoreError::Refused(_))), "{outcome:?}");
    }
    assert!(scan(fixture.other(), &p, RowRange::all()).await.unwrap().is_empty());
}

pub(super) async fn refuses_batches_without_or_with_too_many_writes(fixture: Fixture) {
    let p = partition("p");
    for count in [0, 101] {
        let batch = (0..count).map(|number| put(&number.to_string(), "1")).collect();
        let outcome = fixture.one().write(&p, batch).await;
        assert!(matches!(outcome, Err(StoreError::Refused(_))), "{outcome:?}");
    }
    assert!(scan(fixture.other(), &p, RowRange::all()).await.unwrap().is_empty());
}

pub(super) async fn refuses_what_is_too_large(fixture: Fixture) {
    let p = partition("p");
    let outcome =
        fixture.one().write(&p, vec![put("a", "1"), put("r", &"x".repeat(MAX_VALUE_BYTES + 1))]).await;
    assert!(matches!(outcome, Err(StoreError::TooLarge { .. })), "{outcome:?}");
    let four = |value: &str| ["a", "b", "c", "d"].map(|name| put(name, value)).to_vec();
    let quarter = "x".repeat(MAX_BATCH_BYTES / 4);
    let outcome = fixture.one().write(&p, four(&quarter)).await;
    assert!(matches!(outcome, Err(StoreError::TooLarge { .. })), "{outcome:?}");
    assert!(scan(fixture.other(), &p, RowRange::all()).await.unwrap().is_empty());

    fixture.one().write(&p, four(&quarter[1..])).await.unwrap();
    assert!(value_of(fixture.other(), &p, "d").await.unwrap() == quarter[1..]);
}

pub(super) async fn never_shows_half_a_batch(fixture: Fixture) {
    let p = partition("p");
    let all =
        |value: usize| (0..10).map(|name| put(&name.to_string(), &value.to_string())).collect::<Vec<_>>();
    fixture.one().write(&p, all(0)).await.unwrap();
    let writer = {
        let store = fixture.of_task(0);
        let batches: Vec<_> = (1..=50).map(all).collect();
        tokio::spawn(async move {
            for batch in batches {
                store.write(&partition("p"), batch).await.unwrap();
            }
        })
    };
    while !writer.is_finished() {
        let page = fixture.other().range(&p, &RowRange::all(), 10, None).await.unwrap();
        let values: Vec<_> = page.rows.iter().map(|row| row.value.as_str()).collect();
        assert!(values.len() == 10 && values.iter().all(|value| value == &values[0]), "{values:?}");
    }
    writer.await.unwrap();
    assert_eq!(value_of(fixture.other(), &p, "9").await.unwrap(), "50");
}
