//! Azure answers wrongly, in part or not at all: nobody is ever notified that something ended because a row was missing.

use chrono::TimeDelta;
use maintenance_notifier::demo::{Corruption, Fault, FaultAnswer};
use maintenance_notifier::domain::operator_alert::OperatorAlert;

use super::tenant::{Letter, SUBSCRIPTION, Setup, TestTenant, WAVE, add_machine, small_world, subscription};

const OTHER: &str = "00000000-0000-0000-0000-000000000002";

/// Two subscriptions with a machine each, whose owners were notified.
async fn notified() -> TestTenant {
    let simulation = small_world(&[("vm-web-01", "jane.doe")]);
    simulation.script().add_subscription(subscription(OTHER, "Contoso Other"));
    let other = add_machine(&simulation, OTHER, "vm-db-01", "mei.lin");
    simulation.script().join_wave(WAVE, &other);
    let mut tenant = Setup::new(simulation).begin().await;
    tenant.round().await;
    let letters = tenant.messages().await;
    assert_eq!(
        tenant.notified(&letters).await,
        ["jane.doe@contoso.com vm-web-01 announced", "mei.lin@contoso.com vm-db-01 announced"]
    );
    tenant
}

/// Hours of failures, and hours after them, change nothing that owners hear.
async fn says_nothing_false(
    mut tenant: TestTenant,
    troubled: impl Fn(&TestTenant, bool),
) -> Vec<OperatorAlert> {
    tenant.poison_is_fine();
    troubled(&tenant, true);
    tenant.advance(TimeDelta::hours(5)).await;
    assert_eq!(tenant.open().await, 2);
    let known = tenant.operator_alerts().await;
    troubled(&tenant, false);
    tenant.advance(TimeDelta::hours(3)).await;
    assert_eq!(tenant.open().await, 2);
    let letters = tenant.messages().await;
    assert_eq!(tenant.notified(&letters).await, [""; 0]);
    let mut reported = Vec::new();
    for letter in &letters {
        assert_eq!(letter.to, "platform@contoso.com");
        reported.extend(tenant.read(letter).await.0.operator_alerts);
    }
    assert_eq!(reported.len(), known.len(), "each trouble is reported once: {reported:?}");
    // Looking works again: a machine that joins is found.
    let id = add_machine(&tenant.simulation, SUBSCRIPTION, "vm-web-02", "jane.doe");
    tenant.simulation.script().join_wave(WAVE, &id);
    tenant.round().await;
    let letters = tenant.messages().await;
    assert_eq!(tenant.notified(&letters).await, ["jane.doe@contoso.com vm-web-02 announced"]);
    known
}

fn status(path: &str, status: u16) -> Fault {
    let answer = FaultAnswer::Status { status, code: "Trouble".to_owned(), retry_after: None };
    Fault { path: path.to_owned(), graph_page: None, times: u32::MAX, answer }
}

#[tokio::test]
async fn f8_resource_graph_fails_for_hours() {
    for fault in [
        status("Microsoft.ResourceGraph", 500),
        status("Microsoft.ResourceGraph", 400),
        Fault { answer: FaultAnswer::NotJson, ..status("Microsoft.ResourceGraph", 200) },
        Fault { answer: FaultAnswer::BrokenBody, ..status("Microsoft.ResourceGraph", 200) },
    ] {
        let script = |tenant: &TestTenant, begins: bool| {
            if begins {
                tenant.simulation.script().fail(fault.clone());
            } else {
                tenant.simulation.script().clear_faults();
            }
        };
        says_nothing_false(notified().await, script).await;
    }
}

/// The four questions about what is announced, each by a word that stands in it alone.
const QUESTIONS: [&str; 4] = ["maintenance/updates", "EventType", "impactedresources", "scheduledevents"];

#[tokio::test]
async fn f8_a_question_that_azure_refuses_keeps_nothing_of_the_rest_from_being_collected() {
    for question in QUESTIONS {
        let mut tenant = notified().await;
        tenant.simulation.script().fail(status(question, 400));
        let id = add_machine(&tenant.simulation, SUBSCRIPTION, "vm-web-02", "jane.doe");
        tenant.simulation.script().join_wave(WAVE, &id);
        tenant.clock.advance(TimeDelta::minutes(15));
        assert!(tenant.look().await, "{question}");
        tenant.round().await;
        let letters = tenant.messages().await;
        assert_eq!(
            tenant.notified(&letters).await,
            ["jane.doe@contoso.com vm-web-02 announced"],
            "{question}"
        );
        let alerts = tenant.operator_alerts().await;
        let [OperatorAlert::Unseen { reason, cause, .. }] = &alerts[..] else { panic!("{alerts:?}") };
        assert!(reason.contains("HTTP 400 Trouble"), "{reason}");
        assert!(!cause.is_no_rights(), "no role mends that");
        // It is known as that, and as nothing else, however long it lasts.
        tenant.advance(TimeDelta::hours(5)).await;
        let keys = |alerts: &[OperatorAlert]| alerts.iter().map(OperatorAlert::key).collect::<Vec<_>>();
        assert_eq!(keys(&tenant.operator_alerts().await), keys(&alerts), "{question}");
        assert_eq!(tenant.open().await, 3, "{question}");
        tenant.messages().await;
    }
}

