//! What the emulator does not do: throttle, lose answers, end pages early, answer nonsense.

mod answers;
mod doubt;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use super::{RetryPolicy, TablesAccount, TablesStore};
use crate::azure::storage::STORAGE_AUDIENCE;
use crate::azure::testing::{Fake, Reply, Seen};
use crate::clock::SystemClock;
use crate::http::time_budget;
use crate::http::token::TokenSource;
use crate::store::{
    Continuation, ETag, PartitionKey, RowKey, RowPage, RowRange, Store as _, StoreError, Write, scan,
};

/// An answer, which may look at what was asked so far.
type Script = Box<dyn Fn(&[Seen]) -> Reply + Send + Sync>;

/// A store whose Azure gives answers of a script, one after the other.
struct Scripted {
    fake: Fake,
    store: TablesStore,
}

impl Scripted {
    async fn new(answers: Vec<Script>) -> Self {
        let answers = Mutex::new(VecDeque::from(answers));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let fake = Fake::start(move |request| {
            let mut asked = asked.lock().unwrap();
            asked.push(request.clone());
            let answer = answers.lock().unwrap().pop_front();
            answer.map_or_else(|| error(400, "NotInTheScript", "no answer is left"), |answer| answer(&asked))
        })
        .await;
        let text = format!("AccountName=contoso;AccountKey=c2VjcmV0;TableEndpoint={}contoso", fake.url("/"));
        let account = TablesAccount::from_connection_string(&text.into()).unwrap();
        let store = TablesStore::with_retries(account, "test", patience()).unwrap();
        Self { fake, store }
    }

    /// What was asked, a line each.
    fn asked(&self) -> String {
        let line = |seen: &Seen| format!("{} {}", seen.method, seen.path.replace("/contoso/", ""));
        self.fake.seen().iter().map(line).collect::<Vec<_>>().join("\n")
    }

    async fn write(&self, batch: Vec<Write>) -> Result<Vec<Option<ETag>>, StoreError> {
        self.store.write(&partition(), batch).await
    }

    async fn page(&self, continuation: Option<&Continuation>) -> Result<RowPage, StoreError> {
        self.store.range(&partition(), &RowRange::all(), 1000, continuation).await
    }
}

/// Four attempts without waiting.
fn patience() -> RetryPolicy {
    RetryPolicy {
        attempts: 4,
        first_delay: Duration::ZERO,
        longest_delay: Duration::from_secs(1),
        jitter: Arc::new(|| 1.0),
        ..RetryPolicy::default()
    }
}

fn always(reply: impl Into<Reply>) -> Script {
    let reply = reply.into();
    Box::new(move |_| reply.clone())
}

fn error(status: u16, code: &str, words: &str) -> Reply {
    let error = json!({ "odata.error": { "code": code, "message": { "lang": "en-US", "value": words } } });
    (status, error.to_string()).into()
}

fn written(etag: &str) -> Reply {
    Reply::from((204, "")).with("etag", etag)
}

/// The answer to a batch of which one write was refused.
fn batch_error(status: u16, code: &str, words: &str) -> Reply {
    let error = json!({ "odata.error": { "code": code, "message": { "value": words } } });
    (202, format!("--b\r\n\r\n--c\r\n\r\nHTTP/1.1 {status} X\r\n\r\n{error}\r\n--c--\r\n--b--\r\n")).into()
}

fn batch_written(etags: &[Option<&str>]) -> Reply {
    let part = |etag: &Option<&str>| {
        let etag = etag.map(|etag| format!("ETag: {etag}\r\n")).unwrap_or_default();
        format!("--c\r\n\r\nHTTP/1.1 204 No Content\r\n{etag}\r\n\r\n")
    };
    (202, format!("--b\r\n\r\n{}--c--\r\n--b--\r\n", etags.iter().map(part).collect::<String>())).into()
}

