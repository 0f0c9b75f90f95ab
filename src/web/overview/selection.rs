//! What was asked for, of what may be seen.

use super::gather::Gathered;
use super::query::OverviewQuery;
use super::visit::Visit;
use crate::domain::overview::{OverviewEntry, OverviewSort, OverviewState, StateCounts};

/// How many subscriptions there are to choose from.
const CHOICES: usize = 60;

/// What was asked for, of what may be seen.
#[derive(Debug)]
pub(super) struct Overview<'a> {
    /// How many may be seen, before the filter.
    pub(super) visible: usize,
    pub(super) machines: Vec<OverviewEntry<'a>>,
    pub(super) counts: StateCounts,
    pub(super) unowned: usize,
    pub(super) deadline: Option<i64>,
    pub(super) sort: OverviewSort,
    pub(super) page: usize,
    pub(super) everybody: bool,
    /// Names to choose from.
    pub(super) subscriptions: Vec<&'a str>,
}

impl<'a> Overview<'a> {
    /// The overview that `query` asks for.
    pub(super) fn of(gathered: &'a Gathered, visit: &Visit, query: &OverviewQuery) -> Self {
        let mut machines = gathered.entries(visit);
        let visible = machines.len();
        let mut subscriptions: Vec<&str> = machines.iter().map(OverviewEntry::subscription_name).collect();
        subscriptions.sort_unstable();
        subscriptions.dedup();
        subscriptions.truncate(CHOICES);
        if !query.filter.is_empty() {
            let filter = query.filter.folded();
            machines.retain(|entry| filter.fits(entry));
        }
        let (mut counts, mut unowned, mut deadline) = (StateCounts::default(), 0, None);
        for entry in &machines {
            counts.add(entry.state);
            unowned += usize::from(entry.line.unowned && entry.state != OverviewState::Done);
            if entry.state == OverviewState::Undecided {
                deadline = [deadline, entry.line.deadline].into_iter().flatten().min();
            }
        }
        let (sort, page, everybody) = (query.sort, query.page, query.everybody);
        Self { visible, machines, counts, unowned, deadline, sort, page, everybody, subscriptions }
    }
}
