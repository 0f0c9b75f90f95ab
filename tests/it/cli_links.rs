//! `links`: what it prints, what it withdraws, and what it leaves in the audit trail.

use chrono::TimeDelta;
use maintenance_notifier::clock::{Clock, SystemClock};
use maintenance_notifier::domain::action::token::MessageRef;
use maintenance_notifier::domain::outbox::OutboxState;

use crate::cli_outbox::{claim, run, store};
use crate::deliver_fixtures::noon;

#[tokio::test]
async fn links_are_withdrawn_and_that_is_on_record() {
    let folder = tempfile::tempdir().unwrap();
    let repository = store(folder.path()).await;
    let links = |arguments: &[&str]| run(folder.path(), &[&["links"], arguments].concat());
    insta::assert_snapshot!(links(&[]), @"
    --- stderr
    No links are withdrawn.
    --- exit code 0
    ");
    let delivered = claim(&repository, "jane@contoso.com", |row| {
        row.state = OutboxState::Delivered { at: noon(), reference: "4711".to_owned() };
    })
    .await;
    insta::assert_snapshot!(links(&["revoke", "--message", "ffff"]), @"
    --- stderr
    error: no message has an id that begins with `ffff`
    hint: the log names each message with its `message_id`, and `outbox` what is unsent
    --- exit code 1
    ");
    insta::assert_snapshot!(links(&["revoke", "--recipient", "nobody@contoso.com"]), @"
    --- stderr
    error: no message to `nobody@contoso.com` is kept
    hint: `maintenance-notifier explain RESOURCE` names recipients as they are known
    --- exit code 1
    ");
    insta::assert_snapshot!(links(&["revoke", "--all", "--before", "9999-12-01"]), @"
    --- stderr
    error: --before: lies ahead; links can be withdrawn once they are signed
    --- exit code 2
    ");
    let wrong = links(&["revoke"]);
    assert!(wrong.contains("--message <ID>|--recipient <NAME>|--all"), "{wrong}");
    assert!(wrong.ends_with("exit code 2"), "{wrong}");
    let both = links(&["revoke", "--all", "--recipient", "jane@contoso.com"]);
    assert!(both.contains("cannot be used with") && both.ends_with("exit code 2"), "{both}");

    // As `outbox` shows it: the beginning of the message's id, and of its endpoint's.
    let one = links(&["revoke", "--message", &format!("{}-0000", &delivered.message.as_str()[..8])]);
    let withdrawn = format!("Withdrawn: the link of message {} to jane@contoso.com.", delivered.message);
    assert!(one.starts_with(&withdrawn) && one.ends_with("exit code 0"), "{one}");
    // What has expired anyway is forgotten, so these lie a few days back.
    let now = SystemClock.now();
    let days_ago = |days: i64| (now - TimeDelta::days(days)).format("%Y-%m-%dT08:00:00Z").to_string();
    let hers = links(&["revoke", "--recipient", "jane@contoso.com", "--before", &days_ago(3)]);
    let withdrawn = format!("Withdrawn: the links of jane@contoso.com signed until {}.", days_ago(3));
    assert!(hers.starts_with(&withdrawn), "{hers}");
    let all = links(&["revoke", "--all", "--before", &days_ago(6), "--format", "json"]);
    let all: serde_json::Value = serde_json::from_str(all.split_once("--- stderr").unwrap().0).unwrap();
    assert_eq!(all["links"], format!("all links signed until {}", days_ago(6)));
    assert_eq!(all["signed_by"], days_ago(6));

    let revocations = repository.revocations().await.unwrap();
    let withdrawn = |name: &str, sequence, signed: String| {
        let link = MessageRef::new(&name.parse().unwrap(), sequence).unwrap();
        revocations.of(&link, signed.parse().unwrap()).is_some()
    };
    assert!(withdrawn("jane@contoso.com", 1, days_ago(2)));
    assert!(!withdrawn("jane@contoso.com", 2, days_ago(2)));
    assert!(withdrawn("jane@contoso.com", 2, days_ago(4)));
    assert!(!withdrawn("mei@contoso.com", 1, days_ago(4)));
    assert!(withdrawn("mei@contoso.com", 1, days_ago(7)));
    let list = links(&[]);
    assert!(list.contains("Withdrawn (UTC)") && list.contains("the links of jane@contoso.com"), "{list}");
    let list: serde_json::Value =
        serde_json::from_str(links(&["--format", "json"]).split_once("--- stderr").unwrap().0).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 3);
    let trail = run(folder.path(), &["audit"]);
    assert_eq!(trail.matches("withdrew ").count(), 3, "{trail}");
    assert!(run(folder.path(), &["audit", "verify"]).starts_with("The trail is whole: 3 entries"));
}
