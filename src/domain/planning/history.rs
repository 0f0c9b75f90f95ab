//! What a recipient was notified of, read from the ledger.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::waves::RecipientWave;
use crate::domain::calendar_entry::CalendarEntry;
use crate::domain::email_address::EmailAddress;
use crate::domain::endpoint::Endpoint;
use crate::domain::ids::StartId;
use crate::domain::ledger::{MessageRecord, PastNotifications};
use crate::domain::message::Item;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::reconcile::moved_materially;
use crate::domain::stage::{END, Stage};
use crate::domain::window::{MaintenanceWindow, ReportedStart, Schedule, WindowId};

/// Dates that Azure moves by less than this are the same moment.
const SAME_MOMENT: TimeDelta = TimeDelta::hours(1);

/// What was reported of one window, compared with the dates that it has now.
#[derive(Debug, Clone, Default)]
pub struct WindowHistory<'a> {
    /// Everything reported since the recipient came to know of it, in order.
    notified: Vec<NotifiedItem<'a>>,
    /// From where on it was announced to them as theirs.
    announced: Option<usize>,
}

/// One item that was reported.
#[derive(Debug, Clone, Copy)]
struct NotifiedItem<'a> {
    at: DateTime<Utc>,
    item: &'a Item,
    /// The dates that it gave, as far as they are known.
    dates: Option<Schedule>,
    /// Whether these are the dates that the window has now.
    is_dated_so: bool,
}

impl<'a> WindowHistory<'a> {
    fn new(notified: &[(DateTime<Utc>, &'a Item)], window: &MaintenanceWindow, now: DateTime<Utc>) -> Self {
        let announced = notified.iter().rposition(|(_, item)| item.stage == Stage::Announced);
        let notified = notified.iter().map(|(at, item)| {
            let dates = item.dates.or_else(|| window.schedule_of(item.revision));
            let is_dated_so = match dates {
                Some(dates) => !moved_materially(dates, window.facts.schedule, now),
                None => item.revision == window.revision,
            };
            NotifiedItem { at: *at, item, dates, is_dated_so }
        });
        Self { notified: notified.collect(), announced }
    }

    /// What counts of it: whoever became responsible starts anew.
    fn items(&self) -> impl Iterator<Item = &NotifiedItem<'a>> + Clone {
        self.notified[self.announced.unwrap_or_default()..].iter()
    }

    /// Whether it was announced to the recipient as theirs.
    pub fn is_announced(&self) -> bool {
        self.announced.is_some()
    }

    /// Whether `stage` was reported of the dates as they are.
    pub fn has(&self, stage: Stage) -> bool {
        self.items().any(|notified| notified.item.stage == stage && notified.is_dated_so)
    }

    /// Whether `stage` was reported of whatever dates.
    pub fn has_any(&self, stage: Stage) -> bool {
        self.items().any(|notified| notified.item.stage == stage)
    }

    /// What was reported of the scheduled event that `is_it` knows by its entry, as one of `stages`, in order.
    pub fn of_event(
        &self,
        is_it: impl Fn(&str) -> bool,
        stages: &[Stage],
    ) -> impl Iterator<Item = (DateTime<Utc>, &'a Item)> {
        let about =
            move |item: &Item| stages.contains(&item.stage) && item.event.as_deref().is_some_and(&is_it);
        self.notified
            .iter()
            .filter(move |notified| about(notified.item))
            .map(|notified| (notified.at, notified.item))
    }

    /// When `stage` of the start `id` was reported first.
    pub fn of_start(&self, stage: Stage, id: &StartId) -> Option<DateTime<Utc>> {
        self.about(id).filter(|notified| notified.item.stage == stage).map(|notified| notified.at).min()
    }

    /// Whether everything that was reported is like this.
    pub fn consists_of(&self, is_it: impl Fn(&Item) -> bool) -> bool {
        self.notified.iter().all(|notified| is_it(notified.item))
    }

    /// When `stage` was reported last.
    pub fn last_of(&self, stage: Stage) -> Option<DateTime<Utc>> {
        self.items().filter(|notified| notified.item.stage == stage).map(|notified| notified.at).max()
    }

    /// When `stage` was reported of the dates as they are, well before `end`.
    pub fn notified_early(&self, stage: Stage, end: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let of_dates = self.items().filter(|notified| notified.item.stage == stage && notified.is_dated_so);
        of_dates.map(|notified| notified.at).filter(|at| *at < end - SAME_MOMENT).max()
    }

    /// Whether anything of the start `id` was reported.
    pub fn knows_start(&self, id: &StartId) -> bool {
        self.about(id).next().is_some()
    }

    /// Whether a step of the planned start `id` at least as near to it as `step` minutes was reported.
    pub fn has_step_of_start(&self, id: &StartId, step: i64) -> bool {
        self.about(id).any(|notified| notified.item.step.is_some_and(|reported| reported <= step))
    }

    fn about(&self, id: &StartId) -> impl Iterator<Item = &NotifiedItem<'a>> {
        self.notified.iter().filter(move |notified| notified.item.event.as_deref() == Some(id.as_str()))
    }

