//! Teams channels and chats: which messages go there, when a refusal is tried again, and when a channel was quiet for
//! so long that a sign of life is due.

use chrono::{DateTime, TimeDelta, Utc};

use super::history::NotificationHistory;
use super::input::{GoLive, PlanningInput};
use crate::domain::endpoint::Endpoint;
use crate::domain::message::{Item, MessageKind};
use crate::domain::stage::Stage;

/// Microsoft switches off a flow that did not run for 90 days. A channel that is quiet for this long gets a sign of
/// life, so that two may fail before that happens.
const QUIET: TimeDelta = TimeDelta::weeks(4);

/// Since when a sign of life to the recipient's channel is due, or from when on it will be. `None` without a channel
/// of its own, and while its messages go elsewhere.
pub fn heartbeat(input: &PlanningInput<'_>, history: &NotificationHistory) -> Option<DateTime<Utc>> {
    let channel = input.recipient.channel().filter(|_| input.diverted_to.is_none())?;
    let GoLive::Since(live) = input.go_live else { return None };
    // What refused is tried again with a sign of life, should nothing else be reported in the meantime.
    let retry = input.paused_channels.iter().find(|paused| paused.endpoint == channel);
    Some(match retry {
        Some(paused) => paused.until,
        None => history.past.last_card.map_or(live, |last| last.max(live)) + QUIET,
    })
}

/// Where a message of this kind that reports `items`, and `more` than items or not, goes.
pub fn endpoints(
    input: &PlanningInput<'_>,
    kind: MessageKind,
    items: &[Item],
    more: bool,
    now: DateTime<Utc>,
) -> Vec<Endpoint> {
    let mut endpoints = input.endpoints(now);
    let channel = input.recipient.channel();
    if kind == MessageKind::Heartbeat {
        endpoints.retain(|endpoint| Some(endpoint) == channel.as_ref());
        return endpoints;
    }
    let matters = match kind {
        MessageKind::Alert | MessageKind::Digest => more || items.iter().any(is_for_channels),
        _ => true,
    };
    if !matters && is_mirror(input) {
        endpoints.retain(|endpoint| Some(endpoint) != channel.as_ref());
    }
    if input.diverted_to.is_none() && is_urgent(input, items) {
        endpoints.extend(input.recipient.chat());
    }
    endpoints
}

/// Whether the recipient's channel stands beside a mailbox that takes mail, and mirrors what people are notified of
/// there.
fn is_mirror(input: &PlanningInput<'_>) -> bool {
    let refused = |mailbox: &Endpoint| input.paused_channels.iter().any(|paused| paused.endpoint == *mailbox);
    input.diverted_to.is_none() && input.recipient.mailboxes().any(|mailbox| !refused(&mailbox))
}

/// Whether it is a change that a channel should show, and not what comes with time and the mailbox gets anyway.
fn is_for_channels(item: &Item) -> bool {
    match item.stage {
        Stage::SelfServiceOpen
        | Stage::Reminder
        | Stage::SelfServiceClosed
        | Stage::ScheduledSoon
        | Stage::ScheduledOpen
        | Stage::Unconfirmed
        | Stage::HandedOver
        | Stage::HandedBack => false,
        Stage::Planned | Stage::Notice => item.step.is_none(),
        Stage::Announced
        | Stage::Rescheduled
        | Stage::Passed
        | Stage::AnnouncedElsewhere
        | Stage::Imminent
        | Stage::CalledOff
        | Stage::Started
        | Stage::Completed
        | Stage::Skipped
        | Stage::Failed
        | Stage::Escalated
        | Stage::Cancelled
        | Stage::NoLongerPlanned
        | Stage::Reassigned => true,
    }
}

/// Whether a mail could be read too late: something happens within minutes, this is the last reminder before
/// self-service ends, or nobody responded until now.
fn is_urgent(input: &PlanningInput<'_>, items: &[Item]) -> bool {
    let last = input.recipient.preferences.reminders.iter().min().map(TimeDelta::num_minutes);
    items.iter().any(|item| match item.stage {
        Stage::Imminent | Stage::Escalated => true,
        Stage::Reminder => item.step.is_some() && item.step == last,
        _ => false,
    })
}
