//! When one thing is due, by the recipient's hours, the wave that it belongs to and its deadline.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::history::NotificationHistory;
use super::input::{GoLive, PlanningInput};
use super::pending_notification::{PendingNotification, PendingReason};
use crate::domain::endpoint::Endpoint;
use crate::domain::message::Item;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::recipient::Preferences;
use crate::domain::schedule::{Hours, instant, next_allowed};
use crate::domain::stage::Stage;
use crate::domain::transport_health::common_words;
use crate::domain::window::WindowId;

/// Announcements with more time than this settle, and non-urgent mails come at most once a day.
const URGENT: TimeDelta = TimeDelta::days(7);

/// With less time than this nothing waits for a wave to finish or for the first look to be complete.
const PRESSING: TimeDelta = TimeDelta::hours(72);

/// How long urgent announcements wait for a wave to finish, at most.
pub(super) const SHORT_SETTLE: TimeDelta = TimeDelta::minutes(15);

/// What falls due this shortly before a digest goes into it.
const DIGEST_IS_NEAR: TimeDelta = TimeDelta::hours(12);

/// News has to arrive this long before a deadline to be of use; otherwise it does not wait for working hours.
pub(super) const TIME_TO_ACT: TimeDelta = TimeDelta::hours(12);

/// Quiet times are broken only when less than this would be left to read and act.
const TIME_TO_READ: TimeDelta = TimeDelta::hours(2);

/// Planning looks at the clock once a minute, and sometimes late. What is later than this waits for its hours anew.
const LATE: TimeDelta = TimeDelta::minutes(5);

/// How long the news that a start failed waits at most, while something can still be done about it.
const FAILURE_WAITS: TimeDelta = TimeDelta::hours(11);

/// What happens to starts waits this long for others that begin or end together.
const TOGETHER: TimeDelta = TimeDelta::minutes(1);

/// The stages among `pending` that `fits` accepts, each with the time since when it is true.
fn stages(
    pending: &[PendingNotification],
    fits: impl Fn(&Item, PendingReason) -> bool,
) -> impl Iterator<Item = (&Item, DateTime<Utc>)> {
    pending.iter().filter_map(move |pending| match pending {
        PendingNotification::Stage { item, arises, reason, .. } if fits(item, *reason) => {
            Some((item, *arises))
        }
        _ => None,
    })
}

/// When a wave, of one machine or of many, ends that no digest reports: once all its outcomes are known, and allowed.
fn last_outcomes(
    input: &PlanningInput<'_>,
    history: &NotificationHistory,
    pending: &[PendingNotification],
) -> Option<DateTime<Utc>> {
    let preferences = &input.recipient.preferences;
    let items = pending.iter().filter_map(PendingNotification::item);
    let digests = !preferences.digest.is_never() && input.notification_settings.without_digests.is_none();
    if digests || !history.wave.is_ended_by(items) {
        return None;
    }
    let last = stages(pending, |_, _| true).map(|(_, arises)| arises).max()?;
    Some(preferences.next_allowed(last))
}

/// The words in which an address was refused for good, where that is what an alert reports.
fn refusal_words(alert: &OperatorAlert) -> Option<String> {
    match alert {
        OperatorAlert::Undeliverable { endpoint: Endpoint::Email { .. }, error, unknown: false, .. } => {
            Some(common_words(error))
        }
        _ => None,
    }
}

fn refusals_reported(
    input: &PlanningInput<'_>,
    history: &NotificationHistory,
) -> Vec<(String, DateTime<Utc>)> {
    let known = input.operator_alerts.iter().filter(|(arises, alert)| history.knows(alert, *arises));
    known.filter_map(|(_, alert)| Some((refusal_words(alert)?, history.reported_at(alert)?))).collect()
}

/// When one thing is due.
pub(super) enum DueTime {
    At(DateTime<Utc>),
    /// With the first digest after this time.
    WithDigest(DateTime<Utc>),
}

