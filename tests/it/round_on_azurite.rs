//! One full round against the simulated Azure, with the state in Azure Tables and in SQLite: nothing may differ.

use std::sync::Arc;

use chrono::{TimeZone, Utc};
use maintenance_notifier::clock::{ManualClock, SharedClock};
use maintenance_notifier::config::Environment;
use maintenance_notifier::demo::{Simulation, SimulationOptions, configuration};
use maintenance_notifier::domain::planning::Pace;
use maintenance_notifier::services::App;
use maintenance_notifier::services::delivery::deliver;
use maintenance_notifier::services::emit::emit;
use maintenance_notifier::services::observe_and_assign::observe_and_assign;
use maintenance_notifier::services::plan_round::plan_round;
use maintenance_notifier::services::planning::plan_due;
use maintenance_notifier::startup;
use tokio::net::TcpListener;

use crate::azurite::Azurite;

/// The program, its outbox and its simulated Azure; its state is where `store` says.
async fn start(folder: &std::path::Path, store: &[(&str, String)]) -> Arc<App> {
    let start = Utc.with_ymd_and_hms(2026, 11, 23, 9, 0, 0).unwrap();
    let clock: SharedClock = Arc::new(ManualClock::new(start));
    let mut options = SimulationOptions::new(start);
    options.machines = 40;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let azure = format!("http://{}", listener.local_addr().unwrap());
    let simulation = Simulation::new(options);
    let simulated = clock.clone();
    tokio::spawn(async move { simulation.serve(listener, simulated).await });
    std::fs::write(folder.join("notifier.toml"), configuration(start)).unwrap();
    let path = |name: &str| folder.join(name).display().to_string();
    let mut variables = vec![
        ("NOTIFIER_CONFIG", path("notifier.toml")),
        ("NOTIFIER_OUTBOX", path("outbox")),
        ("NOTIFIER_ARM_ENDPOINT", azure.clone()),
        ("NOTIFIER_ARM_AUDIENCE", azure.clone()),
        ("IDENTITY_ENDPOINT", format!("{azure}/msi/token")),
        ("IDENTITY_HEADER", "simulated-identity".to_owned()),
        ("NOTIFIER_MAIL_FROM", "Azure maintenance <azure-maintenance@contoso.com>".to_owned()),
    ];
    variables.extend_from_slice(store);
    let loaded = startup::load(&Environment::from_pairs(variables), &clock).await.unwrap();
    let app = startup::app(loaded, clock).await.unwrap();
    app.set_pace(Pace::Immediate);
    app
}

/// Looks at everything, plans for everybody and delivers it. Returns how many attempts were made.
async fn round(app: &Arc<App>) -> usize {
    for subscription in plan_round(app).await.unwrap().look_at {
        observe_and_assign(app, &subscription).await.unwrap();
    }
    plan_due(app).await.unwrap();
    let mut attempts = 0;
    loop {
        let tickets = emit(app).await.unwrap();
        if tickets.is_empty() {
            return attempts;
        }
        for ticket in &tickets {
            deliver(app, ticket).await.unwrap();
            attempts += 1;
        }
    }
}

/// What is known and what was sent, a line each.
async fn state(app: &App) -> Vec<String> {
    let mut lines = Vec::new();
    for summary in app.repository.subscription_rows().await.unwrap().values() {
        lines.push(format!("{summary:?}"));
        for row in app.repository.windows(&summary.subscription).await.unwrap().values() {
            lines.push(format!("{row:?}"));
        }
    }
    for row in app.repository.outbox_rows().await.unwrap().values() {
        let message = app.repository.message(&row.recipient, row.sequence).await.unwrap();
        let content = app.repository.content(&row.recipient, row.sequence).await.unwrap();
        lines.push(format!("{row:?} {:?} {content:?}", message.map(|message| message.value)));
    }
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_leaves_the_same_in_azure_tables_as_in_sqlite() {
    let azurite = Azurite::start().await;
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let sqlite = format!("sqlite:{}", folders[0].path().join("state.db").display());
    let here = start(folders[0].path(), &[("NOTIFIER_STORE", sqlite)]).await;
    let there = start(folders[1].path(), &[("AzureWebJobsStorage", azurite.connection_string())]).await;

    let attempts = round(&here).await;
    assert_eq!(round(&there).await, attempts);
    let expected = state(&here).await;
    assert!(attempts > 3 && expected.len() > 10, "{attempts} attempts, {} lines", expected.len());
    let found = state(&there).await;
    assert_eq!(found.len(), expected.len());
    for (line, expected) in found.iter().zip(&expected) {
        assert_same(line, expected, &folders);
    }
    assert_eq!(round(&there).await, 0, "everybody was told, and is not told again");
}

/// Compares but for the folder into which was delivered.
fn assert_same(line: &str, expected: &str, folders: &[tempfile::TempDir; 2]) {
    let [of_expected, of_line] = [0, 1].map(|number| folders[number].path().to_str().unwrap());
    assert_eq!(line.replace(of_line, "FOLDER"), expected.replace(of_expected, "FOLDER"));
}
