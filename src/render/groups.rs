//! Sorts the windows of a message into groups that share their dates, their news and what can be done.

use chrono::{DateTime, Utc};

use crate::domain::action::response::{StartProgress, StartStatus, StartSummary};
use crate::domain::action::start::StartPhase;
use crate::domain::assignment::WithdrawnTo;
use crate::domain::message_content::{ContentItem, MessageContent};
use crate::domain::reason::Reason;
use crate::domain::recipient_name::RecipientName;
use crate::domain::stage::Stage;
use crate::domain::start_cautions::StartCaution;
use crate::domain::window::{
    Acceptance, Elsewhere, EndReason, Impact, MaintenanceStatus, MaintenanceWindow, Schedule,
};

/// What can still be done about a window, seen from the moment at which the message was frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlook {
    /// The owner can start it now.
    StartNow { until: Option<DateTime<Utc>> },
    /// The owner can start it later.
    StartLater { from: DateTime<Utc>, until: Option<DateTime<Utc>> },
    /// Self-service is open, but Azure would refuse a start.
    Refused,
    /// Self-service is open, and Azure does not say whether it would accept a start.
    Unsaid,
    /// Its subscription is disabled, and nothing can be started in it.
    Disabled,
    /// Only Azure can do it now.
    AzureOnly,
    /// Somebody planned a start.
    Planned { begins: DateTime<Utc> },
    /// A start is under way.
    UnderWay,
    /// What became of a start is not known.
    NotKnown,
    /// A start failed and Azure will plan anew.
    Skipped,
    /// Its last date has passed, and nothing is known of what became of it.
    Passed,
    /// Nothing is left to happen, or nothing that concerns this recipient.
    Over,
}

/// What Azure has announced minutes or days ahead, or what an event reports of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ImminentEvent<'a> {
    pub(super) impact: &'a Impact,
    /// When at the earliest, as long as that is to come.
    pub(super) not_before: Option<DateTime<Utc>>,
    pub(super) seconds: Option<u32>,
}

/// What a scheduled event does to a machine, where that is the news.
fn imminent_event(item: &ContentItem, now: DateTime<Utc>) -> Option<ImminentEvent<'_>> {
    let of_event = |stage: &&Stage| matches!(stage, Stage::Imminent | Stage::Notice | Stage::Unconfirmed);
    let stage = item.stages.first().filter(of_event)?;
    let event = item.window.next_event(*stage, now)?;
    let not_before = event.not_before().filter(|at| now < *at);
    Some(ImminentEvent { impact: event.impact(), not_before, seconds: event.seconds() })
}

/// Machines that share their news, their dates and what can be done about them.
#[derive(Debug, Clone)]
pub(super) struct MachineGroup<'a> {
    /// The most important news of all its machines.
    pub(super) stage: Stage,
    pub(super) schedule: Schedule,
    pub(super) previous: Option<Schedule>,
    pub(super) ended: Option<EndReason>,
    /// What Azure announced that the machines do not show, and under which numbers, where that is the news.
    pub(super) elsewhere: Option<(Elsewhere, &'a [String])>,
    /// Who is responsible instead.
    pub(super) withdrawn: Option<&'a WithdrawnTo>,
    pub(super) outlook: Outlook,
    /// The moment at which the message was frozen.
    pub(super) now: DateTime<Utc>,
    /// What a scheduled event does, where that is the news.
    pub(super) event: Option<ImminentEvent<'a>>,
    /// Whether they could be started, and had better be left to Azure: never in one group with those to start.
    pub(super) is_left: bool,
    /// Who asks the recipient to take them over, and waits for an answer.
    pub(super) asked_by: Option<&'a RecipientName>,
    /// When to act, or when it comes.
    pub(super) deadline: Option<DateTime<Utc>>,
    /// The machines, those to act on first.
    pub(super) items: Vec<&'a ContentItem>,
}

impl<'a> MachineGroup<'a> {
    /// Whether the message asks the recipient to choose a time: it can be started, and nothing speaks against it.
    pub(super) fn asks(&self) -> bool {
        // Nothing is asked for on the word of an event that anybody could have sent.
        self.stage != Stage::Unconfirmed && !self.is_left && self.is_startable()
    }

    /// Whether something is left to happen that concerns the recipient.
    pub(super) fn is_open(&self) -> bool {
        self.outlook != Outlook::Over
    }

    fn is_startable(&self) -> bool {
        matches!(self.outlook, Outlook::StartNow { .. } | Outlook::StartLater { .. })
    }

    /// Until when a time can be chosen, where Azure has said so.
    pub(super) fn until(&self) -> Option<DateTime<Utc>> {
        match self.outlook {
            Outlook::StartNow { until } | Outlook::StartLater { until, .. } => until,
            _ => None,
        }
    }

    /// When the machines were last read, where that is long ago for all of them.
    pub(super) fn last_read(&self) -> Option<DateTime<Utc>> {
        let all = self.items.iter().all(|item| item.last_read.is_some());
        self.items.iter().filter_map(|item| item.last_read).max().filter(|_| all)
    }

    /// Whether the maintenance only pauses the machines, as far as Azure said.
    pub(super) fn only_pauses(&self) -> bool {
        if let Some(event) = &self.event {
            return *event.impact == Impact::Freeze;
        }
        self.items.iter().all(|item| item.window.impact == Impact::Freeze)
    }

