//! Messages about what is near or has no dates.

use chrono::TimeDelta;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::MessageContent;
use maintenance_notifier::domain::scheduled_event::{ConfirmedEvent, ScheduledEvent};
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::window::Impact;

use super::parts::{item, message, now, schedule, utc};

/// Self-service is over: Azure's own window is next.
pub(crate) fn closed() -> MessageContent {
    let mut item = item("web-01", Stage::SelfServiceClosed, schedule(Some((1, 2)), (6, 13)));
    item.window.facts.self_start_allowed = false;
    let mut content = message(MessageKind::Alert, vec![item]);
    content.frozen_at = utc("2025-12-02T17:05:00Z");
    content
}

/// It happens within minutes.
pub(crate) fn imminent() -> MessageContent {
    let mut item = item("web-01", Stage::Imminent, schedule(None, (1, 8)));
    item.window.impact = Impact::Unknown;
    item.window.scheduled_events = vec![ScheduledEvent {
        id: "3da1b9aa".to_owned(),
        impact: Impact::Redeploy,
        by_azure: true,
        not_before: Some(now() + TimeDelta::minutes(14)),
        seconds: Some(540),
        at: now(),
        scheduled: true,
        over: false,
        heard: Some(now()),
        confirmed: Some(ConfirmedEvent {
            at: now(),
            impact: Impact::Redeploy,
            by_azure: true,
            not_before: Some(now() + TimeDelta::minutes(14)),
            seconds: Some(540),
            over: false,
        }),
    }];
    message(MessageKind::Alert, vec![item])
}

/// An event reports that it happens, and Azure has not confirmed it.
pub(crate) fn unconfirmed() -> MessageContent {
    let mut content = imminent();
    content.frozen_at = now() + TimeDelta::seconds(20);
    content.items[0].stages = vec![Stage::Unconfirmed];
    content.items[0].window.scheduled_events[0].confirmed = None;
    content
}

/// Azure confirmed that it happens in some days.
pub(crate) fn notice() -> MessageContent {
    let mut content = imminent();
    content.items[0].stages = vec![Stage::Notice];
    if let Some(known) = &mut content.items[0].window.scheduled_events[0].confirmed {
        known.not_before = Some(now() + TimeDelta::days(3));
    }
    content
}

/// It happens within minutes, and Azure has not said when or for how long.
pub(crate) fn imminent_without_time() -> MessageContent {
    let mut content = imminent();
    let event = content.items[0].window.scheduled_events[0].confirmed.as_mut().unwrap();
    (event.impact, event.not_before, event.seconds) = (Impact::Reboot, None, None);
    content
}
