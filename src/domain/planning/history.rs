//! What a recipient was notified of, read from the ledger.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::waves::RecipientWave;
use crate::domain::calendar_entry::CalendarEntry;
use crate::domain::ids::StartId;
use crate::domain::ledger::{MessageRecord, PastNotifications};
use crate::domain::message::Item;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::stage::{END, Stage};
use crate::domain::window::{MaintenanceWindow, Revision, WindowId};

/// What was reported of one window.
#[derive(Debug, Clone, Default)]
pub struct WindowHistory<'a> {
    /// Everything reported since the recipient became responsible, with the time of the message.
    items: Vec<(DateTime<Utc>, &'a Item)>,
}

impl<'a> WindowHistory<'a> {
    /// Whether `stage` was reported at `revision`.
    pub fn has(&self, stage: Stage, revision: Revision) -> bool {
        self.items.iter().any(|(_, item)| item.stage == stage && item.revision == revision)
    }

    /// Whether `stage` was reported at any revision.
    pub fn has_any(&self, stage: Stage) -> bool {
        self.items.iter().any(|(_, item)| item.stage == stage)
    }

    /// What was reported of the scheduled event that `is_it` knows by its entry, as one of `stages`, in order.
    pub fn of_event(
        &self,
        is_it: impl Fn(&str) -> bool,
        stages: &[Stage],
    ) -> impl Iterator<Item = (DateTime<Utc>, &'a Item)> {
        let about =
            move |item: &Item| stages.contains(&item.stage) && item.event.as_deref().is_some_and(&is_it);
        self.items.iter().filter(move |(_, item)| about(item)).map(|(at, item)| (*at, *item))
    }

    /// When `stage` of the start `id` was reported first.
    pub fn of_start(&self, stage: Stage, id: &StartId) -> Option<DateTime<Utc>> {
        self.about(id).filter(|(_, item)| item.stage == stage).map(|(at, _)| *at).min()
    }

    /// When `stage` was reported last.
    pub fn last_of(&self, stage: Stage) -> Option<DateTime<Utc>> {
        self.items.iter().filter(|(_, item)| item.stage == stage).map(|(at, _)| *at).max()
    }

    /// Whether anything of the start `id` was reported.
    pub fn knows_start(&self, id: &StartId) -> bool {
        self.about(id).next().is_some()
    }

    /// Whether a step of the planned start `id` at least as near to it as `step` minutes was reported.
    pub fn has_step_of_start(&self, id: &StartId, step: i64) -> bool {
        self.about(id).any(|(_, item)| item.step.is_some_and(|reported| reported <= step))
    }

    fn about(&self, id: &StartId) -> impl Iterator<Item = &(DateTime<Utc>, &'a Item)> {
        self.items.iter().filter(move |(_, item)| item.event.as_deref() == Some(id.as_str()))
    }

    /// Whether `stage` was reported at `revision` for what Azure says, not for a start that we follow.
    pub fn has_from_azure(&self, stage: Stage, revision: Revision) -> bool {
        let of_azure = |item: &Item| item.stage == stage && item.revision == revision && item.event.is_none();
        self.items.iter().any(|(_, item)| of_azure(item))
    }

    /// Since when the recipient knows of the window.
    pub fn known_since(&self) -> Option<DateTime<Utc>> {
        self.items.iter().map(|(at, _)| *at).min()
    }

    /// The newest revision of the dates that was reported.
    pub fn revision(&self) -> Option<Revision> {
        self.items.iter().map(|(_, item)| item.revision).max()
    }

    /// When the dates of `revision` were reported first.
    pub fn since(&self, revision: Revision) -> Option<DateTime<Utc>> {
        self.items.iter().filter(|(_, item)| item.revision == revision).map(|(at, _)| *at).min()
    }

    /// When anything was last reported.
    pub fn last(&self) -> Option<DateTime<Utc>> {
        self.items.iter().map(|(at, _)| *at).max()
    }

    /// Whether a step of `stage` at least as near to the deadline as `step` minutes was reported at `revision`.
    pub fn has_step(&self, stage: Stage, revision: Revision, step: i64) -> bool {
        self.items.iter().any(|(_, item)| {
            item.stage == stage
                && item.revision == revision
                && item.step.is_some_and(|reported| reported <= step)
        })
    }
}

