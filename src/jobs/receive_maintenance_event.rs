//! `ReceiveMaintenanceEvent`: turns the events of a delivery into looks, notes what happens within minutes, and marks
//! addresses that refuse mail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::outputs::{failed, look_at};
use crate::azure::events::{Annotation, Event, read_event};
use crate::domain::observation::Evidence;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::domain::window::{Impact, MaintenanceWindow};
use crate::functions::{EventGridBatch, HandlerError, Invocation, Outputs};
use crate::services::imminent::note_imminent;
use crate::services::mail_reports::take_mail_report;
use crate::services::signals::SubscriptionSignal;
use crate::services::{App, ServiceError, log_unreadable, signals};

/// What a delivery came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceivedEvents {
    /// The subscriptions to look at, each once, in order.
    pub look_at: Vec<SubscriptionId>,
    /// How many windows something happens to within minutes, or no longer does.
    pub noted: usize,
    /// How many events could not be read.
    pub set_aside: usize,
}

/// Takes the events of one delivery, and asks for the looks.
pub async fn run(app: Arc<App>, _: Invocation, batch: EventGridBatch) -> Result<Outputs, HandlerError> {
    let received = receive_events(&app, &batch.events).await.map_err(failed)?;
    let mut outputs = look_at(&received.look_at);
    let (events, looks) = (batch.events.len(), received.look_at.len());
    outputs.log(format!("{events} events, {looks} subscriptions to look at"));
    Ok(outputs)
}

/// Takes the events of one delivery. Doing it again with the same events changes nothing.
///
/// # Errors
/// When the store cannot be read or written. The delivery comes again.
pub async fn receive_events(app: &App, events: &[Value]) -> Result<ReceivedEvents, ServiceError> {
    let now = app.clock.now();
    let mut received = ReceivedEvents::default();
    let mut operator_alerts = BTreeSet::new();
    let mut machines: BTreeMap<SubscriptionId, Vec<Event>> = BTreeMap::new();
    let mut reports = Vec::new();
    for event in events {
        match read_event(event, now) {
            Ok(Event::MailReport(report)) => reports.push(report),
            Ok(Event::Other(kind)) => tracing::debug!(kind, "an event says nothing about maintenance"),
            Ok(event) => {
                if let Some(subscription) = subject(&event).map(ResourceId::subscription) {
                    machines.entry(subscription).or_default().push(event);
                }
            }
            Err(unreadable) => {
                received.set_aside += 1;
                let (what, problem) = (unreadable.what, unreadable.problem);
                tracing::warn!(what, problem, excerpt = unreadable.excerpt, "an event was set aside");
                operator_alerts.insert(OperatorAlert::Unreadable { what, problem });
            }
        }
    }
    let visible = signals::watched(app, machines.keys().cloned().collect::<Vec<_>>()).await?;
    machines.retain(|id, _| visible.contains(id));
    for (subscription, events) in &machines {
        received.noted += receive_of(app, subscription, events, &mut received.look_at, now).await?;
    }
    // Reports can be out of order in a delivery; the newest of an address is the last word.
    reports.sort_by_key(|report| report.at);
    for report in &reports {
        take_mail_report(app, report, now).await?;
    }
    app.report(&operator_alerts.into_iter().collect::<Vec<_>>(), now).await?;
    tracing::info!(
        events = events.len(),
        look_at = received.look_at.len(),
        noted = received.noted,
        reports = reports.len(),
        set_aside = received.set_aside,
        "received events"
    );
    Ok(received)
}

/// The machine or scale set that an event is about.
fn subject(event: &Event) -> Option<&ResourceId> {
    match event {
        Event::Scheduled(notice) => Some(&notice.about),
        Event::Annotated(annotation) => Some(&annotation.resource),
        Event::AvailabilityChanged { resource } => Some(resource),
        Event::MailReport(_) | Event::Other(_) => None,
    }
}

/// The events of one subscription. Returns how many windows were noted on.
async fn receive_of(
    app: &App,
    subscription: &SubscriptionId,
    events: &[Event],
    look_at: &mut Vec<SubscriptionId>,
    now: DateTime<Utc>,
) -> Result<usize, ServiceError> {
    let windows = app.repository.windows(subscription).await?;
    log_unreadable("a window", &windows.unreadable);
    let open: Vec<&MaintenanceWindow> =
        windows.values().map(|row| &row.window).filter(|window| window.is_open()).collect();
    let is_open = |resource: &ResourceId| open.iter().any(|window| window.id.resource == *resource);
    let mut signal = SubscriptionSignal::default();
    let mut notices = Vec::new();
    let mut look = false;
    for event in events {
        match event {
            Event::Scheduled(notice) => {
                let named = open.iter().any(|window| notice.names(&window.id.resource));
                // Pauses come all the time and belong to no wave.
                let down = matches!(notice.event.impact, Impact::Reboot | Impact::Redeploy);
                look |= named || down;
                if named {
                    notices.push(notice);
                } else if down {
                    signal.machines.extend(notice.likely());
                }
            }
            Event::Annotated(annotation) => {
                let known = is_open(&annotation.resource);
                let planned = annotation.name.contains("PlannedMaintenance");
                look |= known || planned;
                if known {
                    signal.evidence.extend(evidence(annotation));
                } else if planned {
                    signal.machines.insert(annotation.resource.clone());
                }
            }
            Event::AvailabilityChanged { resource } => look |= is_open(resource),
            Event::MailReport(_) | Event::Other(_) => {}
        }
    }
    let noted = note_imminent(app, subscription, &notices, now).await?;
    if look {
        signals::note_signal(app, subscription, &signal, now).await?;
        look_at.push(subscription.clone());
    }
    Ok(noted)
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
