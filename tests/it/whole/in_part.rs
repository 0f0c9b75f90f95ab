//! What is seen in part is told as such; only what an operator can mend makes the notifier ill.

use chrono::TimeDelta;
use maintenance_notifier::cli::windows::table;
use maintenance_notifier::demo::{Corruption, Fault, FaultAnswer, SimulatedHost, SimulatedTags};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::window::Acceptance;
use maintenance_notifier::render::RenderedMail;
use maintenance_notifier::web::health_now;
use serde_json::{Value, json};

use super::pages::Reader;
use super::tenant::{SUBSCRIPTION, Setup, TestTenant, WAVE, add_machine, small_world, start, wave};

const JANE: &str = "jane.doe@contoso.com";

fn at(days: i64) -> String {
    (start() + TimeDelta::days(days)).to_rfc3339()
}

/// The first round of a tenant whose only machine shows this status.
async fn showing(status: Value) -> TestTenant {
    let simulation = small_world(&[("vm-web-01", "jane.doe")]);
    let id = simulation.script().machine("vm-web-01").unwrap().id();
    simulation.script().corrupt(&id, Corruption::Replace(status));
    let tenant = Setup::new(simulation).begin().await;
    tenant.round().await;
    tenant
}

/// A text without its line ends.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The mail that Jane gets next.
async fn mail(tenant: &mut TestTenant) -> RenderedMail {
    let letters = tenant.messages().await;
    let to_jane = letters.iter().find(|letter| letter.to == JANE).expect("Jane is told");
    tenant.read(to_jane).await.1
}

async fn is_healthy(tenant: &TestTenant) -> bool {
    tenant.plan().await;
    let health = health_now(&tenant.app).await;
    !health["problems"].to_string().contains("scopes-are-unseen")
}

#[tokio::test]
async fn a_status_that_only_forbids_a_start_is_nothing_planned() {
    for status in [
        json!({ "isCustomerInitiatedMaintenanceAllowed": false }),
        json!({ "isCustomerInitiatedMaintenanceAllowed": false, "lastOperationResultCode": "None", "additionalProperties": {} }),
    ] {
        let mut tenant = showing(status).await;
        assert_eq!(tenant.operator_alerts().await, []);
        assert!(is_healthy(&tenant).await);
        let letters = tenant.messages().await;
        assert_eq!(tenant.notified(&letters).await, [""; 0]);
    }
}

#[tokio::test]
async fn one_date_of_two_is_told_and_the_other_is_not_made_up() {
    let mut tenant = showing(json!({
        "isCustomerInitiatedMaintenanceAllowed": true,
        "preMaintenanceWindowStartTime": at(-2),
        "preMaintenanceWindowEndTime": at(9),
        "maintenanceWindowStartTime": at(12),
    }))
    .await;
    let mail = mail(&mut tenant).await;
    assert!(mail.subject.contains("ct by Wed 2 Dec"), "{}", mail.subject);
    let text = flat(&mail.text);
    assert!(text.contains("from Sat 5 Dec 2026, 10:00 CET; Azure does not say until when"), "{text}");
    assert_eq!(tenant.operator_alerts().await, []);
    // The date that is left out next still holds, and nobody hears of it.
    let id = tenant.simulation.script().machine("vm-web-01").unwrap().id();
    let less = json!({
        "isCustomerInitiatedMaintenanceAllowed": true,
        "preMaintenanceWindowEndTime": at(9),
        "maintenanceWindowStartTime": at(12),
    });
    tenant.simulation.script().corrupt(&id, Corruption::Replace(less));
    tenant.advance(TimeDelta::hours(2)).await;
    let letters = tenant.messages().await;
    assert_eq!(tenant.notified(&letters).await, [""; 0]);
    // The deadline is real: it is reminded of.
    tenant.advance_with(TimeDelta::days(3), TimeDelta::hours(6)).await;
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    assert!(notified.iter().any(|line| line.contains("reminder")), "{notified:?}");
}

