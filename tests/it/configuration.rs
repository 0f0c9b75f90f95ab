//! The configuration in a blob: read, read anew, spoilt and repaired, with the state in the same emulator.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::config::Environment;
use maintenance_notifier::demo::{Simulation, SimulationOptions, configuration};
use maintenance_notifier::domain::message::OperatorAlert;
use maintenance_notifier::domain::planning::Pace;
use maintenance_notifier::jobs::collect_maintenance::collect;
use maintenance_notifier::jobs::collect_subscription::collect_subscription;
use maintenance_notifier::services::App;
use maintenance_notifier::startup::{self, Current, WhenUnusable};
use tokio::net::TcpListener;

use crate::azurite::Azurite;

const BLOB: &str = "configuration/notifier.toml";

const VALID: &str = "[defaults]\nfallback = ['platform']\n[[recipients]]\nname = 'platform'\nemail = ['platform@contoso.com']\n";

fn start() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// A deployment: processes begin and end, what is in the emulator stays.
struct Deployment {
    azurite: Azurite,
    clock: Arc<ManualClock>,
    environment: Environment,
    _folder: tempfile::TempDir,
}

impl Deployment {
    async fn new(azure: &str) -> Self {
        let azurite = Azurite::start().await;
        azurite.make_container("configuration").await;
        let folder = tempfile::tempdir().unwrap();
        let environment = Environment::from_pairs([
            ("NOTIFIER_CONFIG", azurite.blob(BLOB)),
            ("AzureWebJobsStorage", azurite.connection_string()),
            ("NOTIFIER_OUTBOX", folder.path().display().to_string()),
            ("NOTIFIER_ARM_ENDPOINT", azure.to_owned()),
            ("NOTIFIER_ARM_AUDIENCE", azure.to_owned()),
            ("IDENTITY_ENDPOINT", format!("{azure}/msi/token")),
            ("IDENTITY_HEADER", "simulated-identity".to_owned()),
        ]);
        Self { azurite, clock: Arc::new(ManualClock::new(start())), environment, _folder: folder }
    }

    async fn process(&self) -> Result<Current, String> {
        let started = startup::start(&self.environment, self.clock.clone(), WhenUnusable::LastValid).await;
        started.map_err(|error| error.to_string().replace(&self.azurite.blob(""), "AZURITE/"))
    }

    /// Another text is there, and it is time to look.
    async fn configure(&self, text: &str) {
        self.azurite.put_blob(BLOB, text).await;
        self.clock.advance(TimeDelta::seconds(60));
    }
}

async fn operator_alerts(app: &App) -> Vec<String> {
    let operator_alerts = app.repository.operator_alerts().await.unwrap();
    operator_alerts
        .values()
        .map(|row| match &row.operator_alert {
            OperatorAlert::Configuration { problem } => problem.split_once("toml:").unwrap().1.to_owned(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blob_is_read_anew_when_it_changed_and_only_a_valid_one_comes_into_force() {
    let deployment = Deployment::new("http://127.0.0.1:1").await;
    let missing = deployment.process().await.unwrap_err();
    insta::assert_snapshot!(missing, @"
    AZURITE/configuration/notifier.toml: error: the blob cannot be read: there is no such blob: HTTP 404 BlobNotFound
      hint: upload the configuration to that address, or correct it
    ");

    deployment.configure(VALID).await;
    let current = deployment.process().await.unwrap();
    let first = current.refreshed().await;
    first.set_pace(Pace::Immediate);

    // Nobody looks before a minute is over, and what did not change stays what it is.
    deployment
        .azurite
        .put_blob(BLOB, &VALID.replace("[defaults]", "[defaults]\ntimezone = 'Asia/Tokyo'"))
        .await;
    deployment.clock.advance(TimeDelta::seconds(59));
    assert!(Arc::ptr_eq(&first, &current.refreshed().await));
    deployment.clock.advance(TimeDelta::seconds(1));
    let second = current.refreshed().await;
    assert_ne!(second.policy().version, first.policy().version);
    assert_eq!(second.pace(), Pace::Immediate);
    assert_eq!(first.policy().defaults.timezone, chrono_tz::UTC, "whoever began with it keeps it");
    deployment.clock.advance(TimeDelta::seconds(60));
    assert!(Arc::ptr_eq(&second, &current.refreshed().await));

    deployment.configure("[defaults]\nfallback = ['nobody']\n").await;
    assert!(Arc::ptr_eq(&second, &current.refreshed().await));
    let version = &second.policy().version.0;
    assert_eq!(
        second.configuration_problem().as_deref(),
        Some(format!("the configuration is invalid (1 error); version {version} stays in force").as_str())
    );
    insta::assert_snapshot!(operator_alerts(&second).await.join("\n"), @r#"
    2:13: error: defaults.fallback[1]: no recipient is called `nobody`
      hint: add a [[recipients]] entry with name = "nobody"
    "#);

    // A process that begins now has the last valid one, and operators hear of it once.
    let cold = deployment.process().await.unwrap();
    assert_eq!(cold.app().policy().version, second.policy().version);
    assert!(cold.app().configuration_problem().unwrap().contains("is invalid"));
    assert_eq!(operator_alerts(&second).await.len(), 1);

    deployment.configure(VALID).await;
    for current in [&current, &cold] {
        let repaired = current.refreshed().await;
        assert_eq!(repaired.policy().version, first.policy().version);
        assert_eq!(repaired.configuration_problem(), None);
    }
    assert_eq!(operator_alerts(&second).await, [] as [String; 0]);
}

/// Everything is assigned anew once: by the next look at each subscription.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_version_assigns_everything_anew() {
    let clock = Arc::new(ManualClock::new(start()));
    let mut options = SimulationOptions::new(start());
    options.machines = 40;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let azure = format!("http://{}", listener.local_addr().unwrap());
    let simulation = Simulation::new(options);
    let simulated = clock.clone();
    tokio::spawn(async move { simulation.serve(listener, simulated).await });
    let deployment = Deployment { clock, ..Deployment::new(&azure).await };

    deployment.configure(&configuration(start())).await;
    let current = deployment.process().await.unwrap();
    assert!(decided_by(&current).await.contains(&current.app().policy().version.0));
    let before = current.app().policy().version.0.clone();
    deployment.configure(VALID).await;
    let decided = decided_by(&current).await;
    assert_eq!(decided, [current.app().policy().version.0.clone()]);
    assert_ne!(decided, [before]);
}

/// Looks at everything under what is in force; the versions that decided about open windows.
async fn decided_by(current: &Current) -> Vec<String> {
    let app = current.refreshed().await;
    let mut versions = std::collections::BTreeSet::new();
    for subscription in collect(&app).await.unwrap().look_at {
        collect_subscription(&app, &subscription).await.unwrap();
        let windows = app.repository.windows(&subscription).await.unwrap();
        versions.extend(windows.values().map(|row| row.decided_by.0.clone()));
    }
    versions.into_iter().collect()
}
