//! What is known of the tenant as a whole: whether it is live, the round of looks under way, and for each
//! subscription a summary of its last look.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::access::Repository;
use super::loaded::{LoadedRows, Stored};
use super::writes::split;
use crate::domain::config_version::ConfigVersion;
use crate::domain::machine::OtherTenant;
use crate::domain::message_content::GoLiveReport;
use crate::domain::observation::{Candidate, Evidence, UnreadableRecord, UnseenScope};
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::domain::store_generation::StoreGeneration;
use crate::store::codec::{self, Versioned};
use crate::store::document::{Document, OF_THIS_STORE};
use crate::store::{ETag, PartitionKey, RowKey, RowRange, StoreError, Write};

/// How many machines without an owner a summary names.
pub const UNOWNED_LIMIT: usize = 200;

/// The tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantRow {
    /// Set once the first look at everything was complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub go_live: Option<GoLiveRow>,
    /// Since when operators know that the notifier is live: whoever becomes one later is not told.
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
    /// Which life of the state this is; nothing until the first run on a store that began before lives had names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<StoreGeneration>,
    /// Whether maintenance could be started with the notifier's own pages then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_here: Option<bool>,
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
pub struct SummaryRow {
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

impl SummaryRow {
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
impl Versioned for SummaryRow {}
impl Versioned for SweepRow {}

impl Repository {
    /// The tenant; one of which nothing is known, without an ETag, at first.
    pub async fn tenant(&self) -> Result<(TenantRow, Option<ETag>), StoreError> {
        let (value, etag) = split(self.read(&partition()?, &RowKey::new(TENANT)?).await?);
        Ok((value.unwrap_or_default(), etag))
    }

    /// Begins a life of the state, where one is to begin: in an empty store, in one that took over an export, and in one
    /// that goes on from before lives had names, whose ids and links stay as they are.
    pub async fn begin(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let (mark_partition, mark) = taken_over()?;
        if let Some(taken) = self.read::<TakenOverRow>(&mark_partition, &mark).await? {
            let generation = StoreGeneration { begun: taken.value.at, took_over: true };
            self.update_tenant(|tenant| tenant.generation = Some(generation.clone())).await?;
            let done = Write::Delete { row: mark, etag: None };
            return self.store.write(&mark_partition, vec![done]).await.map(drop);
        }
        if self.tenant().await?.0.generation.is_some() {
            return Ok(());
        }
        let begun = |known: Option<TenantRow>| {
            let generation = StoreGeneration { begun: now, took_over: known.is_some() };
            let known = known.unwrap_or_default();
            let begins = known.generation.is_none();
            begins.then_some(TenantRow { generation: Some(generation), ..known })
        };
        self.update(&partition()?, &RowKey::new(TENANT)?, begun).await.map(drop)
    }

    /// Writes the tenant where it is in the state of `etag`.
    pub async fn put_tenant(&self, tenant: &TenantRow, etag: Option<ETag>) -> Result<ETag, StoreError> {
        self.write_one(&partition()?, RowKey::new(TENANT)?, tenant, etag).await
    }

    /// Changes the tenant as it is at the moment, and returns it as it is then. `change` may be called several
    /// times.
    pub async fn update_tenant(
        &self,
        mut change: impl FnMut(&mut TenantRow) + Send,
    ) -> Result<TenantRow, StoreError> {
        let changed = |known: Option<TenantRow>| {
            let mut tenant = known.unwrap_or_default();
            change(&mut tenant);
            Some(tenant)
        };
        let written = self.update(&partition()?, &RowKey::new(TENANT)?, changed).await?;
        Ok(written.unwrap_or_default())
    }

    /// The summaries of all subscriptions that were ever looked at.
    pub async fn summaries(&self) -> Result<LoadedRows<SummaryRow>, StoreError> {
        self.load(&partition()?, RowRange::within(&[SUMMARY])?).await
    }

    /// The summary of one subscription.
    pub async fn summary(
        &self,
        subscription: &SubscriptionId,
    ) -> Result<Option<Stored<SummaryRow>>, StoreError> {
        self.read(&partition()?, &summary_key(subscription)?).await
    }

    /// Writes a summary where it is in the state of `etag`.
    pub async fn put_summary(&self, summary: &SummaryRow, etag: Option<ETag>) -> Result<ETag, StoreError> {
        self.write_one(&partition()?, summary_key(&summary.subscription)?, summary, etag).await
    }

    /// Changes the summary of one subscription as it is at the moment, or a new one. `change` may be called
    /// several times.
    pub async fn update_summary(
        &self,
        subscription: &SubscriptionId,
        mut change: impl FnMut(&mut SummaryRow) + Send,
    ) -> Result<(), StoreError> {
        let changed = |known: Option<SummaryRow>| {
            let mut summary = known.unwrap_or_else(|| SummaryRow::new(subscription.clone()));
            change(&mut summary);
            Some(summary)
        };
        self.update(&partition()?, &summary_key(subscription)?, changed).await.map(drop)
    }

    /// Where the sweep stands; at its beginning, without an ETag, at first.
    pub async fn sweep(&self) -> Result<(SweepRow, Option<ETag>), StoreError> {
        let (value, etag) = split(self.read(&partition()?, &RowKey::new(SWEEP)?).await?);
        Ok((value.unwrap_or_default(), etag))
    }

    /// Changes where the sweep stands. `change` may be called several times.
    pub async fn update_sweep(&self, mut change: impl FnMut(&mut SweepRow) + Send) -> Result<(), StoreError> {
        let changed = |known: Option<SweepRow>| {
            let mut sweep = known.unwrap_or_default();
            change(&mut sweep);
            Some(sweep)
        };
        self.update(&partition()?, &RowKey::new(SWEEP)?, changed).await.map(drop)
    }

    /// Writes where the sweep stands, where it is in the state of `etag`.
    pub async fn put_sweep(&self, sweep: &SweepRow, etag: Option<ETag>) -> Result<ETag, StoreError> {
        self.write_one(&partition()?, RowKey::new(SWEEP)?, sweep, etag).await
    }
}

const TENANT: &str = "tenant";
const SWEEP: &str = "sweep";
const SUMMARY: &str = "s";

fn partition() -> Result<PartitionKey, StoreError> {
    Ok(PartitionKey::new("tenant")?)
}

pub(super) fn summary_key(subscription: &SubscriptionId) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[SUMMARY, subscription.as_str()])?)
}

/// That a store took over an export, until its new life begins. It is no part of the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct TakenOverRow {
    at: DateTime<Utc>,
}

impl Versioned for TakenOverRow {}

fn taken_over() -> Result<(PartitionKey, RowKey), StoreError> {
    Ok((PartitionKey::new(OF_THIS_STORE)?, RowKey::new("taken-over")?))
}

/// The exported state as the beginning of another life: whoever imports it goes on with what it says, and gives no number
/// or name again that was given since it was exported.
///
/// # Errors
/// When the mark of it cannot be written.
pub fn take_over(document: Document, now: DateTime<Utc>) -> Result<Document, StoreError> {
    let (partition, row) = taken_over()?;
    Ok(document.with(partition, row, codec::encode(&TakenOverRow { at: now })?))
}
