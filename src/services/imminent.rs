//! Scheduled events: what happens to a machine within minutes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::imminent::{self, ScheduledEventNotice};
use crate::domain::resource::SubscriptionId;
use crate::domain::window::MaintenanceWindow;
use crate::store::{TRIES, retry_on_conflict};

use super::assign::assign;
use super::owner_lookup::known_people;
use super::{App, ServiceError};

/// Notes scheduled events on the windows that they name and gives the new copies to everyone responsible.
pub async fn note_imminent(
    app: &App,
    subscription: &SubscriptionId,
    notices: &[&ScheduledEventNotice],
    now: DateTime<Utc>,
) -> Result<usize, ServiceError> {
    if notices.is_empty() {
        return Ok(0);
    }
    let policy = app.policy();
    let repository = &app.repository;
    retry_on_conflict!(TRIES, {
        let known = repository.windows(subscription).await?;
        let mut changed: BTreeMap<_, MaintenanceWindow> = BTreeMap::new();
        for notice in notices {
            let rows = known.values().map(|row| &row.window);
            let newest: Vec<MaintenanceWindow> =
                rows.map(|window| changed.get(&window.id).unwrap_or(window).clone()).collect();
            changed.extend(
                imminent::note(&newest, notice).into_iter().map(|window| (window.id.clone(), window)),
            );
        }
        let noted = changed.len();
        let people = known_people(app).await?;
        let changed = changed.into_values().collect();
        let assigned = assign(repository, &policy, &people, subscription, known.rows, changed, now).await?;
        app.report(&assigned.operator_alerts, now).await?;
        Ok(noted)
    })
}
