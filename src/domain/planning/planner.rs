//! One round of planning for one recipient: the message that is due, if any, and when to plan again.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::input::{Pace, PlanningInput};
use super::pending_notification::PendingNotification;
use super::{calendar, channels, digest, own_starts, pending, summaries, timing};
use crate::domain::assignment::Assignment;
use crate::domain::ledger::{MessageRecord, MessageState};
use crate::domain::message::{Item, MessageKind};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::planning::history::NotificationHistory;
use crate::domain::stage::Stage;
use crate::domain::window::WindowId;

/// What to do for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanningResult {
    /// What to write to the ledger.
    pub step: LedgerStep,
    /// When to plan for this recipient again, if nothing changes before.
    pub wake: Option<DateTime<Utc>>,
}

/// What planning changes in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LedgerStep {
    /// Nothing is due, or what is due is already claimed.
    Nothing,
    Claim(Box<MessageRecord>),
    /// The unsent message with other content: later changes folded into it, or it has nothing left to say.
    Amend(Box<MessageRecord>),
}

/// So often at most what is told is looked at for what it makes due.
const MOST_ROUNDS: usize = 4;

/// Plans for one recipient. The cost is linear in their windows and messages.
pub fn plan(input: PlanningInput<'_>, pace: Pace, now: DateTime<Utc>) -> PlanningResult {
    let unsent = input.messages().filter(|message| message.is_unsent());
    // Nothing is folded into an exercise.
    let unsent =
        unsent.filter(|message| message.kind != MessageKind::Drill).max_by_key(|message| message.sequence);
    let is_other = |message: &&MessageRecord| unsent.is_none_or(|own| own.id != message.id);
    let others: Vec<&MessageRecord> =
        input.messages().filter(|message| input.counts(message)).filter(is_other).collect();
    let history = NotificationHistory::from_ledger(&input.head.past, others.iter().copied());

    // What has ended and was reported is kept for long: most of what somebody ever had.
    let is_unsettled = |assignment: &&Arc<Assignment>| {
        !history.is_settled(&assignment.window)
            || !own_starts::unreported_ends(assignment, &history, now).is_empty()
    };
    let unsettled: Vec<Arc<Assignment>> = input.assignments.iter().filter(is_unsettled).cloned().collect();
    let unsettled_input = PlanningInput { assignments: &unsettled, ..input };
    let moments = pending::moments(&unsettled_input, now);
    let look = |history: &NotificationHistory<'_>, unsent| {
        look(&unsettled_input, history, &moments, unsent, pace, now)
    };
    let Look { mut due, slot_is_due, mut next } = look(&history, unsent);
    next.extend(moments.iter().copied());
    next.extend(summaries::slot(&input, history.past.last_summary, now));

    let message = |due: &[PendingNotification]| message(&input, &history, due, slot_is_due, unsent, now);
    let mut desired = (!due.is_empty() || slot_is_due).then(|| message(&due));
    // What comes to be due by what is told goes along, and not in another message a minute later.
    for _ in 0..MOST_ROUNDS {
        let Some(next) = desired.as_ref() else { break };
        let next = MessageRecord { notified_at: Some(now), ..next.clone() };
        let after = NotificationHistory::from_ledger(&input.head.past, others.iter().copied().chain([&next]));
        // That somebody who had it is escalated to is a message of its own.
        let is_left = |item: &Item| {
            next.items.iter().any(|next| next.window == item.window && next.stage == Stage::Reassigned)
        };
        let is_new = |item: &Item| !next.items.contains(item) && !is_left(item);
        let more = look(&after, None).due;
        let known = due.len();
        due.extend(more.into_iter().filter(|pending| pending.item().is_some_and(is_new)));
        if due.len() == known {
            break;
        }
        desired = Some(message(&due));
    }
    // While there is no way to a recipient nothing is claimed, so that all of it is still reported once there is one.
    let desired = desired.filter(|message| says_something(message) && !message.endpoints.is_empty());
    let step = match (unsent, desired) {
        (None, None) => LedgerStep::Nothing,
        (None, Some(message)) => LedgerStep::Claim(Box::new(message)),
        (Some(unsent), None) => LedgerStep::Amend(Box::new(MessageRecord {
            state: MessageState::Withdrawn,
            claimed_at: now,
            ..unsent.clone()
        })),
        (Some(unsent), Some(message)) if notifies_the_same(unsent, &message) => LedgerStep::Nothing,
        (Some(_), Some(message)) => LedgerStep::Amend(Box::new(message)),
    };
    PlanningResult { step, wake: next.into_iter().filter(|at| *at > now).min() }
}

/// What is due, and when more will be.
struct Look {
    due: Vec<PendingNotification>,
    slot_is_due: bool,
    next: Vec<DateTime<Utc>>,
}

