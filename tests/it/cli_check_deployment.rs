//! `check --deployment`: a deployed app is asked from outside and from inside, with a remedy for whatever is wrong.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use maintenance_notifier::clock::{Clock, SharedClock, SystemClock};
use maintenance_notifier::config::Environment;
use maintenance_notifier::demo::{SimulatedFunctionApp, Simulation, SimulationOptions};
use maintenance_notifier::local::{FUNCTION_FOLDERS, LocalHost, LocalHostOptions};
use maintenance_notifier::startup::{self, WhenUnusable};
use tokio::net::TcpListener;
use tokio::process::Command;

const KEY: &str = "S3cret-key-of-the-function";

/// An Azure in which an app is deployed, and the app itself under the local host.
struct Deployment {
    simulation: Simulation,
    azure: String,
    address: String,
    folder: tempfile::TempDir,
    key: String,
}

impl Deployment {
    async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With settings that the app has instead, or has not where the value is empty.
    async fn start_with(instead: &[(&str, &str)]) -> Self {
        let mut options = SimulationOptions::new(SystemClock.now());
        options.machines = 40;
        let simulation = Simulation::new(options);
        let azure = serve(simulation.router(Arc::new(SystemClock))).await;
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mut settings = std::collections::BTreeMap::from([
            ("NOTIFIER_CONFIG", path("notifier.toml")),
            ("NOTIFIER_STORE", format!("sqlite:{}", path("state.db"))),
            ("NOTIFIER_OUTBOX", path("outbox")),
            ("NOTIFIER_OPERATORS", "platform@contoso.com".to_owned()),
            ("NOTIFIER_LINK_KEYS", "k1:nX0PzqkHq2WmR7v5cS9tYb3LdE8fG1hJ4kU6wA0iQxM=".to_owned()),
            ("NOTIFIER_ARM_ENDPOINT", azure.clone()),
            ("NOTIFIER_ARM_AUDIENCE", azure.clone()),
            ("IDENTITY_ENDPOINT", format!("{azure}/msi/token")),
            ("IDENTITY_HEADER", "simulated-identity".to_owned()),
            ("NOTIFIER_MAIL_FROM", "maintenance@contoso.com".to_owned()),
        ]);
        settings.extend(instead.iter().map(|(name, value)| (*name, (*value).to_owned())));
        settings.retain(|_, value| !value.is_empty());
        let environment = Environment::from_pairs(settings);
        let clock: SharedClock = Arc::new(SystemClock);
        let current = startup::start(&environment, clock.clone(), WhenUnusable::LastValid).await.unwrap();
        let router = startup::router(&current).unwrap();
        let options = LocalHostOptions::new(clock, |_| Some("0 */5 * * * *".into()));
        let host = LocalHost::new(router, options).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let key = host.hook_key().to_owned();
        tokio::spawn(maintenance_notifier::functions::serve(listener, host.web(), std::future::pending()));
        let deployment = Self { simulation, azure, address, folder, key };
        deployment.deploy(|_| ());
        deployment
    }

    /// Deploys it, with what is different about it this time.
    fn deploy(&self, change: impl FnOnce(&mut SimulatedFunctionApp)) {
        let subscription = self.simulation.script().subscriptions()[0].id.clone();
        let mut app = SimulatedFunctionApp {
            subscription: subscription.clone(),
            resource_group: "rg-maint-notifier".to_owned(),
            name: "maint-notifier-1".to_owned(),
            host: self.address.trim_start_matches("http://").to_owned(),
            state: "Running".to_owned(),
            principal: "00000000-0000-0000-0000-0000000000aa".to_owned(),
            functions: FUNCTION_FOLDERS.iter().map(|(name, _)| (*name).to_owned()).collect(),
            key: Some(self.key.clone()),
            references: vec![("NOTIFIER_LINK_KEYS".to_owned(), "Resolved".to_owned())],
            roles: vec![
                ("Storage Blob Data Owner".to_owned(), format!("/subscriptions/{subscription}")),
                (
                    "Planned maintenance reader (maint-notifier-1)".to_owned(),
                    "/providers/Microsoft.Management/managementGroups/contoso".to_owned(),
                ),
            ],
        };
        change(&mut app);
        self.simulation.script().deploy(app);
    }

