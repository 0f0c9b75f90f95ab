//! Teams channels and chats: which messages go there, when a refusal is tried again, and when a channel was quiet for
//! so long that a sign of life is due.

use chrono::{DateTime, TimeDelta, Utc};

use super::told::Told;
use super::{GoLive, Situation};
use crate::domain::message::{Item, MessageKind};
use crate::domain::recipient::Endpoint;
use crate::domain::stage::Stage;

/// Microsoft switches off a flow that did not run for 90 days. A channel that is quiet for this long gets a sign of
/// life, so that two may fail before that happens.
const QUIET: TimeDelta = TimeDelta::weeks(4);
/// How long a channel is left alone after it refused.
const REST: TimeDelta = TimeDelta::weeks(1);

/// A channel that refused and is left alone for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resting {
    /// Which.
    pub endpoint: Endpoint,
    /// When it is tried again.
    pub until: DateTime<Utc>,
}

impl Resting {
    /// `endpoint` last refused at `tried`. Mail addresses do not rest: a bounce costs nothing, and the next mail tells.
    pub fn after(endpoint: Endpoint, tried: DateTime<Utc>) -> Option<Self> {
        matches!(endpoint, Endpoint::Teams { .. }).then(|| Self { endpoint, until: tried + REST })
    }
}

/// Since when a sign of life to the recipient's channel is due, or from when on it will be. `None` without a channel
/// of its own, and while its messages go elsewhere.
pub fn heartbeat(situation: &Situation<'_>, told: &Told) -> Option<DateTime<Utc>> {
    let channel = situation.recipient.channel().filter(|_| situation.diverted_to.is_none())?;
    let GoLive::Since(live) = situation.go_live else { return None };
    // What refused is tried again with a sign of life, should nothing else be told in the meantime.
    let retry = situation.resting.iter().find(|resting| resting.endpoint == channel);
    Some(match retry {
        Some(resting) => resting.until,
        None => told.last_card.map_or(live, |last| last.max(live)) + QUIET,
    })
}

/// Where a message of this kind that tells `items` goes.
pub fn endpoints(
    situation: &Situation<'_>,
    kind: MessageKind,
    items: &[Item],
    now: DateTime<Utc>,
) -> Vec<Endpoint> {
    let mut endpoints = situation.endpoints(now);
    if kind == MessageKind::Heartbeat {
        let channel = situation.recipient.channel();
        endpoints.retain(|endpoint| Some(endpoint) == channel.as_ref());
    } else if situation.diverted_to.is_none() && presses(situation, items) {
        endpoints.extend(situation.recipient.chat());
    }
    endpoints
}

/// Whether a mail could be read too late: something happens within minutes, this is the last reminder before
/// self-service ends, or nobody responded until now.
fn presses(situation: &Situation<'_>, items: &[Item]) -> bool {
    let last = situation.recipient.preferences.reminders.iter().min().map(TimeDelta::num_minutes);
    items.iter().any(|item| match item.stage {
        Stage::Imminent | Stage::Escalated => true,
        Stage::Reminder => item.step.is_some() && item.step == last,
        _ => false,
    })
}
