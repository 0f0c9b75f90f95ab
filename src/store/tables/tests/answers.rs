//! Pages and answers that are not as they should be.

use serde_json::json;

use super::{Scripted, always, batch_written, entity_of, insert, partition, row};
use crate::azure::testing::Reply;
use crate::store::Store as _;
use crate::store::{RowRange, scan};

#[tokio::test]
async fn goes_on_after_short_and_empty_pages() {
    let page = |rows: &[&str]| {
        let rows: Vec<_> = rows.iter().map(|row| entity_of(row, "m", r#"W/"1""#)).collect();
        Reply::from(json!({ "odata.metadata": "x", "value": rows }))
    };
    let next = |reply: Reply, row: &str| {
        reply.with("x-ms-continuation-NextPartitionKey", "1!4!cA--").with("x-ms-continuation-NextRowKey", row)
    };
    let scripted = Scripted::new(vec![
        always(next(page(&[]), "1!a+/&=")),
        always(next(page(&["a", "b"]), "1!c")),
        always(page(&[]).with("x-ms-continuation-NextPartitionKey", "1!4!cA--")),
        always(page(&["c"])),
    ])
    .await;
    let rows = scan(&scripted.store, &partition(), RowRange::all()).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    let asked: Vec<_> =
        scripted.fake.seen().iter().map(|seen| seen.query("NextRowKey").map(str::to_owned)).collect();
    assert_eq!(asked, [None, Some("1!a+/&=".to_owned()), Some("1!c".to_owned()), None]);
    assert_eq!(scripted.fake.seen()[3].query("NextPartitionKey"), Some("1!4!cA--"));
}

#[tokio::test]
async fn sets_foreign_rows_aside_and_reads_the_others() {
    let rows = json!([
        entity_of("a", "m", r#"W/"1""#),
        { "odata.etag": r#"W/"1""#, "PartitionKey": "p", "RowKey": "Zürich", "Value": "1" },
        { "odata.etag": r#"W/"2""#, "PartitionKey": "p", "RowKey": "b", "Price": 5 },
        entity_of("c", "m", r#"W/"3""#),
    ]);
    let scripted = Scripted::new(vec![always(json!({ "value": rows }))]).await;
    let page = scripted.page(None).await.unwrap();
    let found: Vec<_> = page.rows.iter().map(|row| (row.key.as_str(), row.value.as_str())).collect();
    assert_eq!(found, [("a", "1"), ("b", ""), ("c", "1")]);
}

#[tokio::test]
async fn never_takes_nonsense_for_an_answer() {
    let nonsense: [Reply; 6] = [
        (200, "").into(),
        (200, "<html>sign in</html>").into(),
        json!({ "value": 5 }).into(),
        json!({ "value": [{ "RowKey": "r", "Value": "1" }] }).into(),
        json!({ "RowKey": "another", "Value": "1", "odata.etag": r#"W/"1""# }).into(),
        (404, "<html>no such page</html>").into(),
    ];
    for reply in nonsense {
        let scripted = Scripted::new(vec![always(reply.clone())]).await;
        assert!(scripted.store.get(&partition(), &row("r")).await.is_err(), "{reply:?}");
        let scripted = Scripted::new(vec![always(reply.clone())]).await;
        assert!(scripted.page(None).await.is_err(), "{reply:?}");
        let scripted = Scripted::new(vec![always(reply.clone())]).await;
        assert!(scripted.write(vec![insert("r")]).await.is_err(), "{reply:?}");
    }
    let short = always(batch_written(&[Some(r#"W/"1""#)]));
    let scripted = Scripted::new(vec![short]).await;
    assert!(scripted.write(vec![insert("a"), insert("b")]).await.unwrap_err().is_transient());
}

#[tokio::test]
async fn asks_for_less_when_a_page_is_too_large() {
    let large = "x".repeat(7 * 1024 * 1024);
    let scripted = Scripted::new(vec![
        always((200, large.clone())),
        always((200, large)),
        always(json!({ "value": [entity_of("a", "m", r#"W/"1""#)] })),
    ])
    .await;
    assert_eq!(scripted.page(None).await.unwrap().rows.len(), 1);
    let asked: Vec<_> =
        scripted.fake.seen().iter().map(|seen| seen.query("$top").unwrap().to_owned()).collect();
    assert_eq!(asked, ["1000", "250", "63"]);
}
