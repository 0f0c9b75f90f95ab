//! Machines that are not where they stood: looks for where they stand now, and keeps their windows with the subscription
//! in which that is.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::assign::assign_anew;
use super::{App, ServiceError};
use crate::azure::graph::{MachinePlace, machines_called};
use crate::azure::observe::observe_subscription;
use crate::domain::directory::People;
use crate::domain::observation::{Candidate, Evidence, Observation, ObservedResource, Reading, UnseenScope};
use crate::domain::resource::{ResourceId, ResourceKind, SubscriptionId};
use crate::domain::window::MaintenanceWindow;
use crate::store::StoreError;
use crate::store::repository::{Stored, SubscriptionRow, WindowRow};

/// Adds to `observation` what stands elsewhere of the machines with open windows that are not where they stood. Nothing is
/// asked while all are.
///
/// # Errors
/// When the new place cannot be read. The look is to be repeated; nothing has changed by it.
pub async fn look_for_moved(
    app: &App,
    observation: &mut Observation,
    windows: &[MaintenanceWindow],
) -> Result<(), ServiceError> {
    let lost = lost(observation, windows);
    if lost.is_empty() {
        return Ok(());
    }
    let names: BTreeSet<String> = lost.iter().map(|window| window.place().name().to_lowercase()).collect();
    let found = match machines_called(&app.arm, &names).await {
        Ok(found) => found,
        // Nobody can say then whether they are gone.
        Err(error) => {
            let unseen = lost.iter().map(|window| UnseenScope {
                scope: window.place().as_str().to_owned(),
                cause: error.unseen_cause(),
                reason: format!(
                    "it is not where it stood, and where it stands now could not be asked: {error}"
                ),
            });
            let unseen: Vec<UnseenScope> = unseen.collect();
            let is_lost = |one: &ObservedResource| lost.iter().any(|it| *it.place() == one.machine.id);
            observation.resources.retain(|one| !is_lost(one) || one.reading != Reading::Gone);
            observation.unseen.extend(unseen);
            return Ok(());
        }
    };
    let watched = app.repository.tenant().await?.0.known_subscriptions;
    let mut places: BTreeMap<SubscriptionId, BTreeSet<ResourceId>> = BTreeMap::new();
    for window in &lost {
        for place in found.iter().filter(|place| may_be(place, window)) {
            let subscription = place.id.subscription();
            let is_known = place.vm_id.is_some() && place.vm_id == window.machine.vm_id;
            if subscription == observation.subscription || watched.contains(&subscription) {
                places.entry(subscription).or_default().insert(place.id.clone());
            } else if is_known {
                // It lives on where nobody asked us to look.
                let (resource, at) = (window.place().clone(), observation.at);
                observation.evidence.push(Evidence::Moved { resource, at });
            }
        }
    }
    for (subscription, mut places) in places {
        places.retain(|place| !observation.resources.iter().any(|one| one.machine.id == *place));
        if places.is_empty() {
            continue;
        }
        let candidates: Vec<Candidate> = places.into_iter().map(Candidate::bare).collect();
        let there = observe_subscription(&app.arm, &subscription, &candidates, &[], observation.at).await?;
        observation.resources.extend(there.resources);
        observation.unseen.extend(there.unseen);
        observation.unreadable.extend(there.unreadable);
        observation.evidence.extend(there.evidence);
    }
    keep_unread(observation, &lost, &found);
    Ok(())
}

/// The open windows of machines that are not where they stood.
fn lost<'a>(observation: &Observation, windows: &'a [MaintenanceWindow]) -> Vec<&'a MaintenanceWindow> {
    let is_lost = |window: &&MaintenanceWindow| {
        let read = observation.resources.iter().find(|one| one.machine.id == *window.place());
        let is_gone =
            read.is_some_and(|one| one.reading == Reading::Gone || window.machine.is_another(&one.machine));
        let is_elsewhere = observation.resources.iter().any(|one| {
            one.machine.id != *window.place()
                && one.machine.vm_id.is_some()
                && one.machine.vm_id == window.machine.vm_id
        });
        window.is_open() && window.place().kind() == ResourceKind::Vm && is_gone && !is_elsewhere
    };
    windows.iter().filter(is_lost).collect()
}

