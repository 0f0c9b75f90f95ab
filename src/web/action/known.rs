//! What the page knows beside the windows themselves: who is on its way, hours that were named, and who wants silence.

use std::collections::{BTreeMap, BTreeSet};

use super::matter::Matter;
use crate::domain::action::gap::{Group, GroupKey};
use crate::domain::action::hours::HoursOf;
use crate::domain::recipient::RecipientName;
use crate::domain::routing::DeadEndpoint;
use crate::domain::telling::Telling;
use crate::jobs::{App, JobError, endpoints};

/// For how many others it is read how they want to be told.
const OTHERS: usize = 20;

/// See above.
#[derive(Debug)]
pub(super) struct Known {
    /// The groups of the machines.
    pub(super) groups: BTreeMap<GroupKey, Group>,
    /// The maintenance hours that were named on pages.
    pub(super) named: Vec<HoursOf>,
    /// Endpoints that take nothing any more: they decide who is responsible.
    pub(super) dead: Vec<DeadEndpoint>,
    /// How the others want to be told.
    pub(super) telling: BTreeMap<RecipientName, Telling>,
}

/// Reads it. A few reads for the groups, one each for hours and endpoints, one for each of the others.
pub(super) async fn read(app: &App, matter: &Matter) -> Result<Known, JobError> {
    let repository = &app.repository;
    let held = matter.items().filter_map(|(index, _, _)| matter.assignment(index));
    let others: BTreeSet<&RecipientName> = held.flat_map(|assignment| &assignment.others).collect();
    let mut telling = BTreeMap::new();
    for other in others.into_iter().take(OTHERS) {
        telling.insert(other.clone(), repository.telling(other).await?);
    }
    Ok(Known {
        groups: repository.groups(&matter.groups(&app.start_rules.cluster_tag)).await?,
        named: repository.named_hours().await?,
        dead: endpoints::dead(app).await?,
        telling,
    })
}
