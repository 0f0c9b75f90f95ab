//! Assignments: who is responsible for a window, and why.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::action::response::WindowActions;
use super::directory::Role;
use super::escalation::EscalationStep;
use super::recipient::{EmailAddress, Endpoint, RecipientName};
use super::routing::Responsibility;
use super::tags::TagLevel;
use super::window::MaintenanceWindow;

/// The version of the configuration that decided something: the first characters of its digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConfigVersion(pub String);

/// Why a recipient is told about a window. Every way in which someone can come to be told is here, as data.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum Reason {
    /// A tag names the recipient.
    Tag {
        /// The tag's name as configured.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The part of its value that named the recipient.
        value: String,
    },
    /// A tag names somebody whose account is disabled, and the directory names their manager.
    Manager {
        /// The tag's name as configured.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The part of its value that named the other.
        of: String,
    },
    /// A tag names a group without a mailbox, and the recipient is a member of it.
    Member {
        /// The tag's name as configured.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The part of its value that named the group.
        group: String,
    },
    /// No tag and no route names anybody, and the recipient has a role on the resource or its group.
    Role {
        /// Which role.
        role: Role,
        /// On what, in lower case.
        scope: String,
    },
    /// A route of the configuration matches.
    Route {
        /// The route's place in the file, from 1.
        number: usize,
        /// What it matches, as written.
        matches: String,
    },
    /// Nobody else was found.
    Fallback {
        /// What was tried, in words: `no tag owner or technical-contact; no route matches`.
        tried: Vec<String>,
    },
    /// Somebody who was responsible handed it over.
    HandedOver {
        /// Who.
        by: RecipientName,
        /// Whether the recipient has accepted; until then the other stays responsible too.
        accepted: bool,
    },
    /// Everyone else said that it is not theirs.
    Declined {
        /// Who said so, in order.
        by: Vec<RecipientName>,
    },
    /// Nobody responded for whoever is responsible, as far as it came to that.
    Escalated {
        /// Who is responsible.
        from: RecipientName,
        /// How long before the deadline this recipient is turned to, in minutes.
        step: i64,
    },
    /// Someone responsible cannot be reached.
    Undeliverable {
        /// Who should have been told.
        instead_of: RecipientName,
        /// Where it was tried.
        endpoint: Endpoint,
        /// What the other side answered.
        error: String,
    },
}

/// Someone named in a tag who cannot be told, and why. Reported to the fallback.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "refused")]
pub enum RefusedOwner {
    /// The address is outside the allowed domains.
    OutsideDomain {
        /// The tag's name.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The address.
        address: EmailAddress,
    },
    /// The directory says that the account is disabled, and names no manager who can be told.
    Disabled {
        /// The tag's name.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The part of the value.
        value: String,
    },
    /// The directory knows no mailbox for it.
    NoMailbox {
        /// The tag's name.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The part of the value.
        value: String,
    },
    /// Several in the directory have this name.
    Several {
        /// The tag's name.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The part of the value.
        value: String,
    },
    /// The value is neither an address nor a configured recipient nor completed by the suffix.
    NotAnAddress {
        /// The tag's name.
        tag: String,
        /// Where it was found.
        level: TagLevel,
        /// The part of the value.
        value: String,
    },
}

/// One recipient's share in one window, with a copy of the window's newest facts: planning reads nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Who.
    pub recipient: RecipientName,
    /// The window as collect last wrote it.
    pub window: MaintenanceWindow,
    /// Why, most specific first; never empty.
    pub reasons: Vec<Reason>,
    /// Whether this recipient is the first named.
    pub primary: bool,
    /// Who else is told, the primary first.
    pub others: Vec<RecipientName>,
    /// Who is turned to when nobody responds, step by step: empty until the first step is near.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[serde(rename = "ladder")]
    pub escalation_steps: Vec<EscalationStep>,
    /// What people did about it.
    #[serde(default, skip_serializing_if = "WindowActions::is_empty")]
    pub actions: WindowActions,
    /// Which configuration decided this.
    pub decided_by: ConfigVersion,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Set when the recipient is no longer responsible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
}

impl Assignment {
    /// Who asked this recipient to take the window over, while that is not answered.
    pub fn asked_by(&self) -> Option<&RecipientName> {
        self.reasons.iter().find_map(|reason| match reason {
            Reason::HandedOver { by, accepted: false } => Some(by),
            _ => None,
        })
    }

    /// Whether the recipient has to do with it only in case nobody responds.
    pub fn is_only_escalated(&self) -> bool {
        is_only_escalated(&self.reasons)
    }
}

fn is_only_escalated(reasons: &[Reason]) -> bool {
    !reasons.is_empty() && reasons.iter().all(|reason| matches!(reason, Reason::Escalated { .. }))
}

/// Why someone is no longer told about a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Since when.
    pub at: DateTime<Utc>,
    /// Who is responsible now, or the silence that covers the window.
    pub now: WithdrawnTo,
}

/// What took the place of an assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "to")]
pub enum WithdrawnTo {
    /// Others are responsible.
    Others {
        /// Who.
        recipients: Vec<RecipientName>,
    },
    /// A silence covers it.
    Silenced {
        /// The reason given in the configuration.
        reason: String,
        /// When it ends.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<DateTime<Utc>>,
    },
}

/// Who holds a copy of a window, as remembered beside the window itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Who.
    pub recipient: RecipientName,
    /// Since when, without a break. Who was only to be turned to and becomes responsible is so since then.
    pub since: DateTime<Utc>,
    /// Whether only in case nobody responds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escalated: bool,
    /// Set when the recipient is no longer responsible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
}

