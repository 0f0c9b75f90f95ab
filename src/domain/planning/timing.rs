//! When each thing that is wanted is told: settling, working hours, digests, and deadlines that outrank them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::digest;
use super::history::NotificationHistory;
use super::input::{GoLive, Pace, PlanningInput};
use super::pending_notification::PendingNotification;
use crate::domain::ledger::MessageRecord;
use crate::domain::message::Item;
use crate::domain::recipient::Preferences;
use crate::domain::schedule::{Hours, instant, next_allowed};
use crate::domain::stage::Stage;
use crate::domain::window::WindowId;

/// Announcements with more time than this settle, and non-urgent mails come at most once a day.
const URGENT: TimeDelta = TimeDelta::days(7);

/// With less time than this nothing waits for a wave to finish or for the first look to be complete.
const PRESSING: TimeDelta = TimeDelta::hours(72);

/// How long urgent announcements wait for a wave to finish, at most.
const SHORT_SETTLE: TimeDelta = TimeDelta::minutes(15);

/// What falls due this shortly before a digest goes into it.
const DIGEST_IS_NEAR: TimeDelta = TimeDelta::hours(12);

/// News has to arrive this long before a deadline to be of use; otherwise it does not wait for working hours.
const TIME_TO_ACT: TimeDelta = TimeDelta::hours(12);

/// Quiet times are broken only when less than this would be left to read and act.
const TIME_TO_READ: TimeDelta = TimeDelta::hours(2);

/// Planning looks at the clock once a minute, and sometimes late. What is later than this waits for its hours anew.
const LATE: TimeDelta = TimeDelta::minutes(5);

/// What happens to starts waits this long for others that begin or end together.
const TOGETHER: TimeDelta = TimeDelta::minutes(1);

/// What is wanted, each with the time at which it is due.
#[derive(Debug, Clone)]
pub struct TimedNotifications<'a> {
    /// Each thing with its time; `None` goes along with the next message, whenever that is.
    pub items: Vec<(&'a PendingNotification, Option<DateTime<Utc>>)>,
    /// The next digest slot at which there is something to say, if digests are wanted.
    pub slot: Option<DateTime<Utc>>,
}

/// Gives every wanted thing its time. `moments` are those at which something comes with time.
pub fn timed<'a>(
    input: &PlanningInput<'_>,
    history: &NotificationHistory,
    (pending, unsent): (&'a [PendingNotification], Option<&MessageRecord>),
    moments: &[DateTime<Utc>],
    pace: Pace,
    now: DateTime<Utc>,
) -> TimedNotifications<'a> {
    if pace == Pace::Immediate {
        return TimedNotifications {
            items: pending.iter().map(|pending| (pending, Some(now))).collect(),
            slot: None,
        };
    }
    let clock = DeliveryTiming::new(input, history, pending);
    let mut items = Vec::with_capacity(pending.len());
    let mut slots = digest::standing_slots(input, history, moments, |moment| clock.slot_after(moment), now);
    // What became of an attempt before we looked goes with the announcement, which comes first in order.
    let mut announced: Option<(&WindowId, Option<DateTime<Utc>>)> = None;
    for pending in pending {
        let id = pending.item().map(|item| &item.window);
        // With minutes left nothing about the machine waits.
        if let Some(at) = id.and_then(|id| clock.imminent.get(id)) {
            items.push((pending, Some(*at)));
            continue;
        }
        if let Some((window, due)) = announced
            && id == Some(window)
        {
            items.push((pending, due));
            continue;
        }
        let due = match clock.due(pending, now) {
            DueTime::At(at) => {
                let at = clock.not_late(at, pending, unsent, now);
                let slot = clock.digest_soon_after(at, pending);
                slots.extend(slot);
                Some(slot.unwrap_or(at))
            }
            DueTime::WithDigest(arises) => {
                let slot = clock.slot_after(arises);
                slots.extend(slot);
                slot.or(clock.last_outcomes)
            }
        };
        items.push((pending, due));
        if let Some(item) = pending.item().filter(|item| item.stage == Stage::Announced) {
            announced = Some((&item.window, due));
        }
    }
    TimedNotifications { items, slot: slots.into_iter().min() }
}

fn allowed_from(preferences: &Preferences, from: DateTime<Utc>) -> DateTime<Utc> {
    let Preferences { timezone, hours, quiet, holidays, .. } = preferences;
    next_allowed(*timezone, hours, quiet, holidays, from)
}

/// Whether it tells what happens to a start. The steps before a planned one are reminders.
fn is_of_start(item: &Item) -> bool {
    item.event.is_some() && item.step.is_none() && item.stage != Stage::Imminent
}

