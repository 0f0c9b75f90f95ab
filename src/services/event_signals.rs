//! What the events of one subscription come to: notes on its windows, and a signal to look.

use chrono::{DateTime, Utc};

use super::imminent::note_imminent;
use super::signals::{SubscriptionSignal, note_signal};
use super::{App, ServiceError, log_unreadable};
use crate::azure::events::Event;
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::domain::window::{Impact, MaintenanceWindow};

/// The machine or scale set that an event is about.
pub fn subject(event: &Event) -> Option<&ResourceId> {
    match event {
        Event::Scheduled(notice) => Some(&notice.about),
        Event::Annotated(annotation) => Some(&annotation.resource),
        Event::AvailabilityChanged { resource } => Some(resource),
        Event::MailReport(_) | Event::Other(_) => None,
    }
}

/// Notes the events of one subscription, and whether to look at it. Returns how many windows were noted on.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn note_events(
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
    let is_open = |resource: &ResourceId| open.iter().any(|window| window.place() == resource);
    let mut signal = SubscriptionSignal::default();
    let mut notices = Vec::new();
    let mut look = false;
    for event in events {
        match event {
            Event::Scheduled(notice) => {
                let named = open.iter().any(|window| notice.names(window.place()));
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
                if planned && !known {
                    signal.machines.insert(annotation.resource.clone());
                }
            }
            Event::AvailabilityChanged { resource } => look |= is_open(resource),
            Event::MailReport(_) | Event::Other(_) => {}
        }
    }
    let noted = note_imminent(app, subscription, &notices, now).await?;
    if look {
        note_signal(app, subscription, &signal, now).await?;
        look_at.push(subscription.clone());
    }
    Ok(noted)
}
