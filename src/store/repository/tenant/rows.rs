//! What is stored of the tenant as a whole.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::config_version::ConfigVersion;
use crate::domain::machine::OtherTenant;
use crate::domain::message_content::GoLiveReport;
use crate::domain::observation::{Candidate, Evidence, UnreadableRecord, UnseenScope};
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::domain::store_epoch::StoreEpoch;
use crate::store::codec::Versioned;

/// How many machines without an owner a summary names.
pub const UNOWNED_LIMIT: usize = 200;

/// The tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRow {
    /// Set once the first look at everything was complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go_live: Option<GoLiveRow>,
    /// Since when operators know that the notifier is live: whoever becomes one later is not notified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_told: Option<DateTime<Utc>>,
    /// The newest round of looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<RoundRow>,
    /// When Resource Graph last answered in full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collected: Option<DateTime<Utc>>,
    /// The questions that Resource Graph did not answer in the last round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unanswered: Vec<UnseenScope>,
    /// The subscriptions that could be read, in order.
    #[serde(default)]
    pub known_subscriptions: Vec<SubscriptionId>,
    /// When all channels were last planned for, whether they have windows or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channels_woken: Option<DateTime<Utc>>,
    /// The highest number that a message had to a recipient of whom nothing is kept any more: whoever is new, or comes
    /// back, begins after it.
    #[serde(default)]
    pub last_retired: u64,
    /// When everyone who wants summaries was last planned for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watchers_woken: Option<DateTime<Utc>>,
    /// Under which configuration was planned last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned_by: Option<ConfigVersion>,
    /// Which epoch of the store this is; nothing until the first run on a store that began before epochs had names.
    #[serde(rename = "generation", default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<StoreEpoch>,
    /// Whether maintenance could be started with the notifier's own pages then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_here: Option<bool>,
    /// Whom messages reached then: everybody, or the names of a pilot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<String>,
    /// The id of the home tenant, as Azure last named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
}

/// The end of the first look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoLiveRow {
    /// When it was complete.
    pub at: DateTime<Utc>,
    pub report: GoLiveReport,
}

/// One look at every subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundRow {
    /// Its identity: a moment that no other round has.
    pub id: DateTime<Utc>,
    pub started: DateTime<Utc>,
    /// The subscriptions that it looks at.
    pub expected: Vec<SubscriptionId>,
}

/// The last look at one subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionRow {
    pub subscription: SubscriptionId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The tenant that it belongs to, when that is not ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<OtherTenant>,
    /// The resources to read directly at the next look.
    #[serde(default)]
    pub candidates: Vec<CandidateRow>,
    /// How many windows are open.
    #[serde(default)]
    pub open_windows: usize,
    /// Of how many of them something is still to come; rows of before do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<usize>,
    /// For how many of them someone is responsible.
    #[serde(default)]
    pub owned: usize,
    /// Machines for which nobody was found, at most [`UNOWNED_LIMIT`].
    #[serde(default)]
    pub unowned: Vec<String>,
    /// Whether windows were written whose copies may not be.
    #[serde(default, rename = "unspread")]
    pub unassigned: bool,
    /// How often somebody asked for that. A look answers those who asked before it read who can be reached.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub assign_asked: u32,
    /// Which configuration decided who is responsible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<ConfigVersion>,
    /// When it was last looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<DateTime<Utc>>,
    /// When anything in it could last be read; nothing before the first look that notes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_read: Option<DateTime<Utc>>,
    /// The open windows' machines that the last looks could not read, in lower case, and when each was read last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unread: BTreeMap<String, DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<DateTime<Utc>>,
    /// What could not be seen.
    #[serde(default)]
    pub unseen: Vec<UnseenScope>,
    /// What could not be understood.
    #[serde(default)]
    pub unreadable: Vec<UnreadableRecord>,
    /// What events and alerts say about why windows may end, for the next looks. Bounded, and forgotten in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// When an event or an alert last said that there may be something new: the next look asks Resource Graph too.
    #[serde(rename = "hinted", default, skip_serializing_if = "Option::is_none")]
    pub signalled: Option<DateTime<Utc>>,
    /// Resource groups in which Azure did not let the notifier start maintenance, in lower case, and when.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub starts_forbidden: BTreeMap<String, DateTime<Utc>>,
}