/// Everything that a recipient was notified of.
#[derive(Debug, Clone, Default)]
pub struct NotificationHistory<'a> {
    windows: HashMap<&'a WindowId, WindowHistory<'a>>,
    /// Windows of which they heard that Azure announced something which the machine does not show.
    elsewhere: HashSet<&'a WindowId>,
    /// What events reported and Azure had not confirmed. It says nothing of what the recipient knows of the window.
    unconfirmed: HashMap<&'a WindowId, Vec<(DateTime<Utc>, &'a Item)>>,
    operator_alerts: BTreeMap<String, DateTime<Utc>>,
    /// The newest form of every calendar entry.
    pub calendar: BTreeMap<String, CalendarEntry>,
    /// What counts whatever the messages were about.
    pub past: PastNotifications,
    /// What was announced since nothing was open.
    pub wave: RecipientWave<'a>,
}

impl<'a> NotificationHistory<'a> {
    /// Reads the ledger, in order of sequence, after what is remembered of messages that are not kept any more.
    pub fn from_ledger(past: &PastNotifications, messages: impl Iterator<Item = &'a MessageRecord>) -> Self {
        let mut messages: Vec<&MessageRecord> = messages.collect();
        messages.sort_by_key(|message| message.sequence);
        let mut history = Self { past: past.clone(), ..Self::default() };
        for message in messages {
            history.past.remember(message);
            history.operator_alerts.extend(
                message.operator_alerts.iter().map(|operator_alert| (operator_alert.key(), message.moment())),
            );
            for entry in &message.calendar {
                history.calendar.insert(entry.uid.clone(), entry.clone());
            }
            history.wave.note(message.items.iter());
            for item in &message.items {
                if item.stage == Stage::Unconfirmed {
                    history.unconfirmed.entry(&item.window).or_default().push((message.moment(), item));
                    continue;
                }
                if item.stage == Stage::AnnouncedElsewhere {
                    history.elsewhere.insert(&item.window);
                    continue;
                }
                let window = history.windows.entry(&item.window).or_default();
                // Whoever becomes responsible again, or is escalated to again, starts anew.
                let again = item.stage == Stage::Escalated && window.has_any(Stage::Reassigned);
                if item.stage == Stage::Announced || again {
                    window.items.clear();
                }
                window.items.push((message.moment(), item));
            }
        }
        history
    }

    /// What was reported of `window` since it was announced to this recipient, unless someone else took over.
    pub fn of(&self, window: &WindowId) -> Option<&WindowHistory<'a>> {
        self.windows.get(window).filter(|history| !history.has_any(Stage::Reassigned))
    }

    /// Whether it was reported that Azure announced `window` and the machine does not show it.
    pub fn knows_elsewhere(&self, window: &WindowId) -> bool {
        self.elsewhere.contains(window)
    }

    /// What was reported of `window` without Azure's word.
    pub fn unconfirmed(&self, window: &WindowId) -> &[(DateTime<Utc>, &'a Item)] {
        self.unconfirmed.get(window).map_or(&[], Vec::as_slice)
    }

    /// Whether nothing will ever be reported about the window again: it has ended, and the recipient heard so or never
    /// heard of it.
    pub fn is_settled(&self, window: &MaintenanceWindow) -> bool {
        let knows_end = |history: &WindowHistory<'_>| END.into_iter().any(|stage| history.has_any(stage));
        !window.is_open() && self.of(&window.id).is_none_or(knows_end)
    }

    /// Whether the recipient knows of `window` and is, as far as they know, responsible for it.
    pub fn announced(&self, window: &WindowId) -> bool {
        self.of(window).is_some()
    }

    /// Whether `operator_alert`, first seen at `since`, was reported. What was over in between and came back is news.
    pub fn knows(&self, operator_alert: &OperatorAlert, since: DateTime<Utc>) -> bool {
        self.operator_alerts.get(&operator_alert.key()).is_some_and(|reported| since <= *reported)
    }

    /// Whether the recipient never got any message.
    pub fn is_first(&self) -> bool {
        self.past.last_message.is_none()
    }
}