#[tokio::test]
async fn that_azure_does_not_say_whether_it_accepts_a_start_is_no_refusal_anywhere() {
    for flag in [json!(null), json!("perhaps")] {
        let status = json!({
            "isCustomerInitiatedMaintenanceAllowed": flag,
            "preMaintenanceWindowStartTime": at(-2),
            "preMaintenanceWindowEndTime": at(9),
            "maintenanceWindowStartTime": at(12),
            "maintenanceWindowEndTime": at(19),
        });
        let mut tenant = showing(status).await;
        let letters = tenant.messages().await;
        let letter = letters.iter().find(|letter| letter.to == JANE).expect("Jane is told");
        let (content, mail) = tenant.read(letter).await;
        let text = flat(&mail.text);
        assert!(text.contains("Azure does not say whether it accepts a start"), "{text}");
        assert!(mail.subject.contains("not said whether it can be started"), "{}", mail.subject);
        let item = &content.items[0].window;
        assert_eq!(item.acceptance(tenant.now()), Acceptance::Unsaid);
        let listed = table(&tenant.repository, tenant.now()).await.unwrap();
        assert!(listed.contains("Start not"), "{listed}");
        let page = flat(&Reader::of(&tenant, letter).await.get().await.body);
        assert!(page.contains("Azure does not say whether it accepts a start of this machine"), "{page}");
        for said in [&text, &listed, &page] {
            assert!(!said.contains("does not accept") && !said.contains("accepts no start"), "{said}");
        }
    }
}

#[tokio::test]
async fn a_flag_that_is_left_out_turns_nothing_of_what_was_said_before() {
    let dates = |flag: Value| {
        json!({
            "isCustomerInitiatedMaintenanceAllowed": flag,
            "preMaintenanceWindowStartTime": at(-2),
            "preMaintenanceWindowEndTime": at(9),
            "maintenanceWindowStartTime": at(12),
            "maintenanceWindowEndTime": at(19),
        })
    };
    let mut tenant = showing(dates(json!(true))).await;
    tenant.messages().await;
    let id = tenant.simulation.script().machine("vm-web-01").unwrap().id();
    tenant.simulation.script().corrupt(&id, Corruption::Replace(dates(json!(null))));
    tenant.advance(TimeDelta::hours(5)).await;
    let letters = tenant.messages().await;
    assert_eq!(tenant.notified(&letters).await, [""; 0]);
    let now = tenant.now();
    let is_accepted = |acceptance| matches!(acceptance, Acceptance::Now { .. });
    assert!(is_accepted(tenant.windows().await[0].window.acceptance(now)));
    // Two looks that refuse count, and a third that says nothing turns that neither.
    tenant.simulation.script().corrupt(&id, Corruption::Replace(dates(json!(false))));
    tenant.advance(TimeDelta::hours(3)).await;
    tenant.simulation.script().corrupt(&id, Corruption::Replace(dates(json!(null))));
    tenant.advance(TimeDelta::hours(3)).await;
    assert_eq!(tenant.windows().await[0].window.acceptance(tenant.now()), Acceptance::Refused);
}

#[tokio::test]
async fn a_flag_alone_is_told_without_dates() {
    let mut tenant = showing(json!({ "isCustomerInitiatedMaintenanceAllowed": true })).await;
    let mail = mail(&mut tenant).await;
    assert!(mail.subject.contains("Choose a time"), "{}", mail.subject);
    assert!(flat(&mail.text).contains("it has not said when"), "{}", mail.text);
    assert_eq!(tenant.operator_alerts().await, []);
}

