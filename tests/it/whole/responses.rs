//! What owners say of a window, from the response to what the others are sent.

use chrono::TimeDelta;
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::response::{Response, ResponseRecord};
use maintenance_notifier::domain::reason::Reason;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::window::WindowId;
use maintenance_notifier::services::sync_assignments;

use super::tenant::{Setup, TestTenant, small_world};

const JANE: &str = "jane.doe@contoso.com";
const MEI: &str = "mei.lin@contoso.com";

/// Jane's one machine, of which she was notified.
async fn tenant() -> (TestTenant, WindowId) {
    let mut tenant = Setup::new(small_world(&[("vm-web-01", "jane.doe")])).begin().await;
    tenant.round().await;
    tenant.messages().await;
    let id = tenant.windows().await[0].window.id.clone();
    (tenant, id)
}

async fn respond(tenant: &TestTenant, window: &WindowId, who: &str, response: Response) {
    let row = tenant.windows().await.into_iter().find(|row| row.window.id == *window).unwrap();
    let record = ResponseRecord {
        response,
        by: Actor { recipient: Some(who.parse().unwrap()), ..Actor::default() },
        at: tenant.now(),
        revision: row.window.revision,
    };
    let decide =
        tenant.repository.decide(window, &[], |transaction| transaction.actions.respond(record.clone()));
    decide.await.unwrap();
    sync_assignments::sync_assignments(&tenant.app, window).await.unwrap();
    tenant.plan().await;
    tenant.clock.advance(TimeDelta::minutes(1));
}

/// Everything that a recipient was sent, in order.
async fn notified(tenant: &TestTenant, who: &str) -> Vec<Stage> {
    let state = tenant.repository.state(&who.parse().unwrap()).await.unwrap();
    let messages = state.ledger.iter().map(|stored| &stored.value).filter(|message| message.notifies());
    messages.flat_map(|message| message.items.iter().map(|item| item.stage)).collect()
}

async fn owners(tenant: &TestTenant) -> Vec<String> {
    let holders = tenant.windows().await.remove(0).holders;
    let current = holders.into_iter().filter(|holder| holder.withdrawn.is_none());
    current.map(|holder| holder.recipient.to_string()).collect()
}

#[tokio::test]
async fn a_window_changes_hands_only_once_the_other_accepts() {
    let (mut tenant, window) = tenant().await;
    respond(&tenant, &window, JANE, Response::HandOver { to: MEI.parse().unwrap() }).await;
    assert_eq!(owners(&tenant).await, [JANE, MEI]);
    assert_eq!(notified(&tenant, MEI).await, [Stage::Announced]);
    assert_eq!(notified(&tenant, JANE).await, [Stage::Announced]);
    respond(&tenant, &window, MEI, Response::NotMine).await;
    assert_eq!(owners(&tenant).await, [JANE]);
    assert_eq!(notified(&tenant, JANE).await, [Stage::Announced, Stage::HandedBack]);
    respond(&tenant, &window, JANE, Response::HandOver { to: MEI.parse().unwrap() }).await;
    respond(&tenant, &window, MEI, Response::Accept).await;
    assert_eq!(owners(&tenant).await, [MEI]);
    // Looking at Azure again changes nothing of that.
    tenant.look().await;
    assert_eq!(owners(&tenant).await, [MEI]);
    // Mei heard of it once, and Jane that it came back; that it is hers no more can wait for her digest.
    let letters = tenant.messages().await;
    assert_eq!(letters.iter().map(|letter| letter.to.as_str()).collect::<Vec<_>>(), [MEI, JANE]);
}

#[tokio::test]
async fn when_nobody_is_left_the_fallback_learns_who_said_so() {
    let (mut tenant, window) = tenant().await;
    respond(&tenant, &window, JANE, Response::NotMine).await;
    let [fallback] = owners(&tenant).await.try_into().unwrap();
    assert_ne!(fallback, JANE);
    // It had its mail of the day, so this comes with the next.
    tenant.advance(TimeDelta::days(1)).await;
    assert!(notified(&tenant, &fallback).await.contains(&Stage::Announced));
    let state = tenant.repository.state(&fallback.parse().unwrap()).await.unwrap();
    let assignment = state.assignments.iter().find(|assignment| assignment.window.id == window).unwrap();
    assert_eq!(assignment.reasons, [Reason::Declined { by: vec![JANE.parse().unwrap()] }]);
    let letters = tenant.messages().await;
    let mut to: Vec<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
    // Both go out in the same minute, in whichever order.
    to.sort();
    assert_eq!(to, [JANE, "platform@contoso.com"], "Jane hears that it is hers no more");
}
