//! Asks Azure whether it says what events report: a hint becomes a fact only so.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::azure::events::Annotation;
use crate::azure::graph::{list_annotations, list_planned_events, list_scheduled_events};
use crate::domain::imminent::{self, ScheduledEventNotice};
use crate::domain::observation::Evidence;
use crate::domain::resource::{ResourceId, SubscriptionId, same_id};
use crate::domain::scheduled_event::ScheduledEvent;
use crate::domain::window::{Impact, MaintenanceWindow, WindowId};

use super::{App, ServiceError, imminent::note_changes};

/// An annotation that is older says nothing of what happens now.
const RECENT: TimeDelta = TimeDelta::minutes(30);

/// Asks Azure about the scheduled events of a subscription and notes what it says. Returns how many windows are different
/// now. What Azure cannot be asked stays as it was.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn confirm_events(
    app: &App,
    subscription: &SubscriptionId,
    now: DateTime<Utc>,
) -> Result<usize, ServiceError> {
    let (listed, annotations) = tokio::join!(
        list_scheduled_events(&app.arm, subscription, now),
        list_annotations(&app.arm, subscription, now)
    );
    let listed = listed
        .inspect_err(|error| tracing::warn!(%error, %subscription, "scheduled events could not be asked for"))
        .ok();
    let annotations = annotations.unwrap_or_else(|error| {
        tracing::warn!(%error, %subscription, "annotations could not be asked for");
        Vec::new()
    });
    note_confirmed(app, subscription, listed.as_deref(), &annotations, now).await
}

/// Notes what Azure says of the scheduled events of a subscription: `listed`, unless it could not be asked, and what
/// machines are annotated with. Returns how many windows are different now.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn note_confirmed(
    app: &App,
    subscription: &SubscriptionId,
    listed: Option<&[ScheduledEventNotice]>,
    annotations: &[Annotation],
    now: DateTime<Utc>,
) -> Result<usize, ServiceError> {
    note_changes(app, subscription, now, |windows| confirmed(windows, listed, annotations, now)).await
}

/// The windows that are different by what Azure says.
fn confirmed(
    windows: &[MaintenanceWindow],
    listed: Option<&[ScheduledEventNotice]>,
    annotations: &[Annotation],
    now: DateTime<Utc>,
) -> Vec<MaintenanceWindow> {
    let mut newest: BTreeMap<&WindowId, MaintenanceWindow> = BTreeMap::new();
    for window in windows.iter().filter(|window| window.is_open()) {
        let mut next = window.clone();
        for notice in listed.unwrap_or_default() {
            next = imminent::confirm([&next], notice, now).pop().unwrap_or(next);
        }
        if let Some(listed) = listed {
            next = imminent::close_unlisted(&next, listed).unwrap_or(next);
        }
        let begun = annotations.iter().filter_map(|annotation| begun(&next, annotation, now)).next();
        if let Some(notice) = begun {
            next = imminent::confirm([&next], &notice, now).pop().unwrap_or(next);
        }
        if next != *window {
            newest.insert(&window.id, next);
        }
    }
    newest.into_values().collect()
}

/// The event of the window that Resource Health shows to have begun, as that shows it: without a time to come.
fn begun(
    window: &MaintenanceWindow,
    annotation: &Annotation,
    now: DateTime<Utc>,
) -> Option<ScheduledEventNotice> {
    let Annotation { resource, name, at } = annotation;
    let event = window.scheduled_events.iter().find(|event| {
        event.confirmed.is_none() && event.scheduled && event.is_open(now) && now - RECENT <= *at
    })?;
    let impact = match name.to_ascii_lowercase() {
        name if !name.contains("initiatedforplannedmaintenance") => return None,
        name if name.contains("reboot") => Impact::Reboot,
        _ => Impact::Redeploy,
    };
    (resource == window.place()).then(|| ScheduledEventNotice {
        event: ScheduledEvent {
            impact,
            by_azure: true,
            not_before: None,
            seconds: None,
            over: false,
            confirmed: None,
            ..event.clone()
        },
        about: resource.clone(),
        names: Vec::new(),
    })
}

/// Why windows of `machines` end, as Azure says when it is asked: by what happened to them, and for waves that an alert
/// called off, whether Service Health calls them resolved before their end. What it cannot be asked is no evidence.
pub async fn confirmed_evidence(
    app: &App,
    subscription: &SubscriptionId,
    machines: &[ResourceId],
    hints: &[Evidence],
    now: DateTime<Utc>,
) -> Vec<Evidence> {
    let annotations = list_annotations(&app.arm, subscription, now).await.unwrap_or_else(|error| {
        tracing::warn!(%error, %subscription, "annotations could not be asked for");
        Vec::new()
    });
    let of_machines = annotations.iter().filter(|annotation| machines.contains(&annotation.resource));
    let mut found: Vec<Evidence> = of_machines.filter_map(evidence).collect();
    let cancelled: Vec<(&String, &DateTime<Utc>)> = hints
        .iter()
        .filter_map(|hint| match hint {
            Evidence::Cancelled { tracking_id, at } => Some((tracking_id, at)),
            _ => None,
        })
        .collect();
    if !cancelled.is_empty() {
        let events = list_planned_events(&app.arm, subscription).await.unwrap_or_else(|error| {
            tracing::warn!(%error, %subscription, "Service Health could not be asked for a wave that was called off");
            Vec::new()
        });
        let is_called_off = |id: &str| {
            events.iter().any(|event| {
                same_id(&event.tracking_id, id)
                    && event.is_resolved()
                    && event.end.is_none_or(|end| now < end)
            })
        };
        let sure = cancelled.into_iter().filter(|(id, _)| is_called_off(id));
        found.extend(sure.map(|(id, at)| Evidence::Cancelled { tracking_id: id.clone(), at: *at }));
    }
    found
}

/// What an annotation says about why a window of the machine ends.
fn evidence(annotation: &Annotation) -> Option<Evidence> {
    let Annotation { resource, name, at } = annotation;
    let (resource, at) = (resource.clone(), *at);
    if !name.contains("Initiated") {
        return None;
    }
    if name.contains("PlannedMaintenance") {
        // By the owner's start or by Azure: either way this is the maintenance itself.
        Some(Evidence::Started { resource, at })
    } else if name.contains("Migration") || name.contains("Redeploy") || name.contains("Deallocation") {
        Some(Evidence::Moved { resource, at })
    } else {
        None
    }
}