/// Whether the machine of `window` may stand there now.
fn may_be(place: &MachinePlace, window: &MaintenanceWindow) -> bool {
    let same_name = place.id.name().eq_ignore_ascii_case(window.place().name());
    let same_number = match (&place.vm_id, &window.machine.vm_id) {
        (Some(one), Some(other)) => one == other,
        _ => true,
    };
    place.id != *window.place() && same_name && same_number
}

/// What stands elsewhere and could not be read there is not gone.
fn keep_unread(observation: &mut Observation, lost: &[&MaintenanceWindow], found: &[MachinePlace]) {
    let is_unread = |window: &&&MaintenanceWindow| {
        let places =
            found.iter().filter(|place| may_be(place, window) && place.vm_id == window.machine.vm_id);
        let mut unread = places.filter(|place| {
            place.vm_id.is_some() && !observation.resources.iter().any(|one| one.machine.id == place.id)
        });
        unread.next().is_some()
            && !observation
                .evidence
                .iter()
                .any(|one| matches!(one, Evidence::Moved { resource, .. } if resource == window.place()))
    };
    let unread: Vec<ResourceId> =
        lost.iter().filter(is_unread).map(|window| window.place().clone()).collect();
    observation.resources.retain(|one| one.reading != Reading::Gone || !unread.contains(&one.machine.id));
}

/// Keeps a window with the subscription in which its machine stands now, and gives it to whoever is responsible there.
///
/// # Errors
/// When the store cannot be read or written, or another look wrote at the same time. The next look does it again.
pub async fn relocate(
    app: &App,
    stored: Stored<WindowRow>,
    window: MaintenanceWindow,
    people: &People,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let repository = &app.repository;
    let (from, to) = (stored.value.window.place().subscription(), window.place().subscription());
    tracing::info!(window = %window.id, %from, %to, "a machine was moved to another subscription");
    // The new subscription may have been looked at first: what was found there is this window.
    let there = repository.windows(&to).await?.rows;
    drop_rows(app, there.iter().filter(|row| is_double(&row.value.window, &window))).await?;
    repository.update_subscription(&to, SubscriptionRow::ask_to_assign).await?;
    repository.relocate_window(&stored, window, &from, &to).await?;
    assign_anew(repository, &app.policy(), people, [to].into(), now).await
}

/// Takes out what was found anew of machines whose windows were brought along: two looks at once, one at the subscription
/// of before and one at this one, each write one. Says whether there was any.
///
/// # Errors
/// When the store cannot be written.
pub async fn drop_doubles(app: &App, rows: &[Stored<WindowRow>]) -> Result<bool, StoreError> {
    let is_older = |one: &MaintenanceWindow, other: &MaintenanceWindow| {
        (one.first_seen, &one.id) < (other.first_seen, &other.id)
    };
    let doubles: Vec<&Stored<WindowRow>> = rows
        .iter()
        .filter(|row| {
            let window = &row.value.window;
            let mut older = rows.iter().map(|other| &other.value.window);
            older.any(|other| other.is_open() && is_double(window, other) && is_older(other, window))
        })
        .collect();
    drop_rows(app, doubles.iter().copied()).await?;
    Ok(!doubles.is_empty())
}

/// Whether both are open windows of one machine.
fn is_double(window: &MaintenanceWindow, other: &MaintenanceWindow) -> bool {
    let number = &window.machine.vm_id;
    window.id != other.id && window.is_open() && number.is_some() && *number == other.machine.vm_id
}

async fn drop_rows(app: &App, rows: impl Iterator<Item = &Stored<WindowRow>>) -> Result<(), StoreError> {
    for row in rows {
        let id = &row.value.window.id;
        for holder in &row.value.holders {
            app.repository.delete_assignments(&holder.recipient, std::slice::from_ref(id)).await?;
        }
        app.repository.delete_window(row).await?;
    }
    Ok(())
}
