//! How often the store is asked for a mail.

use maintenance_notifier::domain::planning::Pace;

use super::counting_store::CountingStore;
use super::tenant::{Setup, small_world};

#[tokio::test]
async fn a_mail_takes_few_calls_to_plan_and_to_deliver() {
    const OWNERS: usize = 200;
    let names: Vec<(String, String)> =
        (0..OWNERS).map(|number| (format!("vm-{number:03}"), format!("owner.{number:03}"))).collect();
    let machines: Vec<(&str, &str)> =
        names.iter().map(|(name, owner)| (name.as_str(), owner.as_str())).collect();
    let store = CountingStore::in_memory();
    let calls = || {
        let (reads, writes) = store.take();
        reads + writes
    };
    let mut tenant = Setup::new(small_world(&machines)).store(store.clone()).begin().await;
    tenant.app.set_pace(Pace::Immediate);
    tenant.look().await;
    let for_each_mail = |what: &str, most: usize| {
        let calls = calls();
        println!("{what}: {:.1} calls a mail", calls as f64 / OWNERS as f64);
        assert!(calls <= most * OWNERS, "{what}: {calls} calls for {OWNERS} mails");
    };
    calls();
    tenant.host.invoke_timer("PlanNotifications").await.unwrap();
    for_each_mail("planned and handed out", 9);
    tenant.drain().await;
    for_each_mail("delivered", 16);
    assert!(tenant.messages().await.len() >= OWNERS);
    calls();
    tenant.plan().await;
    for_each_mail("looked whether anything follows", 5);
    tenant.plan().await;
    let idle = calls();
    println!("a minute in which nothing is due: {idle} calls");
    assert!(idle <= 30, "{idle}");
}
