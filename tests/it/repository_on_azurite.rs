//! What is kept, in Azure Tables: the steps from a window to a message handed out, with processes racing for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeZone, Utc};
use futures::future::join_all;
use maintenance_notifier::config::{Environment, Settings};
use maintenance_notifier::domain::assignment::Assignment;
use maintenance_notifier::domain::config_version::ConfigVersion;
use maintenance_notifier::domain::endpoint::Endpoint;
use maintenance_notifier::domain::ids::{MessageId, OutboxId};
use maintenance_notifier::domain::ledger::{MessageRecord, RecipientHead};
use maintenance_notifier::domain::machine::Machine;
use maintenance_notifier::domain::mail_limit::MailLimit;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::outbox::OutboxRow;
use maintenance_notifier::domain::recipient_name::RecipientName;
use maintenance_notifier::domain::window::{
    Impact, LastResult, MaintenanceFacts, MaintenanceWindow, Revision, Schedule, WindowId, WindowState,
};
use maintenance_notifier::startup;
use maintenance_notifier::store::{Repository, StoreError};

use crate::azurite::Azurite;
use crate::store_conformance::processes::{Place, child, own_or_given};

/// How many recipients wait to be planned for.
const RECIPIENTS: usize = 12;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 12, 1, 10, 0, 0).unwrap()
}

fn recipients() -> Vec<RecipientName> {
    (0..RECIPIENTS).map(|number| format!("owner-{number}").parse().unwrap()).collect()
}

fn version() -> ConfigVersion {
    ConfigVersion("test".to_owned())
}

fn assignment(recipient: &RecipientName, machine: usize) -> Assignment {
    let resource: maintenance_notifier::domain::resource::ResourceId = format!(
        "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/\
         Microsoft.Compute/virtualMachines/vm-{machine}"
    )
    .parse()
    .unwrap();
    let window = MaintenanceWindow {
        id: WindowId { resource: resource.clone(), generation: 1 },
        revision: Revision::FIRST,
        facts: MaintenanceFacts {
            schedule: Schedule::default(),
            self_start_allowed: false,
            is_start_unsaid: false,
            last_result: LastResult::None,
            last_message: None,
        },
        impact: Impact::Redeploy,
        tracking_ids: Vec::new(),
        machine: Machine::bare(resource),
        state: WindowState::Open,
        first_seen: now(),
        changed: now(),
        history: Vec::new(),
        elsewhere: None,
        scheduled_events: Vec::new(),
        missing_since: None,
        start_word: Default::default(),
    };
    Assignment {
        recipient: recipient.clone(),
        window,
        reasons: Vec::new(),
        primary: true,
        others: Vec::new(),
        escalation_steps: Vec::new(),
        actions: Default::default(),
        decided_by: version(),
        since: now(),
        withdrawn: None,
    }
}

fn message(recipient: &RecipientName, sequence: u64) -> MessageRecord {
    MessageRecord {
        endpoints: vec![Endpoint::Email { address: format!("{recipient}@contoso.com").parse().unwrap() }],
        ..MessageRecord::new(
            MessageId::derive(recipient, sequence),
            recipient,
            sequence,
            MessageKind::Alert,
            now(),
            version(),
        )
    }
}

fn outbox_row(message: &MessageRecord) -> OutboxRow {
    OutboxRow::new(&message.id, &message.recipient, message.sequence, message.endpoints[0].clone(), now())
}

/// Gives everybody three windows and a wake-up.
async fn spread(repository: &Repository) {
    for recipient in recipients() {
        let assignments: Vec<_> = (0..3).map(|machine| assignment(&recipient, machine)).collect();
        repository.put_assignments(&recipient, &assignments).await.unwrap();
        repository.put_assignments(&recipient, &assignments).await.unwrap();
    }
    let wakes: Vec<_> = recipients().into_iter().map(|recipient| (recipient, now())).collect();
    repository.wake_all(&wakes).await.unwrap();
}

