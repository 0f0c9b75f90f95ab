use super::super::testing::repository;
use super::*;
use crate::domain::action::Actor;
use crate::domain::action::audit::{AuditAction, verify};
use crate::domain::action::response::{StartStatus, StartSummary};
use crate::domain::action::start::{StartOrigin, StartOutcome};
use crate::domain::fixtures::{utc, vm_id};
use crate::domain::window::Revision;

fn window(name: &str) -> WindowId {
    WindowId { resource: vm_id(name), generation: 1 }
}

fn now() -> DateTime<Utc> {
    utc("2026-12-01T10:00:00Z")
}

/// Plans a start as `who`, unless there is one.
fn plan(transaction: &mut ActionTransaction, window: &WindowId, who: usize) -> Result<StartId, StartId> {
    if let Some(open) = &transaction.start {
        return Err(open.id.clone());
    }
    transaction.actions.attempts += 1;
    let by = Actor { principal: Some(format!("user-{who}")), ..Actor::default() };
    let start = Start {
        id: StartId::new(window, transaction.actions.attempts),
        window: window.clone(),
        revision: Revision::FIRST,
        by: by.clone(),
        origin: StartOrigin::CommandLine,
        decided: now(),
        begins: now(),
        latest: None,
        groups: Vec::new(),
        state: StartState::Planned,
        evidence: Default::default(),
    };
    put(transaction, start.clone());
    transaction.recent.push(now());
    transaction.events.push(AuditEvent {
        at: now(),
        actor: by,
        action: AuditAction::Decided { start: start.id.clone(), begins: now() },
        window: Some(window.clone()),
        message: None,
    });
    Ok(start.id)
}

fn put(transaction: &mut ActionTransaction, start: Start) {
    let status = match &start.state {
        StartState::Settled { at, outcome } => StartStatus::Settled { at: *at, outcome: outcome.clone() },
        _ => StartStatus::Planned,
    };
    transaction.actions.note_start(StartSummary {
        id: start.id.clone(),
        by: start.by.clone(),
        decided: start.decided,
        begins: start.begins,
        revision: start.revision,
        plan: None,
        status,
        ordered: None,
        progress: Default::default(),
    });
    transaction.start = Some(start);
}

#[tokio::test]
async fn f13_of_many_who_decide_at_once_one_does_and_the_others_hear_which() {
    let repository = repository();
    let window = window("web-01");
    let decisions = (0..200).map(|who| {
        let (repository, window) = (&repository, &window);
        async move { repository.decide(window, &[], move |transaction| plan(transaction, window, who)).await }
    });
    let decided = futures::future::try_join_all(decisions).await.unwrap();
    let winners: Vec<_> = decided.iter().filter_map(|one| one.as_ref().ok()).collect();
    assert_eq!(winners.len(), 1);
    assert!(decided.iter().filter_map(|one| one.as_ref().err()).all(|other| other == winners[0]));
    let trail = repository.audit_trail(1).await.unwrap();
    assert_eq!(trail.rows.len(), 1);
    let entries: Vec<_> = trail.values().cloned().collect();
    assert_eq!(verify(&AuditHead::default(), &entries, &repository.audit_head().await.unwrap()), Ok(()));
}

#[tokio::test]
async fn decisions_on_many_windows_share_one_unbroken_trail() {
    let repository = repository();
    let decisions = (0..30).map(|number| {
        let repository = &repository;
        async move {
            let window = window(&format!("web-{number}"));
            repository
                .decide(&window, &[], |transaction| plan(transaction, &window, number))
                .await
                .unwrap()
                .unwrap()
        }
    });
    futures::future::join_all(decisions).await;
    let entries: Vec<_> = repository.audit_trail(1).await.unwrap().values().cloned().collect();
    assert_eq!(entries.len(), 30);
    assert_eq!(verify(&AuditHead::default(), &entries, &repository.audit_head().await.unwrap()), Ok(()));
    assert_eq!(repository.open_starts().await.unwrap().rows.len(), 30);
}

#[tokio::test]
async fn a_start_that_ends_is_open_no_more_and_what_was_decided_is_marked_until_it_is_shown() {
    let repository = repository();
    let window = window("web-01");
    let id =
        repository.decide(&window, &[], |transaction| plan(transaction, &window, 1)).await.unwrap().unwrap();
    assert_eq!(repository.unapplied().await.unwrap(), std::slice::from_ref(&window));
    let before = repository.actions(&window).await.unwrap();

    let state = StartState::Settled { at: now(), outcome: StartOutcome::CalledOff };
    repository
        .decide(&window, &[], |transaction| {
            let start = transaction.start.clone().unwrap();
            put(transaction, Start { state: state.clone(), ..start });
        })
        .await
        .unwrap();
    assert_eq!(repository.open_starts().await.unwrap().rows.len(), 0);
    assert_eq!(repository.start(&id).await.unwrap().unwrap().state, state);

    // Who shows what was known before does not take the mark away.
    repository.applied(&window, &before).await.unwrap();
    assert_eq!(repository.unapplied().await.unwrap(), std::slice::from_ref(&window));
    repository.applied(&window, &repository.actions(&window).await.unwrap()).await.unwrap();
    assert_eq!(repository.unapplied().await.unwrap(), []);
    // And another start has another identity.
    assert_ne!(
        repository.decide(&window, &[], |transaction| plan(transaction, &window, 1)).await.unwrap(),
        Ok(id)
    );
}

#[tokio::test]
async fn members_of_a_group_decide_one_after_the_other() {
    let repository = repository();
    let mut machine = crate::domain::fixtures::machine("sql-01");
    machine.availability_set = Some(vm_id("set"));
    let keys = crate::domain::action::group_key::groups(&machine, "cluster");
    let decisions = (0..20).map(|number| {
        let (repository, keys) = (&repository, &keys);
        async move {
            let window = window(&format!("sql-{number}"));
            let gap = TimeDelta::minutes(30);
            let decide = |transaction: &mut ActionTransaction| {
                if transaction.groups.values().any(|group| group.wait(&window.resource, gap, now()).is_some())
                {
                    return false;
                }
                let id = plan(transaction, &window, number).unwrap();
                for group in transaction.groups.values_mut() {
                    group.enter(window.resource.clone(), id.clone());
                }
                true
            };
            repository.decide(&window, keys, decide).await.unwrap()
        }
    });
    let decided = futures::future::join_all(decisions).await;
    assert_eq!(decided.into_iter().filter(|one| *one).count(), 1);
}