    /// Whether `stage` was reported of the dates as they are, for what Azure says, not for a start that we follow.
    pub fn has_from_azure(&self, stage: Stage) -> bool {
        self.items().any(|notified| {
            notified.item.stage == stage && notified.item.event.is_none() && notified.is_dated_so
        })
    }

    /// Whether `stage` was reported since then for what Azure says.
    pub fn notified_by_azure(&self, stage: Stage, since: DateTime<Utc>) -> bool {
        let by_azure =
            |notified: &&NotifiedItem<'_>| notified.item.stage == stage && notified.item.event.is_none();
        self.items().filter(by_azure).any(|notified| since <= notified.at)
    }

    /// What they read last of a start by the owner, and when.
    pub fn notified_start(&self) -> Option<(DateTime<Utc>, ReportedStart)> {
        self.items().filter_map(|notified| Some((notified.at, notified.item.start?))).last()
    }

    /// Since when the recipient knows of the window.
    pub fn known_since(&self) -> Option<DateTime<Utc>> {
        self.items().map(|notified| notified.at).min()
    }

    /// Since when the recipient knows the dates as they are: since these are the last that they were notified of.
    pub fn since(&self) -> Option<DateTime<Utc>> {
        let mut since = None;
        for notified in self.items() {
            match notified.is_dated_so {
                true => since = since.or(Some(notified.at)),
                // A start belongs to the dates for which it was decided, and says nothing of those of now.
                false if notified.item.is_of_start() => {}
                false => since = None,
            }
        }
        since
    }

    /// The dates that the recipient was notified of last.
    pub fn notified_dates(&self) -> Option<Schedule> {
        let dated = self.items().filter(|notified| !notified.item.is_of_start());
        dated.filter_map(|notified| notified.dates).last()
    }

    /// When anything was last reported.
    pub fn last(&self) -> Option<DateTime<Utc>> {
        self.items().map(|notified| notified.at).max()
    }

    /// Whether a step of `stage` at least as near to the deadline as `step` minutes was reported of the dates as they are.
    pub fn has_step(&self, stage: Stage, step: i64) -> bool {
        self.items().any(|notified| {
            notified.item.stage == stage
                && notified.is_dated_so
                && notified.item.step.is_some_and(|reported| reported <= step)
        })
    }
}

