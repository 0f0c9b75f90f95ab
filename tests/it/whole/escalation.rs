//! Machines for which nobody responds: who is escalated to, when, and what everybody reads of it.

use chrono::TimeDelta;
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::response::{Response, ResponseRecord};
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::services::sync_assignments;

use super::tenant::{CONFIGURATION, Setup, TestTenant, small_world};

const JANE: &str = "jane.doe@contoso.com";
/// Looks are seldom, to save time: steps are prepared days ahead.
const LOOKS: TimeDelta = TimeDelta::hours(6);

/// A team with somebody to turn to, and somebody above them.
const TEAMS: &str = r#"
[[recipients]]
name        = "web"
email       = ["web@contoso.com"]
escalate_to = "duty"

[[recipients]]
name        = "duty"
email       = ["duty@contoso.com"]
escalate_to = "boss"

[[recipients]]
name  = "boss"
email = ["boss@contoso.com"]
"#;

/// Self-service ends on Wednesday the 2nd at 09:00 UTC; the test begins on Monday the 23rd at that time.
async fn tenant(owner: &str) -> TestTenant {
    let setup = Setup::new(small_world(&[("vm-web-01", owner)]));
    let mut tenant = setup.configuration(format!("{CONFIGURATION}{TEAMS}")).begin().await;
    tenant.round().await;
    tenant.messages().await;
    tenant
}

/// When and what a recipient was sent, in order.
async fn notified(tenant: &TestTenant, who: &str) -> Vec<(String, Stage)> {
    let state = tenant.repository.state(&who.parse().unwrap()).await.unwrap();
    let messages = state.ledger.iter().map(|stored| &stored.value).filter(|message| message.notifies());
    let items = messages.flat_map(|message| {
        let at = message.moment().format("%a %d %H:%M").to_string();
        message.items.iter().map(move |item| (at.clone(), item.stage))
    });
    items.collect()
}

fn list(items: &[(&str, Stage)]) -> Vec<(String, Stage)> {
    items.iter().map(|(at, stage)| ((*at).to_owned(), *stage)).collect()
}

async fn acknowledge(tenant: &TestTenant, who: &str) {
    let window = tenant.windows().await.remove(0).window;
    let record = ResponseRecord {
        response: Response::Acknowledge { note: None, change: None },
        by: Actor { recipient: Some(who.parse().unwrap()), ..Actor::default() },
        at: tenant.now(),
        revision: window.revision,
    };
    let decide =
        tenant.repository.decide(&window.id, &[], |transaction| transaction.actions.respond(record.clone()));
    decide.await.unwrap();
    sync_assignments::sync_assignments(&tenant.app, &window.id).await.unwrap();
}

/// The text of the newest mail to `who` among those not taken yet.
async fn last_text(tenant: &mut TestTenant, who: &str) -> String {
    let letters = tenant.messages().await;
    let letter = letters.iter().rev().find(|letter| letter.to == who).unwrap();
    tenant.read(letter).await.1.text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn each_step_escalates_to_the_next_who_reads_what_the_owners_were_sent() {
    let mut tenant = tenant("web").await;
    tenant.advance_with(TimeDelta::hours(47), LOOKS).await;
    assert_eq!(notified(&tenant, "duty").await, []);
    tenant.advance_with(TimeDelta::hours(2), LOOKS).await;
    assert_eq!(notified(&tenant, "duty").await, list(&[("Wed 25 09:00", Stage::Escalated)]));
    let text = last_text(&mut tenant, "duty@contoso.com").await;
    assert!(text.contains("Nobody has chosen a time for vm-web-01 yet"), "{text}");
    assert!(text.contains("web was told on Mon 23 Nov 10:00 CET"), "{text}");
    assert!(text.contains("web is responsible."), "{text}");

    tenant.advance_with(TimeDelta::days(5), LOOKS).await;
    assert_eq!(notified(&tenant, "duty").await, list(&[("Wed 25 09:00", Stage::Escalated)]));
    assert_eq!(notified(&tenant, "boss").await, list(&[("Mon 30 09:00", Stage::Escalated)]));
    let letters = tenant.messages().await;
    let mut read = Vec::new();
    for who in ["web@contoso.com", "boss@contoso.com"] {
        let letter = letters.iter().rev().find(|letter| letter.to == who).unwrap();
        let text = tenant.read(letter).await.1.text;
        read.push(text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let sentence = "duty was told that nobody had responded on Wed 25 Nov 10:00 CET.";
    assert!(read.iter().all(|text| text.contains(sentence)), "{read:#?}");
    assert!(read[1].contains("reminded on Wed 25 Nov 10:00 CET"), "{}", read[1]);
    // Nobody who was merely escalated to counts as an owner.
    let row = tenant.windows().await.remove(0);
    let owners = row.holders.iter().filter(|holder| !holder.escalated);
    assert_eq!(owners.map(|holder| holder.recipient.as_str()).collect::<Vec<_>>(), ["web"]);
}

#[tokio::test]
async fn f14_an_owner_acknowledges_and_never_acts_so_the_last_step_escalates() {
    let mut tenant = tenant("jane.doe").await;
    acknowledge(&tenant, JANE).await;
    tenant.advance_with(TimeDelta::days(6), LOOKS).await;
    assert_eq!(notified(&tenant, "platform").await, []);
    tenant.advance_with(TimeDelta::days(2), LOOKS).await;
    // Jane has nobody to turn to, so it is the fallback; and it comes back to herself.
    assert_eq!(notified(&tenant, "platform").await, list(&[("Mon 30 09:00", Stage::Escalated)]));
    assert!(notified(&tenant, JANE).await.contains(&("Mon 30 09:00".to_owned(), Stage::Reminder)));
    let text = last_text(&mut tenant, "platform@contoso.com").await;
    assert!(text.contains("Acknowledged by jane.doe@contoso.com"), "{text}");
}

#[tokio::test]
async fn a_response_before_the_step_stops_the_escalation() {
    let mut tenant = tenant("web").await;
    tenant.advance_with(TimeDelta::hours(40), LOOKS).await;
    acknowledge(&tenant, "web").await;
    tenant.advance_with(TimeDelta::days(3), LOOKS).await;
    assert_eq!(notified(&tenant, "duty").await, []);
    // Whoever was never escalated to hears nothing of how it ends either.
    let target = tenant.windows().await.remove(0).window.id.resource.to_string();
    tenant.simulation.script().remove_machine(&target);
    tenant.advance_with(TimeDelta::days(3), LOOKS).await;
    assert_eq!(notified(&tenant, "duty").await, []);
    assert_eq!(notified(&tenant, "boss").await, []);
    assert!(notified(&tenant, "web").await.iter().any(|(_, stage)| *stage == Stage::NoLongerPlanned));
    tenant.messages().await;
}
