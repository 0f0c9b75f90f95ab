//! `ReceiveMaintenanceEvent`: turns the events of a delivery into looks, asks Azure whether what is urgent is true, and
//! marks addresses that refuse mail.
//!
//! An event is a hint: whoever has the key of this address can send any. What is urgent waits for Azure's word for twenty
//! seconds and is planned at once then, as what it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::outputs::{failed, look_at, set_aside};
use crate::azure::events::{Event, read_event};
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::domain::window::{Impact, MaintenanceWindow};
use crate::functions::{EventGridBatch, HandlerError, Invocation, Outputs};
use crate::services::emit::emit;
use crate::services::event_words::confirm_events;
use crate::services::imminent::note_imminent;
use crate::services::mail_reports::take_mail_report;
use crate::services::planning::plan_due;
use crate::services::signals::SubscriptionSignal;
use crate::services::{App, ServiceError, log_unreadable, signals};

/// How long after the question before Azure is asked again while something urgent waits.
const PAUSES: [Duration; 4] =
    [Duration::ZERO, Duration::from_secs(5), Duration::from_secs(6), Duration::from_secs(7)];

/// The longest that all of this takes: Event Grid gives up after thirty seconds.
const LONGEST: Duration = Duration::from_secs(20);

/// What a delivery came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceivedEvents {
    /// The subscriptions to look at, each once, in order.
    pub look_at: Vec<SubscriptionId>,
    /// How many windows events say something of, and Azure.
    pub noted: usize,
    /// The subscriptions in which something urgent waits for Azure's word.
    pub waiting: Vec<SubscriptionId>,
    /// How many events could not be read.
    pub set_aside: usize,
}

/// Takes the events of one delivery, and asks for the looks.
pub async fn run(app: Arc<App>, _: Invocation, batch: EventGridBatch) -> Result<Outputs, HandlerError> {
    let received = receive_events(&app, &batch.events).await.map_err(failed)?;
    let mut outputs = look_at(&received.look_at);
    let mut handed_out = 0;
    // What is not confirmed in time is told as what it is.
    let waited = tokio::time::timeout(LONGEST, wait_for_azure(&app, &received.waiting)).await;
    waited.unwrap_or(Ok(())).map_err(failed)?;
    if received.noted > 0 {
        plan_due(&app).await.map_err(failed)?;
        let tickets = emit(&app).await.map_err(failed)?;
        handed_out = tickets.len();
        for ticket in &tickets {
            outputs.send("deliveries", ticket.to_string());
        }
    }
    let (events, looks) = (batch.events.len(), received.look_at.len());
    outputs
        .log(format!("{events} events, {looks} subscriptions to look at, {handed_out} messages handed out"));
    Ok(outputs)
}

/// Asks Azure again and again about what waits for its word, until it said so or the time is over.
async fn wait_for_azure(app: &App, waiting: &[SubscriptionId]) -> Result<(), ServiceError> {
    let mut waiting = waiting.to_vec();
    let pauses = if app.asks_once() { &PAUSES[..1] } else { &PAUSES[..] };
    for pause in pauses {
        if waiting.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(*pause).await;
        let now = app.clock.now();
        let mut still = Vec::new();
        for subscription in waiting {
            confirm_events(app, &subscription, now).await?;
            if waits(app, &subscription, now).await? {
                still.push(subscription);
            }
        }
        waiting = still;
    }
    if !waiting.is_empty() && !app.asks_once() {
        // The last question came a little before the time is over.
        tokio::time::sleep(LONGEST).await;
    }
    Ok(())
}

/// Whether something urgent of the subscription waits for Azure's word at `now`.
async fn waits(app: &App, subscription: &SubscriptionId, now: DateTime<Utc>) -> Result<bool, ServiceError> {
    let windows = app.repository.windows(subscription).await?;
    let mut events = windows.values().flat_map(|row| &row.window.scheduled_events);
    Ok(events.any(|event| event.waits_for_word(now)))
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
                operator_alerts.insert(set_aside("an event"));
            }
        }
    }
    let visible = signals::watched(app, machines.keys().cloned().collect::<Vec<_>>()).await?;
    machines.retain(|id, _| visible.contains(id));
    for (subscription, events) in &machines {
        received.noted += receive_of(app, subscription, events, &mut received.look_at, now).await?;
        if waits(app, subscription, now).await? {
            received.waiting.push(subscription.clone());
        }
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
        signals::note_signal(app, subscription, &signal, now).await?;
        look_at.push(subscription.clone());
    }
    Ok(noted)
}
