use super::*;
use crate::store::SqliteStore;

fn partition(name: &str) -> PartitionKey {
    PartitionKey::new(name).unwrap()
}

async fn put(store: &SqliteStore, partition_name: &str, rows: &[(&str, &str)]) {
    for (row, value) in rows {
        let write = Write::Put { row: RowKey::new(*row).unwrap(), value: (*value).to_owned() };
        store.write(&partition(partition_name), vec![write]).await.unwrap();
    }
}

async fn exported(store: &SqliteStore) -> String {
    let mut bytes = Vec::new();
    export(store, &mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

async fn imported(text: &str) -> SqliteStore {
    let store = SqliteStore::in_memory().unwrap();
    Document::parse(text).unwrap().import(&store).await.unwrap();
    store
}

#[tokio::test]
async fn a_state_is_a_line_a_row_in_order_and_comes_back_as_it_was() {
    let store = SqliteStore::in_memory().unwrap();
    assert_eq!(exported(&imported(&exported(&store).await).await).await, exported(&store).await);
    put(
        &store,
        "windows|b",
        &[("2", r#"{"v":3,"d":{"name":"Zo\u00eb","at":[1,2.5,18446744073709551615]}}"#)],
    )
    .await;
    put(&store, "windows|b", &[("1", r#"{"v":1,"d":{}}"#), ("3", "torn {")]).await;
    put(&store, "due", &[("x|y", r#"{"v":1,"d":[]}"#)]).await;
    let text = exported(&store).await;
    insta::assert_snapshot!(text, @r#"
    {
    "what": "state of maintenance-notifier", "format": 1, "partitions": [
    {"partition": "due", "rows": [
    {"row":"x|y","v":1,"d":[]}
    ]},
    {"partition": "windows|b", "rows": [
    {"row":"1","v":1,"d":{}},
    {"row":"2","v":3,"d":{"at":[1,2.5,18446744073709551615],"name":"Zoë"}},
    {"row":"3","text":"torn {"}
    ]}
    ]}
    "#);
    assert_eq!(exported(&imported(&text).await).await, text);
}

#[tokio::test]
async fn what_is_packed_is_exported_readably_and_packed_again() {
    let document = serde_json::json!({ "names": vec!["name"; 20_000] });
    let packed = codec::close(2, &document).unwrap();
    assert!(packed.starts_with(r#"{"v":2,"z":"#), "{packed:.40}");
    let store = SqliteStore::in_memory().unwrap();
    put(&store, "recipient|x", &[("c|1", &packed)]).await;
    let text = exported(&store).await;
    assert!(text.contains(r#""names":["name","name""#));
    let copy = imported(&text).await;
    let row = copy.get(&partition("recipient|x"), &RowKey::new("c|1").unwrap()).await.unwrap().unwrap();
    assert_eq!(row.value, packed);
}

#[tokio::test]
async fn many_rows_and_long_ones_come_back() {
    let store = SqliteStore::in_memory().unwrap();
    let long = "x".repeat(MAX_VALUE_BYTES);
    for number in 0..5 {
        put(&store, "a", &[(&format!("long-{number}"), &long)]).await;
    }
    for number in 0..250 {
        put(&store, "b", &[(&format!("{number:03}"), r#"{"v":1,"d":{}}"#)]).await;
    }
    let text = exported(&store).await;
    let copy = SqliteStore::in_memory().unwrap();
    let extent = Document::parse(&text).unwrap().import(&copy).await.unwrap();
    assert_eq!(extent, Extent { partitions: 2, rows: 255 });
    assert!(exported(&copy).await == text);
}

#[tokio::test]
async fn only_an_empty_store_is_filled_and_an_unfinished_one_only_with_the_same_document() {
    let store = SqliteStore::in_memory().unwrap();
    put(&store, "due", &[("1", r#"{"v":1,"d":1}"#)]).await;
    let text = exported(&store).await;
    let into = async |text: &str, store: &SqliteStore| Document::parse(text).unwrap().import(store).await;
    insta::assert_snapshot!(into(&text, &store).await.unwrap_err(), @"the store is not empty; import into a new one: another file, or another prefix of tables");

    // As a process leaves it that was killed on the way.
    let killed = SqliteStore::in_memory().unwrap();
    let digest = Document::parse(&text).unwrap().digest;
    put(&killed, UNDER_WAY, &[(UNDER_WAY, &digest)]).await;
    let refused = export(&killed, &mut Vec::new()).await.unwrap_err();
    insta::assert_snapshot!(refused, @"an import into this store was not finished; give the document again first");
    let other = text.replace(r#""d":1"#, r#""d":2"#);
    insta::assert_snapshot!(into(&other, &killed).await.unwrap_err(), @"the import of another document into this store was not finished; give that document again, or take a new store");
    into(&text, &killed).await.unwrap();
    assert_eq!(exported(&killed).await, text);
}

#[test]
fn what_is_no_state_is_refused_whole_with_the_place() {
    let whole = |partitions: &str| {
        format!(r#"{{"what": "state of maintenance-notifier", "format": 1, "partitions": [{partitions}]}}"#)
    };
    let rows = |rows: &str| whole(&format!(r#"{{"partition": "p", "rows": [{rows}]}}"#));
    let texts = [
        String::new(),
        "{}".to_owned(),
        whole("").replace("state of", "picture of"),
        whole("").replace(": 1", ": 2"),
        whole("") + "x",
        whole(r#"{"partition": "a b", "rows": []}"#),
        rows(""),
        rows(r#"{"row": "r", "v": 1, "d": 1}, {"row": "r", "v": 1, "d": 2}"#),
        rows(r#"{"row": "r"}"#),
        rows(r#"{"row": "r", "v": 0, "d": 1}"#),
        rows(r#"{"row": "r", "v": 1, "text": "x"}"#),
        rows(r#"{"row": "r", "v": 1, "d": 1, "etag": "2"}"#),
        rows(r#"{"row": "a/b", "v": 1, "d": 1}"#),
        whole(r#"{"partition": "import", "rows": [{"row": "r", "text": ""}]}"#),
        rows(&format!(r#"{{"row": "r", "text": "{}"}}"#, "x".repeat(MAX_VALUE_BYTES + 1))),
    ];
    let errors = texts.map(|text| Document::parse(&text).unwrap_err().to_string());
    insta::assert_snapshot!(errors.join("\n"), @r#"
    this is no exported state: at .: EOF while parsing a value at line 1 column 0
    this is no exported state: at .: missing field `what` at line 1 column 2
    this is no exported state: it says that it is `picture of maintenance-notifier`
    this is no exported state: it has format 2, and this program knows format 1; run the program that wrote it
    this is no exported state: trailing characters at line 1 column 73
    this is no exported state: the key "a b" of the store may not hold ' '; escape it
    this is no exported state: the partition p has no rows
    this is no exported state: the row r in p occurs twice
    this is no exported state: the row r in p needs either v and d, or text
    this is no exported state: the row r in p needs either v and d, or text
    this is no exported state: the row r in p needs either v and d, or text
    this is no exported state: at partitions[0].rows[0].etag: unknown field `etag`, expected one of `row`, `v`, `d`, `text` at line 1 column 133
    this is no exported state: the row a/b in p cannot be named so: the key "a/b" of the store may not hold '/'; escape it
    this is no exported state: it was exported before an import was finished
    this is no exported state: the row r in p has 737281 bytes, and a store takes 737280
    "#);
}
