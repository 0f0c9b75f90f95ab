//! The weekly report on machines that nobody owns.

use chrono::TimeDelta;

use super::tenant::{SUBSCRIPTION, Setup, TestTenant, add_machine, small_world};
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::services::coverage::survey;

async fn reports(tenant: &TestTenant) -> usize {
    let state = tenant.repository.state(&"platform".parse().unwrap()).await.unwrap();
    let notified = state.ledger.iter().map(|stored| &stored.value).filter(|message| message.notifies());
    notified.filter(|message| message.kind == MessageKind::Coverage).count()
}

#[tokio::test]
async fn the_fallback_reads_once_a_week_which_machines_have_no_owner() {
    let simulation = small_world(&[("vm-owned", "jane.doe")]);
    // Azure plans nothing for these, so no window and no message has ever named them.
    add_machine(&simulation, SUBSCRIPTION, "vm-stray", "");
    add_machine(&simulation, SUBSCRIPTION, "vm-quiet", "jane.doe");
    let mut tenant = Setup::new(simulation).begin().await;
    tenant.round().await;
    tenant.clock.advance(TimeDelta::days(7) + TimeDelta::hours(1));
    tenant.look().await;
    tenant.host.invoke_timer("SweepMachines").await.unwrap();
    tenant.drain().await;
    for _ in 0..3 {
        tenant.plan().await;
        tenant.clock.advance(TimeDelta::minutes(1));
    }
    assert_eq!(reports(&tenant).await, 1);
    let letters = tenant.messages().await;
    let letter = letters.iter().rev().find(|letter| letter.to == "platform@contoso.com").unwrap();
    let (_, mail) = tenant.read(letter).await;
    assert_eq!(mail.subject, "1 of 3 machines has no owner");
    assert!(mail.text.contains("vm-stray") && !mail.text.contains("vm-quiet"), "{}", mail.text);
    // What is asked for by hand is the same, and writes nothing.
    let report = survey(&tenant.app, tenant.now()).await.unwrap();
    assert_eq!((report.machines(), report.without_owner()), (3, 1));
    assert_eq!(report.unowned[0].name(), "vm-stray");
}