    fn rank(&self) -> u8 {
        match self.stage {
            Stage::Imminent | Stage::Started => 0,
            Stage::Rescheduled | Stage::Failed | Stage::Skipped | Stage::Notice | Stage::Unconfirmed => 1,
            Stage::Planned | Stage::CalledOff => 1,
            Stage::Cancelled | Stage::NoLongerPlanned | Stage::Reassigned => 2,
            _ if self.outlook == Outlook::Over => 4,
            _ => 3,
        }
    }
}

/// The groups of a message: changes first, then by deadline.
pub(super) fn groups(content: &MessageContent) -> Vec<MachineGroup<'_>> {
    let mut groups: Vec<MachineGroup<'_>> = Vec::new();
    for item in &content.items {
        let one = group_of(item, content.frozen_at);
        let same = groups.iter_mut().find(|group| {
            group.stage == one.stage
                && group.schedule == one.schedule
                && group.previous == one.previous
                && group.ended == one.ended
                && group.elsewhere.map(announced) == one.elsewhere.map(announced)
                && group.withdrawn == one.withdrawn
                && group.outlook == one.outlook
                && group.event == one.event
                && group.is_left == one.is_left
                && group.asked_by == one.asked_by
        });
        match same {
            Some(group) => group.items.push(item),
            None => groups.push(one),
        }
    }
    groups.sort_by_key(|group| {
        let happens = group.event.and_then(|event| event.not_before);
        (group.rank(), group.is_left, happens.or(group.deadline).unwrap_or(DateTime::<Utc>::MAX_UTC))
    });
    groups
}

/// What was announced, whenever the machine was first seen not to show it.
fn announced(
    (elsewhere, numbers): (Elsewhere, &[String]),
) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>, &[String]) {
    (elsewhere.from, elsewhere.until, numbers)
}

fn group_of(item: &ContentItem, now: DateTime<Utc>) -> MachineGroup<'_> {
    let window = &item.window;
    // Nothing of a reassigned window is the recipient's business any more, whatever its dates.
    let outlook = if item.withdrawn.is_some() || item.ended.is_some() {
        Outlook::Over
    } else {
        of_actions(item).unwrap_or_else(|| outlook(window, now))
    };
    MachineGroup {
        stage: item.stages.first().copied().unwrap_or(Stage::Announced),
        schedule: window.facts.schedule,
        previous: item.previous,
        ended: item.ended,
        elsewhere: window
            .elsewhere
            .filter(|_| item.stages.first() == Some(&Stage::AnnouncedElsewhere))
            .map(|elsewhere| (elsewhere, window.tracking_ids.as_slice())),
        withdrawn: item.withdrawn.as_ref(),
        outlook,
        now,
        event: imminent_event(item, now),
        is_left: matches!(
            outlook,
            Outlook::StartNow { .. } | Outlook::StartLater { .. } | Outlook::Refused | Outlook::Unsaid
        ) && item.cautions.iter().any(StartCaution::leaves_it_to_azure),
        asked_by: asked_by(item).filter(|_| outlook != Outlook::Over),
        deadline: match outlook {
            Outlook::Over | Outlook::Skipped | Outlook::Passed | Outlook::UnderWay | Outlook::NotKnown => {
                None
            }
            Outlook::Planned { begins } => Some(begins),
            _ => window.deadline(now),
        },
        items: vec![item],
    }
}

/// What people did outranks what the window itself allows.
fn of_actions(item: &ContentItem) -> Option<Outlook> {
    if item.window.is_over() {
        return None;
    }
    match item.actions.open_start() {
        Some(start) if start.status == StartStatus::Planned => {
            Some(Outlook::Planned { begins: start.begins })
        }
        Some(StartSummary {
            progress: StartProgress { phase: Some(StartPhase::NotKnown { .. }), .. },
            ..
        }) => Some(Outlook::NotKnown),
        Some(_) => Some(Outlook::UnderWay),
        None if item.actions.is_contradicted(&item.window) => None,
        None => item.actions.completed(item.window.revision).then_some(Outlook::Over),
    }
}

/// What can be done about a window at `now`.
fn outlook(window: &MaintenanceWindow, now: DateTime<Utc>) -> Outlook {
    if window.is_over() {
        return Outlook::Over;
    }
    if window.status() == MaintenanceStatus::Skipped {
        return Outlook::Skipped;
    }
    if window.is_past(now) {
        return Outlook::Passed;
    }
    match window.acceptance(now) {
        Acceptance::Now { until } => Outlook::StartNow { until },
        Acceptance::Later { from, until } => Outlook::StartLater { from, until },
        Acceptance::Refused if window.machine.subscription_disabled => Outlook::Disabled,
        Acceptance::Refused => Outlook::Refused,
        Acceptance::Unsaid => Outlook::Unsaid,
        Acceptance::Never => Outlook::AzureOnly,
    }
}

/// Who asks the recipient to take the machine over.
fn asked_by(item: &ContentItem) -> Option<&RecipientName> {
    item.reasons.iter().find_map(|reason| match reason {
        Reason::HandedOver { by, accepted: false } => Some(by),
        _ => None,
    })
}
