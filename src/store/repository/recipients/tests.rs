use super::*;
use crate::domain::config_version::ConfigVersion;
use crate::domain::fixtures::{recipient, utc, window};
use crate::domain::ids::MessageId;
use crate::domain::ledger::MessageState;
use crate::domain::message::{Item, MessageKind};
use crate::domain::message_content::{ContentItem, MessageContent};
use crate::domain::stage::Stage;
use crate::domain::window::Revision;
use crate::store::key::hash_key;
use crate::store::repository::testing::repository;

fn jane() -> RecipientName {
    "jane".parse().unwrap()
}

fn message(sequence: u64, machines: usize) -> MessageRecord {
    let item = |number| Item {
        dates: None,
        start: None,
        window: window(&format!("vm-{number:05}"), utc("2026-12-01T10:00:00Z")).id,
        stage: Stage::Announced,
        revision: Revision::FIRST,
        step: None,
        event: None,
    };
    MessageRecord {
        items: (0..machines).map(item).collect(),
        endpoints: recipient("jane").endpoints(),
        ..MessageRecord::new(
            MessageId::derive(&jane(), sequence),
            &jane(),
            sequence,
            MessageKind::Alert,
            utc("2026-12-01T10:00:00Z"),
            ConfigVersion("1".to_owned()),
        )
    }
}

/// A content of which little repeats, so that it is as long as a real one can be.
fn content(message: &MessageRecord) -> MessageContent {
    let items = message.items.iter().enumerate().map(|(number, item)| {
        let mut window = window(item.window.resource.name(), utc("2026-12-01T10:00:00Z"));
        let tag = |tag: usize| (format!("tag-{tag}"), hash_key(&format!("{tag} of {number}")));
        window.machine.tags.resource = (0..15).map(tag).collect();
        ContentItem {
            stages: vec![item.stage],
            window,
            previous: None,
            ended: None,
            withdrawn: None,
            again: false,
            cautions: Vec::new(),
            reasons: Vec::new(),
            primary: true,
            others: Vec::new(),
            prior_notifications: Vec::new(),
            actions: Default::default(),
            replaced: false,
            not_by_itself: None,
            last_read: None,
        }
    });
    MessageContent {
        id: message.id.clone(),
        kind: message.kind,
        recipient: message.recipient.clone(),
        timezone: "Europe/Berlin".parse::<crate::domain::time_zone::Tz>().unwrap(),
        language: "en".to_owned(),
        frozen_at: utc("2026-12-01T10:00:00Z"),
        diverted: false,
        introduce: true,
        items: items.collect(),
        unchanged: 0,
        unchanged_deadline: None,
        calendar: Vec::new(),
        operator_alerts: Vec::new(),
        go_live: None,
        unsubscribe: None,
        feed: None,
        wave: None,
        summary: None,
        overlaps: Vec::new(),
        coverage: None,
        missed: None,
        unread_since: None,
        link: None,
    }
}

fn assignment(name: &str, changed: &str) -> Assignment {
    let mut window = window(name, utc("2026-12-01T10:00:00Z"));
    window.changed = utc(changed);
    Assignment {
        recipient: jane(),
        window,
        reasons: Vec::new(),
        primary: true,
        others: Vec::new(),
        escalation_steps: Vec::new(),
        actions: Default::default(),
        decided_by: ConfigVersion("1".to_owned()),
        since: utc("2026-12-01T10:00:00Z"),
        withdrawn: None,
    }
}

fn head(sequence: u64) -> RecipientHead {
    RecipientHead { sequence, unemitted: [sequence].into(), ..RecipientHead::default() }
}

#[tokio::test]
async fn a_claim_that_comes_second_leaves_nothing() {
    let repository = repository();
    let (first, second) = (message(1, 1), message(2, 2));
    repository.claim(&jane(), (head(1), None), (&first, None), false).await.unwrap();
    let before = repository.state(&jane()).await.unwrap();
    let old = before.head.clone().unwrap().etag;
    repository.settle_unemitted(&jane(), &head(1), None, &[1]).await.unwrap();
    for stale in [None, Some(old)] {
        let claim = repository.claim(&jane(), (head(2), stale), (&second, None), false).await;
        assert!(claim.unwrap_err().is_conflict());
    }
    let after = repository.state(&jane()).await.unwrap();
    assert_eq!(after.ledger, before.ledger);
    let row = after.head.unwrap().value;
    assert_eq!(
        (row.name, row.head),
        (jane(), RecipientHead { sequence: 1, unemitted: [].into(), ..RecipientHead::default() })
    );
    assert_eq!(repository.message(&jane(), 2).await.unwrap(), None);
}

