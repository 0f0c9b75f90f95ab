//! Binds a claimed message to the newest facts: everything that rendering it needs, frozen.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::history::NotificationHistory;
use super::input::PlanningInput;
use super::wave_end::wave_end;
use crate::domain::assignment::{Assignment, WithdrawnTo};
use crate::domain::forecast::{self, ClusterOverlap};
use crate::domain::ledger::MessageRecord;
use crate::domain::message::{Item, MessageKind};
use crate::domain::message_content::{ContentItem, GoLiveReport, MessageContent};
use crate::domain::resource::ResourceId;
use crate::domain::stage::Stage;
use crate::domain::start_cautions::start_cautions;
use crate::domain::summary::Summary;
use crate::domain::window::{WindowId, WindowState};

/// What a message may say beyond what the recipient's own rows hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct TenantFacts<'a> {
    /// How the tenant stands, for a go-live message.
    pub report: Option<&'a GoLiveReport>,
    /// How things stand, for a message that carries a summary.
    pub summary: Option<&'a Summary>,
    pub cluster_tag: &'a str,
}

/// The content of `message`, bound at `now`.
pub fn content(
    input: &PlanningInput<'_>,
    message: &MessageRecord,
    facts: TenantFacts<'_>,
    now: DateTime<Utc>,
) -> MessageContent {
    let earlier = input.messages().filter(|other| input.counts(other) && other.sequence < message.sequence);
    let history = NotificationHistory::from_ledger(&input.head.past, earlier);
    let mut stages: BTreeMap<&WindowId, Vec<Stage>> = BTreeMap::new();
    for item in &message.items {
        stages.entry(&item.window).or_default().push(item.stage);
    }
    let known: BTreeMap<&WindowId, &Assignment> =
        input.assignments().map(|assignment| (&assignment.window.id, assignment)).collect();
    let mut items: Vec<ContentItem> = stages
        .iter()
        .filter_map(|(id, stages)| {
            known.get(id).map(|assignment| ContentItem {
                replaced: known.contains_key(&assignment.window.id.following()),
                ..item(assignment, stages.clone(), &history, now)
            })
        })
        .collect();
    items.sort_by_key(|item| {
        let is_change = item.stages.first().is_none_or(|stage| *stage != Stage::Announced);
        (!is_change, item.window.deadline(now), item.window.id.clone())
    });

    let unchanged: Vec<&Assignment> = input
        .assignments()
        .filter(|assignment| {
            let window = &assignment.window;
            assignment.withdrawn.is_none()
                && !window.is_over()
                && !stages.contains_key(&window.id)
                && history.announced(window, now)
        })
        .collect();
    let overlaps = overlaps(input, &message.items, facts.cluster_tag, now);
    let preferences = &input.recipient.preferences;
    MessageContent {
        id: message.id.clone(),
        kind: message.kind,
        recipient: message.recipient.clone(),
        diverted: message.diverted,
        timezone: preferences.timezone,
        language: preferences.language.clone(),
        frozen_at: now,
        // A sign of life has introduced itself to whoever has nothing but a channel.
        introduce: history.is_first()
            && message.kind != MessageKind::Heartbeat
            && !(history.past.greeted && input.recipient.emails.is_empty()),
        items,
        unchanged: unchanged.len(),
        unchanged_deadline: unchanged
            .iter()
            .filter_map(|assignment| assignment.window.deadline(now))
            .filter(|deadline| now < *deadline)
            .min(),
        calendar: message.calendar.clone(),
        operator_alerts: message.operator_alerts.clone(),
        go_live: facts.report.filter(|_| message.kind == MessageKind::GoLive).cloned(),
        wave: wave_end(&history, &message.items, input.assignments),
        summary: facts.summary.filter(|_| message.summary.is_some()).cloned(),
        overlaps,
        coverage: input.coverage.filter(|_| message.kind == MessageKind::Coverage).cloned(),
        missed: missed(input, message),
        unread_since: None,
        // Only who holds the keys can make links.
        unsubscribe: None,
        feed: None,
        link: None,
    }
}

