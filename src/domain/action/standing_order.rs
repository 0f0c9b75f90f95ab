//! Standing orders: hours that somebody named once, in which their maintenance starts by itself.
//!
//! The most specific word on a machine holds: what an owner named on a page for this machine, then the tag on the
//! machine itself, then what an owner named for its resource group, then for everything of theirs, and last the
//! owner's `maintenance_hours` in the configuration. Where several owners have named some, only hours that suit all of
//! them count.
//!
//! The time is the first quarter of an hour in the hours and inside self-service that is 48 hours away, so that
//! whoever objects has the time to. Where there is none, it is the last one that leaves a day at least. With less
//! notice nothing is planned. Nothing begins on anybody's freeze days or so late that it would run beyond the hours.

mod moments;
mod not_planned;
mod sources;

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

pub use self::not_planned::NotPlanned;
pub use self::sources::HoursSources;
use self::sources::OwnerHours;
use super::group_key::GroupKey;
use super::hours::HoursSource;
use super::response::{Response, StartStatus, StartSummary, WindowActions};
use super::scope::Scope;
use super::spacing::{OccupiedSlot, Spacing};
use super::start::{StartOutcome, StartRefusal};
use crate::domain::data_loss::DataLoss;
use crate::domain::policy::Policy;
use crate::domain::reason::Reason;
use crate::domain::recipient::Recipient;
use crate::domain::recipient_name::RecipientName;
use crate::domain::responsibility::Responsibility;
use crate::domain::schedule::Hours;
use crate::domain::start_cautions::{StartCaution, start_cautions};
use crate::domain::window::{Acceptance, Interval, MaintenanceWindow};

/// The notice that owners are given.
const NOTICE: TimeDelta = TimeDelta::hours(48);

/// The notice when the hours leave no other choice.
const SHORT_NOTICE: TimeDelta = TimeDelta::hours(24);

/// How long before the end of self-service a start is planned at the latest: it may have to wait for others.
const MARGIN: TimeDelta = TimeDelta::hours(1);

/// Starts are planned for whole quarters of an hour.
const QUARTER: TimeDelta = TimeDelta::minutes(15);

/// When the maintenance of a window starts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "start")]
pub enum NextStart {
    /// It is planned, and everybody was or will be told.
    Planned { at: DateTime<Utc> },
    /// It will be planned for then, if nothing changes until the next look at Azure.
    Expected { at: DateTime<Utc> },
}

/// What holds for one window.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingOrder {
    /// Whose it is: the first owner with hours, or the first owner where a tag names them.
    pub by: RecipientName,
    parts: Vec<OwnerHours>,
    freeze: BTreeSet<NaiveDate>,
}

/// The order that holds for `window`, of whoever is responsible for it.
pub fn order(
    window: &MaintenanceWindow,
    actions: &WindowActions,
    responsible: &Responsibility,
    policy: &Policy,
    sources: HoursSources<'_>,
) -> Result<StandingOrder, NotPlanned> {
    let owners = owners(policy, actions, window, responsible);
    let tagged = window.machine.tags.resource.get(sources.tag).filter(|hours| !hours.trim().is_empty());
    let tagged = tagged.map(str::parse::<Hours>).transpose().map_err(NotPlanned::UnreadableTag)?;
    let named = |owner: &Recipient| sources.of(owner, window).map(|hours| (owner.clone(), hours));
    let mut parts: Vec<(Recipient, (Hours, HoursSource))> = owners.iter().filter_map(named).collect();
    if let (Some(hours), Some(first)) = (tagged, owners.first()) {
        parts.retain(|(_, (_, source))| {
            matches!(source, HoursSource::Page { scope: Scope::Machine { .. }, .. })
        });
        if parts.is_empty() {
            parts.push((first.clone(), (hours, HoursSource::Tag { tag: sources.tag.to_owned() })));
        }
    }
    let Some((first, _)) = parts.first() else {
        return Err(if owners.is_empty() { NotPlanned::NobodyNotified } else { NotPlanned::NoOrder });
    };
    if let Some(loss) = DataLoss::of(&window.machine) {
        return Err(NotPlanned::LosesData(loss));
    }
    // A machine that is off at the moment may be on when the time comes; should it not be, it does not begin then.
    let lasts =
        |caution: &StartCaution| caution.leaves_it_to_azure() && *caution != StartCaution::Deallocated;
    if window.machine.tenant.is_some() || start_cautions(&window.machine).iter().any(lasts) {
        return Err(NotPlanned::LeftToAzure);
    }
    Ok(StandingOrder {
        by: first.name.clone(),
        freeze: owners.iter().flat_map(|owner| owner.preferences.holidays.iter().copied()).collect(),
        parts: parts
            .into_iter()
            .map(|(owner, (hours, source))| OwnerHours { hours, zone: owner.preferences.timezone, source })
            .collect(),
    })
}

/// Whether somebody who is notified for these reasons owns the machine. Who is notified because nobody else was found
/// has no say over machines that are not theirs.
pub fn has_say(reasons: &[Reason]) -> bool {
    let owns = |reason: &Reason| {
        matches!(
            reason,
            Reason::Tag { .. } | Reason::Route { .. } | Reason::HandedOver { accepted: true, .. }
        )
    };
    reasons.iter().any(owns)
}

