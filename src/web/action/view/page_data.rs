//! What the page knows beside the windows themselves: who is on its way, hours that were named, and who wants silence.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::super::link_target::LinkTarget;
use crate::domain::action::anti_affinity::GroupState;
use crate::domain::action::group_key::{GroupKey, groups};
use crate::domain::action::hours::RecipientHours;
use crate::domain::action::standing_order::{NextStart, NotPlanned};
use crate::domain::directory::People;
use crate::domain::recipient_name::RecipientName;
use crate::domain::recipient_settings::NotificationSettings;
use crate::domain::window::WindowId;
use crate::services::ages::ReadTimes;
use crate::services::standing_orders::next_starts;
use crate::services::start_permissions::ForbiddenGroups;
use crate::services::{App, ServiceError, owner_lookup, start_permissions};

/// For how many others it is read how they want to be notified.
const OTHERS: usize = 20;

/// All that the page of a message reads beside the link target.
#[derive(Debug)]
pub(super) struct PageData {
    pub(super) groups: BTreeMap<GroupKey, GroupState>,
    /// The maintenance hours that were named on pages.
    pub(super) named: Vec<RecipientHours>,
    /// What decides who is responsible beside the configuration.
    pub(super) people: People,
    /// How the others want to be notified.
    pub(super) notification_settings: BTreeMap<RecipientName, NotificationSettings>,
    /// When each machine of the reader starts by itself, or why it does not.
    pub(super) next_starts: BTreeMap<WindowId, Result<NextStart, NotPlanned>>,
    /// Where Azure lately did not let the notifier start anything.
    pub(super) forbidden: ForbiddenGroups,
    /// When the machines were last read.
    pub(super) read_times: ReadTimes,
}

/// Reads it for the machines that are shown. A few reads for the groups, one each for hours, open starts and what is
/// known of people, one for each of the others, one for each subscription.
pub(super) async fn read(
    app: &App,
    target: &LinkTarget,
    shown: Range<usize>,
) -> Result<PageData, ServiceError> {
    let repository = &app.repository;
    let held = shown.clone().filter_map(|index| target.assignment(index));
    let others: BTreeSet<&RecipientName> = held.flat_map(|assignment| &assignment.others).collect();
    let open = target.items().skip(shown.start).take(shown.len()).filter_map(|(_, _, assignment)| assignment);
    let cluster_tag = &app.start_rules.cluster_tag;
    let keys: BTreeSet<GroupKey> =
        open.flat_map(|assignment| groups(&assignment.window.machine, cluster_tag)).collect();
    let theirs = shown.clone().filter_map(|index| target.assignment(index));
    let theirs = theirs.map(|assignment| (&assignment.window, &assignment.actions));
    let items = target.content.items.get(shown).unwrap_or_default();
    let mut notification_settings = BTreeMap::new();
    for other in others.into_iter().take(OTHERS) {
        notification_settings.insert(other.clone(), repository.notification_settings(other).await?);
    }
    let places = target.items().filter_map(|(_, _, assignment)| Some(assignment?.window.place()));
    let (named, people) = (repository.named_hours().await?, owner_lookup::known_people(app).await?);
    let next_starts = next_starts(app, theirs, (&named, &people), app.clock.now()).await?;
    Ok(PageData {
        groups: repository.groups(&keys).await?,
        named,
        people,
        next_starts,
        notification_settings,
        read_times: ReadTimes::of(app, places).await?,
        forbidden: start_permissions::forbidden(app, items.iter().map(|item| item.window.place())).await?,
    })
}
