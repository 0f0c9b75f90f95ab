//! Everything that a store holds, and whether two hold the same.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use maintenance_notifier::clock::{Clock, SystemClock};
use maintenance_notifier::store::codec::{self, Versioned};
use maintenance_notifier::store::key::parse_time_key;
use maintenance_notifier::store::{PartitionKey, RowRange, SharedStore, SqliteStore, Write, scan};
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use super::names::Names;
use crate::azurite::{self, Azurite};

/// The rows of all partitions. Rows whose keys differ in nothing but their times stand together.
pub(super) type State = BTreeMap<(String, String), Vec<Value>>;

/// A row's document, whatever it is of.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
struct Document(Value);

impl Versioned for Document {
    const VERSION: u16 = u16::MAX;

    fn upgrade(_: u16, document: Value) -> Result<Value, String> {
        Ok(document)
    }
}

/// What a demo left in its database.
pub(super) async fn of_sqlite(database: &Path) -> State {
    let names = {
        let connection = rusqlite::Connection::open(database).unwrap();
        let mut statement = connection.prepare("SELECT DISTINCT partition FROM rows").unwrap();
        let names = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        names.map(|name| name.unwrap()).collect()
    };
    export(std::sync::Arc::new(SqliteStore::open(database).await.unwrap()), names).await
}

/// What is in the tables of this prefix.
pub(super) async fn of_tables(azurite: &Azurite, prefix: &str) -> State {
    let names = partitions(azurite, &format!("{prefix}state")).await;
    export(azurite::open(&azurite.connection_string(), prefix), names).await
}

/// Lets all operator alerts be a quarter of an hour old. The demo reports it at once; otherwise it may pass first.
pub(super) async fn let_alerts_settle(azurite: &Azurite, prefix: &str) {
    let store = azurite::open(&azurite.connection_string(), prefix);
    let partition = PartitionKey::new("troubles").unwrap();
    let rows = scan(&*store, &partition, RowRange::all()).await.unwrap();
    assert!(!rows.is_empty());
    for row in rows {
        let mut value: Value = serde_json::from_str(&row.value).unwrap();
        let seen: DateTime<Utc> = value["d"]["first_seen"].as_str().unwrap().parse().unwrap();
        value["d"]["first_seen"] = serde_json::to_value(seen - TimeDelta::minutes(15)).unwrap();
        let write = Write::Replace { row: row.key, value: value.to_string(), etag: row.etag };
        store.write(&partition, vec![write]).await.unwrap();
    }
}

