//! What somebody asked to see, and in which order.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::entry::OverviewEntry;
use super::state::OverviewState;
use crate::domain::resource::folded;

/// What somebody asked to see. Everything that is given has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OverviewFilter {
    /// A subscription's id or name.
    pub subscription: Option<String>,
    /// A recipient who is responsible.
    pub team: Option<String>,
    /// `name=value`, or the name alone.
    pub tag: Option<String>,
    pub states: BTreeSet<OverviewState>,
    /// Anywhere in the machine's name, its resource group, its subscription or its owners.
    pub text: Option<String>,
    /// Only machines for which nobody was found.
    pub unowned: bool,
}

impl OverviewFilter {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The same with everything folded once.
    #[must_use]
    pub fn folded(&self) -> Self {
        let fold = |text: &Option<String>| text.as_deref().map(folded);
        Self {
            subscription: fold(&self.subscription),
            team: fold(&self.team),
            tag: fold(&self.tag),
            text: fold(&self.text),
            ..self.clone()
        }
    }

    /// Whether `entry` fits. The filter has to be folded.
    pub fn fits(&self, entry: &OverviewEntry<'_>) -> bool {
        let has = |text: &str, part: &str| folded(text).contains(part);
        let is = |text: &str, whole: &str| folded(text) == whole;
        let state_fits = self.states.is_empty() || self.states.contains(&entry.state);
        state_fits
            && (!self.unowned || entry.line.unowned)
            && self
                .subscription
                .as_ref()
                .is_none_or(|it| is(entry.subscription().as_str(), it) || is(entry.subscription_name(), it))
            && self.team.as_ref().is_none_or(|it| entry.owners().any(|owner| is(owner, it)))
            && self.tag.as_ref().is_none_or(|it| {
                entry.tags().any(|tag| {
                    let tag = folded(tag);
                    tag == *it
                        || (!it.contains('=') && tag.split_once('=').is_some_and(|(name, _)| name == it))
                })
            })
            && self.text.as_ref().is_none_or(|it| {
                has(entry.display_name(), it)
                    || has(entry.resource_group(), it)
                    || has(entry.subscription_name(), it)
                    || entry.owners().any(|owner| has(owner, it))
            })
    }
}

/// By what machines are sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OverviewSort {
    /// What went wrong and what moves first, then by deadline.
    #[default]
    Urgency,
    Name,
    Owner,
    Deadline,
    Restart,
    Subscription,
}

impl OverviewSort {
    /// Every order.
    pub const ALL: [Self; 6] =
        [Self::Urgency, Self::Name, Self::Owner, Self::Deadline, Self::Restart, Self::Subscription];

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Urgency => "urgency",
            Self::Name => "name",
            Self::Owner => "owner",
            Self::Deadline => "deadline",
            Self::Restart => "restart",
            Self::Subscription => "subscription",
        }
    }

    /// The order that `word` names.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == word)
    }
}

/// Sorts `entries` and keeps those from `first` on, `count` at most. Only as much is put into order as is shown.
pub fn sort<'a>(
    mut entries: Vec<OverviewEntry<'a>>,
    by: OverviewSort,
    first: usize,
    count: usize,
) -> Vec<OverviewEntry<'a>> {
    let late = |at: Option<i64>| at.unwrap_or(i64::MAX);
    let compare = |a: &OverviewEntry<'a>, b: &OverviewEntry<'a>| {
        let name =
            |entry: &OverviewEntry<'a>| (entry.display_name(), entry.line.prefix, entry.line.generation);
        let ordered = match by {
            OverviewSort::Urgency => {
                // What is done last comes first, and everything else by when it comes.
                let rank = |entry: &OverviewEntry<'a>| {
                    let when = match entry.state {
                        OverviewState::Done => Reverse(entry.line.ended),
                        _ => Reverse(None),
                    };
                    (entry.state, late(entry.line.deadline), when)
                };
                rank(a).cmp(&rank(b))
            }
            OverviewSort::Name => std::cmp::Ordering::Equal,
            OverviewSort::Owner => (a.owner().is_none(), a.owner()).cmp(&(b.owner().is_none(), b.owner())),
            OverviewSort::Deadline => late(a.line.deadline).cmp(&late(b.line.deadline)),
            OverviewSort::Restart => late(a.line.from).cmp(&late(b.line.from)),
            OverviewSort::Subscription => a.subscription_name().cmp(b.subscription_name()),
        };
        ordered.then_with(|| name(a).cmp(&name(b)))
    };
    let end = first.saturating_add(count).min(entries.len());
    if first >= end {
        return Vec::new();
    }
    if end < entries.len() {
        entries.select_nth_unstable_by(end, &compare);
        entries.truncate(end);
    }
    entries.sort_unstable_by(compare);
    entries.drain(..first);
    entries
}
