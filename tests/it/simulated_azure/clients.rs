//! Clients that nobody here wrote.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::{
    clock::{Clock, SystemClock},
    demo::{ListPages, Simulation, SimulationOptions},
};

use super::start;

/// Drives the simulation with Microsoft's Python clients and holds its answers against Azure's own schemas.
#[tokio::test]
async fn clients_that_nobody_here_wrote_understand_it() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let python = python(&root);
    assert!(
        python.exists(),
        "{} is missing. hint: python3 -m venv .venv && .venv/bin/pip install -r tests/python/requirements.txt, \
         or name another interpreter in NOTIFIER_TEST_PYTHON",
        python.display()
    );
    let mut options = SimulationOptions::new(start());
    options.machines = 60;
    options.self_start_duration = TimeDelta::seconds(1);
    options.switches.pages = ListPages { size: 5, short: true, empty: true };
    // The waves are laid around a fixed moment, so time runs on from there.
    let clock = Arc::new(Offset(start() - SystemClock.now()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let simulation = Simulation::new(options);
    let served = tokio::spawn(async move { simulation.serve(listener, clock).await });
    let output = tokio::process::Command::new(python)
        .args(["-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs"])
        .arg(root.join("tests/python/test_simulated_azure.py"))
        .env("SIMULATED_AZURE_URL", format!("http://{address}"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    served.abort();
    let report = String::from_utf8_lossy(&output.stdout);
    println!("{report}");
    assert!(output.status.success(), "{report}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[expect(clippy::disallowed_methods, reason = "names the interpreter of this test, nothing of the product")]
fn python(root: &Path) -> PathBuf {
    std::env::var_os("NOTIFIER_TEST_PYTHON").map_or_else(|| root.join(".venv/bin/python"), PathBuf::from)
}

/// The system's clock, moved.
#[derive(Debug)]
struct Offset(TimeDelta);

impl Clock for Offset {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.0
    }
}
