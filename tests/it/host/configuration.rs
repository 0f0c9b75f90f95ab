//! The program as the host's child, while its configuration is spoilt and repaired.

use std::time::Duration;

use serde_json::Value;

use super::answer::Verdict;
use super::encode;
use super::process::Process;
use super::processes::{CONFIGURATION, Staged, silent_azure};
use super::simulator::Simulator;
use super::visits::Visit;

const BROKEN: &str = "[defaults]\ntimezone = \"Europe/Berln\"\n";

impl Staged {
    fn configure(&self, text: &str) {
        // As a whole, so that the program never reads half of it.
        let part = self.root().join("notifier.toml.part");
        std::fs::write(&part, text).unwrap();
        std::fs::rename(part, self.root().join("notifier.toml")).unwrap();
    }
}

async fn plan(host: &Simulator) -> Verdict {
    let body = encode::timer(host.function("PlanNotifications"), encode::regular(), false);
    host.invoke("PlanNotifications", &body).await
}

/// What `/health` says of the configuration.
async fn problem(host: &Simulator) -> Option<String> {
    let visit = Visit { method: "GET", path: "/health", ..Default::default() };
    let answer: Value = serde_json::from_str(&host.forward("Web", &visit).await.text()).unwrap();
    let mut problems = answer["problems"].as_array().unwrap().iter();
    let found = problems.find(|problem| problem["code"] == "configuration-is-invalid")?;
    Some(found["text"].as_str().unwrap().to_owned())
}

/// Asks again and again until `/health` has a problem with the configuration, or none; the program looks at its file
/// once a second.
async fn until(host: &Simulator, has_problem: bool) -> Option<String> {
    loop {
        let found = problem(host).await;
        if found.is_some() == has_problem {
            return found;
        }
        plan(host).await.success();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn errors(process: &mut Process) -> Vec<String> {
    let log = process.log().await.into_iter().filter(|event| event["level"] == "ERROR");
    log.map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_process_goes_on_with_the_last_valid_configuration_and_so_does_the_next_one() {
    let staged = Staged::new();
    let (_azure, address) = silent_azure().await;
    let mut process = staged.start(&address);
    process.ready().await;
    let host = staged.host(&process);
    plan(&host).await.success();
    assert_eq!(problem(&host).await, None);

    staged.configure(BROKEN);
    let spoilt = until(&host, true).await;
    insta::assert_snapshot!(spoilt.as_deref().unwrap(), @"the configuration is invalid (2 errors); version 71b482a7d849 stays in force");

    process.kill_and_restart().await;
    process.ready().await;
    let host = staged.host(&process);
    plan(&host).await.success();
    assert_eq!(problem(&host).await, spoilt);

    staged.configure(&CONFIGURATION.replace("Europe/Berlin", "Europe/London"));
    until(&host, false).await;
    let errors = errors(&mut process).await;
    assert_eq!(errors.len(), 2, "each process says it once: {errors:?}");
    assert!(errors.iter().all(|error| error.contains("Europe/Berln")), "{errors:?}");
}

#[tokio::test]
async fn a_process_that_began_with_nothing_to_go_on_recovers_when_the_configuration_is_repaired() {
    let staged = Staged::new();
    staged.configure(BROKEN);
    let (_azure, address) = silent_azure().await;
    let mut process = staged.start(&address);
    process.ready().await;
    let host = staged.host(&process);
    assert!(matches!(plan(&host).await, Verdict::Failed(_)));
    staged.configure(CONFIGURATION);
    while matches!(plan(&host).await, Verdict::Failed(_)) {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(problem(&host).await, None);
    let errors = errors(&mut process).await;
    assert!(
        errors.iter().any(|error| error.contains("nothing can run") && error.contains("Berln")),
        "{errors:?}"
    );
}