/// When the newest message was sent of which nobody knows whether it arrived, unless one that left since said so.
fn missed(input: &PlanningInput<'_>, message: &MessageRecord) -> Option<DateTime<Utc>> {
    let others = || input.messages().filter(|other| other.id != message.id && input.counts(other));
    let is_said = |unknown: &MessageRecord, since: DateTime<Utc>| {
        others().any(|other| {
            other.sequence > unknown.sequence && other.notified_at.is_some_and(|left| since <= left)
        })
    };
    let unknown = others().filter_map(|other| Some((other, *other.unknown.values().min()?)));
    unknown.filter(|(other, since)| !is_said(other, *since)).map(|(other, _)| other.moment()).max()
}

/// The overlaps among the recipient's machines that `items` announce or move: their dates are the news.
fn overlaps(
    input: &PlanningInput<'_>,
    items: &[Item],
    cluster_tag: &str,
    now: DateTime<Utc>,
) -> Vec<ClusterOverlap> {
    let dated = |item: &&Item| matches!(item.stage, Stage::Announced | Stage::Rescheduled);
    let news: BTreeSet<&ResourceId> = items.iter().filter(dated).map(|item| &item.window.resource).collect();
    if news.is_empty() {
        return Vec::new();
    }
    let held = input.assignments().filter(|assignment| assignment.withdrawn.is_none());
    let windows = held.map(|assignment| (&assignment.window, &assignment.actions));
    let mut overlaps = forecast::overlaps(windows, cluster_tag, now);
    overlaps.retain(|overlap| overlap.members.iter().any(|member| news.contains(member)));
    overlaps
}

fn item(
    assignment: &Assignment,
    mut stages: Vec<Stage>,
    history: &NotificationHistory,
    now: DateTime<Utc>,
) -> ContentItem {
    let window = &assignment.window;
    // What ended or changed outranks what only comes with time.
    stages.sort_by_key(|stage| std::cmp::Reverse(importance(*stage)));
    stages.dedup();
    let previous = history
        .of(window, now)
        .filter(|history| history.since().is_none())
        .and_then(|history| history.notified_dates());
    // Who is only escalated to from now on was responsible, and somebody else is.
    let others = || WithdrawnTo::Others { recipients: assignment.others.clone() };
    let withdrawn = assignment.withdrawn.as_ref().map(|withdrawn| withdrawn.now.clone());
    let withdrawn = withdrawn.or_else(|| stages.contains(&Stage::Reassigned).then(others));
    ContentItem {
        previous: previous.filter(|_| stages.contains(&Stage::Rescheduled)),
        stages,
        ended: match window.state {
            WindowState::Ended { why, .. } => Some(why),
            WindowState::Open => None,
        },
        withdrawn,
        again: window.id.generation > 1,
        replaced: false,
        cautions: start_cautions(&window.machine),
        reasons: assignment.reasons.clone(),
        primary: assignment.primary,
        others: assignment.others.clone(),
        // What others were notified of stands in their ledgers.
        prior_notifications: Vec::new(),
        actions: assignment.actions.clone(),
        // Named hours stand elsewhere.
        not_by_itself: None,
        last_read: None,
        window: window.clone(),
    }
}

fn importance(stage: Stage) -> u8 {
    match stage {
        Stage::Imminent => 9,
        Stage::Unconfirmed => 8,
        Stage::Cancelled | Stage::NoLongerPlanned | Stage::Completed | Stage::Reassigned => 8,
        // It may be somebody else’s work, so nothing covers it.
        Stage::HandedOver => 8,
        Stage::Notice | Stage::Rescheduled => 7,
        Stage::Skipped | Stage::Failed => 6,
        Stage::Planned | Stage::CalledOff | Stage::HandedBack => 6,
        Stage::SelfServiceClosed | Stage::Passed => 5,
        Stage::Announced | Stage::AnnouncedElsewhere => 4,
        Stage::Reminder | Stage::Escalated | Stage::ScheduledSoon => 3,
        Stage::Started => 6,
        Stage::SelfServiceOpen | Stage::ScheduledOpen => 2,
    }
}
