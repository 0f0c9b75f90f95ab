//! `ReceiveMaintenanceEvent`: turns the events of a delivery into looks, notes what happens within minutes, and marks
//! addresses that refuse mail.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::signal::{self, SubscriptionSignal};
use super::{App, JobError, log_unreadable};
use crate::azure::events::{Annotation, Event, MailFate, MailReport, read_event};
use crate::domain::endpoint::Endpoint;
use crate::domain::imminent::{self, ScheduledEventNotice};
use crate::domain::observation::Evidence;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::recipient_name::RecipientName;
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::domain::window::{Impact, MaintenanceWindow};

/// How often noting an event is tried again when somebody else wrote at the same time.
const TRIES: usize = 5;

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

/// Takes the events of one delivery. Doing it again with the same events changes nothing.
///
/// # Errors
/// When the store cannot be read or written. The delivery comes again.
pub async fn receive_events(app: &App, events: &[Value]) -> Result<ReceivedEvents, JobError> {
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
    let visible = signal::visible(app, machines.keys().cloned().collect::<Vec<_>>()).await?;
    machines.retain(|id, _| visible.contains(id));
    for (subscription, events) in &machines {
        received.noted += receive_of(app, subscription, events, &mut received.look_at, now).await?;
    }
    // Reports can be out of order in a delivery; the newest of an address is the last word.
    reports.sort_by_key(|report| report.at);
    for report in &reports {
        mail_report(app, report, now).await?;
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
) -> Result<usize, JobError> {
    let windows = app.repository.windows(subscription).await?;
    log_unreadable("a window", &windows.unreadable);
    let open: Vec<&MaintenanceWindow> =
        windows.values().map(|row| &row.window).filter(|window| window.is_open()).collect();
    let is_open = |resource: &ResourceId| open.iter().any(|window| window.id.resource == *resource);
    let mut hint = SubscriptionSignal::default();
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
                    hint.machines.extend(notice.likely());
                }
            }
            Event::Annotated(annotation) => {
                let known = is_open(&annotation.resource);
                let planned = annotation.name.contains("PlannedMaintenance");
                look |= known || planned;
                if known {
                    hint.evidence.extend(evidence(annotation));
                } else if planned {
                    hint.machines.insert(annotation.resource.clone());
                }
            }
            Event::AvailabilityChanged { resource } => look |= is_open(resource),
            Event::MailReport(_) | Event::Other(_) => {}
        }
    }
    let noted = note(app, subscription, &notices, now).await?;
    if look {
        signal::remember(app, subscription, &hint, now).await?;
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

/// Notes scheduled events on the windows that they name and gives the new copies to everyone responsible.
async fn note(
    app: &App,
    subscription: &SubscriptionId,
    notices: &[&ScheduledEventNotice],
    now: DateTime<Utc>,
) -> Result<usize, JobError> {
    if notices.is_empty() {
        return Ok(0);
    }
    let policy = app.policy();
    let repository = &app.repository;
    let mut tries = 0;
    loop {
        tries += 1;
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
        let people = super::owner_lookup::known(app).await?;
        let changed = changed.into_values().collect();
        match super::assign::assign(repository, &policy, &people, subscription, known.rows, changed, now)
            .await
        {
            Err(error) if error.is_conflict() && tries < TRIES => {}
            done => {
                app.report(&done?.operator_alerts, now).await?;
                return Ok(noted);
            }
        }
    }
}

/// Marks an address that refuses mail, or uses one again that takes it.
async fn mail_report(app: &App, report: &MailReport, now: DateTime<Utc>) -> Result<(), JobError> {
    let endpoint = Endpoint::Email { address: report.to.clone() };
    let status = match &report.fate {
        MailFate::Delivered => {
            if app.repository.dead_since(&endpoint).await?.is_some_and(|since| since < report.at) {
                tracing::info!(to = %endpoint, "an address takes mail again");
                app.repository.revive(&endpoint).await?;
            }
            return Ok(());
        }
        MailFate::Other(status) => {
            tracing::warn!(to = %endpoint, status, "a mail may not have been read");
            return Ok(());
        }
        MailFate::Refused(status) => status,
    };
    let error = match &report.details {
        Some(details) => format!("{status}: {details}"),
        None => status.clone(),
    };
    let recipients = reached_at(app, &endpoint).await?;
    if recipients.is_empty() {
        tracing::warn!(status, "a delivery report is about an address that nobody here is written to");
    }
    for recipient in &recipients {
        tracing::error!(%recipient, to = %endpoint, error, "a mail was not delivered");
        super::endpoint_health::give_up_on(app, recipient, &endpoint, &error, report.at, now).await?;
    }
    Ok(())
}

/// Who is written to at `endpoint`: configured recipients, and the person whose name it is.
async fn reached_at(app: &App, endpoint: &Endpoint) -> Result<Vec<RecipientName>, JobError> {
    let policy = app.policy();
    let mut names: BTreeSet<RecipientName> = policy
        .recipients
        .values()
        .filter(|recipient| recipient.endpoints().contains(endpoint))
        .map(|recipient| recipient.name.clone())
        .collect();
    if let Endpoint::Email { address } = endpoint {
        names.insert(RecipientName::from(address));
    }
    let mut reached = Vec::new();
    for name in names {
        // Whoever never got a message from here cannot have had one bounce.
        let state = app.repository.state(&name).await?;
        if state.ledger.iter().any(|message| message.value.endpoints.contains(endpoint)) {
            reached.push(name);
        }
    }
    Ok(reached)
}
