//! `ReceiveMaintenanceEvent`: turns the events of a delivery into looks, asks Azure whether what is urgent is true, and
//! marks addresses that refuse mail.
//!
//! An event is a hint: whoever has the key of this address can send any. What is urgent waits for Azure's word for twenty
//! seconds and is planned at once then, as what it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::outputs::{failed, look_at, set_aside};
use crate::azure::events::{Event, read_event};
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::functions::{EventGridBatch, HandlerError, Invocation, Outputs};
use crate::services::emit::emit;
use crate::services::event_signals::{note_events, subject};
use crate::services::event_wait::{is_awaited, wait_for_azure};
use crate::services::mail_reports::take_mail_report;
use crate::services::planning::plan_due;
use crate::services::{App, ServiceError, signals};

/// Result of one delivery of events.
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
    // What is not confirmed in time is notified as what it is.
    wait_for_azure(&app, &received.waiting).await.map_err(failed)?;
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
        received.noted += note_events(app, subscription, events, &mut received.look_at, now).await?;
        if is_awaited(app, subscription, now).await? {
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
