//! Maintenance hours that people named on the page behind a link.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::actor::Actor;
use super::scope::Scope;
use crate::domain::recipient_name::RecipientName;
use crate::domain::schedule::Hours;
use crate::domain::window::MaintenanceWindow;

/// Hours as somebody named them. They are read in the zone of the recipient whose they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedHours {
    #[serde(rename = "reach")]
    pub scope: Scope,
    pub hours: Hours,
    pub by: Actor,
    pub since: DateTime<Utc>,
}

/// Everything that was named with the links of one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientHours {
    pub recipient: RecipientName,
    /// Their hours, the most specific first, one for each scope.
    pub named: Vec<NamedHours>,
    /// The one-time keys of the forms that named or removed some, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<String>,
}

impl RecipientHours {
    /// More than this is not kept for one recipient.
    pub const MOST: usize = 200;

    /// Nothing, for `recipient`.
    pub fn none(recipient: RecipientName) -> Self {
        Self { recipient, named: Vec::new(), forms: Vec::new() }
    }

    /// Takes `hours` in place of what was named for the same scope. `false` when there is no room for more.
    pub fn name(&mut self, hours: NamedHours) -> bool {
        if let Some(known) = self.named.iter_mut().find(|known| known.scope.is_same(&hours.scope)) {
            *known = hours;
            return true;
        }
        let has_room = self.named.len() < Self::MOST;
        if has_room {
            self.named.push(hours);
            self.named.sort_by_key(|hours| (hours.scope.rank(), hours.scope.key()));
        }
        has_room
    }

    /// Takes what was named under another name of the same recipient, where they named nothing themselves.
    pub fn join(&mut self, before: &Self) {
        for hours in &before.named {
            if !self.named.iter().any(|known| known.scope.is_same(&hours.scope)) {
                self.name(hours.clone());
            }
        }
    }

    /// Forgets what was named for the scope with this key.
    pub fn remove(&mut self, key: &str) -> Option<NamedHours> {
        let place = self.named.iter().position(|known| known.scope.key() == key)?;
        Some(self.named.remove(place))
    }

    /// The most specific hours that cover the machine of `window`.
    pub fn of(&self, window: &MaintenanceWindow) -> Option<&NamedHours> {
        self.named.iter().filter(|hours| hours.scope.covers(window)).min_by_key(|hours| hours.scope.rank())
    }
}

/// Where hours come from that a start was planned by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "from")]
pub enum HoursSource {
    /// Somebody named them on a page.
    Page {
        of: RecipientName,
        /// Who named them, when they signed in as somebody else.
        by: String,
        #[serde(rename = "reach")]
        scope: Scope,
        since: DateTime<Utc>,
    },
    /// A tag on the machine.
    Tag { tag: String },
    /// The configuration.
    Configuration { of: RecipientName },
}

/// The hours that a start was planned by, with where they come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderedHours {
    pub hours: String,
    pub sources: Vec<HoursSource>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{utc, vm_id, window};

    fn named(scope: Scope, hours: &str) -> NamedHours {
        let since = utc("2026-12-01T08:00:00Z");
        NamedHours { scope, hours: hours.parse().unwrap(), by: Actor::default(), since }
    }

    #[test]
    fn the_most_specific_hours_hold_and_another_word_on_the_same_takes_their_place() {
        let mut hours = RecipientHours::none("jane".parse().unwrap());
        let web = vm_id("web-01");
        let of = |hours: &RecipientHours, name: &str| {
            let window = window(name, utc("2026-12-01T08:00:00Z"));
            hours.of(&window).map(|named| named.hours.to_string())
        };
        assert!(hours.name(named(Scope::Everything, "SUN 01:00-02:00")));
        assert_eq!(of(&hours, "web-01").as_deref(), Some("SUN 01:00-02:00"));
        assert!(hours.name(named(Scope::group_of(&web), "SUN 03:00-04:00")));
        assert!(hours.name(named(Scope::Machine { resource: web.clone(), vm_id: None }, "SUN 05:00-06:00")));
        assert_eq!(of(&hours, "WEB-01").as_deref(), Some("SUN 05:00-06:00"));
        assert_eq!(of(&hours, "web-02").as_deref(), Some("SUN 03:00-04:00"));
        assert!(hours.name(named(Scope::Machine { resource: web.clone(), vm_id: None }, "SAT 22:00-04:00")));
        assert_eq!(hours.named.len(), 3);
        assert!(hours.remove(&Scope::Machine { resource: web, vm_id: None }.key()).is_some());
        assert_eq!(of(&hours, "web-01").as_deref(), Some("SUN 03:00-04:00"));
        assert!(hours.remove("nonsense").is_none());
    }

    #[test]
    fn there_is_an_end_to_what_is_kept_for_one_recipient() {
        let mut hours = RecipientHours::none("jane".parse().unwrap());
        let machine =
            |number: usize| Scope::Machine { resource: vm_id(&format!("vm-{number}")), vm_id: None };
        for number in 0..RecipientHours::MOST {
            assert!(hours.name(named(machine(number), "always")));
        }
        assert!(!hours.name(named(machine(RecipientHours::MOST), "always")));
        assert!(hours.name(named(machine(3), "SAT 22:00-04:00")));
    }
}
