//! Another configuration while windows are under way.

use chrono::TimeDelta;

use super::tenant::{CONFIGURATION, Setup, small_world};

/// No look comes within the days of the test.
const NEVER: TimeDelta = TimeDelta::days(30);

fn with_digest(digest: &str) -> String {
    format!(
        "{CONFIGURATION}\n[[recipients]]\nname = \"web\"\nemail = [\"web@contoso.com\"]\ndigest = \"{digest}\"\n"
    )
}

#[tokio::test]
async fn who_wants_digests_from_now_on_hears_in_the_next_one_what_has_ended_before() {
    let simulation = small_world(&[("vm-web-01", "web"), ("vm-web-02", "web")]);
    let mut tenant = Setup::new(simulation).configuration(with_digest("never")).begin().await;
    tenant.round().await;
    tenant.messages().await;
    // One machine is gone. What is left of the wave would tell it, and nothing else.
    let gone = tenant.simulation.script().machine("vm-web-01").unwrap().id();
    tenant.simulation.script().remove_machine(&gone);
    tenant.look().await;
    tenant.clock.advance(TimeDelta::hours(1));
    tenant.look().await;
    tenant.advance_with(TimeDelta::hours(11), NEVER).await;
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    assert!(!notified.iter().any(|notified| notified.contains("vm-web-01")), "{notified:?}");

    tenant.configure(with_digest("0 8 * * *"));
    tenant.restart(tenant.store());
    tenant.plan().await;
    // The reminder of the other machine, which would tell it too, comes a day later.
    tenant.advance_with(TimeDelta::days(1), NEVER).await;
    let letters = tenant.messages().await;
    let notified = tenant.notified(&letters).await;
    assert!(notified.contains(&"web@contoso.com vm-web-01 no longer planned".to_owned()), "{notified:?}");
}
