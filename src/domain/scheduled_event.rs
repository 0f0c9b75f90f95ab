//! One scheduled event of Azure, as far as it is known.
//!
//! What an event says of itself is a hint: whoever has the key of the address can say it. What Azure answers when it is
//! asked is a fact, and only facts are reported as such.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::stage::Stage;
use crate::domain::window::Impact;

/// An event whose time passed this long ago is news no more, even when nobody said that it is over.
pub const STALE: TimeDelta = TimeDelta::minutes(30);

/// What happens sooner than this happens within minutes; what is confirmed and further away is a dated notice.
const NEAR: TimeDelta = TimeDelta::hours(1);

/// How long what is urgent waits until Azure confirms it.
pub const CONFIRMATION_TIMEOUT: TimeDelta = TimeDelta::seconds(20);

/// What is further away than this waits for Azure's word until it is this near.
const WAITS_UNTIL: TimeDelta = TimeDelta::days(1);

/// A move of its time by as much makes it news again.
const OTHER_DATE: TimeDelta = TimeDelta::hours(1);

/// How an entry of a ledger says for when an event was announced.
const ENTRY_DATE: &str = "%Y-%m-%dT%H:%MZ";

/// Azure announces nothing further ahead, not even for hardware that degrades. What claims more is no event of Azure's.
pub const FURTHEST: TimeDelta = TimeDelta::days(8);

/// One scheduled event: what was heard of it, and what Azure confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduledEvent {
    pub id: String,
    pub impact: Impact,
    /// Whether Azure does it, and not someone who restarts a machine by hand.
    pub by_azure: bool,
    /// When it happens at the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    /// How many seconds Azure expects it to take, where it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    /// When the first of what is known of it was said.
    pub at: DateTime<Utc>,
    /// Whether Azure said that it is to come.
    pub scheduled: bool,
    pub over: bool,
    /// When it came here first, by our own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<DateTime<Utc>>,
    /// What Azure itself says of it, since it was first found there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<ConfirmedEvent>,
}

/// What Azure says of an event when it is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfirmedEvent {
    /// When it was first found.
    pub at: DateTime<Utc>,
    pub impact: Impact,
    pub by_azure: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u32>,
    pub over: bool,
}

/// As what people hear of an event, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventNews {
    /// `imminent`, `notice` or `unconfirmed`.
    pub stage: Stage,
    pub since: DateTime<Utc>,
}

impl ScheduledEvent {
    /// As what people should hear of it at `now`, if at all: Azure takes the machine down.
    pub fn news(&self, now: DateTime<Utc>) -> Option<EventNews> {
        let (by_azure, impact, over, from) = match &self.confirmed {
            Some(known) => (known.by_azure, &known.impact, known.over, known.at),
            None => (self.by_azure, &self.impact, self.over, self.heard()),
        };
        let counts = self.scheduled && !over && by_azure;
        let takes_down = matches!(impact, Impact::Reboot | Impact::Redeploy);
        if !counts || !takes_down || now >= later(self.not_before().unwrap_or(from), STALE) {
            return None;
        }
        let news = match self.near_from() {
            near if self.confirmed.is_some() && near <= now => {
                EventNews { stage: Stage::Imminent, since: near.max(from) }
            }
            _ if self.confirmed.is_some() => EventNews { stage: Stage::Notice, since: from },
            _ => EventNews { stage: Stage::Unconfirmed, since: self.unconfirmed_from() },
        };
        (news.since <= now).then_some(news)
    }

    /// Its entry in a ledger: which event it is, and for when people were told that it comes.
    pub fn entry(&self) -> String {
        match self.not_before() {
            Some(at) => format!("{}@{}", self.id, at.format(ENTRY_DATE)),
            None => self.id.clone(),
        }
    }

    /// Whether an entry of a ledger is about this event, whatever the date in it.
    pub fn is_it(&self, entry: &str) -> bool {
        entry.split_once('@').map_or(entry, |(id, _)| id) == self.id
    }

