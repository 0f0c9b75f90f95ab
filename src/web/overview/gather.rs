//! What is read for the overview: one range of lines, and a few rows beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::super::health;
use super::visit::Visit;
use crate::domain::overview::OverviewEntry;
use crate::domain::resource::{SubscriptionId, folded};
use crate::domain::time_zone::Tz;
use crate::services::{App, ServiceError, log_unreadable};
use crate::store::repository::{DeadEndpointRow, OperatorAlertRow, OverviewRows};

/// How many addresses that refuse, and alerts, are shown at most.
const MOST: usize = 200;

/// What was read.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) now: DateTime<Utc>,
    pub(super) zone: Tz,
    pub(super) rows: OverviewRows,
    names: BTreeMap<SubscriptionId, Arc<str>>,
    /// When Azure was last asked for everything.
    pub(super) collected: Option<DateTime<Utc>>,
    /// What is wrong, and what is worth knowing, each with its code.
    pub(super) problems: Vec<(&'static str, String)>,
    pub(super) notes: Vec<(&'static str, String)>,
    pub(super) alerts: Vec<OperatorAlertRow>,
    pub(super) dead: Vec<DeadEndpointRow>,
}

/// Reads what `visit` may see; for `machines_only` nothing beside the lines.
pub(super) async fn gather(app: &App, visit: &Visit, machines_only: bool) -> Result<Gathered, ServiceError> {
    let repository = &app.repository;
    let (now, zone) = (app.clock.now(), app.policy().zone());
    let rows = repository.overview().await?;
    log_unreadable("a part of the overview", &rows.unreadable);
    let names = rows
        .heads
        .iter()
        .filter_map(|head| Some((head.subscription.clone(), Arc::from(head.name.as_deref()?))));
    let mut gathered = Gathered {
        now,
        zone,
        names: names.collect(),
        rows,
        collected: None,
        problems: Vec::new(),
        notes: Vec::new(),
        alerts: Vec::new(),
        dead: Vec::new(),
    };
    if machines_only {
        return Ok(gathered);
    }
    if visit.sees_everything() {
        let (tenant, (problems, notes), alerts, dead) = futures::join!(
            repository.tenant(),
            health::findings(app),
            repository.operator_alerts(),
            repository.dead_endpoints(),
        );
        gathered.collected = tenant?.0.collected;
        (gathered.problems, gathered.notes) = (problems, notes);
        gathered.alerts = alerts?.rows.into_iter().map(|row| row.value).take(MOST).collect();
        gathered.dead = dead?.into_iter().take(MOST).collect();
    } else {
        gathered.collected = repository.tenant().await?.0.collected;
    }
    Ok(gathered)
}

impl Gathered {
    /// The machines that `visit` may see, as things stand now.
    pub(super) fn entries(&self, visit: &Visit) -> Vec<OverviewEntry<'_>> {
        let mut replaced: BTreeMap<&SubscriptionId, BTreeSet<(&str, u32)>> = BTreeMap::new();
        for change in &self.rows.changes {
            if let Some((resource, generation)) = &change.instead_of {
                replaced.entry(&change.subscription).or_default().insert((resource, *generation));
            }
        }
        let mut entries = Vec::new();
        for part in &self.rows.parts {
            let name = self.names.get(&part.subscription).map(|name| &**name);
            let hidden = replaced.get(&part.subscription);
            for line in &part.lines {
                let Some(entry) = OverviewEntry::at(line, part, name, self.now) else { continue };
                let is_hidden = hidden.is_some_and(|hidden| {
                    hidden.contains(&(folded(&entry.resource()).as_str(), line.generation))
                });
                if !is_hidden && visit.may_see(&entry) {
                    entries.push(entry);
                }
            }
        }
        for part in &self.rows.changes {
            let name = self.names.get(&part.subscription).map(|name| &**name);
            let lines = part.lines.iter().filter_map(|line| OverviewEntry::at(line, part, name, self.now));
            entries.extend(lines.filter(|entry| visit.may_see(entry)));
        }
        entries
    }
}