#[tokio::test]
async fn an_odd_date_is_set_aside_and_the_others_are_told() {
    let mut tenant = showing(json!({
        "isCustomerInitiatedMaintenanceAllowed": true,
        "preMaintenanceWindowStartTime": at(-2),
        "preMaintenanceWindowEndTime": at(9),
        "maintenanceWindowStartTime": "soon",
        "maintenanceWindowEndTime": at(19),
    }))
    .await;
    let mail = mail(&mut tenant).await;
    assert!(
        flat(&mail.text).contains("until Sat 12 Dec 2026, 10:00 CET; Azure does not say from when"),
        "{}",
        mail.text
    );
    let alerts = tenant.operator_alerts().await;
    assert!(
        matches!(&alerts[..], [OperatorAlert::Unreadable { what, .. }] if what.contains("rg-test") && what.contains(SUBSCRIPTION)),
        "{alerts:?}"
    );
    assert!(is_healthy(&tenant).await);
}

#[tokio::test]
async fn what_passes_or_does_not_apply_asks_for_no_role_and_makes_nobody_ill() {
    for (status, told, ill) in
        [(409, false, false), (400, false, false), (500, true, false), (403, true, true)]
    {
        let simulation = small_world(&[("vm-web-01", "jane.doe")]);
        let mut tenant = Setup::new(simulation).begin().await;
        tenant.poison_is_fine();
        tenant.round().await;
        tenant.messages().await;
        let answer = FaultAnswer::Status { status, code: "Trouble".to_owned(), retry_after: None };
        let path = "virtualMachines/vm-web-01".to_owned();
        tenant.simulation.script().fail(Fault { path, graph_page: None, times: u32::MAX, answer });
        tenant.advance(TimeDelta::minutes(45)).await;
        assert_eq!(tenant.open().await, 1, "{status}");
        let alerts = tenant.operator_alerts().await;
        assert_eq!(!alerts.is_empty(), told, "{status} {alerts:?}");
        assert_eq!(!is_healthy(&tenant).await, ill, "{status}");
        tenant.advance(TimeDelta::hours(3)).await;
        let mut said = String::new();
        for letter in tenant.messages().await {
            said.push_str(&flat(&tenant.read(&letter).await.1.text));
        }
        assert_eq!(said.contains("role assignment"), ill, "{status} {said}");
    }
}

#[tokio::test]
async fn the_owner_of_a_dedicated_host_is_found_by_its_tags_and_told_by_its_row() {
    let simulation = small_world(&[]);
    let mut tags = SimulatedTags::new();
    tags.insert("owner".to_owned(), "jane.doe".to_owned());
    add_machine(&simulation, SUBSCRIPTION, "vm-beside", "mei.lin");
    let host = simulation.script().add_host(SimulatedHost {
        subscription: SUBSCRIPTION.to_owned(),
        resource_group: "rg-test".to_owned(),
        group: "hg1".to_owned(),
        name: "host-1".to_owned(),
        region: "westeurope".to_owned(),
        tags,
    });
    simulation.script().announce(wave("HOST-1").with_targets(vec![host]));
    let mut tenant = Setup::new(simulation).begin().await;
    tenant.round().await;
    let mail = mail(&mut tenant).await;
    assert!(mail.text.contains("hg1/host-1"), "{}", mail.text);
    assert_eq!(tenant.operator_alerts().await, []);
    assert!(is_healthy(&tenant).await);
}

#[tokio::test]
async fn a_machine_in_a_group_with_an_umlaut_is_found_and_told() {
    let simulation = small_world(&[]);
    let mut machine = maintenance_notifier::demo::SimulatedMachine::new(
        SUBSCRIPTION,
        "rg-öl-prod",
        "vm-oil",
        "westeurope",
        start(),
    );
    machine.tags.insert("owner".to_owned(), "jane.doe".to_owned());
    let id = simulation.script().add_machine(machine);
    simulation.script().join_wave(WAVE, &id);
    let mut tenant = Setup::new(simulation).begin().await;
    tenant.round().await;
    let letters = tenant.messages().await;
    assert_eq!(tenant.notified(&letters).await, ["jane.doe@contoso.com vm-oil announced"]);
    assert_eq!(tenant.operator_alerts().await, []);
    tenant.advance(TimeDelta::hours(1)).await;
    assert_eq!(tenant.open().await, 1);
}