/// The owners who hear of the window themselves, the first one first.
fn owners(
    policy: &Policy,
    actions: &WindowActions,
    window: &MaintenanceWindow,
    responsible: &Responsibility,
) -> Vec<Recipient> {
    let declined = |name: &RecipientName| {
        let mut theirs = actions.responses.iter().rev().filter(|record| {
            record.revision == window.revision && record.by.recipient.as_ref() == Some(name)
        });
        let about = theirs.find(|it| matches!(it.response, Response::NotMine | Response::TakeBack));
        about.is_some_and(|record| record.response == Response::NotMine)
    };
    let named = responsible
        .recipients
        .iter()
        .filter(|(name, reasons)| has_say(reasons) && policy.diverted(name).is_none() && !declined(name));
    named.filter_map(|(name, _)| policy.recipient(name)).collect()
}

/// Other starts, from which one is kept apart.
#[derive(Debug, Clone, Copy)]
pub struct OtherStarts<'a> {
    /// The groups that the machine itself belongs to.
    pub groups: &'a [GroupKey],
    pub taken: &'a [OccupiedSlot],
    pub spacing: &'a Spacing,
}

/// When the order starts the window's maintenance, beside `others`.
///
/// # Errors
/// Why it does not.
pub fn begins(
    order: &StandingOrder,
    window: &MaintenanceWindow,
    actions: &WindowActions,
    others: &OtherStarts<'_>,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, NotPlanned> {
    if actions.handed_to(window.revision).is_some() {
        return Err(NotPlanned::HandedOver);
    }
    // What ended when these dates were known was tried for them too: it is not begun again by itself.
    let of_these_dates = |start: &&StartSummary| start.is_of_dates_of(window);
    if actions.responses.iter().any(|record| {
        record.revision == window.revision && matches!(record.response, Response::Object { .. })
    }) {
        return Err(NotPlanned::Objected);
    }
    let decided = actions.starts.iter().filter(of_these_dates).any(|start| !is_outdated(&start.status));
    if decided || actions.open_start().is_some() {
        return Err(NotPlanned::Decided);
    }
    let startable = window.asks_owner(now);
    let Some(self_service) = window.facts.schedule.self_service.filter(|_| startable) else {
        return Err(match window.acceptance(now) {
            _ if window.is_left_to_azure() => NotPlanned::LeftToAzure,
            Acceptance::Refused => NotPlanned::NotAccepted,
            Acceptance::Unsaid => NotPlanned::NotSaid,
            _ => NotPlanned::LeftToAzure,
        });
    };
    let last = self_service.end() - MARGIN;
    let from = |notice: TimeDelta| (now + notice).max(self_service.start());
    let free = |moment| others.spacing.is_free(moment, others.groups, others.taken);
    let first = order.next(from(NOTICE), last, free);
    let rest = || {
        let mut latest = None;
        let mut moment = from(SHORT_NOTICE);
        while let Some(open) = order.next(moment, last.min(from(NOTICE)), free) {
            latest = Some(open);
            moment = open + QUARTER;
        }
        latest
    };
    first.or_else(rest).ok_or_else(|| order.why_none(self_service, now))
}

/// Whether a start did not begin only because its order said so no longer, or its hours passed; then another may take
/// its place.
fn is_outdated(status: &StartStatus) -> bool {
    matches!(
        status,
        StartStatus::Settled {
            outcome: StartOutcome::NotBegun {
                reason: StartRefusal::NotOrdered | StartRefusal::TooLate { .. }
            },
            ..
        }
    )
}

impl StandingOrder {
    /// Why no moment of `self_service` is left for a start that somebody could still object to.
    fn why_none(&self, self_service: Interval, now: DateTime<Utc>) -> NotPlanned {
        let last = self_service.end() - MARGIN;
        let from = |notice: TimeDelta| (now + notice).max(self_service.start());
        let Some(at) = self.next(from(TimeDelta::zero()), last, |_| true) else {
            let alone = |part: &OwnerHours| {
                let order = Self { parts: vec![part.clone()], ..self.clone() };
                order.next(from(TimeDelta::zero()), last, |_| true).is_some()
            };
            return if self.parts.len() > 1 && self.parts.iter().all(alone) {
                NotPlanned::NoCommonHours
            } else {
                NotPlanned::NoHours { self_service }
            };
        };
        match self.next(from(SHORT_NOTICE), last, |_| true) {
            None => NotPlanned::ShortNotice { at },
            Some(_) => NotPlanned::Crowded,
        }
    }

    /// Where the hours come from.
    pub fn sources(&self) -> Vec<HoursSource> {
        self.parts.iter().map(|part| part.source.clone()).collect()
    }

    /// The hours in words.
    pub fn hours(&self) -> String {
        let parts: Vec<String> =
            self.parts.iter().map(|part| format!("{} ({})", part.hours, part.zone)).collect();
        parts.join(" and ")
    }
}

#[cfg(test)]
mod tests;
