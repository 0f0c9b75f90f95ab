//! Where hours come from, and which of them are the most specific.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::action::hours::{HoursSource, RecipientHours};
use crate::domain::recipient::Recipient;
use crate::domain::recipient_name::RecipientName;
use crate::domain::schedule::Hours;
use crate::domain::time_zone::Tz;
use crate::domain::window::MaintenanceWindow;

/// The hours of one owner, or those of the tag.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct OwnerHours {
    pub(super) hours: Hours,
    pub(super) zone: Tz,
    pub(super) source: HoursSource,
}

/// Everything that names hours, but for the tags themselves.
#[derive(Debug, Clone, Copy)]
pub struct HoursSources<'a> {
    pub configured: &'a BTreeMap<RecipientName, Hours>,
    pub tag: &'a str,
    pub named: &'a [RecipientHours],
}

impl HoursSources<'_> {
    /// The most specific hours of `owner` for `window`.
    pub(super) fn of(&self, owner: &Recipient, window: &MaintenanceWindow) -> Option<(Hours, HoursSource)> {
        let on_page = self.on_page(owner, window);
        let configured = || {
            let hours = self.configured.get(&owner.name)?;
            Some((hours.clone(), HoursSource::Configuration { of: owner.name.clone() }))
        };
        on_page.or_else(configured)
    }

    fn on_page(&self, owner: &Recipient, window: &MaintenanceWindow) -> Option<(Hours, HoursSource)> {
        let theirs = self.named.iter().find(|hours| hours.recipient == owner.name)?;
        let named = theirs.of(window)?;
        let source = HoursSource::Page {
            of: owner.name.clone(),
            by: named.by.name().to_owned(),
            scope: named.scope.clone(),
            since: named.since,
        };
        Some((named.hours.clone(), source))
    }
}

impl OwnerHours {
    /// The first moment from `moment` on in the hours. Hours that the clocks skip count as the moment after the gap.
    pub(super) fn opening(
        &self,
        freeze: &BTreeSet<NaiveDate>,
        moment: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        if self.begins_at(freeze, moment) {
            return Some(moment);
        }
        self.hours.next_open(self.zone, freeze, moment)
    }

    pub(super) fn begins_at(&self, freeze: &BTreeSet<NaiveDate>, moment: DateTime<Utc>) -> bool {
        let before = moment - TimeDelta::minutes(1);
        self.hours.next_open(self.zone, freeze, before) == Some(moment)
    }
}
