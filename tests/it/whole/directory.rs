//! Owners who are found by the organisation's directory, and what happens while it gives no answers.

use chrono::TimeDelta;
use maintenance_notifier::demo::{Account, AccountGroup, RoleAssignment, Simulation};
use maintenance_notifier::domain::directory::{DirectoryAnswer, DirectoryQuery};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::reason::Reason;
use maintenance_notifier::domain::refused_owner::RefusedOwner;

use super::tenant::{CONFIGURATION, SUBSCRIPTION, Setup, TestTenant, small_world};

const OWNER: &str = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635";

fn id(number: u8) -> String {
    format!("00000000-0000-0000-0000-0000000000{number:02}")
}

fn account(number: u8, name: &str, mail: &str) -> Account {
    Account {
        id: id(number),
        name: name.to_owned(),
        sign_in: format!("u{number}@contoso.com"),
        mail: (!mail.is_empty()).then(|| mail.to_owned()),
        ..Account::default()
    }
}

/// Jane, Arjun who left and whose manager is Mei, a robot without a mailbox, and two groups.
fn populate(simulation: &Simulation) {
    let script = simulation.script();
    script.add_account(account(1, "Jane Doe", "jane.doe@contoso.com"));
    script.add_account(Account {
        disabled: true,
        manager: Some(id(3)),
        ..account(2, "Arjun Rao", "arjun.rao@contoso.com")
    });
    script.add_account(account(3, "Mei Lin", "mei.lin@contoso.com"));
    script.add_account(account(4, "Robot", ""));
    script.add_account(Account { disabled: true, ..account(5, "Nobody's", "nobodys@contoso.com") });
    let group = |number: u8, name: &str, mail: Option<&str>, members: &[u8]| AccountGroup {
        id: id(number),
        name: name.to_owned(),
        mail: mail.map(str::to_owned),
        members: members.iter().map(|member| id(*member)).collect(),
    };
    script.add_account_group(group(10, "Web Team", Some("web@contoso.com"), &[1]));
    script.add_account_group(group(11, "VM Admins", None, &[1, 2, 3, 4, 10]));
}

fn configuration(role_assignments: bool) -> String {
    let switches = format!("directory = true\nrole_assignments = {role_assignments}\n");
    CONFIGURATION.replace("[owners]\n", &format!("[owners]\n{switches}"))
}

/// Who is notified of a machine, and why.
async fn owners(tenant: &TestTenant, machine: &str) -> Vec<(String, Reason)> {
    let row =
        tenant.windows().await.into_iter().find(|row| row.window.id.resource.name() == machine).unwrap();
    let mut owners = Vec::new();
    for holder in row.holders.iter().filter(|holder| holder.withdrawn.is_none() && !holder.escalated) {
        let state = tenant.repository.state(&holder.recipient).await.unwrap();
        let assignment = state.assignments.into_iter().find(|it| it.window.id == row.window.id).unwrap();
        owners.push((holder.recipient.to_string(), assignment.reasons[0].clone()));
    }
    owners
}

async fn names(tenant: &TestTenant, machine: &str) -> Vec<String> {
    owners(tenant, machine).await.into_iter().map(|(name, _)| name).collect()
}

fn asked_of_the_directory(tenant: &TestTenant) -> usize {
    tenant.simulation.script().requests().iter().filter(|request| request.path.starts_with("/v1.0/")).count()
}

