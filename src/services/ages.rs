//! When what a message or a page says was last read at Azure, where that is long ago.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::App;
use crate::domain::age::if_old;
use crate::domain::message_content::MessageContent;
use crate::domain::planning::PlanningInput;
use crate::domain::resource::{ResourceId, SubscriptionId};
use crate::domain::window::MaintenanceWindow;
use crate::store::StoreError;
use crate::store::repository::SubscriptionRow;

/// When the machines of some subscriptions were last read.
#[derive(Debug, Default)]
pub struct ReadTimes {
    summaries: BTreeMap<SubscriptionId, SubscriptionRow>,
}

impl ReadTimes {
    /// Of the subscriptions in which `places` are. One read for each.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn of<'a>(
        app: &App,
        places: impl Iterator<Item = &'a ResourceId> + Send,
    ) -> Result<Self, StoreError> {
        let subscriptions: BTreeSet<SubscriptionId> = places.map(ResourceId::subscription).collect();
        let mut summaries = BTreeMap::new();
        for subscription in subscriptions {
            if let Some(stored) = app.repository.subscription_row(&subscription).await? {
                summaries.insert(subscription, stored.value);
            }
        }
        Ok(Self { summaries })
    }

    /// The rows that were read.
    pub(super) fn summaries(&self) -> impl Iterator<Item = &SubscriptionRow> {
        self.summaries.values()
    }

    /// When the machine of an open window was last read, where that is longer ago than two looks.
    pub fn if_old(&self, window: &MaintenanceWindow, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let summary = self.summaries.get(&window.place().subscription()).filter(|_| !window.is_over())?;
        if_old(summary.read_at(window.place()), now)
    }
}

/// The open windows that somebody is responsible for.
pub(super) fn open_windows<'a>(input: &'a PlanningInput<'_>) -> impl Iterator<Item = &'a MaintenanceWindow> {
    let held = input.assignments().filter(|assignment| assignment.withdrawn.is_none());
    held.map(|assignment| &assignment.window).filter(|window| window.is_open())
}

/// Says in a message of what it is not known how it stands, and since when.
pub(super) fn add_ages(
    content: &mut MessageContent,
    input: &PlanningInput<'_>,
    times: &ReadTimes,
    now: DateTime<Utc>,
) {
    let open = || open_windows(input);
    for item in content.items.iter_mut().filter(|item| item.withdrawn.is_none()) {
        item.last_read = times.if_old(&item.window, now);
    }
    let is_told = |window: &&MaintenanceWindow| content.items.iter().any(|item| item.window.id == window.id);
    let others = open().filter(|window| !is_told(window));
    content.unread_since =
        others.filter_map(|window| times.if_old(window, now)).min().filter(|_| content.unchanged > 0);
}
