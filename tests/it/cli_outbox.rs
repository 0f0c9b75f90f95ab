//! `outbox`: what it prints of a store with something of every kind, and what it does with it.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::domain::brake::Hold;
use maintenance_notifier::domain::config_version::ConfigVersion;
use maintenance_notifier::domain::endpoint::Endpoint;
use maintenance_notifier::domain::ids::{MessageId, OutboxId};
use maintenance_notifier::domain::ledger::{MessageRecord, MessageState, RecipientHead};
use maintenance_notifier::domain::message::{Item, MessageKind};
use maintenance_notifier::domain::outbox::{OutboxRow, OutboxState};
use maintenance_notifier::domain::recipient_name::RecipientName;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::window::{Revision, WindowId};
use maintenance_notifier::store::{Repository, SqliteStore};

use crate::deliver_fixtures::noon;

/// Runs the program on the store in `folder` and returns everything that it printed.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> String {
    run_with(folder, arguments, &[])
}

fn run_with(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_maintenance-notifier"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("NOTIFIER_CONFIG", "notifier.toml")
        .env("NOTIFIER_STORE", "sqlite:state.db")
        .env("NOTIFIER_OUTBOX", "outbox")
        .env("NOTIFIER_LOG", "off")
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    format!(
        "{}--- stderr\n{}--- exit code {}",
        text(output.stdout),
        text(output.stderr),
        output.status.code().unwrap()
    )
}

fn item(machine: &str) -> Item {
    let resource = format!(
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/\
         Microsoft.Compute/virtualMachines/{machine}"
    );
    Item {
        dates: None,
        start: None,
        window: WindowId { resource: resource.parse().unwrap(), generation: 1 },
        stage: Stage::Announced,
        revision: Revision::FIRST,
        step: None,
        event: None,
    }
}

/// A message to `name` and its row, claimed and in the outbox.
pub(crate) async fn claim(repository: &Repository, name: &str, change: impl Fn(&mut OutboxRow)) -> OutboxRow {
    let recipient: RecipientName = name.parse().unwrap();
    let endpoint = match name.contains('@') {
        true => Endpoint::Email { address: name.parse().unwrap() },
        false => Endpoint::Teams { recipient: recipient.clone() },
    };
    let id = MessageId::derive(&recipient, 1);
    let mut row = OutboxRow::new(&id, &recipient, 1, endpoint.clone(), noon());
    change(&mut row);
    let settled = row.is_settled().then(|| endpoint.key()).into_iter().collect();
    let message = MessageRecord {
        deadline: row.deadline,
        items: vec![item("vm-web-01"), item("vm-web-02")],
        endpoints: vec![endpoint],
        state: MessageState::Frozen,
        notified_at: row.is_settled().then(noon),
        settled,
        ..MessageRecord::new(id, &recipient, 1, MessageKind::Alert, noon(), ConfigVersion("0".to_owned()))
    };
    let head = RecipientHead { sequence: 1, unemitted: Default::default(), ..RecipientHead::default() };
    repository.claim(&recipient, (head, None), (&message, None), false).await.unwrap();
    repository.add_to_outbox(std::slice::from_ref(&row)).await.unwrap();
    row
}

fn failed(row: &mut OutboxRow, error: &str) {
    row.attempt = 2;
    row.last_error = Some(error.to_owned());
    row.state = OutboxState::Failed { at: noon(), error: error.to_owned() };
}

pub(crate) async fn store(folder: &Path) -> Repository {
    std::fs::write(
        folder.join("notifier.toml"),
        "[defaults]\nfallback = [\"platform\"]\n\n[[recipients]]\nname = \"platform\"\nemail = [\"platform@contoso.com\"]\n\
         \n[safety]\nmode = \"live\"\npause = [\"sending\"]\n",
    )
    .unwrap();
    Repository::new(Arc::new(SqliteStore::open(&folder.join("state.db")).await.unwrap()))
}

