//! Machines of another tenant, which Azure Lighthouse lets us read: their owners are notified, nothing is started.

use chrono::TimeDelta;
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::start::{StartOrigin, StartRefusal};
use maintenance_notifier::services::start::{StartRequest, StartResult, start};

use super::pages::Reader;
use super::tenant::{CONFIGURATION, Setup, WAVE, add_machine, small_world, subscription};

const OTHER: &str = "00000000-0000-0000-0000-000000000002";

/// Hours in which everything of Jane's may start by itself.
const ORDER: &str = r#"
[[recipients]]
name  = "jane.doe"
email = ["jane.doe@contoso.com"]
maintenance_hours = "MON-SUN 08:00-20:00"

[start]
enabled = true
"#;

/// A text in one line, however it is wrapped.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn machines_of_another_tenant_are_notified_with_its_name_and_never_started() {
    let simulation = small_world(&[("vm-own-01", "jane.doe")]);
    let script = simulation.script();
    script.add_subscription(subscription(OTHER, "Fabrikam Production"));
    let id = add_machine(&simulation, OTHER, "vm-fab-01", "jane.doe");
    script.change_wave(WAVE, |wave| *wave = wave.clone().with_targets([id.clone()]));
    script.switch(|switches| {
        let fabrikam = ("11111111-0000-0000-0000-00000000fab1".to_owned(), "Fabrikam <Ltd>".to_owned());
        switches.delegated.insert(OTHER.to_owned(), fabrikam);
    });
    let mut tenant = Setup::new(simulation).configuration(format!("{CONFIGURATION}{ORDER}")).begin().await;
    tenant.round().await;
    let letters = tenant.messages().await;
    let letter = letters.iter().find(|letter| letter.to == "jane.doe@contoso.com").unwrap();
    let (content, mail) = tenant.read(letter).await;
    assert_eq!(content.items.len(), 2);
    assert!(words(&mail.text).contains("Fabrikam Production in the tenant Fabrikam <Ltd>"), "{}", mail.text);
    assert!(mail.html.contains("Fabrikam &lt;Ltd&gt;") && !mail.html.contains("<Ltd>"));
    assert!(!words(&mail.text).contains("Contoso Test in the tenant"), "{}", mail.text);

    let page = Reader::of(&tenant, letter).await.get().await;
    page.is(200).says("It belongs to the tenant Fabrikam &lt;Ltd&gt;, in which nothing is started from here");

    let rows = tenant.windows().await;
    let other = rows.iter().find(|row| row.window.id.resource.name() == "vm-fab-01").unwrap();
    assert_eq!(other.window.machine.tenant.as_ref().unwrap().display_name(), "Fabrikam <Ltd>");
    for begins in [None, Some(tenant.now() + TimeDelta::days(1))] {
        let start_request = StartRequest {
            window: other.window.id.clone(),
            revision: other.window.revision,
            begins,
            by: Actor::default(),
            origin: StartOrigin::CommandLine,
            accepts: None,
        };
        let answer = start(&tenant.app, &start_request).await.unwrap();
        assert!(matches!(answer, StartResult::Refused(StartRefusal::OtherTenant)), "{answer:?}");
    }
    // The standing order holds for the machine that is ours, and for that one only.
    tenant.look().await;
    let rows = tenant.windows().await;
    let planned = |name: &str| {
        let row = rows.iter().find(|row| row.window.id.resource.name() == name).unwrap();
        row.actions.open_start().is_some()
    };
    assert_eq!((planned("vm-own-01"), planned("vm-fab-01")), (true, false));
    tenant.advance(TimeDelta::days(2)).await;
    tenant.follow().await;
    assert!(tenant.simulation.script().starts().iter().all(|path| !path.contains("vm-fab-01")));
    tenant.messages().await;
}
