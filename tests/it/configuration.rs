//! The configuration in a blob: read, read anew, spoilt and repaired, with the state in the same emulator.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt as _;
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::config::Environment;
use maintenance_notifier::demo::{Simulation, SimulationOptions, configuration};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::planning::Pace;
use maintenance_notifier::services::App;
use maintenance_notifier::services::observe_and_assign::observe_and_assign;
use maintenance_notifier::services::plan_round::plan_round;
use maintenance_notifier::startup::{self, Current, WhenUnusable};
use maintenance_notifier::web;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

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
        Self::with(azure, |azurite| vec![("NOTIFIER_CONFIG", azurite.blob(BLOB))]).await
    }

    async fn with(azure: &str, more: fn(&Azurite) -> Vec<(&'static str, String)>) -> Self {
        let azurite = Azurite::start().await;
        azurite.make_container("configuration").await;
        let folder = tempfile::tempdir().unwrap();
        let pairs = [
            ("AzureWebJobsStorage", azurite.connection_string()),
            ("NOTIFIER_OUTBOX", folder.path().display().to_string()),
            ("NOTIFIER_ARM_ENDPOINT", azure.to_owned()),
            ("NOTIFIER_ARM_AUDIENCE", azure.to_owned()),
            ("IDENTITY_ENDPOINT", format!("{azure}/msi/token")),
            ("IDENTITY_HEADER", "simulated-identity".to_owned()),
        ];
        let environment = Environment::from_pairs(pairs.into_iter().chain(more(&azurite)));
        Self { azurite, clock: Arc::new(ManualClock::new(start())), environment, _folder: folder }
    }

    /// The same with other pairs, of which the later ones count.
    fn environment_with(&self, more: fn(&Azurite) -> Vec<(&'static str, String)>) -> Environment {
        let known = self
            .environment
            .names()
            .map(|name| (name.to_owned(), self.environment.get(name).unwrap_or_default().to_owned()));
        let more = more(&self.azurite).into_iter().map(|(name, value)| (name.to_owned(), value));
        Environment::from_pairs(known.chain(more).collect::<Vec<_>>())
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

/// A deployment of whose configuration only its operators are known.
fn with_operators(azurite: &Azurite) -> Vec<(&'static str, String)> {
    vec![
        ("NOTIFIER_CONFIG", azurite.blob(BLOB)),
        ("NOTIFIER_OPERATORS", "platform@contoso.com, duty@contoso.com".to_owned()),
    ]
}

/// A signed address whose signature is none.
fn with_a_signature_of_nobody(azurite: &Azurite) -> Vec<(&'static str, String)> {
    vec![(
        "NOTIFIER_CONFIG",
        format!(
            "{}?sv=2020-10-02&sr=b&sp=r&se=2099-01-01T00%3A00%3A00Z&sig=bm9uZQ%3D%3D",
            azurite.blob(BLOB)
        ),
    )]
}

async fn health(app: &Arc<App>) -> String {
    let request = Request::get("/health").header("accept", "text/plain").body(Body::empty()).unwrap();
    let response = web::router(app.clone()).oneshot(request).await.unwrap();
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
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
    assert_eq!(
        first.policy().defaults.timezone,
        maintenance_notifier::domain::time_zone::Tz::UTC,
        "whoever began with it keeps it"
    );
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn until_somebody_writes_one_the_app_has_a_dry_run_built_in() {
    let deployment = Deployment::with("http://127.0.0.1:1", with_operators).await;
    let refused = startup::start(&deployment.environment, deployment.clock.clone(), WhenUnusable::Fail).await;
    assert!(
        refused.unwrap_err().to_string().contains("there is no such blob"),
        "whoever sits in front of it"
    );

    let current = deployment.process().await.unwrap();
    let first = current.app();
    assert!(!first.sending && first.starts_paused && first.configuration_problem().is_none());
    let policy = first.policy();
    let fallback = &policy.recipients[&policy.fallback[0]];
    let addresses: Vec<&str> = fallback.emails.iter().map(|address| address.as_str()).collect();
    assert_eq!(addresses, ["platform@contoso.com", "duty@contoso.com"]);
    insta::assert_snapshot!(health(&first).await, @"
    not healthy
    - Azure was not asked yet
    - nothing was planned yet
    - there is no configuration yet: the built-in one is in force, a dry run that sends nothing. Write one from notifier.example.toml, have `maintenance-notifier check` read it, and put it where NOTIFIER_CONFIG says
    ");
    assert_eq!(
        first.repository.last_valid_configuration().await.unwrap(),
        None,
        "it is nobody's last valid one"
    );
    let other = deployment.process().await.unwrap();
    deployment.clock.advance(TimeDelta::seconds(60));
    assert!(Arc::ptr_eq(&first, &current.refreshed().await));
    assert_eq!(operator_alerts(&first).await, [] as [String; 0]);

    // One that is invalid is another matter: it was meant.
    deployment.configure("[defaults]\nfallback = ['nobody']\n").await;
    assert!(Arc::ptr_eq(&first, &current.refreshed().await));
    assert_eq!(
        first.configuration_problem().as_deref(),
        Some("the configuration is invalid (1 error); the built-in configuration stays in force")
    );
    assert!(deployment.process().await.unwrap_err().contains("no recipient is called `nobody`"));

    deployment.configure(VALID).await;
    let real = current.refreshed().await;
    assert!(real.sending && !real.is_on_built_in() && real.configuration_problem().is_none());
    assert_eq!(health(&real).await.matches("built-in").count(), 0);

    // It is gone: nobody falls back into the dry run, not even who never saw it.
    deployment.azurite.delete_blob(BLOB).await;
    deployment.clock.advance(TimeDelta::seconds(60));
    for current in [current, other, deployment.process().await.unwrap()] {
        let kept = current.refreshed().await;
        assert!(kept.sending && !kept.is_on_built_in());
        let version = &real.policy().version.0;
        assert_eq!(
            kept.configuration_problem().as_deref(),
            Some(format!("the configuration cannot be read; version {version} stays in force").as_str())
        );
    }
    assert!(operator_alerts(&real).await[0].contains("there is no such blob"));
}

/// Where nobody may look there may be one: that is no reason to begin with another, nor to leave the last one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_that_may_not_be_read_is_not_replaced_by_the_built_in_one() {
    let mut deployment = Deployment::with("http://127.0.0.1:1", with_operators).await;
    let allowed = deployment.environment.clone();
    deployment.environment = deployment.environment_with(with_a_signature_of_nobody);
    assert!(deployment.process().await.unwrap_err().contains("may not be read: HTTP 403"));

    let denied = std::mem::replace(&mut deployment.environment, allowed);
    deployment.configure(VALID).await;
    let version = deployment.process().await.unwrap().app().policy().version.0.clone();
    deployment.environment = denied;
    let kept = deployment.process().await.unwrap().app();
    assert!(kept.sending && !kept.is_on_built_in());
    let says = format!("the configuration cannot be read; version {version} stays in force");
    assert_eq!(kept.configuration_problem().as_deref(), Some(says.as_str()));
    assert!(health(&kept).await.starts_with("not healthy"));
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
    for subscription in plan_round(&app).await.unwrap().look_at {
        observe_and_assign(&app, &subscription).await.unwrap();
        let windows = app.repository.windows(&subscription).await.unwrap();
        versions.extend(windows.values().map(|row| row.decided_by.0.clone()));
    }
    versions.into_iter().collect()
}