#[tokio::test]
async fn f8_a_question_without_an_answer_fails_one_round_and_the_rest_goes_on_with_the_next() {
    let mut tenant = notified().await;
    tenant.poison_is_fine();
    tenant.simulation.script().fail(status("servicehealthresources", 500));
    let id = add_machine(&tenant.simulation, SUBSCRIPTION, "vm-web-02", "jane.doe");
    tenant.simulation.script().join_wave(WAVE, &id);
    tenant.clock.advance(TimeDelta::minutes(15));
    assert!(!tenant.look().await, "what passes by itself is waited for");
    assert_eq!(tenant.operator_alerts().await, []);
    tenant.clock.advance(TimeDelta::minutes(15));
    assert!(tenant.look().await);
    tenant.round().await;
    let letters = tenant.messages().await;
    assert_eq!(tenant.notified(&letters).await, ["jane.doe@contoso.com vm-web-02 announced"]);
    let alerts = tenant.operator_alerts().await;
    assert_eq!(alerts.len(), 2, "{alerts:?}");
}

#[tokio::test]
async fn f8_what_was_announced_before_a_question_is_refused_still_stands() {
    let simulation = small_world(&[("vm-web-01", "jane.doe")]);
    let id = simulation.script().machine("vm-web-01").unwrap().id();
    simulation.script().corrupt(&id, Corruption::Replace(serde_json::json!({})));
    let mut tenant = Setup::new(simulation).begin().await;
    tenant.round().await;
    tenant.advance(TimeDelta::hours(30)).await;
    let letters = tenant.messages().await;
    assert_eq!(tenant.notified(&letters).await, ["jane.doe@contoso.com vm-web-01 announced elsewhere"]);
    tenant.simulation.script().fail(status("servicehealthresources", 400));
    tenant.simulation.script().fail(status("maintenance/updates", 400));
    tenant.advance(TimeDelta::hours(5)).await;
    assert_eq!(tenant.open().await, 1, "a question that is not answered takes nothing back");
    let letters = tenant.messages().await;
    assert_eq!(tenant.notified(&letters).await, [""; 0]);
}

#[tokio::test]
async fn f8_a_throttled_resource_graph_is_asked_again() {
    let mut tenant = notified().await;
    tenant.simulation.script().throttle_next("Microsoft.ResourceGraph", 1, 1);
    let id = add_machine(&tenant.simulation, SUBSCRIPTION, "vm-web-02", "jane.doe");
    tenant.simulation.script().join_wave(WAVE, &id);
    tenant.clock.advance(TimeDelta::minutes(15));
    tenant.round().await;
    let letters = tenant.messages().await;
    assert_eq!(tenant.notified(&letters).await, ["jane.doe@contoso.com vm-web-02 announced"]);
    assert_eq!(tenant.operator_alerts().await, []);
}

#[tokio::test]
async fn f8_a_second_page_that_fails_or_never_comes_ends_nothing() {
    // One page of Resource Graph holds a thousand rows.
    let names: Vec<String> = (0..1010).map(|number| format!("vm-{number:04}")).collect();
    let machines: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "jane.doe")).collect();
    let mut tenant = Setup::new(small_world(&machines)).begin().await;
    tenant.poison_is_fine();
    tenant.round().await;
    assert_eq!(tenant.open().await, machines.len());
    let letters = tenant.messages().await;
    assert_eq!(letters.len(), 2);

    let script = tenant.simulation.script();
    script.fail_graph_page(2, u32::MAX, 500);
    tenant.clock.advance(TimeDelta::minutes(15));
    assert!(!tenant.look().await, "an answer without its second page is no answer");
    script.clear_faults();
    script.truncate_resource_graph(true);
    tenant.clock.advance(TimeDelta::minutes(15));
    tenant.look().await;
    script.truncate_resource_graph(false);
    assert_eq!(tenant.open().await, machines.len());
    tenant.clock.advance(TimeDelta::hours(3));
    tenant.plan().await;
    for letter in tenant.messages().await {
        assert_eq!(tenant.read(&letter).await.0.items, []);
    }
}

