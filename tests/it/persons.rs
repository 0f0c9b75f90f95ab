//! What is kept of a person can be read, and they can be forgotten: in every kind of row, with an audit trail that still
//! proves everything else, and with nothing sent to them afterwards.

use chrono::TimeDelta;
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::audit::{AuditChain, AuditEntry, ChainBreak};
use maintenance_notifier::domain::action::start::StartOrigin;
use maintenance_notifier::domain::action::token::LinkKeys;
use maintenance_notifier::domain::outbox::OutboxState;
use maintenance_notifier::domain::person::Person;
use maintenance_notifier::domain::recipient_name::RecipientName;
use maintenance_notifier::services::emit::emit;
use maintenance_notifier::services::person::{forget, kept_of};
use maintenance_notifier::services::planning::plan_due;
use maintenance_notifier::services::revoke_links::{RevokedLinks, revoke_links};
use maintenance_notifier::services::start::{StartRequest, start as begin};
use maintenance_notifier::store::document::export;

use crate::whole::tenant::{Setup, TestTenant, small_world};

const JANE: &str = "jane.doe@contoso.com";

fn keys() -> LinkKeys {
    LinkKeys::new([("k".to_owned(), vec![7; 32])])
}

fn jane() -> Person {
    Person::new([JANE], &keys().pseudonyms().unwrap())
}

/// The whole state as text, folded.
async fn state(tenant: &TestTenant) -> String {
    let mut text = Vec::new();
    export(&*tenant.store(), &mut text).await.unwrap();
    String::from_utf8(text).unwrap().to_lowercase()
}

async fn trail(tenant: &TestTenant) -> Vec<AuditEntry> {
    tenant.repository.audit_trail(1).await.unwrap().values().cloned().collect()
}

/// Whether the trail is whole, as `audit verify` looks at it.
async fn verified(tenant: &TestTenant, entries: &[AuditEntry]) -> Result<(), ChainBreak> {
    let mut chain = AuditChain::default().checking(&keys());
    entries.iter().try_for_each(|entry| chain.follow(entry))?;
    chain.end(&tenant.repository.audit_head().await.unwrap())
}

/// Two owners; the one has been written to, has acted, and has something unsent.
async fn tenant() -> TestTenant {
    let machines =
        [("vm-web-01", "jane.doe; mei.lin"), ("vm-web-02", "mei.lin"), ("vm-web-03", "Jane.Doe@contoso.com")];
    let mut tenant = Setup::new(small_world(&machines)).begin().await;
    tenant.round().await;
    tenant.messages().await;
    let by = Actor {
        principal: Some(JANE.to_owned()),
        recipient: Some(JANE.parse().unwrap()),
        ..Actor::default()
    };
    let window = tenant.windows().await.remove(0).window;
    let request = StartRequest {
        accepts: None,
        window: window.id.clone(),
        revision: window.revision,
        by: by.clone(),
        origin: StartOrigin::CommandLine,
        begins: Some(tenant.now() + TimeDelta::days(2)),
    };
    begin(&tenant.app, &request).await.unwrap();
    let name: RecipientName = JANE.parse().unwrap();
    revoke_links(&tenant.repository, &RevokedLinks::Recipient(name), tenant.now(), by, tenant.now())
        .await
        .unwrap();
    tenant.clock.advance(TimeDelta::minutes(2));
    plan_due(&tenant.app).await.unwrap();
    tenant
}