/// What is due at `now` for someone who was `history` told. `moments` are those at which something comes with time.
fn look(
    input: &PlanningInput<'_>,
    history: &NotificationHistory<'_>,
    moments: &[DateTime<Utc>],
    unsent: Option<&MessageRecord>,
    pace: Pace,
    now: DateTime<Utc>,
) -> Look {
    let pending = pending::pending(input, history, now);
    let timed = timing::timed(input, history, &pending, unsent, moments, pace, now);
    let mut due: Vec<PendingNotification> = Vec::new();
    let mut next: Vec<DateTime<Utc>> = Vec::new();
    for (pending, at) in &timed.items {
        match at {
            Some(at) if *at <= now => due.push((*pending).clone()),
            Some(at) => next.push(*at),
            None => {}
        }
    }
    // A slot that comes to be due carries everything that waits for a slot, and a message that goes anyway carries
    // what no slot would carry later.
    if !due.is_empty() {
        let waiting = timed.items.iter().filter(|(_, at)| at.is_none());
        due.extend(waiting.map(|(pending, _)| (*pending).clone()));
    }
    next.extend(timed.slot);
    Look { due, slot_is_due: timed.slot.is_some_and(|slot| slot <= now), next }
}

/// A message without items is worth sending only as a digest, which counts what is open, or for what operators need.
fn says_something(message: &MessageRecord) -> bool {
    !message.items.is_empty() || !message.operator_alerts.is_empty() || message.kind != MessageKind::Alert
}

/// Calendar entries carry sequence numbers, and claiming carries a time: they do not make a message another one.
fn notifies_the_same(unsent: &MessageRecord, message: &MessageRecord) -> bool {
    unsent.items.len() == message.items.len()
        && message.items.iter().zip(&unsent.items).all(|(item, claimed)| item.reads_like(claimed))
        && unsent.operator_alerts == message.operator_alerts
        && unsent.kind == message.kind
        && unsent.summary == message.summary
        && unsent.endpoints == message.endpoints
}

fn message(
    input: &PlanningInput<'_>,
    history: &NotificationHistory,
    due: &[PendingNotification],
    slot_is_due: bool,
    unsent: Option<&MessageRecord>,
    now: DateTime<Utc>,
) -> MessageRecord {
    let mut items: Vec<Item> = due.iter().filter_map(|pending| pending.item().cloned()).collect();
    if slot_is_due {
        items.extend(digest::near_items(input, history, &items, now));
    }
    items.sort();
    items.dedup();
    let mut operator_alerts: Vec<OperatorAlert> =
        due.iter().filter_map(|pending| pending.operator_alert().cloned()).collect();
    operator_alerts.sort();
    let go_live = due.iter().any(|pending| matches!(pending, PendingNotification::GoLive { .. }));
    let coverage = due.iter().any(|pending| matches!(pending, PendingNotification::Coverage { .. }));
    let heartbeat = due.iter().any(|pending| matches!(pending, PendingNotification::Heartbeat { .. }));
    let summary = due.iter().find_map(|pending| match pending {
        PendingNotification::Summary { slot } => Some(*slot),
        _ => None,
    });
    let kind = match (go_live, slot_is_due, items.is_empty()) {
        (true, _, _) => MessageKind::GoLive,
        _ if coverage => MessageKind::Coverage,
        // Whoever has nothing of their own to hear of gets it alone.
        (false, _, true) if summary.is_some() => MessageKind::Summary,
        (false, true, _) => MessageKind::Digest,
        (false, false, true) if heartbeat && operator_alerts.is_empty() => MessageKind::Heartbeat,
        (false, false, true)
            if operator_alerts.is_empty() || !operator_alerts.iter().all(OperatorAlert::is_note) =>
        {
            MessageKind::Operator
        }
        (false, false, _) => MessageKind::Alert,
    };
    let sequence = unsent.map_or(input.head.sequence + 1, |unsent| unsent.sequence);
    let new = input.new_message(kind, sequence, now);
    let shown: Vec<&WindowId> = items.iter().map(|item| &item.window).collect();
    let windows = input.assignments().filter(|assignment| shown.contains(&&assignment.window.id));
    MessageRecord {
        deadline: windows
            .flat_map(|assignment| {
                let confirmed =
                    assignment.window.event_news(now).filter(|(event, _)| event.confirmed.is_some());
                let events = confirmed.filter_map(|(event, _)| event.not_before());
                events.chain(assignment.window.deadline(now))
            })
            .filter(|at| *at > now)
            .min(),
        calendar: match kind {
            // It goes to a channel only.
            MessageKind::Heartbeat => Vec::new(),
            _ => calendar::change(input, history, &items, sequence, now).into_iter().collect(),
        },
        endpoints: channels::endpoints(
            input,
            kind,
            &items,
            !operator_alerts.is_empty() || summary.is_some(),
            now,
        ),
        items,
        operator_alerts,
        summary,
        id: unsent.map_or(new.id, |unsent| unsent.id.clone()),
        ..new
    }
}