#[tokio::test]
async fn f8_a_subscription_that_may_not_be_read_spoils_no_other_and_is_reported_once() {
    let forbid = |tenant: &TestTenant, begins: bool| {
        assert!(tenant.simulation.script().forbid(OTHER, begins));
    };
    let operator_alerts = says_nothing_false(notified().await, forbid).await;
    assert!(!operator_alerts.is_empty(), "operators hear of it");
}

#[tokio::test]
async fn f8_a_subscription_that_resource_graph_leaves_out_without_a_word_loses_no_window() {
    let hide = |tenant: &TestTenant, begins: bool| {
        assert!(tenant.simulation.script().hide_from_resource_graph(OTHER, begins));
    };
    says_nothing_false(notified().await, hide).await;
}

#[tokio::test]
async fn f8_a_subscription_that_is_gone_from_the_list_loses_no_window() {
    let tenant = notified().await;
    let other = tenant.simulation.script().subscriptions().into_iter().find(|it| it.id == OTHER).unwrap();
    let remove = move |tenant: &TestTenant, begins: bool| {
        let script = tenant.simulation.script();
        if begins {
            assert!(script.remove_subscription(OTHER));
        } else {
            script.add_subscription(other.clone());
        }
    };
    let operator_alerts = says_nothing_false(tenant, remove).await;
    assert!(
        matches!(&operator_alerts[..], [OperatorAlert::Unseen { scope, .. }] if scope.contains("Contoso Other")),
        "{operator_alerts:?}"
    );
}

#[tokio::test]
async fn f8_instance_views_that_fail_end_nothing() {
    for code in [403, 500] {
        let fail = |tenant: &TestTenant, begins: bool| {
            let script = tenant.simulation.script();
            script.clear_faults();
            if begins {
                script.fail(status(&format!("{OTHER}/resourceGroups/rg-test/providers"), code));
            }
        };
        says_nothing_false(notified().await, fail).await;
    }
}

#[tokio::test]
async fn f9_what_cannot_be_read_is_set_aside_once_and_its_window_stays() {
    let corruptions = [
        Corruption::OddDates,
        Corruption::EndBeforeStart,
        Corruption::Blank,
        Corruption::NotAnObject,
        Corruption::Replace(
            serde_json::json!({ "maintenanceWindowStartTime": 7, "lastOperationResultCode": [] }),
        ),
    ];
    for corruption in corruptions {
        let name = format!("{corruption:?}");
        let mut tenant = notified().await;
        let script = tenant.simulation.script();
        let id = script.machine("vm-db-01").unwrap().id();
        script.corrupt(&id, corruption);
        tenant.advance(TimeDelta::hours(4)).await;
        assert_eq!(tenant.open().await, 2, "{name}");
        let operator_alerts = tenant.operator_alerts().await;
        assert!(
            matches!(&operator_alerts[..], [OperatorAlert::Unreadable { .. }]),
            "{name}: {operator_alerts:?}"
        );
        tenant.simulation.script().heal(&id);
        let joined = add_machine(&tenant.simulation, OTHER, "vm-db-02", "mei.lin");
        tenant.simulation.script().join_wave(WAVE, &joined);
        tenant.round().await;
        let letters = tenant.messages().await;
        assert_eq!(tenant.notified(&letters).await, ["mei.lin@contoso.com vm-db-02 announced"], "{name}");
        assert_eq!(reports(&tenant, &letters).await, 1, "{name}");
    }
}

#[tokio::test]
async fn f9_a_result_code_that_nobody_knows_is_shown_and_changes_nothing() {
    let mut tenant = notified().await;
    let id = tenant.simulation.script().machine("vm-db-01").unwrap().id();
    let wave = tenant.simulation.script().waves().into_iter().find(|wave| wave.tracking_id == WAVE).unwrap();
    let time = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339();
    let self_service = wave.self_service.unwrap();
    tenant.simulation.script().corrupt(
        &id,
        Corruption::Replace(serde_json::json!({
            "isCustomerInitiatedMaintenanceAllowed": true,
            "preMaintenanceWindowStartTime": time(self_service.start),
            "preMaintenanceWindowEndTime": time(self_service.end),
            "maintenanceWindowStartTime": time(wave.scheduled.start),
            "maintenanceWindowEndTime": time(wave.scheduled.end),
            "lastOperationResultCode": "SomethingNew",
        })),
    );
    tenant.advance(TimeDelta::hours(5)).await;
    assert_eq!(tenant.open().await, 2);
    let letters = tenant.messages().await;
    assert_eq!(tenant.notified(&letters).await, [""; 0]);
}

async fn reports(tenant: &TestTenant, letters: &[Letter]) -> usize {
    let mut count = 0;
    for letter in letters {
        count += tenant.read(letter).await.0.operator_alerts.len();
    }
    count
}