    async fn check(&self, address: &str, more: &[&str]) -> (String, i32) {
        let settings = [
            ("NOTIFIER_ARM_ENDPOINT", self.azure.clone()),
            ("NOTIFIER_ARM_AUDIENCE", self.azure.clone()),
            ("IDENTITY_ENDPOINT", format!("{}/msi/token", self.azure)),
            ("IDENTITY_HEADER", "simulated-identity".to_owned()),
        ];
        let (said, code) = check(address, more, &settings).await;
        let said = said.replace(&self.azure, "AZURE").replace(&self.address, "APP");
        let said = said.replace(self.folder.path().to_str().unwrap(), "FOLDER");
        (said.replace(self.address.trim_start_matches("http://"), "APP"), code)
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn check(address: &str, more: &[&str], settings: &[(&str, String)]) -> (String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
        .args(["check", "--deployment", address])
        .args(more)
        .env_clear()
        .envs(settings.iter().map(|(name, value)| (*name, value.as_str())))
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let (said, more) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(!said.contains("S3cret") && !more.contains("S3cret"), "{said}{more}");
    // What is asked wrongly is refused before there is any data.
    let said = if said.is_empty() { more } else { said };
    let counted = |line: &str| match line.split_once("with ").zip(line.split_once(" rows")) {
        Some(((before, _), (_, after))) => format!("{before}with N rows{after}"),
        None => line.to_owned(),
    };
    (said.lines().map(counted).collect::<Vec<_>>().join("\n"), output.status.code().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deployment_that_has_just_begun_says_so_in_one_line_each() {
    let deployment = Deployment::start().await;
    let (said, code) = deployment.check(&deployment.address, &[]).await;
    insta::assert_snapshot!(format!("{code}\n{said}"), @"
    1
    ok         address: 127.0.0.1 answers
    ok         sign-in to Azure: a token for AZURE
    ok         function app: maint-notifier-1 is running
    ok         functions: all 12
    ok         settings: all 1 that refer to the vault were read there
    ok         roles: Planned maintenance reader (maint-notifier-1) at /providers/Microsoft.Management/managementGroups/contoso; Storage Blob Data Owner
    ok         clock: as here
    failed     health: Azure was not asked yet (collection-is-stale; OPERATING.md says what to look at)
    failed     health: nothing was planned yet (planning-stands-still; OPERATING.md says what to look at)
    ok         version: 0.1.0, as here
    ok         inside: configuration: the built-in one, a dry run, until one is written
    ok         inside: keys of links: links are signed
    ok         inside: store: a row was written, read and deleted
    ok         inside: sign-in to Azure: a token for AZURE
    ok         inside: subscriptions: 5 can be read
    ok         inside: Resource Graph: it answered, with N rows of maintenance
    ok         inside: a machine: the instance view of vm-erp-01 can be read
    ok         inside: mail: FOLDER/outbox can be written; nothing leaves this machine
    not tried  inside: audit trail: NOTIFIER_AUDIT_CONTAINER is not set: its head is in the log alone
    ");
    let (said, _) = deployment.check(&deployment.address, &["--format", "json"]).await;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&said["ok"], &said["checks"][0]["what"]), (&false.into(), &"address".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_wrong_outside_has_its_remedy_beside_it() {
    let deployment = Deployment::start().await;
    deployment.deploy(|app| {
        app.state = "Stopped".to_owned();
        app.functions.retain(|name| name != "DeliverMessage" && name != "Web");
        app.references.push(("NOTIFIER_SMTP_URL".to_owned(), "SecretNotFound".to_owned()));
        app.roles.truncate(1);
        app.key = None;
    });
    let (said, code) = deployment.check(&deployment.address, &[]).await;
    let outside: Vec<&str> = said.lines().filter(|line| !line.contains("inside: ")).collect();
    assert!(said.contains("give yourself Website Contributor on the app"), "{said}");
    insta::assert_snapshot!(format!("{code}\n{}", outside.join("\n")), @"
    1
    ok         address: 127.0.0.1 answers
    ok         sign-in to Azure: a token for AZURE
    failed     function app: maint-notifier-1 is stopped; `az functionapp start` starts it
    failed     functions: 10 of 12: DeliverMessage, Web missing; the package is of another version: upload the present one
    failed     settings: not read in the vault: NOTIFIER_SMTP_URL (SecretNotFound); is the secret there, and may the app's identity read it? Then have Azure look again, as DEPLOYING.md says under Going live
    failed     roles: Planned maintenance reader is not among the 1 that you may see; deploy again, or ask from where you may read role assignments of the watched management group
    ok         clock: as here
    failed     health: Azure was not asked yet (collection-is-stale; OPERATING.md says what to look at)
    failed     health: nothing was planned yet (planning-stands-still; OPERATING.md says what to look at)
    ");

    deployment.deploy(|app| app.functions.clear());
    let (said, _) = deployment.check(&deployment.address, &[]).await;
    assert!(
        said.contains("functions: none: the code is not there; deploy again with `packageUri`"),
        "{said}"
    );
    deployment.deploy(|app| app.host = "elsewhere.azurewebsites.net".to_owned());
    let (said, _) = deployment.check(&deployment.address, &[]).await;
    assert!(
        said.contains("failed     function app: none that you may see answers at APP; give yourself"),
        "{said}"
    );
    assert!(said.contains("not tried  roles: what comes before it failed"), "{said}");
}

/// Without anything that stands in for Azure, an address on this machine is `local` or `demo`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_local_host_is_asked_without_azure_by_the_key_that_it_shows() {
    let deployment = Deployment::start().await;
    let (said, _) = check(&format!("{}/?code={}", deployment.address, deployment.key), &[], &[]).await;
    assert!(
        said.contains("not tried  sign-in to Azure: the address is on this machine, not in Azure"),
        "{said}"
    );
    assert!(said.contains("ok         inside: store: a row was written, read and deleted"), "{said}");
    // Without the key, whoever asks learns where to find it; with another one, that it is another one.
    let (said, code) = check(&deployment.address, &[], &[]).await;
    let asked = format!(
        "failed     inside: it wants a key: give the one that it showed at its start, {}/?code=KEY",
        deployment.address
    );
    assert!(code == 1 && said.contains(&asked), "{said}");
    let (said, code) = check(&format!("{}/?code=another", deployment.address), &[], &[]).await;
    assert!(code == 1 && said.contains("failed     inside: it refuses the key"), "{said}");
}

/// The vault may be made by the same deployment, and get the secret of the way of mail later.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_secret_that_is_not_there_stops_nothing_and_is_named_from_outside_and_inside() {
    const REFERENCE: &str =
        "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/notifier-smtp-url/)";
    let endpoint = ("NOTIFIER_ACS_ENDPOINT", "https://contoso.europe.communication.azure.com");
    for (setting, more) in [("NOTIFIER_SMTP_URL", None), ("NOTIFIER_ACS_KEY", Some(endpoint))] {
        let mut settings = vec![("NOTIFIER_OUTBOX", ""), (setting, REFERENCE)];
        settings.extend(more);
        let deployment = Deployment::start_with(&settings).await;
        let (said, code) = deployment.check(&deployment.address, &[]).await;
        let remedy = format!(
            "{setting} still reads `@Microsoft.KeyVault(…)`: put the secret into the vault, or let the app's identity \
             read it, and restart the app"
        );
        for line in [
            format!("failed     health: {remedy} (mail-is-not-set-up; OPERATING.md says what to look at)"),
            format!("failed     inside: mail: {remedy}"),
            "ok         inside: store: a row was written, read and deleted".to_owned(),
            "ok         inside: subscriptions: 5 can be read".to_owned(),
        ] {
            assert!(code == 1 && said.contains(&line), "{line}\n{said}");
        }
    }
}

/// The key goes to the address that was given and nowhere else, and not over the net in the clear.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_shown_to_the_app_alone() {
    let deployment = Deployment::start().await;
    let keys = Arc::new(Mutex::new(Vec::new()));
    let seen = keys.clone();
    let app = Router::new().fallback(move |request: Request| {
        let key = request.headers().get("x-functions-key").map(|key| key.to_str().unwrap().to_owned());
        seen.lock().unwrap().push((request.uri().path().to_owned(), key));
        async move {
            match request.uri().path() {
                "/health" => r#"{"healthy":true,"problems":[]}"#.into_response(),
                _ => (StatusCode::FOUND, [("location", "http://127.0.0.1:1/hooks/health")]).into_response(),
            }
        }
    });
    let address = serve(app).await;
    deployment.deploy(|app| {
        app.host = address.trim_start_matches("http://").to_owned();
        app.key = Some(KEY.to_owned());
    });
    let (said, code) = deployment.check(&address, &[]).await;
    assert_eq!(code, 1);
    assert!(said.contains("failed     inside: it leads to 127.0.0.1: give the address"), "{said}");
    assert_eq!(
        *keys.lock().unwrap(),
        [("/health".to_owned(), None), ("/hooks/health".to_owned(), Some(KEY.to_owned()))]
    );
    for (address, problem) in [
        ("http://notifier.contoso.com", "neither https nor on this machine"),
        ("ftp://notifier.contoso.com", "neither https nor on this machine"),
        ("https://me:S@notifier.contoso.com", "it has a user or a password"),
        ("https://", "it is no address"),
    ] {
        let (said, code) = check(address, &[], &[]).await;
        assert!(code == 2 && said.contains(problem), "{address}: {code} {said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_is_of_no_use_is_said_to_be_so() {
    let deployment = Deployment::start().await;
    let nobody = tokio::net::TcpSocket::new_v4().unwrap();
    nobody.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let unreachable = format!("http://{}", nobody.local_addr().unwrap());
    let answering = async |status: u16, body: &'static str| {
        let status = StatusCode::from_u16(status).unwrap();
        serve(Router::new().fallback(move || async move { (status, body) })).await
    };
    let endless = "x".repeat(2 * 1024 * 1024).leak();
    let mut said = String::new();
    for address in [
        unreachable,
        answering(404, "").await,
        answering(403, "Web App - Unavailable").await,
        answering(503, "not available").await,
        answering(200, "<html>").await,
        answering(502, "").await,
        answering(200, endless).await,
    ] {
        let (lines, code) = deployment.check(&address, &[]).await;
        assert_eq!(code, 1, "{lines}");
        said += &format!("{}\n", lines.lines().next().unwrap());
    }
    insta::assert_snapshot!(said, @"
    failed     address: 127.0.0.1 cannot be reached: error sending request: client error (Connect): tcp connect error: Connection refused (os error 111); is it spelt as the deployment said, does the app run, and is there a way to it from here (with publicApp = false only through its network)?
    failed     address: it answers 404: no function answers there; is this the address of the app, and its code there?
    failed     address: it answers 403: the app is stopped, or its network keeps this machine out; start it, or ask from inside the network
    failed     address: it answers 503: settings or configuration cannot be used, or it is just starting; its log says why after `nothing can run`
    failed     address: it answers, but nothing that the notifier says: is this its address?
    failed     address: it answers 502; ask again in a minute
    failed     address: 127.0.0.1: the answer is larger than 1048576 bytes
    ");
}
