//! Who has not answered, with when they were last notified and reminded.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use futures::future::join_all;

use super::visit::Visit;
use crate::domain::overview::{OverviewEntry, OverviewState};
use crate::domain::recipient_name::RecipientName;
use crate::domain::resource::folded;
use crate::domain::stage::Stage;
use crate::services::App;
use crate::store::StoreError;

/// How many are named where nobody asked for everybody, and where somebody did. Each costs two reads.
pub(super) const FEW: usize = 5;
pub(super) const MANY: usize = 40;
/// How many of somebody's newest messages are looked at.
const NEWEST: u64 = 20;

/// Somebody who has not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Silent<'a> {
    pub(super) name: &'a str,
    /// For how many machines.
    pub(super) machines: usize,
    /// The nearest deadline of these.
    pub(super) deadline: Option<i64>,
    pub(super) notified: Option<DateTime<Utc>>,
    pub(super) reminded: Option<DateTime<Utc>>,
}

/// Everybody who has machines that nobody answered for, the nearest deadline first.
pub(super) fn silent<'a>(entries: &[OverviewEntry<'a>]) -> Vec<Silent<'a>> {
    let mut people: BTreeMap<&'a str, Silent<'a>> = BTreeMap::new();
    let open = entries.iter().filter(|entry| entry.state == OverviewState::Undecided);
    for entry in open {
        let Some(name) = entry.owner() else { continue };
        let one = people.entry(name).or_insert(Silent {
            name,
            machines: 0,
            deadline: None,
            notified: None,
            reminded: None,
        });
        one.machines += 1;
        one.deadline = [one.deadline, entry.line.deadline].into_iter().flatten().min();
    }
    let mut people: Vec<Silent<'a>> = people.into_values().collect();
    people.sort_by_key(|one| (one.deadline.unwrap_or(i64::MAX), usize::MAX - one.machines, one.name));
    people
}

/// Adds when each was last notified and reminded. Whoever may see a part learns only of messages about that.
pub(super) async fn add_messages(
    app: &App,
    visit: &Visit,
    entries: &[OverviewEntry<'_>],
    people: &mut [Silent<'_>],
) -> Result<(), StoreError> {
    let visible: Option<HashSet<(String, u32)>> = (!visit.sees_everything())
        .then(|| entries.iter().map(|entry| (folded(&entry.resource()), entry.line.generation)).collect());
    let visible = visible.as_ref();
    let names: Vec<&str> = people.iter().map(|one| one.name).collect();
    let read = join_all(names.into_iter().map(|name| last_messages(app, name, visible))).await;
    for (one, read) in people.iter_mut().zip(read) {
        (one.notified, one.reminded) = read?;
    }
    Ok(())
}

type LastMessages = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

async fn last_messages(
    app: &App,
    name: &str,
    visible: Option<&HashSet<(String, u32)>>,
) -> Result<LastMessages, StoreError> {
    let Ok(name) = name.parse::<RecipientName>() else { return Ok((None, None)) };
    let (mut notified, mut reminded) = (None, None);
    for message in app.repository.newest_messages(&name, NEWEST).await? {
        let Some(at) = message.notified_at.filter(|_| message.notifies() && !message.reached_nobody()) else {
            continue;
        };
        let mut items = message.items.iter().filter(|item| {
            let window = &item.window;
            let is_visible = |visible: &HashSet<(String, u32)>| {
                visible.contains(&(window.resource.folded().to_owned(), window.generation))
            };
            visible.is_none_or(is_visible)
        });
        let reminds =
            |stage: Stage| matches!(stage, Stage::Reminder | Stage::Escalated | Stage::ScheduledSoon);
        if visible.is_none() || items.clone().next().is_some() {
            notified = notified.max(Some(at));
        }
        if items.any(|item| reminds(item.stage)) {
            reminded = reminded.max(Some(at));
        }
    }
    Ok((notified, reminded))
}
