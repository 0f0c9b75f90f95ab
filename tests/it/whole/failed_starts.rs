//! What becomes of a start that Azure does not simply carry out: one start, and a message that says how it ended.

use std::sync::Arc;

use chrono::TimeDelta;
use maintenance_notifier::demo::ScriptedStart;
use maintenance_notifier::domain::action::start::{Start, StartOutcome, StartState};
use maintenance_notifier::domain::window::MaintenanceWindow;
use maintenance_notifier::services::start::{StartResult, start};
use maintenance_notifier::store::{SharedStore, SqliteStore};

use super::failing_store::{FailingStore, Failure};
use super::janes_machine::{start_request, tenant, tenant_on};
use super::tenant::{TestTenant, WAVE};

const JANE: &str = "jane.doe@contoso.com";
/// The start's word for whoever decided it.
const DECIDED: &str = "Started by jane on Mon 23 Nov 2026, 10:00 CET (09:00 UTC): ";

async fn begin(tenant: &TestTenant, window: &MaintenanceWindow) -> StartResult {
    start(&tenant.app, &start_request(window)).await.unwrap()
}

/// The answers that Azure gave to starts.
fn posts(tenant: &TestTenant) -> Vec<u16> {
    let requests = tenant.simulation.script().requests();
    let posts = requests.iter().filter(|request| request.path.ends_with("/performMaintenance"));
    posts.map(|request| request.status).collect()
}

/// Starts the machine and follows it to its end.
async fn ended(tenant: &mut TestTenant, window: &MaintenanceWindow) -> (StartOutcome, String) {
    let answer = begin(tenant, window).await;
    let StartResult::Begun(begun) = answer else { panic!("{answer:?}") };
    followed(tenant, &begun).await
}

/// How a start ended within eight hours, and the text of what Jane was sent about it within two days.
async fn followed(tenant: &mut TestTenant, begun: &Start) -> (StartOutcome, String) {
    let mut minutes = 8 * 60;
    let outcome = loop {
        let start = tenant.repository.start(&begun.id).await.unwrap().unwrap();
        if let StartState::Settled { outcome, .. } = start.state {
            break outcome;
        }
        minutes -= 1;
        assert!(minutes > 0, "{start:?}");
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
    };
    tenant.advance(TimeDelta::days(2)).await;
    let mut texts = String::new();
    for letter in tenant.messages().await.iter().filter(|letter| letter.to == JANE) {
        let (_, mail) = tenant.read(letter).await;
        texts += &mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    (outcome, texts)
}

#[track_caller]
fn says(text: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(text.contains(wanted), "{wanted:?} is not in {text}");
    }
}

#[tokio::test]
async fn f12_a_conflict_is_notified_in_azures_words_and_not_posted_again() {
    let (mut tenant, window) = tenant().await;
    let message = "Operation 'performMaintenance' is not allowed on VM 'vm-web-01' since a disk is attached.";
    let refuse = ScriptedStart::Refuse { message: message.to_owned() };
    tenant.simulation.script().next_start(window.id.resource.as_str(), refuse);
    let (outcome, text) = ended(&mut tenant, &window).await;
    assert_eq!(
        outcome,
        StartOutcome::Refused { code: "OperationNotAllowed".to_owned(), message: message.to_owned() }
    );
    assert_eq!(posts(&tenant), [409]);
    says(
        &text,
        &["The start of vm-web-01 failed.", DECIDED, "Azure refused it (OperationNotAllowed).", message],
    );
}

#[tokio::test]
async fn f12_too_many_requests_is_notified_and_a_person_decides_whether_to_try_again() {
    let (mut tenant, window) = tenant().await;
    tenant.simulation.script().throttle_next("performMaintenance", 1, 1);
    let (outcome, text) = ended(&mut tenant, &window).await;
    assert!(
        matches!(&outcome, StartOutcome::Refused { code, .. } if code == "TooManyRequests"),
        "{outcome:?}"
    );
    assert_eq!(posts(&tenant), [429]);
    says(&text, &["The start of vm-web-01 failed.", "Azure refused it (TooManyRequests)."]);
    assert!(matches!(begin(&tenant, &window).await, StartResult::Begun(_)));
    assert_eq!(posts(&tenant), [429, 202]);
}

#[tokio::test]
async fn f12_an_aborted_start_is_notified_as_skipped_with_what_that_means() {
    let (mut tenant, window) = tenant().await;
    tenant.simulation.script().next_start(window.id.resource.as_str(), ScriptedStart::Abort);
    let (outcome, text) = ended(&mut tenant, &window).await;
    assert_eq!(outcome, StartOutcome::Skipped { message: Some("Maintenance was aborted.".to_owned()) });
    assert_eq!(posts(&tenant), [202]);
    says(
        &text,
        &[
            "The start of vm-web-01 failed.",
            "Azure leaves it out of this window and plans new dates; we will send them to you.",
            "Azure says: “Maintenance was aborted.”",
        ],
    );
}

#[tokio::test]
async fn f12_retry_later_is_notified_in_azures_words_and_can_be_tried_again() {
    let (mut tenant, window) = tenant().await;
    tenant.simulation.script().next_start(window.id.resource.as_str(), ScriptedStart::RetryLater);
    let (outcome, text) = ended(&mut tenant, &window).await;
    let message = "Maintenance could not be performed at this time. Retry later.";
    assert!(
        matches!(&outcome, StartOutcome::RetryLater { message: Some(said), again } if said == message && again.until.is_some()),
        "{outcome:?}"
    );
    assert_eq!(posts(&tenant), [202]);
    says(
        &text,
        &[
            DECIDED,
            "Azure could not do it then; it may be tried again once Azure accepts that, until",
            message,
        ],
    );
    tenant.simulation.script().set_allowed(WAVE, window.id.resource.as_str(), Some(true));
    assert!(matches!(begin(&tenant, &window).await, StartResult::Begun(_)));
    assert_eq!(posts(&tenant), [202, 202]);
}

#[tokio::test]
async fn f12_a_host_that_dies_after_azure_accepted_posts_nothing_again_and_the_next_one_notifies_of_the_end()
{
    let healthy: SharedStore = Arc::new(SqliteStore::in_memory().unwrap());
    let (mut tenant, window) = tenant_on(healthy.clone()).await;
    // The claim is the first write; the second would say that Azure accepted it.
    tenant.restart(Arc::new(FailingStore::new(healthy.clone(), 2, Failure::KilledBefore)));
    // Whoever asked hears what is surely so: it was sent. What became of it is for the next host.
    assert!(matches!(start(&tenant.app, &start_request(&window)).await.unwrap(), StartResult::Begun(_)));
    assert_eq!(posts(&tenant), [202]);
    tenant.restart(healthy);
    let id = tenant.repository.actions(&window.id).await.unwrap().open_start().unwrap().id.clone();
    let begun = tenant.repository.start(&id).await.unwrap().unwrap();
    assert!(matches!(begun.state, StartState::Claimed { .. }), "{begun:?}");
    assert!(matches!(begin(&tenant, &window).await, StartResult::Already(_)));
    let (outcome, text) = followed(&mut tenant, &begun).await;
    assert_eq!(outcome, StartOutcome::Completed { well: true });
    assert_eq!(posts(&tenant), [202]);
    says(&text, &[DECIDED, "completed, and it runs again."]);
}