fn far() -> DateTime<Utc> {
    noon() + TimeDelta::days(30_000)
}

#[tokio::test]
async fn what_is_unsent_is_shown_and_tried_again_but_never_a_second_copy_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let repository = store(folder.path()).await;
    insta::assert_snapshot!(run(folder.path(), &["outbox"]), @"
    --- stderr
    Nothing is unsent, given up or parked.
    Nothing is sent at the moment: safety.pause names `sending`.
    --- exit code 0
    ");

    claim(&repository, "jane@contoso.com", |row| {
        row.attempt = 3;
        row.last_error = Some("mail.contoso.com: 451 4.7.1 try again later\u{1b}[2J".to_owned());
        row.next_attempt = noon() + TimeDelta::minutes(5);
        row.deadline = Some(noon() + TimeDelta::days(9));
    })
    .await;
    claim(&repository, "mei@contoso.com", |_| {}).await;
    let busy = claim(&repository, "liam@contoso.com", |row| {
        row.attempt = 1;
        row.state = OutboxState::Sending { since: noon() };
        row.next_attempt = far();
    })
    .await;
    let refused = claim(&repository, "platform", |row| failed(row, "HTTP 410: the flow is gone")).await;
    let doubtful = claim(&repository, "arjun@contoso.com", |row| {
        failed(row, "given up after 9 attempts in 5 days: no answer");
        row.doubtful = true;
    })
    .await;
    let delivered = claim(&repository, "done@contoso.com", |row| {
        row.state = OutboxState::Delivered { at: noon(), reference: "4711".to_owned() };
    })
    .await;
    let subscription = "00000000-0000-0000-0000-000000000001";
    let parked = repository.park("CollectSubscription", subscription, noon()).await.unwrap();
    let torn = repository.park("DeliverMessage", "no ticket\u{1b}[2J", noon()).await.unwrap();
    let hold = Hold { since: noon(), waiting: 200, sent: 7, usual: 60, allowed: 180 };
    repository.update_brake(|brake| brake.held = Some(hold)).await.unwrap();

    insta::assert_snapshot!(run(folder.path(), &["outbox"]), @"
    Unsent: 3 messages to 3 recipients
     ID              Where              Kind    Machines   Since (UTC)    Tried   Next (UTC)     Deadline (UTC)   Why
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     61eb6140-7ca4   jane@contoso.com   alert   2          01 Dec 12:00   3       01 Dec 12:05   10 Dec 12:00     held by the pause of sending; mail.contoso.com: 451 4.7.1 try again later [2J
     119e6eec-35ff   liam@contoso.com   alert   2          01 Dec 12:00   1       20 Jan 12:00   –                being sent; may have arrived
     5b940fd6-00c3   mei@contoso.com    alert   2          01 Dec 12:00   0       01 Dec 12:00   –                held by the pause of sending; held by the brake

    Given up: 2 messages to 2 recipients
     ID              Where                     Kind    Machines   Since (UTC)    Tried   Next (UTC)   Deadline (UTC)   Why
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     67193038-df78   platform teams:platform   alert   2          01 Dec 12:00   2       –            –                HTTP 410: the flow is gone
     a0303d05-7924   arjun@contoso.com         alert   2          01 Dec 12:00   2       –            –                may have arrived; given up after 9 attempts in 5 days: no answer

    Parked: 2 queue messages
     ID             Function              Since (UTC)    Message
    ──────────────────────────────────────────────────────────────────────────────────────────
     116519b636f6   CollectSubscription   01 Dec 12:00   00000000-0000-0000-0000-000000000001
     7769b305bfea   DeliverMessage        01 Dec 12:00   no ticket[2J
    --- stderr
    Nothing is sent at the moment: safety.pause names `sending`.
    The brake holds what can wait since 01 Dec 12:00 UTC: 200 were waiting and 7 sent within a day, 180 are allowed.
    hint: `maintenance-notifier outbox release` lets them go
    hint: `maintenance-notifier outbox retry ID` has one tried again, `--all` everything given up or parked
    --- exit code 0
    ");
    insta::assert_snapshot!(run(folder.path(), &["outbox", "--format", "json"]), @r#"
    {
      "standing_still": "safety.pause names `sending`",
      "held": {
        "since": "2026-12-01T12:00:00Z",
        "waiting": 200,
        "sent": 7,
        "usual": 60,
        "allowed": 180
      },
      "waiting": [
        {
          "id": "61eb61408386587fb17787bb8c512b58-7ca457b561f0",
          "recipient": "jane@contoso.com",
          "endpoint": "email:jane@contoso.com",
          "kind": "alert",
          "machines": 2,
          "since": "2026-12-01T12:00:00Z",
          "attempts": 3,
          "next_attempt": "2026-12-01T12:05:00Z",
          "deadline": "2026-12-10T12:00:00Z",
          "in_doubt": false,
          "held": false,
          "held_by": [
            "pause"
          ],
          "state": "waiting",
          "last_error": "mail.contoso.com: 451 4.7.1 try again later\u001b[2J"
        },
        {
          "id": "119e6eec16bc58a2ae490f0fedb2926d-35fffd27341b",
          "recipient": "liam@contoso.com",
          "endpoint": "email:liam@contoso.com",
          "kind": "alert",
          "machines": 2,
          "since": "2026-12-01T12:00:00Z",
          "attempts": 1,
          "next_attempt": "2109-01-20T12:00:00Z",
          "deadline": null,
          "in_doubt": true,
          "held": false,
          "held_by": [],
          "state": "being sent",
          "last_error": null
        },
        {
          "id": "5b940fd6cfc95c1ab1623f19bc9e12a8-00c3986fa409",
          "recipient": "mei@contoso.com",
          "endpoint": "email:mei@contoso.com",
          "kind": "alert",
          "machines": 2,
          "since": "2026-12-01T12:00:00Z",
          "attempts": 0,
          "next_attempt": "2026-12-01T12:00:00Z",
          "deadline": null,
          "in_doubt": false,
          "held": true,
          "held_by": [
            "pause",
            "brake"
          ],
          "state": "waiting",
          "last_error": null
        }
      ],
      "given_up": [
        {
          "id": "67193038be715094a71791cdca6455bf-df78c53daa83",
          "recipient": "platform",
          "endpoint": "teams:platform",
          "kind": "alert",
          "machines": 2,
          "since": "2026-12-01T12:00:00Z",
          "attempts": 2,
          "next_attempt": null,
          "deadline": null,
          "in_doubt": false,
          "held": false,
          "held_by": [],
          "state": "given up",
          "last_error": "HTTP 410: the flow is gone"
        },
        {
          "id": "a0303d057d6757a998cce26b4ea3ee37-792400a119b2",
          "recipient": "arjun@contoso.com",
          "endpoint": "email:arjun@contoso.com",
          "kind": "alert",
          "machines": 2,
          "since": "2026-12-01T12:00:00Z",
          "attempts": 2,
          "next_attempt": null,
          "deadline": null,
          "in_doubt": true,
          "held": false,
          "held_by": [],
          "state": "given up",
          "last_error": "given up after 9 attempts in 5 days: no answer"
        }
      ],
      "parked": [
        {
          "id": "116519b636f6",
          "function": "CollectSubscription",
          "message": "00000000-0000-0000-0000-000000000001",
          "since": "2026-12-01T12:00:00Z",
          "asked": null
        },
        {
          "id": "7769b305bfea",
          "function": "DeliverMessage",
          "message": "no ticket[2J",
          "since": "2026-12-01T12:00:00Z",
          "asked": null
        }
      ]
    }
    --- stderr
    --- exit code 0
    "#);
    let retry = |id: &str| run(folder.path(), &["outbox", "retry", id]);
    insta::assert_snapshot!(retry("0123456789"), @"
    --- stderr
    error: nothing unsent or parked has the id `0123456789`
    hint: `maintenance-notifier outbox` lists what can be tried again; `outbox forget ID` forgets what is parked
    --- exit code 1
    ");
    insta::assert_snapshot!(retry(busy.id.as_str()), @"
    --- stderr
    error: 119e6eec16bc58a2ae490f0fedb2926d-35fffd27341b: an attempt is under way until 2109-01-20 12:00:00 UTC; if nothing is heard of it, it is tried again by itself
    hint: `maintenance-notifier outbox` lists what can be tried again; `outbox forget ID` forgets what is parked
    --- exit code 1
    ");
    insta::assert_snapshot!(retry(delivered.id.as_str()), @"
    --- stderr
    error: 06f992f2334e5308970b848823b341ea-bdc85f841263: it was delivered at 2026-12-01 12:00:00 UTC
    hint: `maintenance-notifier outbox` lists what can be tried again; `outbox forget ID` forgets what is parked
    --- exit code 1
    ");
    insta::assert_snapshot!(retry(doubtful.id.as_str()), @"
    --- stderr
    error: a0303d057d6757a998cce26b4ea3ee37-792400a119b2: an earlier attempt may have got through: sending it again could be a second copy
    hint: `--even-if-in-doubt` sends it all the same: its reader may get it twice
    --- exit code 1
    ");
    insta::assert_snapshot!(retry(&refused.id.as_str()[..8]), @"
    67193038-df78 goes to the Teams channel of platform with the next run.
    --- stderr
    --- exit code 0
    ");
    insta::assert_snapshot!(retry(&parked.id), @"
    The subscription 00000000-0000-0000-0000-000000000001 is looked at with the next run.
    --- stderr
    --- exit code 0
    ");
    insta::assert_snapshot!(run(folder.path(), &["outbox", "retry", "--all"]), @"
    The subscription 00000000-0000-0000-0000-000000000001 is looked at with the next run.
    --- stderr
    error: a0303d057d6757a998cce26b4ea3ee37-792400a119b2: an earlier attempt may have got through: sending it again could be a second copy
    error: DeliverMessage could not make anything of the parked message 7769b305bfea and never will
    hint: `--even-if-in-doubt` sends it all the same: its reader may get it twice
    --- exit code 1
    ");
    insta::assert_snapshot!(run(folder.path(), &["outbox", "retry", "--all", "--even-if-in-doubt", "--format", "json"]), @r#"
    {
      "retried": [
        "a0303d05-7924 goes to arjun@contoso.com with the next run, perhaps for a second time.",
        "The subscription 00000000-0000-0000-0000-000000000001 is looked at with the next run."
      ],
      "refused": [
        "DeliverMessage could not make anything of the parked message 7769b305bfea and never will"
      ]
    }
    --- stderr
    hint: `maintenance-notifier outbox` lists what can be tried again; `outbox forget ID` forgets what is parked
    --- exit code 1
    "#);
    insta::assert_snapshot!(run(folder.path(), &["outbox", "forget", &torn.id]), @"
    --- stderr
    Forgotten.
    --- exit code 0
    ");
    insta::assert_snapshot!(run(folder.path(), &["outbox", "release"]), @"
    --- stderr
    Released: what is held goes out, and nothing is held for a day.
    --- exit code 0
    ");
    insta::assert_snapshot!(run(folder.path(), &["outbox", "retry", "--all"]), @"
    The subscription 00000000-0000-0000-0000-000000000001 is looked at with the next run.
    --- stderr
    --- exit code 0
    ");
    assert!(run(folder.path(), &["outbox", "retry"]).ends_with("exit code 2"));

    let row = async |id: &OutboxId| repository.outbox_row(id).await.unwrap().unwrap().value;
    let told_anew = row(&refused.id).await;
    assert_eq!((&told_anew.state, told_anew.attempt, told_anew.doubtful), (&OutboxState::Waiting, 2, false));
    let message = repository.message(&refused.recipient, 1).await.unwrap().unwrap().value;
    assert!(
        message.is_unsent() && message.notified_at.is_none(),
        "it surely did not arrive: it is told anew"
    );
    let copy = row(&doubtful.id).await;
    assert_eq!((&copy.state, copy.doubtful), (&OutboxState::Waiting, true));
    let message = repository.message(&doubtful.recipient, 1).await.unwrap().unwrap().value;
    assert!(!message.is_unsent(), "it may have arrived: only the same bytes may follow");
    assert_eq!(row(&busy.id).await, busy);
    assert_eq!(row(&delivered.id).await, delivered);
    assert!(repository.brake().await.unwrap().released_until.is_some());
    assert!(repository.parked_message(&parked.id).await.unwrap().unwrap().value.asked.is_some());
}

/// What the emitter would do is what `outbox` says: under each configuration, and beyond the mail limit.
#[tokio::test]
async fn each_message_that_waits_says_what_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let repository = store(folder.path()).await;
    let long_ago = noon() - TimeDelta::days(3_000);
    let first = claim(&repository, "jane@contoso.com", |row| row.next_attempt = long_ago).await;
    claim(&repository, "mei@contoso.com", |row| {
        row.after = Some(first.id.clone());
        row.next_attempt = long_ago;
    })
    .await;
    claim(&repository, "liam@contoso.com", |row| {
        row.attempt = 1;
        row.next_attempt = far();
        row.last_error = Some("451 try again later".to_owned());
    })
    .await;
    claim(&repository, "platform", |row| row.next_attempt = long_ago).await;
    let held = |safety: &str, limit: &str| {
        let path = folder.path().join("notifier.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        let (before, _) = text.split_once("[safety]").unwrap();
        std::fs::write(&path, format!("{before}[safety]\n{safety}\n")).unwrap();
        let said =
            run_with(folder.path(), &["outbox", "--format", "json"], &[("NOTIFIER_MAIL_LIMIT", limit)]);
        let (json, _) = said.split_once("--- stderr").unwrap();
        let unsent: serde_json::Value = serde_json::from_str(json).unwrap();
        let line = |line: &serde_json::Value| {
            format!("{}: {}", line["recipient"].as_str().unwrap(), line["held_by"])
        };
        unsent["waiting"].as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(held("mode = \"dry-run\"", "1/d"), @r#"
    liam@contoso.com: ["dry-run"]
    mei@contoso.com: ["dry-run","earlier-message"]
    jane@contoso.com: ["dry-run"]
    platform: ["dry-run"]
    "#);
    insta::assert_snapshot!(held("pause = [\"sending\"]", "1/d"), @r#"
    liam@contoso.com: ["pause"]
    mei@contoso.com: ["pause","earlier-message"]
    jane@contoso.com: ["pause"]
    platform: ["pause"]
    "#);
    insta::assert_snapshot!(held("mode = \"live\"", "1/d"), @r#"
    liam@contoso.com: []
    mei@contoso.com: ["earlier-message"]
    jane@contoso.com: ["mail-limit"]
    platform: []
    "#);
    insta::assert_snapshot!(held("mode = \"live\"", ""), @r#"
    liam@contoso.com: []
    mei@contoso.com: ["earlier-message"]
    jane@contoso.com: []
    platform: []
    "#);
    let hold = Hold { since: noon(), waiting: 200, sent: 7, usual: 60, allowed: 180 };
    repository.update_brake(|brake| brake.held = Some(hold)).await.unwrap();
    insta::assert_snapshot!(held("mode = \"live\"", "1/d"), @r#"
    liam@contoso.com: []
    mei@contoso.com: ["brake","earlier-message"]
    jane@contoso.com: ["brake"]
    platform: ["brake"]
    "#);
    let text = run_with(folder.path(), &["outbox"], &[]);
    assert!(text.contains("held by the brake; waits for an earlier message"), "{text}");
}
