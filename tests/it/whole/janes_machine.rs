//! A machine of Jane's, of which she was notified, and a start of it from the command line.

use std::sync::Arc;

use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::start::StartOrigin;
use maintenance_notifier::domain::window::MaintenanceWindow;
use maintenance_notifier::services::start::StartRequest;
use maintenance_notifier::store::{SharedStore, SqliteStore};

use super::tenant::{Setup, TestTenant, small_world};

pub(super) async fn tenant() -> (TestTenant, MaintenanceWindow) {
    tenant_on(Arc::new(SqliteStore::in_memory().unwrap())).await
}

pub(super) async fn tenant_on(store: SharedStore) -> (TestTenant, MaintenanceWindow) {
    let mut tenant = Setup::new(small_world(&[("vm-web-01", "jane.doe")])).store(store).begin().await;
    tenant.round().await;
    tenant.messages().await;
    let window = tenant.windows().await.remove(0).window;
    (tenant, window)
}

pub(super) fn start_request(window: &MaintenanceWindow) -> StartRequest {
    StartRequest {
        window: window.id.clone(),
        revision: window.revision,
        by: Actor { principal: Some("jane".to_owned()), ..Actor::default() },
        origin: StartOrigin::CommandLine,
        accepts: None,
        begins: None,
    }
}