/// When a wave ends that no digest tells of: once all its outcomes are known, and permitted.
fn last_outcomes(
    input: &PlanningInput<'_>,
    history: &NotificationHistory,
    pending: &[PendingNotification],
) -> Option<DateTime<Utc>> {
    let preferences = &input.recipient.preferences;
    let items = pending.iter().filter_map(PendingNotification::item);
    if !preferences.digest.is_never() || history.wave.ended_by(items).is_none() {
        return None;
    }
    let arise = pending.iter().filter_map(|pending| match pending {
        PendingNotification::Stage { arises, .. } => Some(*arises),
        _ => None,
    });
    arise.max().map(|last| allowed_from(preferences, last))
}

enum DueTime {
    At(DateTime<Utc>),
    WithDigest(DateTime<Utc>),
}

/// What the time of one thing depends on besides itself.
struct DeliveryTiming<'a> {
    preferences: &'a Preferences,
    /// Whether the recipient wants digests at all.
    digests: bool,
    /// The first and the last announcement that waits, when there is one.
    arrivals: Option<(DateTime<Utc>, DateTime<Utc>)>,
    first_message: bool,
    go_live: GoLive,
    last_message: Option<DateTime<Utc>>,
    /// Since when there is something to tell of starts: of the recipient's own, and of others'.
    starts: [Option<DateTime<Utc>>; 2],
    /// When the outcomes that end a wave are told to someone without digests.
    last_outcomes: Option<DateTime<Utc>>,
    /// The windows of which something happens within minutes, with the time since when that is known.
    imminent: BTreeMap<&'a WindowId, DateTime<Utc>>,
}

impl<'a> DeliveryTiming<'a> {
    fn new(
        input: &PlanningInput<'a>,
        history: &NotificationHistory,
        pending: &'a [PendingNotification],
    ) -> Self {
        let announced = pending.iter().filter_map(|pending| match pending {
            PendingNotification::Stage { item, arises, .. } if item.stage == Stage::Announced => {
                Some(*arises)
            }
            _ => None,
        });
        let arrivals = announced.fold(None, |span, at| match span {
            None => Some((at, at)),
            Some((first, last)) => Some((at.min(first), at.max(last))),
        });
        Self {
            preferences: &input.recipient.preferences,
            digests: input.notification_settings.without_digests.is_none(),
            arrivals,
            first_message: history.is_first(),
            go_live: input.go_live,
            last_message: history.past.last_message,
            starts: [true, false].map(|whose| {
                let arise = pending.iter().filter_map(|pending| match pending {
                    PendingNotification::Stage { item, arises, own, .. }
                        if is_of_start(item) && *own == whose =>
                    {
                        Some(*arises)
                    }
                    _ => None,
                });
                arise.min()
            }),
            last_outcomes: last_outcomes(input, history, pending),
            imminent: pending
                .iter()
                .filter_map(|pending| match pending {
                    PendingNotification::Stage { item, arises, .. } if item.stage == Stage::Imminent => {
                        Some((&item.window, *arises))
                    }
                    _ => None,
                })
                .collect(),
        }
    }

    /// Whether a stage goes into a digest. Whoever turned digests off still has to know of a window, its dates and that
    /// a start came to nothing: without the first there would be no last call.
    fn waits_for_digest(&self, stage: Stage) -> bool {
        let needed = [Stage::Announced, Stage::Rescheduled, Stage::Failed, Stage::Skipped];
        !self.preferences.immediate.contains(&stage) && (self.digests || !needed.contains(&stage))
    }

    fn slot_after(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.digests.then(|| self.preferences.digest.next_after(self.preferences.timezone, moment)).flatten()
    }

    fn due(&self, pending: &PendingNotification, now: DateTime<Utc>) -> DueTime {
        match pending {
            PendingNotification::OperatorAlert { arises, .. } => {
                DueTime::At(self.allowed(*arises + SHORT_SETTLE, None))
            }
            PendingNotification::GoLive { arises } => DueTime::At(self.allowed(*arises, None)),
            // Its slot is the recipient's own choice.
            PendingNotification::Summary { slot } => DueTime::At(*slot),
            // Nothing of it presses, so a late one waits for the hours too.
            PendingNotification::Coverage { arises } => DueTime::At(self.allowed((*arises).max(now), None)),
            // It has all the time in the world, so even a late one waits for the channel's hours.
            PendingNotification::Heartbeat { arises } => DueTime::At(self.allowed((*arises).max(now), None)),
            PendingNotification::Stage { item, arises, deadline, own } if is_of_start(item) => {
                // Machines that start or end together are told of together.
                let first = if *own { self.starts[0] } else { self.starts[1] };
                let together = first.unwrap_or(*arises) + TOGETHER;
                // Quiet times and hours never hold what answers one's own act.
                let deadline = deadline.filter(|deadline| *deadline > now);
                DueTime::At(if *own { together } else { self.allowed(together, deadline) })
            }
            PendingNotification::Stage { item, arises, deadline, .. } => {
                let deadline = deadline.filter(|deadline| *deadline > now);
                match item.stage {
                    Stage::Imminent => DueTime::At(*arises),
                    // Their moments were brought forward when they were worked out.
                    Stage::Reminder | Stage::Escalated | Stage::ScheduledSoon | Stage::Planned => {
                        DueTime::At(*arises)
                    }
                    // Whoever asked somebody waits for the answer.
                    Stage::HandedBack => DueTime::At(self.allowed(*arises, deadline)),
                    stage if self.waits_for_digest(stage) => DueTime::WithDigest(*arises),
                    Stage::Announced => DueTime::At(self.announcement(*arises, deadline)),
                    _ => DueTime::At(self.once_a_day(self.allowed(*arises, deadline), deadline)),
                }
            }
        }
    }

