//! The end of the audit trail, anchored in a container of the storage emulator; and trails that were written anew.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::azure::storage::{AccountKey, BlobAccess, Container};
use maintenance_notifier::clock::{Clock, ManualClock};
use maintenance_notifier::config::Environment;
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::audit::{AuditAction, AuditEvent, AuditHead, anchor_name};
use maintenance_notifier::domain::window::WindowId;
use maintenance_notifier::services::audit_anchor::anchor_trail;
use maintenance_notifier::startup;
use maintenance_notifier::store::{Repository, SqliteStore};
use tokio::process::Command;

use crate::azurite::Azurite;

const CONFIGURATION: &str = "[defaults]\nfallback = ['platform']\n[[recipients]]\nname = 'platform'\nemail = ['platform@contoso.com']\n";

fn noon() -> DateTime<Utc> {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

/// Something that `who` did.
async fn record(repository: &Repository, who: &str) {
    let resource = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/\
                    Microsoft.Compute/virtualMachines/vm-web-01";
    let window = WindowId { resource: resource.parse().unwrap(), generation: 1 };
    let event = AuditEvent {
        at: noon(),
        actor: Actor { principal: Some(who.to_owned()), ..Actor::default() },
        action: AuditAction::Declined { reason: "this maintenance is over".to_owned() },
        window: Some(window.clone()),
        message: None,
    };
    repository.decide(&window, &[], |transaction| transaction.events.push(event.clone())).await.unwrap();
}

struct Deployment {
    azurite: Azurite,
    folder: tempfile::TempDir,
}

impl Deployment {
    fn settings(&self, store: &str) -> Vec<(&'static str, String)> {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        vec![
            ("NOTIFIER_CONFIG", path("notifier.toml")),
            ("NOTIFIER_STORE", format!("sqlite:{}", path(store))),
            ("NOTIFIER_OUTBOX", path("outbox")),
            ("AzureWebJobsStorage", self.azurite.connection_string()),
            ("NOTIFIER_AUDIT_CONTAINER", self.azurite.blob("audit-head")),
            ("NOTIFIER_LOG", "off".to_owned()),
        ]
    }

    fn container(&self) -> Container {
        let key = AccountKey::from_connection_string(&self.azurite.connection_string().into()).unwrap();
        Container::new(&self.azurite.blob("audit-head").parse().unwrap(), BlobAccess::Key(key)).unwrap()
    }

    async fn store(&self, name: &str) -> Repository {
        Repository::new(Arc::new(SqliteStore::open(Path::new(&self.folder.path().join(name))).await.unwrap()))
    }

    /// What `audit verify` says of a store.
    async fn verify(&self, store: &str) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"));
        command.args(["audit", "verify"]).env_clear().envs(self.settings(store));
        let output = command.output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap();
        format!("{}--- stderr\n{}--- exit code {code}", text(output.stdout), text(output.stderr))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_writes_the_trail_anew_is_found_out_by_what_was_anchored() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("notifier.toml"), CONFIGURATION).unwrap();
    let deployment = Deployment { azurite: Azurite::start().await, folder };
    let clock = Arc::new(ManualClock::new(noon()));
    let environment = Environment::from_pairs(deployment.settings("state.db"));
    let loaded = startup::load(&environment, &(clock.clone() as _)).await.unwrap();
    let app = startup::app(loaded, clock.clone()).await.unwrap();
    let operator_alerts = async || {
        let operator_alerts = app.repository.operator_alerts().await.unwrap();
        operator_alerts.values().map(|row| row.operator_alert.kind()).collect::<Vec<_>>()
    };

    // Nothing happened yet, and so there is nothing to anchor.
    anchor_trail(&app).await.unwrap();
    record(&app.repository, "jane").await;
    // The container is not there: that is reported only when it lasts.
    anchor_trail(&app).await.unwrap();
    assert_eq!(app.repository.anchor().await.unwrap().0.failing_since, Some(clock.now()));
    assert_eq!(operator_alerts().await, Vec::<String>::new());
    clock.advance(TimeDelta::minutes(61));
    anchor_trail(&app).await.unwrap();
    assert_eq!(operator_alerts().await, ["unanchored"]);

    deployment.azurite.make_container("audit-head").await;
    let first = app.repository.audit_head().await.unwrap();
    for _ in 0..2 {
        anchor_trail(&app).await.unwrap();
    }
    assert_eq!(operator_alerts().await, Vec::<String>::new());
    let container = deployment.container();
    assert_eq!(container.names().await.unwrap(), [anchor_name(&first)]);
    record(&app.repository, "mei").await;
    anchor_trail(&app).await.unwrap();
    let second = app.repository.audit_head().await.unwrap();
    let names = [anchor_name(&first), anchor_name(&second)];
    assert_eq!(container.names().await.unwrap(), names);
    // A process that was killed before it noted that adds it again.
    container.add(&names[1], "other").await.unwrap();
    assert_eq!(container.names().await.unwrap(), names);

    insta::assert_snapshot!(deployment.verify("state.db").await, @"
    The trail is whole: 2 entries, the last one is 2 with the hash bbb64383472c507698743d1c1c94d31e3e2e036a1fa35f820bfceda5ab37d9b1.
    --- stderr
    Compared with what was anchored in the container, 2 times.
    --- exit code 0
    ");
    // A beginning that was removed is held to what was anchored of it.
    for (hash, verdict) in [(first.hash.clone(), "exit code 0"), ("0".repeat(64), "was written anew")] {
        let store = format!("checkpoint-{}.db", &hash[..4]);
        let repository = deployment.store(&store).await;
        record(&repository, "jane").await;
        record(&repository, "mei").await;
        let through = AuditHead { sequence: 1, hash };
        let action = AuditAction::Checkpoint { through: 1, hash: through.hash.clone() };
        let event = AuditEvent { at: noon(), actor: Actor::default(), action, window: None, message: None };
        let row = repository.set_checkpoint(&event, &through).await.unwrap();
        repository.remove_entries(&row, 1).await.unwrap();
        let said = deployment.verify(&store).await;
        assert!(said.contains(verdict), "{said}");
    }
    // Another trail, without a flaw in itself; and one that is shorter.
    let anew = deployment.store("anew.db").await;
    record(&anew, "jane").await;
    record(&anew, "somebody else").await;
    insta::assert_snapshot!(deployment.verify("anew.db").await, @"
    --- stderr
    Compared with what was anchored in the container, 2 times.
    error: the trail is broken: entry 2 is not the one that was anchored: the trail was written anew
    Good up to entry 1 with the hash ab8da5f585075299b5ff5931eed853e2de5655e8b5464399a7d42c7ad6470eb8.
    --- exit code 1
    ");
    let shorter = deployment.store("shorter.db").await;
    record(&shorter, "jane").await;
    insta::assert_snapshot!(deployment.verify("shorter.db").await, @"
    --- stderr
    Compared with what was anchored in the container, 2 times.
    error: the trail is broken: the trail ends at entry 1, and 2 were written
    Good up to entry 1 with the hash ab8da5f585075299b5ff5931eed853e2de5655e8b5464399a7d42c7ad6470eb8.
    --- exit code 1
    ");
}