/// The partitions of a table, as the table service itself lists them.
async fn partitions(azurite: &Azurite, table: &str) -> BTreeSet<String> {
    let path = format!("/{}/{table}()", azurite::ACCOUNT_NAME);
    let date = SystemClock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut mac =
        Hmac::<sha2::Sha256>::new_from_slice(&STANDARD.decode(azurite::ACCOUNT_KEY).unwrap()).unwrap();
    mac.update(format!("{date}\n/{}{path}", azurite::ACCOUNT_NAME).as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .get(format!("http://127.0.0.1:{}{path}?$select=PartitionKey", azurite.tables_port()))
        .header("x-ms-date", date)
        .header("x-ms-version", "2019-02-02")
        .header("accept", "application/json;odata=nometadata")
        .header("authorization", format!("SharedKeyLite {}:{signature}", azurite::ACCOUNT_NAME))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert!(!answer.headers().contains_key("x-ms-continuation-nextpartitionkey"), "more than one page");
    let body: Value = answer.json().await.unwrap();
    let entities = body["value"].as_array().unwrap().iter();
    entities.map(|entity| entity["PartitionKey"].as_str().unwrap().to_owned()).collect()
}

async fn export(store: SharedStore, partitions: BTreeSet<String>) -> State {
    let mut state = State::new();
    for name in partitions {
        let partition = PartitionKey::new(name.clone()).unwrap();
        for row in scan(&*store, &partition, RowRange::all()).await.unwrap() {
            let parts = row.key.as_str().split('|');
            let key: Vec<&str> =
                parts.map(|part| if parse_time_key(part).is_some() { "TIME" } else { part }).collect();
            let Document(document) = codec::decode(&row.value).unwrap();
            let at = parts_time(row.key.as_str());
            let value = serde_json::json!({ "at": at, "document": document });
            state.entry((name.clone(), key.join("|"))).or_default().push(value);
        }
    }
    state
}

fn parts_time(key: &str) -> Option<DateTime<Utc>> {
    key.split('|').find_map(parse_time_key)
}

/// What the ids of messages and the names of calendar entries in a store are the names of.
pub(super) fn names(state: &State) -> Names {
    let mut names = Names::default();
    for ((partition, key), rows) in state.iter().filter(|((_, key), _)| key.starts_with("m|")) {
        let message = &rows[0]["document"];
        names.learn(message["id"].as_str().unwrap(), format!("MESSAGE-{partition}-{key}"));
        for entry in message["calendar"].as_array().into_iter().flatten() {
            names.learn(entry["uid"].as_str().unwrap(), format!("ENTRY-{partition}-{key}"));
        }
    }
    names
}

/// The same state with names as what they are the names of.
pub(super) fn meant(state: &State) -> State {
    let names = names(state);
    let meant = |((partition, key), rows): (&(String, String), &Vec<Value>)| {
        let rows = rows.iter().map(|row| names.meant(row)).collect();
        ((partition.clone(), names.text(key)), rows)
    };
    state.iter().map(meant).collect()
}

/// What differs, but for times of the run that are apart by no more than `elapsed`.
pub(super) fn differences(expected: &State, found: &State, elapsed: TimeDelta) -> Vec<String> {
    let keys: BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let mut differences = Vec::new();
    for key in keys {
        let of = |state: &State| Value::from(state.get(key).cloned().unwrap_or_default());
        compare(&format!("{}/{}", key.0, key.1), &of(expected), &of(found), elapsed, &mut differences);
    }
    differences
}

fn both_near(one: &Number, other: &Number, elapsed: TimeDelta) -> bool {
    let apart = one.as_i64().zip(other.as_i64()).map(|(one, other)| (one - other).abs());
    apart.is_some_and(|apart| apart <= elapsed.num_seconds() + 1)
}

pub(super) fn compare(
    at: &str,
    expected: &Value,
    found: &Value,
    elapsed: TimeDelta,
    differences: &mut Vec<String>,
) {
    match (expected, found) {
        (Value::Object(one), Value::Object(other)) if one.keys().eq(other.keys()) => {
            for (name, value) in one {
                compare(&format!("{at}.{name}"), value, &other[name], elapsed, differences);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (number, (one, other)) in one.iter().zip(other).enumerate() {
                compare(&format!("{at}[{number}]"), one, other, elapsed, differences);
            }
        }
        (Value::String(one), Value::String(other)) if near(one, other, elapsed) => {}
        // The overview's lines keep moments as seconds.
        (Value::Number(one), Value::Number(other))
            if at.starts_with("overview/") && both_near(one, other, elapsed) => {}
        _ if expected == found => {}
        // What the other side called a message that it took is its own, and the age of operator alerts was made up.
        _ if at.ends_with(".state.reference") || at.ends_with(".first_seen") => {}
        (Value::String(one), Value::String(other)) => {
            let has = |text: &str, line: &str| text.lines().any(|it| it == line);
            let lacking = one.lines().filter(|line| !has(other, line)).map(|line| format!("-{line}"));
            let more = other.lines().filter(|line| !has(one, line)).map(|line| format!("+{line}"));
            let lines: Vec<String> = lacking.chain(more).collect();
            differences.push(format!("{at}: other lines, or another order: {lines:#?}"));
        }
        _ => differences.push(format!("{at}: {expected} was expected and is {found}")),
    }
}

/// Whether both are times, and the later one is later by no more than `elapsed`.
fn near(one: &str, other: &str, elapsed: TimeDelta) -> bool {
    let time = |text: &str| text.parse::<DateTime<Utc>>().ok();
    time(one).zip(time(other)).is_some_and(|(one, other)| (other - one).abs() <= elapsed)
}