#[tokio::test]
async fn a_message_about_thousands_is_frozen_and_thawed_whole() {
    let repository = repository();
    let message = message(1, 3000);
    repository.claim(&jane(), (head(1), None), (&message, None), false).await.unwrap();
    let claimed = repository.message(&jane(), 1).await.unwrap().unwrap();
    assert_eq!(claimed.value, message);
    let frozen = MessageRecord { state: MessageState::Frozen, ..message };
    let content = content(&frozen);
    let etag = repository.freeze(&frozen, claimed.etag.clone(), &content, false).await.unwrap();
    assert!(repository.freeze(&frozen, claimed.etag, &content, false).await.unwrap_err().is_conflict());
    assert_eq!(repository.content(&jane(), 1).await.unwrap(), Some(content));

    let name = partition(&jane()).unwrap().to_string();
    let keys = repository.keys(&name).await;
    assert_eq!(keys.iter().filter(|key| key.starts_with("c|")).count(), 3);

    // Amending it takes the content away, and a shorter one leaves nothing of the longer.
    let stored = repository.state(&jane()).await.unwrap();
    assert_eq!(stored.ledger, [Stored { value: Arc::new(frozen.clone()), etag: etag.clone() }]);
    let amended = self::message(1, 1);
    let head_etag = stored.head.map(|head| head.etag);
    repository.claim(&jane(), (head(1), head_etag), (&amended, Some(etag)), true).await.unwrap();
    assert_eq!(repository.content(&jane(), 1).await.unwrap(), None);
    let etag = repository.message(&jane(), 1).await.unwrap().unwrap().etag;
    let short = self::content(&amended);
    let etag = repository.freeze(&amended, etag, &short, false).await.unwrap();
    assert_eq!(repository.content(&jane(), 1).await.unwrap(), Some(short));
    repository.put_message(&amended, etag).await.unwrap();
}

#[tokio::test]
async fn copies_with_newer_facts_win_whoever_is_last() {
    let repository = repository();
    let old = assignment("vm", "2026-12-01T10:00:00Z");
    let new = assignment("vm", "2026-12-02T10:00:00Z");
    repository
        .put_assignments(&jane(), &[old.clone(), assignment("other", "2026-12-01T10:00:00Z")])
        .await
        .unwrap();
    repository.put_assignments(&jane(), std::slice::from_ref(&new)).await.unwrap();
    repository.put_assignments(&jane(), &[old]).await.unwrap();
    let state = repository.state(&jane()).await.unwrap();
    assert_eq!(state.assignments.len(), 2);
    assert!(state.assignments.iter().any(|known| **known == new));
}

#[tokio::test]
async fn torn_rows_are_set_aside_and_torn_copies_made_anew() {
    let repository = repository();
    let copies: Vec<Assignment> =
        (0..150).map(|number| assignment(&format!("vm-{number}"), "2026-12-01T10:00:00Z")).collect();
    repository.put_assignments(&jane(), &copies).await.unwrap();
    repository.claim(&jane(), (head(1), None), (&message(1, 1), None), false).await.unwrap();
    let name = partition(&jane()).unwrap().to_string();
    let rows = repository.rows(&name).await;
    let newer = r#"{"v":2,"d":{}}"#;
    repository.overwrite(&name, &rows[0].key, "torn").await;
    repository.overwrite(&name, &rows[1].key, newer).await;
    repository.overwrite(&name, &message_key(1).unwrap(), "torn").await;
    let state = repository.state(&jane()).await.unwrap();
    assert_eq!((state.assignments.len(), state.ledger.len(), state.unreadable.len()), (148, 0, 3));
    assert!(state.head.is_some());

    repository.put_assignments(&jane(), &copies).await.unwrap();
    assert_eq!(repository.state(&jane()).await.unwrap().assignments.len(), 149);
    assert_eq!(repository.rows(&name).await[1].value, newer);
}