    /// Whether an entry of a ledger is about this event at about the time at which it stands now. Entries written by
    /// earlier versions have no date.
    pub fn is_dated_as(&self, entry: &str) -> bool {
        let told = entry
            .split_once('@')
            .and_then(|(_, at)| NaiveDateTime::parse_from_str(at, ENTRY_DATE).ok().map(|at| at.and_utc()));
        let is_near = told.zip(self.not_before()).is_none_or(|(told, at)| (at - told).abs() < OTHER_DATE);
        self.is_it(entry) && is_near
    }

    /// Every moment at which time alone makes it news of another kind.
    pub fn moments(&self) -> impl Iterator<Item = DateTime<Utc>> {
        [if self.confirmed.is_some() { self.near_from() } else { self.unconfirmed_from() }].into_iter()
    }

    /// When it happens at the earliest: by Azure's word, and where there is none by its own.
    pub fn not_before(&self) -> Option<DateTime<Utc>> {
        self.confirmed.as_ref().map_or(self.not_before, |known| known.not_before)
    }

    /// What it does to the machine, by the same word.
    pub fn impact(&self) -> &Impact {
        self.confirmed.as_ref().map_or(&self.impact, |known| &known.impact)
    }

    /// How many seconds it takes, as far as Azure itself says so.
    pub fn seconds(&self) -> Option<u32> {
        self.confirmed.as_ref().and_then(|known| known.seconds)
    }

    /// Whether Azure has still to be asked about it: it may become news, or stop being any.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        let over = self.confirmed.as_ref().map_or(self.over, |known| known.over);
        !over && now < later(self.not_before().unwrap_or(self.heard()), STALE)
    }

    /// Whether Azure's word was that it would have begun by `now`.
    pub fn has_begun(&self, now: DateTime<Utc>) -> bool {
        self.confirmed.is_some() && self.not_before().is_some_and(|at| at <= now)
    }

    /// Until when it may be to come, if it is Azure's and takes machines down: what people hear of, once it is confirmed.
    pub fn ahead_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = later(self.not_before.unwrap_or(now), STALE);
        let takes_down = matches!(self.impact, Impact::Reboot | Impact::Redeploy);
        (self.scheduled && !self.over && self.by_azure && takes_down && now < until).then_some(until)
    }

    /// Whether it is urgent and people will hear of it without Azure's word if that does not come.
    pub fn waits_for_word(&self, now: DateTime<Utc>) -> bool {
        let from = self.unconfirmed_from();
        self.confirmed.is_none()
            && now < from
            && from <= later(now, CONFIRMATION_TIMEOUT)
            && self.news(from).is_some_and(|news| news.stage == Stage::Unconfirmed)
    }

    fn heard(&self) -> DateTime<Utc> {
        self.heard.unwrap_or(self.at)
    }

    fn near_from(&self) -> DateTime<Utc> {
        self.not_before().map_or(DateTime::<Utc>::MIN_UTC, |at| earlier(at, NEAR))
    }

    /// When the wait for Azure's word is over.
    fn unconfirmed_from(&self) -> DateTime<Utc> {
        let near = self.not_before.map_or(DateTime::<Utc>::MIN_UTC, |at| earlier(at, WAITS_UNTIL));
        near.max(later(self.heard(), CONFIRMATION_TIMEOUT))
    }

    /// Everything that either of two notes of the same event says.
    pub(super) fn merge(&mut self, other: &Self) {
        self.not_before = self.not_before.max(other.not_before);
        self.seconds = self.seconds.max(other.seconds);
        self.at = self.at.min(other.at);
        self.heard = Some(self.heard().min(other.heard()));
        self.scheduled |= other.scheduled;
        self.over |= other.over;
        self.by_azure &= other.by_azure;
        if self.impact == Impact::Unknown {
            self.impact = other.impact.clone();
        }
    }

    /// Takes what Azure says of it, found at `now`, for the fact.
    pub(super) fn confirm(&mut self, found: &Self, now: DateTime<Utc>) {
        let at = self.confirmed.as_ref().map_or(now, |known| known.at);
        self.scheduled |= found.scheduled;
        self.confirmed = Some(ConfirmedEvent {
            at,
            impact: found.impact.clone(),
            by_azure: found.by_azure,
            not_before: found.not_before,
            seconds: found.seconds,
            over: found.over,
        });
    }
}

fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

fn earlier(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_sub_signed(by).unwrap_or(DateTime::<Utc>::MIN_UTC)
}
