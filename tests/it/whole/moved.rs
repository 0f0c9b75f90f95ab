//! A machine that is brought elsewhere while both places are looked at.

use chrono::TimeDelta;
use maintenance_notifier::domain::resource::ResourceId;

use super::tenant::{Setup, small_world};

#[tokio::test]
async fn what_two_looks_at_once_found_of_one_machine_is_one_window_again() {
    let mut tenant = Setup::new(small_world(&[("vm-web-01", "jane.doe")])).begin().await;
    tenant.round().await;
    let told = tenant.messages().await.len();
    let known = tenant.windows().await.remove(0);
    let mut double = known.clone();
    double.window.id.resource =
        ResourceId::parse(&known.window.id.resource.as_str().replace("rg-", "RG-other-")).unwrap();
    double.window.machine.id = double.window.id.resource.clone();
    double.window.first_seen += TimeDelta::minutes(1);
    let subscription = known.window.place().subscription();
    tenant.repository.put_windows(&subscription, vec![(double, None)]).await.unwrap();

    tenant.clock.advance(TimeDelta::hours(1));
    tenant.look().await;
    let open: Vec<_> = tenant.windows().await.into_iter().filter(|row| row.window.is_open()).collect();
    assert_eq!(open.iter().map(|row| &row.window.id).collect::<Vec<_>>(), [&known.window.id]);
    tenant.advance(TimeDelta::hours(6)).await;
    assert_eq!((told, tenant.messages().await.len()), (2, 0));
}
