//! Many people at once.

use serde_json::json;
use tokio::process::Command;
use url::form_urlencoded::Serializer;

use super::{Demo, client, project, said};

/// How many people hold the link.
const PEOPLE: usize = 1000;

#[tokio::test]
async fn f13_a_thousand_confirmations_over_a_thousand_connections_are_one_start() {
    let demo = Demo::start(1, 12, "error").await;
    let link = demo.link("anna@contoso.com").await;
    let page = client().get(&link).send().await.unwrap().text().await.unwrap();
    let (before, _) = page.split_once("name=\"do\" value=\"start\"").unwrap();
    let nonce = before.rsplit("name=\"nonce\" value=\"").next().unwrap().split('"').next().unwrap();
    let fields = [("nonce", nonce), ("do", "start"), ("m", "0-1"), ("when", "now"), ("name", "vm-logs-01")];
    let body = Serializer::new(String::new()).extend_pairs(fields).finish();
    let task = json!({ "url": link, "origin": demo.base, "body": body, "count": PEOPLE });
    let answers = said(Command::new("node").arg(project("tests/node/confirm.js")), &task.to_string()).await;

    let answers = answers.as_array().unwrap();
    assert!(
        answers.iter().all(|answer| answer["status"] == 200),
        "{:?}",
        answers.iter().find(|it| it["status"] != 200)
    );
    let starting = |text: &str| {
        let line = format!("<p>vm-logs-01: {text}");
        let lines = answers.iter().filter_map(|answer| {
            let (_, rest) = answer["body"].as_str().unwrap().split_once(&line)?;
            // How far it is since stands behind.
            Some(rest.split("</p>").next().unwrap().split_inclusive("UTC)").next().unwrap_or_default())
        });
        lines.collect::<Vec<_>>()
    };
    assert_eq!(starting("started. Azure accepted it.").len(), 1);
    // The others all hear the same: by whom, and when.
    let late = starting("Under way: started by anna@contoso.com at ");
    assert_eq!(late.len(), PEOPLE - 1);
    assert!(late.iter().all(|when| *when == late[0]) && late[0].contains("UTC)"), "{}", late[0]);

    assert_eq!(demo.starts_in_azure().await.len(), 1);
    assert_eq!(demo.audit_actions().await, ["decided", "claimed", "accepted"]);
}