/// Everything that a recipient was notified of.
#[derive(Debug, Clone, Default)]
pub struct NotificationHistory<'a> {
    /// What was reported of each window since they came to know of it, in order.
    windows: HashMap<&'a WindowId, Vec<(DateTime<Utc>, &'a Item)>>,
    /// Windows of which they heard that Azure announced something which the machine does not show.
    elsewhere: HashSet<&'a WindowId>,
    /// What events reported and Azure had not confirmed. It says nothing of what the recipient knows of the window.
    unconfirmed: HashMap<&'a WindowId, Vec<(DateTime<Utc>, &'a Item)>>,
    operator_alerts: BTreeMap<String, DateTime<Utc>>,
    /// What was reported of starts, whatever was reported of their windows since.
    starts: HashSet<(&'a WindowId, Stage, Option<i64>, &'a str)>,
    /// The newest form of every calendar entry.
    pub calendar: BTreeMap<String, CalendarEntry>,
    /// The mail addresses to which each calendar entry went.
    pub calendar_at: HashMap<String, HashSet<&'a EmailAddress>>,
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
                let addresses = message.endpoints.iter().filter_map(|endpoint| match endpoint {
                    Endpoint::Email { address } => Some(address),
                    Endpoint::Teams { .. } | Endpoint::Chat { .. } => None,
                });
                history.calendar_at.entry(entry.uid.clone()).or_default().extend(addresses);
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
                if let Some(start) = item.event.as_deref().filter(|_| item.is_of_start()) {
                    history.starts.insert((&item.window, item.stage, item.step, start));
                }
                // Whoever hears of it again after they were notified that it is over for them starts anew.
                let notified = history.windows.entry(&item.window).or_default();
                let closed =
                    notified.iter().rposition(|(at, notified)| closes(notified) && *at < message.moment());
                if let Some(closed) = closed.filter(|_| !closes(item)) {
                    notified.drain(..=closed);
                }
                notified.push((message.moment(), item));
            }
        }
        history
    }

    /// What was reported of `window` since the recipient came to know of it; nothing once they heard that somebody else
    /// has it, or that it is over, though it is open.
    pub fn of(&self, window: &MaintenanceWindow, now: DateTime<Utc>) -> Option<WindowHistory<'a>> {
        let notified = self.windows.get(&window.id)?;
        let is_closed =
            |item: &Item| item.stage == Stage::Reassigned || !window.is_over() && is_end_by_azure(item);
        let is_known = !notified.iter().any(|(_, item)| is_closed(item));
        is_known.then(|| WindowHistory::new(notified, window, now))
    }

    /// Whether exactly this was reported, and nothing since that made it untrue: it is not reported again, whatever else is
    /// held back or comes late.
    pub fn was_notified(&self, item: &Item) -> bool {
        let notified = self.windows.get(&item.window).map_or(&[][..], Vec::as_slice);
        let since =
            notified.iter().rposition(|(_, notified)| closes(notified) && !notified.says_the_same(item));
        notified
            .iter()
            .skip(since.map_or(0, |closed| closed + 1))
            .any(|(_, notified)| notified.says_the_same(item))
    }

    /// Whether `stage` of the start `id` was ever reported.
    pub fn notified_of_start(
        &self,
        window: &WindowId,
        stage: Stage,
        step: Option<i64>,
        id: &StartId,
    ) -> bool {
        self.starts.contains(&(window, stage, step, id.as_str()))
    }

    /// When anything of `window` was last reported.
    pub fn last_of(&self, window: &WindowId) -> Option<DateTime<Utc>> {
        self.windows.get(window)?.iter().map(|(at, _)| *at).max()
    }

    /// As what the end of `window` was reported, if it was.
    pub fn ended_as(&self, window: &WindowId) -> Option<Stage> {
        let notified = self.windows.get(window)?;
        let is_known = !notified.iter().any(|(_, item)| item.stage == Stage::Reassigned);
        END.into_iter().find(|stage| is_known && notified.iter().any(|(_, item)| item.stage == *stage))
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
        let notified = self.windows.get(&window.id);
        let knows = notified
            .is_some_and(|notified| !notified.iter().any(|(_, item)| item.stage == Stage::Reassigned));
        !window.is_open() && (!knows || self.ended_as(&window.id).is_some())
    }

    /// Whether the recipient knows of `window` and is, as far as they know, responsible for it.
    pub fn announced(&self, window: &MaintenanceWindow, now: DateTime<Utc>) -> bool {
        self.of(window, now).is_some()
    }

    /// Whether `operator_alert`, first seen at `since`, was reported. What was over in between and came back is news.
    pub fn knows(&self, operator_alert: &OperatorAlert, since: DateTime<Utc>) -> bool {
        self.operator_alerts.get(&operator_alert.key()).is_some_and(|reported| since <= *reported)
    }

    /// When `operator_alert` was last reported.
    pub fn reported_at(&self, operator_alert: &OperatorAlert) -> Option<DateTime<Utc>> {
        self.operator_alerts.get(&operator_alert.key()).copied()
    }

    /// Whether the recipient never got any message.
    pub fn is_first(&self) -> bool {
        self.past.last_message.is_none()
    }
}

/// Whether nothing more of the window concerns whoever was notified of this, as long as that is true.
fn closes(item: &Item) -> bool {
    item.stage == Stage::Reassigned || is_end_by_azure(item)
}

/// Whether it says that the window is over, and not only a start of it.
fn is_end_by_azure(item: &Item) -> bool {
    END.contains(&item.stage) && item.event.is_none()
}