#[tokio::test]
async fn a_person_who_is_forgotten_is_in_no_row_and_the_trail_still_proves_the_rest() {
    let mut tenant = tenant().await;
    let (repository, now) = (tenant.repository.clone(), tenant.now());
    let kept = kept_of(&repository, &jane()).await.unwrap();
    let kinds: std::collections::BTreeSet<&str> = kept.iter().map(|row| row.kind).collect();
    for kind in [
        "assignments",
        "messages",
        "contents of messages",
        "recipients",
        "audit",
        "starts",
        "outbox",
        "windows",
    ] {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
    let told = serde_json::to_string(&kept).unwrap();
    assert!(!told.contains("/a?t="), "a link is the right to act");
    let unsent = repository.outbox_rows().await.unwrap().rows;
    let unsent =
        unsent.iter().filter(|row| row.value.recipient.as_str() == JANE && !row.value.is_settled()).count();
    assert!(unsent > 0);

    let before = state(&tenant).await;
    let anchored = repository.audit_head().await.unwrap();
    let ahead = forget(&repository, &jane(), &keys(), Actor::default(), true, now).await.unwrap();
    assert_eq!(state(&tenant).await, before, "a dry run changes nothing");
    let done = forget(&repository, &jane(), &keys(), Actor::default(), false, now).await.unwrap();
    assert_eq!(done, ahead);
    assert_eq!((done.cancelled, done.under_way), (unsent, 0));
    assert!(done.audit_entries > 0);
    let after = state(&tenant).await;
    let place = after.find("jane.doe").map(|at| &after[at.saturating_sub(300)..at + 20]);
    assert_eq!(place, None);
    assert_eq!(kept_of(&repository, &jane()).await.unwrap(), []);
    let again = forget(&repository, &jane(), &keys(), Actor::default(), false, now).await.unwrap();
    assert_eq!((again.deleted.len(), again.replaced.len(), again.audit_entries), (0, 0, 0));

    // The anchor of before fits, every note is sealed and listed, and what is changed without one is found.
    let entries = trail(&tenant).await;
    assert_eq!(verified(&tenant, &entries).await, Ok(()));
    assert_eq!(entries[usize::try_from(anchored.sequence).unwrap() - 1].hash, anchored.hash);
    let noted: Vec<&AuditEntry> = entries.iter().filter(|entry| entry.replaced.is_some()).collect();
    assert_eq!(noted.len(), done.audit_entries);
    assert!(noted.iter().all(|entry| entry.replaced.as_ref().unwrap().at == now));
    for index in 0..entries.len() {
        let mut forged = entries.clone();
        forged[index].event.at += TimeDelta::seconds(1);
        assert!(verified(&tenant, &forged).await.is_err(), "{index}");
        forged[index].replaced = noted[0].replaced.clone();
        assert!(verified(&tenant, &forged).await.is_err(), "{index}");
    }

    // Nothing goes to them, and everybody else's rows read as before.
    for ticket in emit(&tenant.app).await.unwrap() {
        let row = repository.outbox_row(&ticket.row).await.unwrap().unwrap().value;
        assert_ne!(row.recipient.as_str(), JANE);
        assert_ne!(row.state, OutboxState::Waiting);
    }
    let mei = repository.state(&"mei.lin@contoso.com".parse().unwrap()).await.unwrap();
    assert!(mei.unreadable.is_empty() && !mei.assignments.is_empty());
    assert!(repository.open_starts().await.unwrap().unreadable.is_empty());
    for id in &repository.tenant().await.unwrap().0.known_subscriptions {
        assert!(repository.windows(id).await.unwrap().unreadable.is_empty());
    }
    tenant.messages().await;
}

#[tokio::test]
async fn whoever_is_named_again_is_a_new_person() {
    let mut tenant = tenant().await;
    let (repository, now) = (tenant.repository.clone(), tenant.now());
    let name: RecipientName = JANE.parse().unwrap();
    let last = repository.state(&name).await.unwrap().head.unwrap().value.head.sequence;
    forget(&repository, &jane(), &keys(), Actor::default(), false, now).await.unwrap();
    assert!(repository.state(&name).await.unwrap().head.is_none());
    tenant.advance(TimeDelta::days(1)).await;
    let letters = tenant.messages().await;
    let hers: Vec<_> = letters.iter().filter(|letter| letter.to == JANE).collect();
    assert!(!hers.is_empty(), "the tag still names her");
    let (content, _) = tenant.read(hers[0]).await;
    assert!(content.introduce, "as to anybody who never got a message");
    let state = repository.state(&name).await.unwrap();
    assert!(state.head.unwrap().value.head.sequence > last, "no number is used twice");
    assert!(state.ledger.iter().all(|message| message.value.sequence > last));
    // What stands for who was forgotten is written to by nobody.
    assert!(letters.iter().all(|letter| !letter.to.ends_with("forgotten.invalid")));
    assert_eq!(verified(&tenant, &trail(&tenant).await).await, Ok(()));
}