/// Of so many machines that could not be read it is kept when they were.
const MOST_UNREAD: usize = 500;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl SubscriptionRow {
    /// Asks that its windows are assigned anew, by a look that begins after this.
    pub fn ask_to_assign(&mut self) {
        self.unassigned = true;
        self.assign_asked = self.assign_asked.wrapping_add(1);
    }

    /// A look assigned them. Whoever asked since it began, when `asked` was so, is still to be answered.
    pub fn note_assigned(&mut self, asked: u32) {
        self.unassigned &= self.assign_asked != asked;
    }

    /// A subscription that has not been looked at.
    pub fn new(subscription: SubscriptionId) -> Self {
        Self {
            subscription,
            name: None,
            tenant: None,
            candidates: Vec::new(),
            open_windows: 0,
            planned: None,
            owned: 0,
            unowned: Vec::new(),
            unassigned: false,
            assign_asked: 0,
            decided_by: None,
            observed: None,
            last_read: None,
            unread: BTreeMap::new(),
            round: None,
            unseen: Vec::new(),
            unreadable: Vec::new(),
            evidence: Vec::new(),
            signalled: None,
            starts_forbidden: BTreeMap::new(),
        }
    }

    /// When the machine at `place` was last read.
    pub fn read_at(&self, place: &ResourceId) -> Option<DateTime<Utc>> {
        self.unread.get(place.folded()).copied().or(self.last_read).or(self.observed)
    }

    /// Notes a look that read `read` of the machines that have `open` windows; nothing where nothing could be read.
    pub fn note_read<'a>(
        &mut self,
        open: impl Iterator<Item = &'a ResourceId>,
        read: Option<&BTreeSet<&ResourceId>>,
        at: DateTime<Utc>,
    ) {
        let Some(read) = read else {
            self.last_read = self.last_read.or(self.observed);
            return;
        };
        let unread = open.filter(|place| !read.contains(place)).take(MOST_UNREAD);
        let unread = unread.map(|place| (place.folded().to_owned(), self.read_at(place).unwrap_or(at)));
        self.unread = unread.collect();
        self.last_read = self.last_read.max(Some(at));
    }
}

/// A resource that may have planned maintenance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateRow {
    /// Which, with what was announced of it.
    #[serde(flatten)]
    pub candidate: Candidate,
    pub found_by: FoundBy,
}

/// How a candidate was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FoundBy {
    /// Resource Graph lists it.
    Graph,
    /// The sweep over all machines met it.
    Sweep,
    /// An event named it.
    Event,
}

/// Where the sweep over all machines stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepRow {
    /// When the cycle under way began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle_started: Option<DateTime<Utc>>,
    /// Which slice of the cycle comes next.
    #[serde(default)]
    pub slice: u32,
    /// The subscription of that slice after which the next run goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<SubscriptionId>,
    /// How many machines the cycle has seen.
    #[serde(default)]
    pub machines_seen: usize,
    /// The last cycle that came to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_cycle: Option<CycleRow>,
    /// How each subscription is swept.
    #[serde(default)]
    pub modes: BTreeMap<SubscriptionId, StoredSweepMode>,
}

/// A cycle of the sweep that came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleRow {
    pub started: DateTime<Utc>,
    pub finished: DateTime<Utc>,
    /// How many machines it saw.
    pub machines: usize,
}

/// How a subscription answers the sweep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoredSweepMode {
    /// One list gives the status of all machines.
    StatusOnly,
    /// Every machine's instance view has to be read.
    InstanceViews,
    /// It was not tried yet.
    #[default]
    Unknown,
}

impl Versioned for TenantRow {}

impl Versioned for SubscriptionRow {}

impl Versioned for SweepRow {}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> SubscriptionRow {
        SubscriptionRow::new("00000000-0000-0000-0000-000000000001".parse().unwrap())
    }

    #[test]
    fn a_look_answers_only_those_who_asked_before_it_began() {
        let mut row = row();
        row.ask_to_assign();
        let begun = row.assign_asked;
        // An address is marked dead while the look still reads.
        row.ask_to_assign();
        row.note_assigned(begun);
        assert!(row.unassigned);
        row.note_assigned(row.assign_asked);
        assert!(!row.unassigned);
    }

    #[test]
    fn a_row_of_before_that_asked_is_answered_by_the_next_look() {
        let mut row = row();
        row.ask_to_assign();
        let mut stored = serde_json::to_value(&row).unwrap();
        stored.as_object_mut().unwrap().remove("assign_asked");
        let mut read: SubscriptionRow = serde_json::from_value(stored).unwrap();
        assert!(read.unassigned);
        read.note_assigned(read.assign_asked);
        assert!(!read.unassigned);
    }
}