#[tokio::test]
async fn people_and_groups_are_found_by_whatever_name_they_have() {
    let simulation = small_world(&[
        ("vm-name", "Jane Doe"),
        ("vm-sign-in", "u1"),
        ("vm-left", "arjun.rao"),
        ("vm-group", "web team"),
        ("vm-members", "VM Admins"),
        ("vm-lost", "nobodys@contoso.com; jane.doe"),
        ("vm-robot", "Robot"),
    ]);
    populate(&simulation);
    let mut tenant = Setup::new(simulation).configuration(configuration(false)).begin().await;
    tenant.round().await;
    assert_eq!(names(&tenant, "vm-name").await, ["jane.doe@contoso.com"]);
    assert_eq!(names(&tenant, "vm-sign-in").await, ["jane.doe@contoso.com"]);
    assert_eq!(names(&tenant, "vm-group").await, ["web@contoso.com"]);
    let left = owners(&tenant, "vm-left").await;
    assert!(
        matches!(&left[..], [(name, Reason::Manager { .. })] if name == "mei.lin@contoso.com"),
        "{left:?}"
    );
    let members = owners(&tenant, "vm-members").await;
    assert!(members.iter().all(|(_, reason)| matches!(reason, Reason::Member { .. })), "{members:?}");
    assert_eq!(names(&tenant, "vm-members").await, ["jane.doe@contoso.com", "mei.lin@contoso.com"]);
    // Whoever is named next to somebody who left is notified; a name without a mailbox leaves the fallback.
    assert_eq!(names(&tenant, "vm-lost").await, ["jane.doe@contoso.com"]);
    assert_eq!(names(&tenant, "vm-robot").await, ["platform"]);
    let refused: Vec<RefusedOwner> = tenant.windows().await.into_iter().flat_map(|row| row.refused).collect();
    assert_eq!(refused.iter().filter(|it| matches!(it, RefusedOwner::Disabled { .. })).count(), 1);
    assert_eq!(refused.iter().filter(|it| matches!(it, RefusedOwner::NoMailbox { .. })).count(), 1);
    // Answers are kept, those that are no good too.
    let asked = asked_of_the_directory(&tenant);
    tenant.look().await;
    assert_eq!(asked_of_the_directory(&tenant), asked);
    tenant.messages().await;
}

#[tokio::test]
async fn while_the_directory_is_silent_the_last_answers_count_and_operators_hear_once() {
    let simulation = small_world(&[("vm-web-01", "Jane Doe")]);
    populate(&simulation);
    let mut tenant = Setup::new(simulation).configuration(configuration(false)).begin().await;
    tenant.round().await;
    tenant.simulation.script().close_directory();
    tenant.clock.advance(TimeDelta::days(1));
    tenant.look().await;
    tenant.look().await;
    assert_eq!(names(&tenant, "vm-web-01").await, ["jane.doe@contoso.com"]);
    let operator_alerts = tenant.repository.operator_alerts().await.unwrap();
    let silent = |operator_alert: &OperatorAlert| matches!(operator_alert, OperatorAlert::LookUp { error, .. } if error.contains("User.Read.All"));
    assert_eq!(operator_alerts.values().filter(|row| silent(&row.operator_alert)).count(), 1);
    // It answers again: the alert is over, and Jane has moved to another mailbox.
    tenant.simulation.script().add_account(account(1, "Jane Doe", "jane.roe@contoso.com"));
    tenant.look().await;
    assert_eq!(names(&tenant, "vm-web-01").await, ["jane.roe@contoso.com"]);
    assert!(
        tenant.repository.operator_alerts().await.unwrap().values().all(|row| !silent(&row.operator_alert))
    );
    let question = DirectoryQuery::Name { name: "Jane Doe".to_owned() };
    let rows = tenant.repository.directory().await.unwrap();
    let row = rows.values().find(|row| row.question == question).unwrap();
    assert!(matches!(&row.entry, DirectoryAnswer::Person { enabled: true, .. }) && row.asked == tenant.now());
    tenant.messages().await;
}

#[tokio::test]
async fn whoever_has_a_role_is_notified_before_the_fallback_and_only_when_that_is_switched_on() {
    let world = || {
        let simulation = small_world(&[("vm-web-01", "")]);
        populate(&simulation);
        let role = |scope: &str, kind: &str, principal: String| RoleAssignment {
            scope: scope.to_owned(),
            role: OWNER.to_owned(),
            principal,
            kind: kind.to_owned(),
        };
        let group = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-test");
        let script = simulation.script();
        script.assign_role(role(&group, "User", id(3)));
        script.assign_role(role(&group, "ServicePrincipal", id(1)));
        script.assign_role(role(&format!("/subscriptions/{SUBSCRIPTION}"), "User", id(1)));
        simulation
    };
    let mut tenant = Setup::new(world()).configuration(configuration(true)).begin().await;
    tenant.round().await;
    let found = owners(&tenant, "vm-web-01").await;
    assert!(
        matches!(&found[..], [(name, Reason::Role { .. })] if name == "mei.lin@contoso.com"),
        "{found:?}"
    );
    tenant.messages().await;

    let mut plain = Setup::new(world()).configuration(configuration(false)).begin().await;
    plain.round().await;
    assert_eq!(names(&plain, "vm-web-01").await, ["platform"]);
    let asks = plain.simulation.script().requests();
    assert!(asks.iter().all(|request| !request.path.to_lowercase().contains("roleassignments")));
    plain.messages().await;
}
