//! What recipients said, on the page behind a link, of how they want to be notified: mutes, and no digests.
//!
//! They hold for the recipient's own notifications and nobody else's. Whoever wants to speak for all owners
//! acknowledges a window or asks for later, which belongs to the window; a mute that reached the others would silently
//! leave them without notifications.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::action::Actor;
use super::action::scope::Scope;
use super::window::MaintenanceWindow;

/// Somebody muted some machines for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    #[serde(rename = "reach")]
    pub scope: Scope,
    pub until: DateTime<Utc>,
    pub reason: String,
    pub by: Actor,
    pub at: DateTime<Utc>,
}

/// Who said something, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingAuthor {
    pub by: Actor,
    pub at: DateTime<Utc>,
}

/// What one recipient said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationSettings {
    /// What they muted, one for each scope. One that is over stays for a while.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(rename = "silences")]
    pub mutes: Vec<Mute>,
    /// Set while they want no digests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_digests: Option<SettingAuthor>,
    /// The one-time keys of the forms that said something, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<String>,
}

impl NotificationSettings {
    /// More mutes than this are not kept for one recipient.
    pub const MOST: usize = 100;

    /// A mute that is over is kept for so long: what ended under it is no news afterwards.
    const KEPT_AFTER_END: TimeDelta = TimeDelta::days(60);

    /// Nothing was said.
    pub const NOTHING: &'static Self = &Self { mutes: Vec::new(), without_digests: None, forms: Vec::new() };

    /// Takes `mute` in place of one for the same scope, and forgets those that are long over. `false` when there is no
    /// room for more.
    pub fn mute(&mut self, mute: Mute) -> bool {
        let counts = |known: &Mute| mute.at < known.until + Self::KEPT_AFTER_END;
        self.mutes.retain(|known| counts(known) && !known.scope.is_same(&mute.scope));
        let has_room = self.mutes.len() < Self::MOST;
        if has_room {
            self.mutes.push(mute);
        }
        has_room
    }

    /// Takes what was said under another name of the same recipient: of two mutes for the same scope the later word.
    pub fn join(&mut self, before: &Self) {
        for mute in &before.mutes {
            let has_room = self.mutes.len() < Self::MOST;
            match self.mutes.iter_mut().find(|known| known.scope.is_same(&mute.scope)) {
                Some(known) if known.at < mute.at => *known = mute.clone(),
                None if has_room => self.mutes.push(mute.clone()),
                _ => {}
            }
        }
        if self.without_digests.is_none() {
            self.without_digests.clone_from(&before.without_digests);
        }
    }

    /// Ends the mute for the scope with this key.
    pub fn end(&mut self, key: &str) -> Option<Mute> {
        let place = self.mutes.iter().position(|known| known.scope.key() == key)?;
        Some(self.mutes.remove(place))
    }

    /// The mute that covers the machine of `window` at `at`: of several the one that lasts longest.
    pub fn muted(&self, window: &MaintenanceWindow, at: DateTime<Utc>) -> Option<&Mute> {
        let covers = |mute: &&Mute| mute.at <= at && at < mute.until && mute.scope.covers(window);
        self.mutes.iter().filter(covers).max_by_key(|mute| mute.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{utc, vm_id, window};

    fn mute(scope: Scope, at: &str, until: &str) -> Mute {
        let reason = "the lab is rebuilt".to_owned();
        Mute { scope, until: utc(until), reason, by: Actor::default(), at: utc(at) }
    }

    #[test]
    fn the_longest_mute_counts_and_another_one_for_the_same_scope_replaces_the_one_before() {
        let mut notification_settings = NotificationSettings::default();
        let lab = vm_id("lab-01");
        let until = |notification_settings: &NotificationSettings, at: &str| {
            notification_settings.muted(&window("lab-01", utc(at)), utc(at)).map(|mute| mute.until)
        };
        let machine = Scope::Machine { resource: lab.clone(), vm_id: None };
        let (first, later) = ("2026-12-01T08:00:00Z", "2026-12-05T08:00:00Z");
        assert!(notification_settings.mute(mute(machine.clone(), first, "2026-12-10T07:00:00Z")));
        assert!(notification_settings.mute(mute(Scope::group_of(&lab), first, "2026-12-04T07:00:00Z")));
        assert_eq!(until(&notification_settings, first), Some(utc("2026-12-10T07:00:00Z")));
        assert!(notification_settings.muted(&window("lab-02", utc(first)), utc(first)).is_some());
        // The group's is over by then, and the machine's is said anew.
        assert!(notification_settings.mute(mute(machine.clone(), later, "2026-12-07T07:00:00Z")));
        assert_eq!(notification_settings.mutes.len(), 2);
        assert_eq!(until(&notification_settings, "2026-12-07T07:00:00Z"), None);
        assert!(
            notification_settings.end(&machine.key()).is_some()
                && notification_settings.end(&machine.key()).is_none()
        );
        // What is over is kept for a while only.
        assert!(notification_settings.mute(mute(machine, "2027-03-01T08:00:00Z", "2027-03-07T07:00:00Z")));
        assert_eq!(notification_settings.mutes.len(), 1);
    }
}
