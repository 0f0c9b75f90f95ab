//! The state as one document: between stores, and for rehearsal.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use maintenance_notifier::services::replay::replay;
use maintenance_notifier::store::document::{Document, export};
use maintenance_notifier::store::{Repository, SharedStore, SqliteStore};

use crate::azurite::{self, Azurite};
use crate::whole::tenant::{CONFIGURATION, Letter, Setup, TestTenant, small_world, start};

/// A tenant in which mails are due and none was sent.
async fn tenant(store: SharedStore) -> TestTenant {
    let machines = [("vm-a-1", "jane"), ("vm-a-2", "jane"), ("vm-b-1", "arjun"), ("vm-c-1", "")];
    let tenant = Setup::new(small_world(&machines)).store(store).begin().await;
    assert!(tenant.look().await);
    tenant.clock.set(start() + TimeDelta::hours(3));
    assert!(tenant.look().await);
    tenant
}

async fn exported(store: &SharedStore) -> String {
    let mut bytes = Vec::new();
    export(&**store, &mut bytes).await.unwrap();
    String::from_utf8(bytes).unwrap()
}

async fn imported(text: &str, store: SharedStore) -> SharedStore {
    Document::parse(text).unwrap().import(&*store).await.unwrap();
    store
}

fn in_memory() -> SharedStore {
    Arc::new(SqliteStore::in_memory().unwrap())
}

/// Everything that is sent now, in the order of address and Message-ID.
async fn sent(tenant: &mut TestTenant) -> Vec<Letter> {
    assert!(tenant.plan().await);
    let mut letters = tenant.messages().await;
    letters.sort_by_key(|letter| (letter.to.clone(), letter.message_id.clone()));
    letters
}

#[tokio::test]
async fn a_state_goes_from_a_file_to_azure_tables_and_back_byte_by_byte() {
    let store = in_memory();
    let mut tenant = tenant(store.clone()).await;
    assert_eq!(sent(&mut tenant).await.len(), 3);
    let text = exported(&store).await;
    assert!(text.contains(r#""partition": "outbox""#) && text.lines().count() > 40, "{text}");

    let azurite = Azurite::start().await;
    let tables = imported(&text, azurite::open(&azurite.connection_string(), "copy")).await;
    let there = exported(&tables).await;
    assert!(there == text, "{there}");
    assert!(exported(&imported(&there, in_memory()).await).await == text);
    assert!(Document::parse(&text).unwrap().import(&*tables).await.is_err(), "it is not empty any more");
    let windows = Repository::new(tables).subscription_rows().await.unwrap();
    assert_eq!(windows.rows[0].value.open_windows, 4);
}

#[tokio::test]
async fn a_replay_sends_what_the_real_run_sends_byte_by_byte_and_leaves_the_state_alone() {
    let store = in_memory();
    let mut tenant = tenant(store.clone()).await;
    let before = exported(&store).await;

    let (copy, _) = tenant.another(imported(&before, in_memory()).await);
    let replayed = replay(&copy).await.unwrap();
    let mut rehearsed = tenant.messages().await;
    rehearsed.sort_by_key(|letter| (letter.to.clone(), letter.message_id.clone()));
    assert_eq!((replayed.len(), rehearsed.len()), (3, 3));
    assert!(exported(&store).await == before);

    assert_eq!(sent(&mut tenant).await, rehearsed);
    // What was sent is in the state now, and nothing is left to replay.
    let (copy, _) = tenant.another(imported(&exported(&store).await, in_memory()).await);
    assert!(replay(&copy).await.unwrap().is_empty());
}

/// Runs the program on a state on this machine, in another place of the world.
fn program(folder: &Path, arguments: &[&str], (zone, language): (&str, &str)) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("NOTIFIER_STORE", "sqlite:state.db")
        .env("NOTIFIER_MAIL_FROM", "Azure maintenance <azure-maintenance@contoso.com>")
        .env("NOTIFIER_PUBLIC_URL", "https://maintenance.contoso.com")
        .env("NOTIFIER_LINK_KEYS", format!("test:{}", STANDARD.encode([7; 32])))
        // Whoever asks here is not there.
        .env("NOTIFIER_ARM_ENDPOINT", "http://127.0.0.1:1")
        .env("TZ", zone)
        .env("LC_ALL", language)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The files of a folder with their bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

#[tokio::test]
async fn the_program_replays_the_same_bytes_anywhere_and_they_are_those_that_were_sent() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let store: SharedStore = Arc::new(SqliteStore::open(folder.join("state.db")).await.unwrap());
    let mut tenant = tenant(store.clone()).await;
    std::fs::write(folder.join("notifier.toml"), CONFIGURATION).unwrap();
    let home = ("UTC", "C");
    program(folder, &["export", "--out", "state.json"], home);
    let printed = program(folder, &["export"], home).stdout;
    assert!(printed == std::fs::read(folder.join("state.json")).unwrap());

    let at = tenant.now().to_rfc3339();
    let mut replays = Vec::new();
    for (out, place) in [("one", home), ("two", ("Pacific/Auckland", "de_DE.UTF-8"))] {
        let arguments = ["replay", "--state", "state.json", "--at", &at, "--config", "notifier.toml"];
        let texts = program(folder, &arguments, place).stdout;
        let json = program(folder, &[&arguments[..], &["--format", "json", "--out", out]].concat(), place);
        replays.push((texts, json.stdout, files(&folder.join(out))));
    }
    assert_eq!(replays[0], replays[1]);
    assert!(program(folder, &["export"], home).stdout == printed, "nothing was written");

    let (text, _, files) = &replays[0];
    let mut real: Vec<Vec<u8>> = sent(&mut tenant).await.into_iter().map(|letter| letter.bytes).collect();
    let mut rehearsed: Vec<Vec<u8>> = files.iter().map(|(_, bytes)| bytes.clone()).collect();
    real.sort();
    rehearsed.sort();
    assert!(rehearsed == real && real.len() == 3);
    let text = String::from_utf8(text.clone()).unwrap();
    let heads: Vec<&str> = text.lines().filter(|line| line.starts_with("=== ")).collect();
    insta::assert_snapshot!(heads.join("\n"), @"
    === arjun@contoso.com · email:arjun@contoso.com · alert · 1 item
    === jane@contoso.com · email:jane@contoso.com · alert · 2 items
    === platform · email:platform@contoso.com · go-live · 1 item
    ");
}
