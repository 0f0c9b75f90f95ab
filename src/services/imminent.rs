//! Scheduled events: what Azure does to a machine within minutes or days.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::imminent::{self, ScheduledEventNotice};
use crate::domain::resource::SubscriptionId;
use crate::domain::window::{MaintenanceWindow, WindowId};
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
    note_changes(app, subscription, now, |windows| {
        let mut changed: BTreeMap<WindowId, MaintenanceWindow> = BTreeMap::new();
        for notice in notices {
            let newest: Vec<MaintenanceWindow> =
                windows.iter().map(|window| changed.get(&window.id).unwrap_or(window).clone()).collect();
            let noted = imminent::note(&newest, notice).into_iter();
            changed.extend(noted.map(|window| (window.id.clone(), window)));
        }
        changed.into_values().collect()
    })
    .await
}

/// Gives the windows that `change` makes of a subscription's to everyone responsible. Returns how many those are.
pub(super) async fn note_changes(
    app: &App,
    subscription: &SubscriptionId,
    now: DateTime<Utc>,
    change: impl Fn(&[MaintenanceWindow]) -> Vec<MaintenanceWindow>,
) -> Result<usize, ServiceError> {
    let policy = app.policy();
    let repository = &app.repository;
    retry_on_conflict!(TRIES, {
        let known = repository.windows(subscription).await?;
        let windows: Vec<MaintenanceWindow> = known.values().map(|row| row.window.clone()).collect();
        let changed = change(&windows);
        let noted = changed.len();
        if noted == 0 {
            return Ok(0);
        }
        let people = known_people(app).await?;
        let assigned = assign(repository, &policy, &people, subscription, known.rows, changed, now).await?;
        app.report(&assigned.operator_alerts, now).await?;
        Ok(noted)
    })
}
