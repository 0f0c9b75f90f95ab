//! Every Kusto query, in the program, the alerts and the documents, read by the official parser.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use maintenance_notifier::azure::subscriptions::list_below_management_group;

use super::project_file;
use super::snapshot::Snapshot;
use crate::whole::tenant::{Setup, default_world};

/// Every query by where it stands.
type Queries = BTreeMap<String, String>;

fn read_by_the_official_parser(queries: &Queries) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queries.json");
    std::fs::write(&file, serde_json::to_string(queries).unwrap()).unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/node/kusto_check.js");
    let answer = Command::new("node").arg(program).arg(file).output().unwrap();
    assert!(answer.stderr.is_empty(), "{}", String::from_utf8_lossy(&answer.stderr));
    String::from_utf8(answer.stdout).unwrap()
}

/// Those of a document. An empty line ends a query, as it does where it is pasted.
fn of_document(path: &str) -> Queries {
    let text = project_file(path);
    let blocks = text.split("```kusto\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let queries = blocks.flat_map(|block| block.split("\n\n")).filter(|query| !query.trim().is_empty());
    queries.enumerate().map(|(at, query)| (format!("{path}, query {}", at + 1), query.to_owned())).collect()
}

/// Those that the program asks of Resource Graph, as they are sent.
async fn of_program() -> Queries {
    let tenant = Setup::new(default_world()).begin().await;
    list_below_management_group(&tenant.app.arm, "contoso").await.unwrap();
    tenant.look().await;
    tenant.host.invoke_timer("SweepMachines").await.unwrap();
    tenant.drain().await;
    let requests = tenant.simulation.script().requests();
    let asked = requests.iter().filter(|one| one.path.ends_with("/Microsoft.ResourceGraph/resources"));
    let query = |body: &str| -> String {
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        body["query"].as_str().unwrap().to_owned()
    };
    asked
        .enumerate()
        .map(|(at, one)| (format!("the program, question {}", at + 1), query(&one.body)))
        .collect()
}

#[tokio::test]
async fn the_official_parser_takes_every_query() {
    let mut queries = of_program().await;
    assert!(queries.len() > 2, "{queries:?}");
    for path in ["docs/DEPLOYING.md", "docs/OPERATING.md"] {
        let found = of_document(path);
        assert!(found.len() > 1, "{path}");
        queries.extend(found);
    }
    for rule in Snapshot::of("plain").all("Microsoft.Insights/scheduledQueryRules") {
        let query = rule.properties()["criteria"]["allOf"][0]["query"].as_str().unwrap();
        queries.insert(rule.name().to_owned(), query.to_owned());
    }
    assert_eq!(read_by_the_official_parser(&queries), "");
}

#[test]
fn a_query_that_is_none_is_named() {
    let broken = "traces\n| project timestamp, to = event.to";
    let said = read_by_the_official_parser(&BTreeMap::from([("here".to_owned(), broken.to_owned())]));
    assert!(said.starts_with("here: "), "{said}");
}