    /// What waited for others that are no longer to be told, or for a deadline that is another one now, can come to be
    /// due in the past, at an hour when nobody should be disturbed: then news waits for its hours. What is claimed stays
    /// due.
    fn not_late(
        &self,
        at: DateTime<Utc>,
        pending: &PendingNotification,
        unsent: Option<&MessageRecord>,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let PendingNotification::Stage { item, deadline, own, .. } = pending else { return at };
        let is_news = match item.stage {
            Stage::Imminent | Stage::Reminder | Stage::Escalated | Stage::ScheduledSoon => false,
            _ => !own && item.step.is_none(),
        };
        let is_claimed = unsent.is_some_and(|unsent| unsent.items.contains(item));
        if is_news && !is_claimed && at + LATE < now {
            self.allowed(now, deadline.filter(|deadline| *deadline > now))
        } else {
            at
        }
    }

    /// Announcements wait for the wave to finish arriving, and for the first look at a tenant to be complete; the
    /// nearer the deadline, the less. Each time is worked out from facts alone, so that it stands still while the
    /// clock runs: otherwise a wave could come to be due in the past, at an hour when nobody should be disturbed.
    fn announcement(&self, arises: DateTime<Utc>, deadline: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let (first, last) = self.arrivals.unwrap_or((arises, arises));
        // What comes after the others have waited long enough waits no longer for a wave, but for its own hours.
        let settled = |settle: TimeDelta| (last + settle).min(first + settle * 2).max(arises);
        let settle = self.preferences.settle;
        let calm = match self.go_live {
            // Holding on is bounded by the settling time, should the first look never be complete.
            GoLive::Looking => self.allowed(settled(settle).max(first + settle * 2), deadline),
            GoLive::Since(since) if self.first_message && last <= since => {
                self.allowed(since.min(settled(settle)).max(arises), deadline)
            }
            GoLive::Since(_) => self.once_a_day(self.allowed(settled(settle), deadline), deadline),
        };
        let Some(deadline) = deadline else { return calm };
        let shortly = settled(settle.min(SHORT_SETTLE)).max(deadline - URGENT);
        let at_once = arises.max(deadline - PRESSING);
        let urgent = match self.go_live {
            GoLive::Looking => at_once,
            GoLive::Since(_) => shortly.min(at_once),
        };
        calm.min(self.allowed(urgent, Some(deadline)))
    }

    /// The first permitted moment. When a deadline would come too soon after it, closed hours do not count, and
    /// quiet times only as long as they leave time to read.
    fn allowed(&self, from: DateTime<Utc>, deadline: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let at = allowed_from(self.preferences, from);
        match deadline {
            Some(deadline) if deadline < at + TIME_TO_ACT => {
                let Preferences { timezone, quiet, .. } = self.preferences;
                let awake = next_allowed(*timezone, &Hours::Always, quiet, &BTreeSet::new(), from);
                if deadline < awake + TIME_TO_READ { from } else { awake }
            }
            _ => at,
        }
    }

    /// At most one message a day that is not urgent. A digest early on the next day changes nothing about that: what
    /// was put off for a day stays put off until that day's hours.
    fn once_a_day(&self, at: DateTime<Utc>, deadline: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let zone = self.preferences.timezone;
        let date = |moment: DateTime<Utc>| moment.with_timezone(&zone).date_naive();
        let is_urgent = deadline.is_some_and(|deadline| deadline - at <= URGENT);
        match self.last_message {
            Some(last) if !is_urgent && date(at) <= date(last) => {
                let tomorrow = (date(at) + chrono::Days::new(1)).and_time(chrono::NaiveTime::MIN);
                self.allowed(instant(zone, tomorrow), deadline)
            }
            _ => at,
        }
    }

    /// An alert that is not urgent and falls due shortly before a digest goes into it.
    fn digest_soon_after(&self, at: DateTime<Utc>, pending: &PendingNotification) -> Option<DateTime<Utc>> {
        let PendingNotification::Stage { item, deadline, .. } = pending else { return None };
        let waits = matches!(
            item.stage,
            Stage::Announced | Stage::Rescheduled | Stage::SelfServiceOpen | Stage::Cancelled
        );
        // A slot at the very moment counts.
        let slot = self.slot_after(at - TimeDelta::seconds(1))?;
        let is_urgent = deadline.is_some_and(|deadline| at < deadline && deadline - slot <= URGENT);
        (waits && !is_urgent && !self.first_message && slot - at <= DIGEST_IS_NEAR).then_some(slot)
    }
}