/// Gives `window` to everyone `responsible` for it and takes it from everyone else who holds a copy.
///
/// Returns the holders to remember and the copies to write, both in order of recipient. Doing it twice with the same
/// facts gives the same copies.
pub fn assign(
    window: &MaintenanceWindow,
    actions: &WindowActions,
    holders: &[Holder],
    responsible: &Responsibility,
    version: &ConfigVersion,
    now: DateTime<Utc>,
) -> (Vec<Holder>, Vec<Assignment>) {
    let names: Vec<RecipientName> = responsible.recipients.iter().map(|(name, _)| name.clone()).collect();
    // Whoever is turned to later is no owner, and was not told yet.
    let owners = responsible.recipients.iter().filter(|(_, reasons)| !is_only_escalated(reasons));
    let owners: Vec<RecipientName> = owners.map(|(name, _)| name.clone()).collect();
    let mut next: Vec<(Holder, Vec<Reason>)> = Vec::new();
    for (name, reasons) in &responsible.recipients {
        let held = holders.iter().find(|holder| holder.recipient == *name && holder.withdrawn.is_none());
        let escalated = is_only_escalated(reasons);
        // Who was only to be turned to becomes responsible now.
        let held = held.filter(|holder| escalated || !holder.escalated);
        let since = held.map_or(now, |holder| holder.since);
        let holder = Holder { recipient: name.clone(), since, escalated, withdrawn: None };
        next.push((holder, reasons.clone()));
    }
    for holder in holders.iter().filter(|holder| !names.contains(&holder.recipient)) {
        let withdrawn = holder.withdrawn.clone().unwrap_or_else(|| Withdrawn {
            at: now,
            now: match &responsible.silenced {
                Some(reason) => {
                    WithdrawnTo::Silenced { reason: reason.clone(), until: responsible.silenced_until }
                }
                None => WithdrawnTo::Others { recipients: owners.clone() },
            },
        });
        next.push((Holder { withdrawn: Some(withdrawn), ..holder.clone() }, Vec::new()));
    }
    next.sort_by(|(a, _), (b, _)| a.recipient.cmp(&b.recipient));
    let copies = next.iter().map(|(holder, reasons)| Assignment {
        recipient: holder.recipient.clone(),
        window: window.clone(),
        actions: actions.clone(),
        reasons: reasons.clone(),
        primary: owners.first() == Some(&holder.recipient),
        others: owners.iter().filter(|name| **name != holder.recipient).cloned().collect(),
        escalation_steps: match &holder.withdrawn {
            None => responsible.escalation_steps.clone(),
            Some(_) => Vec::new(),
        },
        decided_by: version.clone(),
        since: holder.since,
        withdrawn: holder.withdrawn.clone(),
    });
    let copies = copies.collect();
    (next.into_iter().map(|(holder, _)| holder).collect(), copies)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{utc, window};

    fn responsible(names: &[&str]) -> Responsibility {
        let reason = Reason::Route { number: 1, matches: "everything".to_owned() };
        let recipients = names.iter().map(|name| (name.parse().unwrap(), vec![reason.clone()])).collect();
        Responsibility { recipients, ..Responsibility::default() }
    }

    #[test]
    fn who_was_to_be_turned_to_is_responsible_only_since_they_are() {
        let version = ConfigVersion("1".to_owned());
        let window = window("web-01", utc("2026-12-01T10:00:00Z"));
        let escalated = Reason::Escalated { from: "jane".parse().unwrap(), step: 60 };
        let turned_to = Responsibility {
            recipients: vec![("duty".parse().unwrap(), vec![escalated])],
            ..Responsibility::default()
        };
        let mut holders = Vec::new();
        let mut since = |responsible: &Responsibility, at: &str| {
            let none = WindowActions::default();
            let (next, copies) = assign(&window, &none, &holders, responsible, &version, utc(at));
            holders = next;
            copies[0].since
        };
        let (first, second, third) = ("2026-12-01T10:00:00Z", "2026-12-02T10:00:00Z", "2026-12-03T10:00:00Z");
        assert_eq!(since(&turned_to, first), utc(first));
        assert_eq!(since(&turned_to, second), utc(first));
        assert_eq!(since(&responsible(&["duty"]), second), utc(second));
        assert_eq!(since(&responsible(&["duty"]), third), utc(second));
    }

    #[test]
    fn a_new_owner_is_added_and_the_old_one_keeps_a_copy_that_says_who_took_over() {
        let version = ConfigVersion("1".to_owned());
        let (first, second) = (utc("2026-12-01T10:00:00Z"), utc("2026-12-02T10:00:00Z"));
        let window = window("web-01", first);
        let (holders, _) = assign(
            &window,
            &WindowActions::default(),
            &[],
            &responsible(&["jane", "arjun"]),
            &version,
            first,
        );
        let (holders, copies) = assign(
            &window,
            &WindowActions::default(),
            &holders,
            &responsible(&["mei", "jane"]),
            &version,
            second,
        );
        let since: Vec<(&str, DateTime<Utc>, bool)> = holders
            .iter()
            .map(|holder| (holder.recipient.as_str(), holder.since, holder.withdrawn.is_some()))
            .collect();
        assert_eq!(since, [("arjun", first, true), ("jane", first, false), ("mei", second, false)]);
        assert!(copies[2].primary && !copies[1].primary);
        let again = assign(
            &window,
            &WindowActions::default(),
            &holders,
            &responsible(&["mei", "jane"]),
            &version,
            utc("2026-12-03T10:00:00Z"),
        );
        assert_eq!(again, (holders, copies));
    }
}
