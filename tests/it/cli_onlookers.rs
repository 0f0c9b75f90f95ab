//! `windows`, `preview`, `explain` and `outbox` where nobody has written a configuration yet, and where that is gone.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use maintenance_notifier::domain::config_version::ConfigVersion;
use maintenance_notifier::store::repository::ConfigurationRow;
use maintenance_notifier::store::{Repository, SqliteStore};

use crate::azurite::Azurite;
use crate::deliver_fixtures::noon;

/// Runs the program and returns what it printed, without the moments of its log.
fn run(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("NOTIFIER_CONFIG", "notifier.toml")
        .env("NOTIFIER_STORE", "sqlite:state.db")
        .env("NOTIFIER_LOG", "off")
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    format!("{}{}--- exit code {}", text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

const OPERATORS: (&str, &str) = ("NOTIFIER_OPERATORS", "platform@contoso.com");

#[tokio::test]
async fn before_there_is_a_configuration_they_look_by_the_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    insta::assert_snapshot!(run(folder.path(), &["preview"], &[]), @"
    error: notifier.toml: error: there is no such file
      hint: copy notifier.example.toml to notifier.toml and edit it, or set NOTIFIER_CONFIG to your file; `maintenance-notifier schema` prints what can stand in it; or set NOTIFIER_OPERATORS as a deployed app has it
    --- exit code 2
    ");
    insta::assert_snapshot!(run(folder.path(), &["preview"], &[OPERATORS]), @"
    Nothing is to be sent: no maintenance is known.
    Looked in state.db, which is not there.
    hint: `maintenance-notifier local --once` looks at Azure now; for a deployed app, paste the `export` line of its next steps first
    --- exit code 0
    ");
    insta::assert_snapshot!(run(folder.path(), &["outbox"], &[OPERATORS]), @"
    Nothing is unsent, given up or parked.
    Nothing is sent at the moment: safety.mode is `dry-run`.
    Looked in state.db, which is not there.
    hint: `maintenance-notifier local --once` looks at Azure now; for a deployed app, paste the `export` line of its next steps first
    --- exit code 0
    ");
    assert!(!folder.path().join("state.db").exists(), "looking makes no store");
    let repository =
        Repository::new(Arc::new(SqliteStore::open(&folder.path().join("state.db")).await.unwrap()));
    assert_eq!(repository.last_valid_configuration().await.unwrap(), None, "looking is no run");
}

/// What the app goes on with is what they look by; its secrets are not on everybody's machine.
#[tokio::test]
async fn when_the_configuration_is_gone_they_look_by_the_last_valid_one_without_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let repository =
        Repository::new(Arc::new(SqliteStore::open(&folder.path().join("state.db")).await.unwrap()));
    let text = "[defaults]\nfallback = ['platform']\n[[recipients]]\nname = 'platform'\nemail = ['platform@contoso.com']\n\
                teams = { webhook = 'env:TEAMS' }\n[safety]\npause = ['sending']\n";
    let version = ConfigVersion("45acf425b074".to_owned());
    let row = ConfigurationRow { text: text.to_owned(), version, since: noon() };
    repository.keep_configuration(&row).await.unwrap();
    insta::assert_snapshot!(run(folder.path(), &["outbox"], &[OPERATORS]), @"
    Nothing is unsent, given up or parked.
    Nothing is sent at the moment: safety.pause names `sending`.
    --- exit code 0
    ");
    insta::assert_snapshot!(run(folder.path(), &["preview"], &[OPERATORS]), @"
    Nothing is to be sent: no maintenance is known.
    Looked in state.db.
    hint: `maintenance-notifier local --once` looks at Azure now; for a deployed app, paste the `export` line of its next steps first
    --- exit code 0
    ");
}

/// A deployment's tables that are not there yet: whoever looks does not make them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn they_look_at_tables_without_making_any() {
    let (azurite, folder) = (Azurite::start().await, tempfile::tempdir().unwrap());
    let storage = azurite.connection_string();
    let settings = [OPERATORS, ("NOTIFIER_STORE", "tables:look"), ("AzureWebJobsStorage", &storage)];
    for command in [&["windows"][..], &["preview"], &["outbox"]] {
        let said = run(folder.path(), command, &settings);
        assert!(said.ends_with("exit code 0"), "{said}");
    }
    let said = run(folder.path(), &["explain", "vm-web-01"], &settings);
    assert!(said.contains("no maintenance of `vm-web-01` is known"), "{said}");
    assert_eq!(azurite.tables().await, [] as [String; 0]);
}