/// What the time of one thing depends on besides itself.
pub(super) struct DeliveryTiming<'a> {
    preferences: &'a Preferences,
    digests: bool,
    /// The first and the last announcement that waits, when there is one.
    arrivals: Option<(DateTime<Utc>, DateTime<Utc>)>,
    first_message: bool,
    go_live: GoLive,
    last_message: Option<DateTime<Utc>>,
    /// Since when there is something to report of starts: of the recipient's own, and of others'.
    starts: [Option<DateTime<Utc>>; 2],
    /// When the outcomes that end a wave are reported to someone without digests.
    pub(super) last_outcomes: Option<DateTime<Utc>>,
    /// The windows of which something happens within minutes, with the time since when that is known.
    pub(super) imminent: BTreeMap<&'a WindowId, DateTime<Utc>>,
    /// The words of refusals that operators were told of, and when.
    refusals: Vec<(String, DateTime<Utc>)>,
    /// The windows of which the recipient hears how a start of theirs ended, with how.
    ended: BTreeMap<&'a WindowId, Stage>,
}

impl<'a> DeliveryTiming<'a> {
    pub(super) fn new(
        input: &PlanningInput<'a>,
        history: &NotificationHistory,
        pending: &'a [PendingNotification],
    ) -> Self {
        let announced = stages(pending, |item, _| item.stage == Stage::Announced).map(|(_, arises)| arises);
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
            starts: [PendingReason::OwnStart, PendingReason::OthersStart]
                .map(|whose| stages(pending, |_, reason| reason == whose).map(|(_, arises)| arises).min()),
            last_outcomes: last_outcomes(input, history, pending),
            imminent: stages(pending, |_, reason| reason == PendingReason::Imminent)
                .map(|(item, arises)| (&item.window, arises))
                .collect(),
            refusals: refusals_reported(input, history),
            ended: stages(pending, |item, reason| {
                let is_end = item.step.is_some() || !matches!(item.stage, Stage::Planned | Stage::Started);
                reason == PendingReason::OwnStart && is_end
            })
            .map(|(item, _)| (&item.window, item.stage))
            .collect(),
        }
    }

    /// When the answer to one's own act leaves.
    fn own_start(&self, arises: DateTime<Utc>) -> DateTime<Utc> {
        self.starts[0].unwrap_or(arises) + TOGETHER
    }

    /// Whoever hears how their own start of a machine ended need not wait to hear that it is theirs, or of the new
    /// dates for which it did not begin.
    pub(super) fn with_end(
        &self,
        pending: &PendingNotification,
        due: Option<DateTime<Utc>>,
    ) -> Option<DateTime<Utc>> {
        let ended = pending.item().and_then(|item| Some((item.stage, *self.ended.get(&item.window)?)));
        let goes_along =
            matches!(ended, Some((Stage::Announced, _) | (Stage::Rescheduled, Stage::CalledOff)));
        match self.starts[0].filter(|_| goes_along) {
            Some(since) => due.into_iter().chain([self.own_start(since)]).min(),
            None => due,
        }
    }

    /// Whether a stage goes into a digest. Whoever turned digests off still has to know of a window, its dates and that
    /// a start came to nothing: without the first there would be no last call.
    fn waits_for_digest(&self, stage: Stage) -> bool {
        // Lists of stages written by earlier versions do not name them. A digest could come after a notice, and whoever
        // has none would never hear of the others.
        if matches!(stage, Stage::Notice | Stage::Passed | Stage::AnnouncedElsewhere) {
            return false;
        }
        let needed = [Stage::Announced, Stage::Rescheduled, Stage::Failed, Stage::Skipped];
        !self.preferences.immediate.contains(&stage) && (self.digests || !needed.contains(&stage))
    }

    pub(super) fn slot_after(&self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.digests.then(|| self.preferences.digest.next_after(self.preferences.timezone, moment)).flatten()
    }

    /// When a digest goes whose slot is this one. A recipient chose the slot, at whatever hour; one that was missed waits
    /// for an allowed moment, or for the next slot.
    pub(super) fn late_slot(&self, slot: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        if now <= slot + LATE {
            return slot;
        }
        let next = self.slot_after(now - LATE);
        next.into_iter().chain([self.allowed(now, None)]).min().unwrap_or(now)
    }

    /// An address that is refused as others were whom operators know is told with the next message, or after a day: one
    /// cause is one report.
    fn after_one_like_it(&self, alert: &OperatorAlert, settled: DateTime<Utc>) -> DateTime<Utc> {
        let Some(words) = refusal_words(alert) else { return settled };
        let known = self.refusals.iter().filter(|(known, at)| *known == words && *at <= settled);
        let last = known.map(|(_, at)| *at).max();
        last.map_or(settled, |last| settled.max(last + TimeDelta::days(1)))
    }

    pub(super) fn due(&self, pending: &PendingNotification, now: DateTime<Utc>) -> DueTime {
        match pending {
            PendingNotification::OperatorAlert { arises, operator_alert } => {
                let settled = *arises + SHORT_SETTLE;
                DueTime::At(self.allowed(self.after_one_like_it(operator_alert, settled), None))
            }
            PendingNotification::GoLive { arises } => DueTime::At(self.allowed(*arises, None)),
            // Its slot is the recipient's own choice.
            PendingNotification::Summary { slot } => DueTime::At(*slot),
            // Nothing of it is urgent, so a late one waits for the hours too.
            PendingNotification::Coverage { arises } => DueTime::At(self.allowed((*arises).max(now), None)),
            // It has all the time in the world, so even a late one waits for the channel's hours.
            PendingNotification::Heartbeat { arises } => DueTime::At(self.allowed((*arises).max(now), None)),
            PendingNotification::Stage { item, arises, deadline, reason } => {
                let deadline = deadline.filter(|deadline| *deadline > now);
                match reason {
                    // Moments before a deadline were brought forward when they were worked out.
                    PendingReason::Imminent | PendingReason::Unconfirmed | PendingReason::DeadlineNear => {
                        DueTime::At(*arises)
                    }
                    // Machines that start or end together are reported together. Quiet times and hours never hold what
                    // answers one's own act.
                    PendingReason::OwnStart => DueTime::At(self.own_start(*arises)),
                    PendingReason::OthersStart => {
                        let together = self.starts[1].unwrap_or(*arises) + TOGETHER;
                        let at = self.allowed(together, deadline);
                        // Something can still be done about a start that came to nothing: that waits for no weekend.
                        let presses = item.stage == Stage::Failed && deadline.is_some();
                        DueTime::At(if presses { at.min(together + FAILURE_WAITS) } else { at })
                    }
                    // It may be the work of somebody else with their link, so it waits for no hours.
                    PendingReason::HandedOver => DueTime::At(*arises + TOGETHER),
                    PendingReason::HandedBack => DueTime::At(self.allowed(*arises, deadline)),
                    // Whoever has no digest would never hear that somebody else has it.
                    PendingReason::News
                        if item.stage == Stage::Reassigned && self.slot_after(*arises).is_none() =>
                    {
                        DueTime::At(self.allowed(*arises, None))
                    }
                    PendingReason::News if self.waits_for_digest(item.stage) => DueTime::WithDigest(*arises),
                    PendingReason::News if item.stage == Stage::Announced => {
                        DueTime::At(self.announcement(*arises, deadline))
                    }
                    PendingReason::News => {
                        DueTime::At(self.once_a_day(self.allowed(*arises, deadline), deadline))
                    }
                }
            }
        }
    }

    /// What waited for others that are no longer to be notified, or for a deadline that is another one now, can come to
    /// be due in the past, at an hour when nobody should be disturbed: then news waits for its hours.
    pub(super) fn not_late(
        &self,
        at: DateTime<Utc>,
        pending: &PendingNotification,
        now: DateTime<Utc>,
    ) -> DateTime<Utc> {
        let PendingNotification::Stage { item, deadline, reason, .. } = pending else { return at };
        let is_news =
            matches!(reason, PendingReason::News | PendingReason::OthersStart | PendingReason::HandedBack);
        // That a start failed has waited long enough.
        let presses = item.stage == Stage::Failed && deadline.is_some_and(|deadline| now < deadline);
        if is_news && !presses && at + LATE < now {
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

    /// The first allowed moment. When a deadline would come too soon after it, closed hours do not count, and
    /// quiet times only as long as they leave time to read.
    fn allowed(&self, from: DateTime<Utc>, deadline: Option<DateTime<Utc>>) -> DateTime<Utc> {
        let at = self.preferences.next_allowed(from);
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
    pub(super) fn digest_soon_after(
        &self,
        at: DateTime<Utc>,
        pending: &PendingNotification,
    ) -> Option<DateTime<Utc>> {
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