/// The mark that a request, or the first write of a batch, leaves.
fn mark_of(request: &Seen) -> String {
    let at = request.body.find(r#""Mark":""#).unwrap() + 8;
    request.body[at..].split('"').next().unwrap().to_owned()
}

fn entity_of(row: &str, mark: &str, etag: &str) -> Value {
    json!({ "odata.etag": etag, "PartitionKey": "p", "RowKey": row, "Value": "1", "Mark": mark })
}

fn partition() -> PartitionKey {
    PartitionKey::new("p").unwrap()
}

fn row(name: &str) -> RowKey {
    RowKey::new(name).unwrap()
}

fn insert(name: &str) -> Write {
    Write::Insert { row: row(name), value: "1".to_owned() }
}

fn replace(name: &str) -> Write {
    Write::Replace { row: row(name), value: "1".to_owned(), etag: ETag::new(r#"W/"0""#) }
}

fn delete(name: &str) -> Write {
    Write::Delete { row: row(name), etag: None }
}

fn etag(text: &str) -> Option<ETag> {
    Some(ETag::new(text))
}

/// An error with its cause, as the log has it.
fn full(error: &StoreError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[tokio::test]
async fn asks_again_while_azure_is_busy() {
    let busy = || always(error(503, "ServerBusy", "The server is busy.").with("retry-after", "0"));
    let entity = entity_of("r", "m", r#"W/"1""#);
    let scripted = Scripted::new(vec![
        busy(),
        always(error(429, "TooManyRequests", "later")),
        always(error(500, "OperationTimedOut", "The operation could not be completed.")),
        always(entity),
    ])
    .await;
    let found = scripted.store.get(&partition(), &row("r")).await.unwrap().unwrap();
    assert_eq!((found.value.as_str(), found.etag), ("1", ETag::new(r#"W/"1""#)));
    assert_eq!(scripted.fake.seen().len(), 4);

    let scripted = Scripted::new((0..9).map(|_| busy()).collect()).await;
    let failed = scripted.store.get(&partition(), &row("r")).await.unwrap_err();
    assert!(failed.is_transient());
    insta::assert_snapshot!(full(&failed), @"the store 127.0.0.1/teststate is not available just now; it is tried again later: HTTP 503 ServerBusy: The server is busy.");
    assert_eq!(scripted.fake.seen().len(), 4, "patience ends");

    let patient = always(error(503, "ServerBusy", "The server is busy.").with("retry-after", "60"));
    let scripted = Scripted::new(vec![patient]).await;
    assert!(scripted.page(None).await.unwrap_err().is_transient());
    assert_eq!(scripted.fake.seen().len(), 1, "nobody waits for a minute");
}

#[test]
fn waits_grow_and_stay_within_the_time_that_is_left() {
    let retries = RetryPolicy { attempts: 20, jitter: Arc::new(|| 1.0), ..RetryPolicy::default() };
    let hour = Duration::from_secs(3600);
    let wait = |attempt| retries.wait(attempt, None, hour).unwrap().as_millis();
    assert_eq!([1, 2, 3, 7, 19].map(wait), [200, 400, 800, 10_000, 10_000]);
    assert_eq!(retries.wait(20, None, hour), None);
    let asked = |seconds, left| retries.wait(1, Some(Duration::from_secs(seconds)), left);
    assert_eq!(asked(3, hour), Some(Duration::from_millis(3200)));
    assert_eq!(
        asked(90, hour),
        Some(Duration::from_millis(90_200)),
        "what real storage asks for is waited out"
    );
    assert_eq!(asked(90, Duration::from_secs(60)), None, "what does not fit any more is given up at once");
    assert_eq!(retries.wait(1, None, Duration::from_millis(100)), None);
    let retries = RetryPolicy { jitter: Arc::new(|| 0.0), ..retries };
    assert_eq!(retries.wait(1, None, hour), Some(Duration::from_millis(100)));
    let attempt = |left: u64| retries.attempt(Duration::from_millis(left)).as_millis();
    assert_eq!([600_000, 9_000, 2_000, 500, 0].map(attempt), [35_000, 3_600, 1_000, 500, 0]);
}

#[tokio::test]
async fn what_hangs_is_given_up_within_the_time_of_the_work_that_waits() {
    let silent = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = silent.local_addr().unwrap();
    let text = format!("AccountName=contoso;AccountKey=c2VjcmV0;TableEndpoint=http://{address}/contoso");
    let account = TablesAccount::from_connection_string(&text.into()).unwrap();
    let store = TablesStore::new(account, "test").unwrap();
    let reads = async { store.get(&partition(), &row("r")).await.unwrap_err() };
    let failed = time_budget::within(Duration::from_millis(50), reads).await;
    assert!(failed.is_transient(), "{failed}");
    let failed = time_budget::within(Duration::ZERO, async {
        scan(&store, &partition(), RowRange::all()).await.unwrap_err()
    })
    .await;
    assert!(full(&failed).ends_with("the time for this piece of work is over"), "{}", full(&failed));
}

#[tokio::test]
async fn names_the_row_of_a_batch_that_is_in_conflict() {
    let conflict = |words: &str| always(batch_error(409, "EntityAlreadyExists", words));
    for (words, expected) in [("2:exists", "c"), ("1:exists", "b"), ("exists", "b"), ("77:exists", "b")] {
        let scripted = Scripted::new(vec![conflict(words)]).await;
        let batch = vec![delete("a"), insert("b"), insert("c")];
        match scripted.write(batch).await {
            Err(StoreError::Conflict { row, .. }) => assert_eq!(row.as_str(), expected, "{words}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn leaves_missing_rows_out_of_the_deletions_of_a_batch() {
    let missing = |words: &str| error(404, "ResourceNotFound", words);
    let scripted = Scripted::new(vec![
        always(batch_error(404, "ResourceNotFound", "1:The specified resource does not exist.")),
        Box::new(move |asked: &[Seen]| match asked.last().unwrap().path.contains("%27d%27") {
            true => entity_of("d", "m", r#"W/"1""#).into(),
            false => missing("The specified resource does not exist."),
        }),
        Box::new(move |asked: &[Seen]| match asked.last().unwrap().path.contains("%27d%27") {
            true => entity_of("d", "m", r#"W/"1""#).into(),
            false => error(404, "ResourceNotFound", "The specified resource does not exist."),
        }),
        always(batch_written(&[Some(r#"W/"2""#), None])),
    ])
    .await;
    let etags = scripted.write(vec![insert("a"), delete("b"), delete("d")]).await.unwrap();
    assert_eq!(etags, [etag(r#"W/"2""#), None, None]);
    let last = scripted.fake.seen().pop().unwrap();
    assert!(last.body.contains("RowKey=%27d%27"), "{}", last.body);
    assert!(!last.body.contains("RowKey=%27b%27"), "{}", last.body);
}

#[tokio::test]
async fn makes_the_table_with_the_first_write_and_reads_nothing_before() {
    let no_table = || always(error(404, "TableNotFound", "0:The table specified does not exist."));
    let scripted = Scripted::new(vec![
        no_table(),
        no_table(),
        no_table(),
        always(error(409, "TableAlreadyExists", "The table specified already exists.")),
        always(written(r#"W/"1""#)),
    ])
    .await;
    assert_eq!(scripted.store.get(&partition(), &row("r")).await.unwrap(), None);
    assert!(scan(&scripted.store, &partition(), RowRange::all()).await.unwrap().is_empty());
    assert_eq!(scripted.write(vec![insert("r")]).await.unwrap(), [etag(r#"W/"1""#)]);
    insta::assert_snapshot!(scripted.asked(), @"
    GET teststate(PartitionKey=%27p%27,RowKey=%27r%27)
    GET teststate()
    POST teststate
    POST Tables
    POST teststate
    ");
}

#[tokio::test]
async fn refuses_with_a_hint() {
    let denied =
        error(403, "AuthorizationPermissionMismatch", "This request is not authorized\nto perform this.");
    let scripted = Scripted::new(vec![always(denied), always((404, "<html>"))]).await;
    let errors = [
        scripted.store.get(&partition(), &row("r")).await.unwrap_err().to_string(),
        scripted.write(vec![insert("r")]).await.unwrap_err().to_string(),
    ];
    insta::assert_snapshot!(errors.join("\n"), @"
    the store 127.0.0.1/teststate refuses us: HTTP 403 AuthorizationPermissionMismatch: This request is not authorized to perform this.
    hint: give the app's identity the role Storage Table Data Contributor on the storage account (it takes minutes to work), or check the account's key and its firewall
    the store 127.0.0.1/teststate refuses us: HTTP 404
    hint: whoever answers there is not Azure Tables; check the account's name or address
    ");
}

#[tokio::test]
async fn a_clock_that_is_off_is_no_missing_role() {
    let off = error(403, "AuthenticationFailed", "Server failed to authenticate the request.")
        .with("date", "Tue, 01 Jan 2019 08:00:00 GMT");
    let scripted = Scripted::new(vec![always(off)]).await;
    let denied = scripted.store.get(&partition(), &row("r")).await.unwrap_err().to_string();
    assert!(denied.contains("hint: this machine's clock is ") && !denied.contains("role"), "{denied}");
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let refused = Reply::from((401, ""));
    let answers = Mutex::new(VecDeque::from([
        refused.clone(),
        json!({ "value": [] }).into(),
        refused.clone(),
        refused,
    ]));
    let fake = Fake::start(move |request| {
        assert_eq!(request.header("authorization"), Some("Bearer t0ken"));
        assert_eq!(request.header("x-ms-version"), Some("2019-02-02"));
        answers.lock().unwrap().pop_front().unwrap()
    })
    .await;
    let tokens =
        TokenSource::fixed("t0ken".into(), &STORAGE_AUDIENCE.parse().unwrap(), Arc::new(SystemClock));
    let account = TablesAccount::with_identity(&fake.url("/"), tokens).unwrap();
    let store = TablesStore::with_retries(account, "test", patience()).unwrap();
    assert!(scan(&store, &partition(), RowRange::all()).await.unwrap().is_empty());
    let denied = store.get(&partition(), &row("r")).await.unwrap_err();
    assert!(matches!(denied, StoreError::Denied { .. }), "{denied:?}");
    assert_eq!(fake.seen().len(), 4);
    assert!(fake.seen().iter().all(|seen| seen.path.starts_with("/teststate")));
}

#[tokio::test]
async fn nobody_there_is_unavailable() {
    let text = "AccountName=contoso;AccountKey=c2VjcmV0;TableEndpoint=http://127.0.0.1:1/contoso";
    let account = TablesAccount::from_connection_string(&text.into()).unwrap();
    let store = TablesStore::with_retries(account, "test", patience()).unwrap();
    let failed = store.write(&partition(), vec![insert("r")]).await.unwrap_err();
    assert!(failed.is_transient());
    assert!(!format!("{store:?} {}", full(&failed)).contains("c2VjcmV0"), "{}", full(&failed));
}

#[test]
fn refuses_prefixes_that_no_table_can_have() {
    for prefix in ["", "1a", "a-b", "a/b", &"a".repeat(60)] {
        let account = TablesAccount::from_connection_string(&"UseDevelopmentStorage=true".into()).unwrap();
        assert!(TablesStore::new(account, prefix).is_err(), "{prefix}");
    }
}
