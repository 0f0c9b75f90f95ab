//! What must not be sent is not, what was valid stays, and whoever runs it hears of it.

use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use super::tenant::{CONFIGURATION, SUBSCRIPTION, Setup, WAVE, add_machine, small_world, start};
use maintenance_notifier::clock::ManualClock;
use maintenance_notifier::config::Environment;
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::services::App;
use maintenance_notifier::startup::{Current, WhenUnusable};
use maintenance_notifier::{startup, web};

/// A deployment on this machine: its configuration is a file, and its clock the test's.
struct Deployment {
    folder: tempfile::TempDir,
    clock: Arc<ManualClock>,
    secrets: Vec<(&'static str, String)>,
}

impl Deployment {
    fn new(configuration: &str) -> Self {
        let (folder, clock) = (tempfile::tempdir().unwrap(), Arc::new(ManualClock::new(start())));
        let deployment = Self { folder, clock, secrets: Vec::new() };
        deployment.configure(configuration);
        deployment
    }

    fn configure(&self, text: &str) {
        std::fs::write(self.folder.path().join("notifier.toml"), text).unwrap();
        self.clock.advance(TimeDelta::seconds(5));
    }

    fn environment(&self, store: &str) -> Environment {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let pairs = [
            ("NOTIFIER_CONFIG", path("notifier.toml")),
            ("NOTIFIER_STORE", format!("sqlite:{}", path(store))),
            ("NOTIFIER_OUTBOX", path("outbox")),
            ("NOTIFIER_ARM_ENDPOINT", "http://127.0.0.1:1".to_owned()),
        ];
        Environment::from_pairs(pairs.into_iter().chain(self.secrets.clone()))
    }

    async fn process(&self, store: &str, otherwise: WhenUnusable) -> Result<Current, String> {
        let started = startup::start(&self.environment(store), self.clock.clone(), otherwise).await;
        started.map_err(|error| error.to_string())
    }
}

async fn problems(app: &App) -> Vec<String> {
    let operator_alerts = app.repository.operator_alerts().await.unwrap();
    let problem = |operator_alert: &OperatorAlert| match operator_alert {
        OperatorAlert::Configuration { problem } => problem.clone(),
        other => panic!("{other:?}"),
    };
    operator_alerts.values().map(|row| problem(&row.operator_alert)).collect()
}

async fn health(app: &Arc<App>) -> (StatusCode, String) {
    let request = Request::get("/health").body(Body::empty()).unwrap();
    let response = web::router(app.clone()).oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

/// `broken` never comes into force: where there is a valid one that stays, and where there is none nothing starts.
async fn keeps_the_old_one(deployment: &Deployment, broken: &str, says: &str) {
    let current = deployment.process("state.db", WhenUnusable::LastValid).await.unwrap();
    let old = current.refreshed().await;
    deployment.configure(broken);
    let kept = current.refreshed().await;
    assert!(Arc::ptr_eq(&old, &kept), "the old one stays in force");
    let [problem] = &problems(&kept).await[..] else { panic!("operators hear of it once") };
    assert!(problem.contains(says), "{problem}");
    let (status, text) = health(&kept).await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && text.contains("configuration-is-invalid"), "{text}");

    let next = deployment.process("state.db", WhenUnusable::LastValid).await.unwrap();
    assert_eq!(next.app().policy().version, old.policy().version);
    for (store, otherwise) in [("state.db", WhenUnusable::Fail), ("empty.db", WhenUnusable::LastValid)] {
        let refused = deployment.process(store, otherwise).await.unwrap_err();
        assert!(refused.contains(says), "{refused}");
    }
    assert!(!Path::new(&deployment.folder.path().join("outbox")).exists(), "nothing was sent");
}

#[tokio::test]
async fn f15_an_invalid_configuration_never_comes_into_force() {
    let deployment = Deployment::new(CONFIGURATION);
    let broken = CONFIGURATION.replace("Europe/Berlin", "Europe/Berln");
    keeps_the_old_one(&deployment, &broken, "defaults.timezone").await;
}

#[tokio::test]
async fn f15_a_configuration_whose_secret_is_missing_never_comes_into_force() {
    let deployment = Deployment::new(CONFIGURATION);
    let broken = format!("{CONFIGURATION}teams = {{ webhook = \"env:TEAMS_PLATFORM_WEBHOOK\" }}\n");
    keeps_the_old_one(&deployment, &broken, "TEAMS_PLATFORM_WEBHOOK").await;
}

#[tokio::test]
async fn f15_a_configuration_in_which_nobody_can_be_reached_never_comes_into_force() {
    let deployment = Deployment::new(CONFIGURATION);
    let broken = CONFIGURATION.replace("email = [\"platform@contoso.com\"]", "");
    keeps_the_old_one(&deployment, &broken, "has neither `email` nor `teams`").await;
    let deployment = Deployment::new(CONFIGURATION);
    let broken = CONFIGURATION.replace("[\"platform\"]", "[]");
    keeps_the_old_one(&deployment, &broken, "nobody would hear").await;
}

#[tokio::test]
async fn f15_when_everybody_is_refused_it_is_loud_until_somebody_is_reached() {
    let machines =
        [("vm-web-01", "jane.doe"), ("vm-web-02", "eve@elsewhere.example"), ("vm-web-03", "no one")];
    let mut tenant = Setup::new(small_world(&machines)).smtp().begin().await;
    tenant.server_does(&[("*", "rcpt-550")]);
    tenant.round().await;
    tenant.advance(TimeDelta::hours(4)).await;
    assert_eq!(tenant.messages().await, []);
    let mut kinds: Vec<String> = tenant.operator_alerts().await.iter().map(OperatorAlert::kind).collect();
    kinds.dedup();
    assert!(
        // The same refusal for everybody is one of us.
        kinds.contains(&"service".to_owned()) && kinds.contains(&"refused".to_owned()),
        "{kinds:?}"
    );
    let (status, text) = health(&tenant.app).await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && text.contains("services-refuse"), "{text}");

    // The next that is sent to them finds the way open, and it is quiet again.
    tenant.server_does(&[]);
    let id = add_machine(&tenant.simulation, SUBSCRIPTION, "vm-new-01", "");
    tenant.simulation.script().change_wave(WAVE, |wave| *wave = wave.clone().with_targets([id.clone()]));
    tenant.round().await;
    tenant.advance(TimeDelta::minutes(30)).await;
    let letters = tenant.messages().await;
    assert!(letters.iter().any(|letter| letter.to == "platform@contoso.com"), "{letters:?}");
    let (_, text) = health(&tenant.app).await;
    assert!(!text.contains("services-refuse") && !text.contains("operators-are-unreachable"), "{text}");
}