/// Claims a message to everybody who is due and has none, and hands all of them out, a few at a time.
///
/// Returns those whose message was claimed here, and what was handed out here.
async fn plan_and_emit(repository: &Repository) -> (Vec<RecipientName>, Vec<OutboxId>) {
    let (mut claimed, mut emitted) = (Vec::new(), Vec::new());
    let due = repository.due_wakes(now(), 1000).await.unwrap().rows;
    for wake in &due {
        let recipient = &wake.value.recipient;
        let state = repository.state(recipient).await.unwrap();
        assert_eq!(state.assignments.len(), 3);
        let message = message(recipient, 1);
        if state.head.is_none() {
            let head = RecipientHead { sequence: 1, unemitted: [1].into(), ..RecipientHead::default() };
            match repository.claim(recipient, (head, None), (&message, None), false).await {
                Ok(_) => claimed.push(recipient.clone()),
                Err(error) => assert!(error.is_conflict(), "{error}"),
            }
        }
        repository.add_to_outbox(&[outbox_row(&message)]).await.unwrap();
        let head = RecipientHead { sequence: 1, unemitted: [1].into(), ..RecipientHead::default() };
        repository.settle_unemitted(recipient, &head, None, &[1]).await.unwrap();
    }
    repository.wakes_done(&due, &[]).await.unwrap();

    let limit = MailLimit(Vec::new());
    loop {
        let index = repository.outbox_index(now(), usize::MAX).await.unwrap();
        let due: Vec<_> = index.entries.iter().filter(|entry| entry.next_attempt <= now()).take(5).collect();
        let due = repository.outbox_rows_at(&due).await.unwrap().rows;
        if due.is_empty() {
            return (claimed, emitted);
        }
        let pairs: Vec<_> = due.iter().map(|row| (row.clone(), row.value.emitted(now()))).collect();
        let (mut log, etag) = repository.send_log().await.unwrap();
        log.note(u32::try_from(pairs.len()).unwrap(), &limit, now());
        match repository.emit(&pairs, (&log, etag)).await {
            Ok(ids) => emitted.extend(ids),
            Err(error) => assert!(error.is_conflict(), "{error}"),
        }
    }
}

/// Everybody has one message, each was handed out once, and nothing is left to do.
async fn assert_done(repository: &Repository) -> Result<(), StoreError> {
    assert!(repository.due_wakes(now(), 1000).await?.rows.is_empty());
    let rows = repository.outbox_rows().await?;
    assert_eq!(rows.rows.len(), RECIPIENTS);
    assert!(rows.values().all(|row| row.attempt == 1 && row.next_attempt > now()));
    for recipient in recipients() {
        let state = repository.state(&recipient).await?;
        let ledger: Vec<_> = state.ledger.into_iter().map(|message| message.value).collect();
        assert_eq!(ledger, [Arc::new(message(&recipient, 1))]);
        assert_eq!(
            state.head.unwrap().value.head,
            RecipientHead { sequence: 1, unemitted: BTreeSet::new(), ..RecipientHead::default() }
        );
    }
    let later = repository.unsettled_outbox().await?;
    assert_eq!(later.rows.len(), RECIPIENTS, "every row is in the index once");
    Ok(())
}

#[tokio::test]
async fn processes_that_race_claim_and_hand_out_everything_once() {
    let azurite = Azurite::start().await;
    let connection_string = azurite.connection_string();
    let settings = Settings::from_environment(&Environment::from_pairs([
        ("AzureWebJobsStorage", connection_string.as_str()),
        ("NOTIFIER_STORE", "tables:race"),
    ]))
    .unwrap();
    let repository = startup::open_store(&settings).await.unwrap();
    spread(&repository).await;

    let place = Place::Tables { prefix: "race".to_owned(), connection_string };
    let children = (0..3).map(|_| child("repository_on_azurite::one_process_plans", &place).output());
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for output in join_all(children).await {
        let output = output.unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        for line in text.lines().filter(|line| line.starts_with("claimed ") || line.starts_with("emitted ")) {
            *seen.entry(line.to_owned()).or_default() += 1;
        }
    }
    assert!(seen.values().all(|count| *count == 1), "done twice: {seen:?}");
    assert_eq!(seen.len(), 2 * RECIPIENTS, "{seen:?}");
    assert_done(&repository).await.unwrap();
}

#[tokio::test]
async fn one_process_plans() {
    let folder = tempfile::tempdir().unwrap();
    let (store, given) = own_or_given(&folder).await;
    let repository = Repository::new(store);
    if !given {
        spread(&repository).await;
    }
    let (claimed, emitted) = plan_and_emit(&repository).await;
    for recipient in &claimed {
        println!("claimed {recipient}");
    }
    for id in &emitted {
        println!("emitted {id}");
    }
    if !given {
        assert_eq!((claimed.len(), emitted.len()), (RECIPIENTS, RECIPIENTS));
        assert_done(&repository).await.unwrap();
    }
}
