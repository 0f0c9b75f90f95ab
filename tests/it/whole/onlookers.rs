//! Commands that only look: over a store that refuses every write they see what the app will do next.

use std::sync::Arc;

use maintenance_notifier::cli::explain::explain_all;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::planning::GoLive;
use maintenance_notifier::services::planning_input::read_tenant;
use maintenance_notifier::services::replay::next_message;
use maintenance_notifier::store::{ReadOnlyStore, StoreError};

use super::tenant::{Setup, small_world};

#[tokio::test]
async fn whoever_looks_sees_the_first_look_complete_and_leaves_it_to_the_app_to_note_that() {
    let machines = [("vm-web-01", "jane.doe"), ("vm-web-02", "")];
    let mut tenant = Setup::new(small_world(&machines)).begin().await;
    assert!(tenant.look().await);
    let (looking, _) = tenant.another(Arc::new(ReadOnlyStore::new(tenant.store())));
    let refused = looking.repository.update_tenant(|tenant| tenant.last_retired += 1).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "nothing can be written through it: {refused:?}");

    let seen = read_tenant(&looking, tenant.now()).await.unwrap();
    assert_eq!(seen.go_live, GoLive::Since(tenant.now()));
    let operators = looking.policy().fallback[0].clone();
    let (message, content) = next_message(&looking, &operators, &seen).await.unwrap().unwrap();
    assert_eq!(message.kind, MessageKind::GoLive);
    assert_eq!(content.go_live.unwrap().machines, machines.len());
    assert_eq!(explain_all(&looking, |_| true).await.unwrap().len(), machines.len());
    assert!(tenant.repository.tenant().await.unwrap().0.go_live.is_none(), "looking at it is no first run");

    assert!(tenant.plan().await);
    assert!(tenant.repository.tenant().await.unwrap().0.go_live.is_some());
    assert_eq!(tenant.messages().await.len(), 2, "to the operators and to the owner");
}
