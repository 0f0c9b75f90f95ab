//! Gives windows to those who are responsible, and takes them from those who are not any more.

use chrono::{DateTime, Utc};

use super::config_version::ConfigVersion;
use super::reason::Reason;
use super::recipient_name::RecipientName;
use super::responsibility::Responsibility;
use crate::domain::action::response::WindowActions;
use crate::domain::assignment::{Assignment, Holder, Withdrawn, WithdrawnTo, is_only_escalated};
use crate::domain::window::MaintenanceWindow;

/// Gives `window` to everyone `responsible` for it and takes it from everyone else who holds a copy.
///
/// Returns the holders to remember and the copies to write, both in order of recipient. Doing it twice with the same
/// facts gives the same copies.
pub fn assignments_for(
    window: &MaintenanceWindow,
    actions: &WindowActions,
    holders: &[Holder],
    responsible: &Responsibility,
    version: &ConfigVersion,
    now: DateTime<Utc>,
) -> (Vec<Holder>, Vec<Assignment>) {
    let names: Vec<RecipientName> = responsible.recipients.iter().map(|(name, _)| name.clone()).collect();
    // Whoever is escalated to later is no owner, and was not notified yet.
    let owners = responsible.recipients.iter().filter(|(_, reasons)| !is_only_escalated(reasons));
    let owners: Vec<RecipientName> = owners.map(|(name, _)| name.clone()).collect();
    let mut next: Vec<(Holder, Vec<Reason>)> = Vec::new();
    for (name, reasons) in &responsible.recipients {
        let held = holders.iter().find(|holder| holder.recipient == *name && holder.withdrawn.is_none());
        let escalated = is_only_escalated(reasons);
        // Who was only to be escalated to becomes responsible now, and the other way round.
        let held = held.filter(|holder| escalated == holder.escalated);
        let since = held.map_or(now, |holder| holder.since);
        let holder = Holder { recipient: name.clone(), since, escalated, withdrawn: None };
        next.push((holder, reasons.clone()));
    }
    for holder in holders.iter().filter(|holder| !names.contains(&holder.recipient)) {
        // Since when stays; who has it is what is true now, until a message says it.
        let withdrawn = Withdrawn {
            at: holder.withdrawn.as_ref().map_or(now, |withdrawn| withdrawn.at),
            now: match &responsible.silenced {
                Some(reason) => {
                    WithdrawnTo::Silenced { reason: reason.clone(), until: responsible.silenced_until }
                }
                None => WithdrawnTo::Others { recipients: owners.clone() },
            },
        };
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

/// The holders of a window, and whoever started it and is none: they are told how it ended, whose it may be.
pub fn with_starters(
    mut holders: Vec<Holder>,
    actions: &WindowActions,
    responsible: &Responsibility,
    is_known: impl Fn(&RecipientName) -> bool,
) -> Vec<Holder> {
    for start in &actions.starts {
        let Some(name) = start.by.recipient.as_ref() else { continue };
        let has_it = holders.iter().any(|holder| holder.recipient == *name)
            || responsible.recipients.iter().any(|(known, _)| known == name);
        if !has_it && is_known(name) {
            let now = WithdrawnTo::Others { recipients: Vec::new() };
            let withdrawn = Some(Withdrawn { at: start.decided, now });
            let since = start.decided;
            holders.push(Holder { recipient: name.clone(), since, escalated: false, withdrawn });
        }
    }
    holders
}

/// The holders of a window under the names under which they are kept now, and the former names whose copies go.
pub fn under_present_names(
    holders: Vec<Holder>,
    present: impl Fn(&RecipientName) -> RecipientName,
) -> (Vec<Holder>, Vec<RecipientName>) {
    let (mut kept, mut left): (Vec<Holder>, Vec<RecipientName>) = Default::default();
    for holder in holders {
        let name = present(&holder.recipient);
        // In another case it is the same row.
        if name.as_str().to_lowercase() != holder.recipient.as_str().to_lowercase() {
            left.push(holder.recipient.clone());
        }
        let holder = Holder { recipient: name, ..holder };
        match kept.iter_mut().find(|known| known.recipient == holder.recipient) {
            // Whoever is responsible under one of the names is responsible, since the first of them.
            Some(known) if known.withdrawn.is_none() == holder.withdrawn.is_none() => {
                known.since = known.since.min(holder.since);
                known.escalated &= holder.escalated;
            }
            Some(known) if known.withdrawn.is_some() => *known = holder,
            Some(_) => {}
            None => kept.push(holder),
        }
    }
    (kept, left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config_version::ConfigVersion;
    use crate::domain::fixtures::{utc, window};
    use crate::domain::reason::Reason;

    fn responsible(names: &[&str]) -> Responsibility {
        let reason = Reason::Route { number: 1, matches: "everything".to_owned() };
        let recipients = names.iter().map(|name| (name.parse().unwrap(), vec![reason.clone()])).collect();
        Responsibility { recipients, ..Responsibility::default() }
    }

    #[test]
    fn an_escalation_recipient_who_becomes_responsible_is_so_only_since_then() {
        let version = ConfigVersion("1".to_owned());
        let window = window("web-01", utc("2026-12-01T10:00:00Z"));
        let escalated = Reason::Escalated { from: "jane".parse().unwrap(), step: 60 };
        let escalated_to = Responsibility {
            recipients: vec![("duty".parse().unwrap(), vec![escalated])],
            ..Responsibility::default()
        };
        let mut holders = Vec::new();
        let mut since = |responsible: &Responsibility, at: &str| {
            let none = WindowActions::default();
            let (next, copies) = assignments_for(&window, &none, &holders, responsible, &version, utc(at));
            holders = next;
            copies[0].since
        };
        let (first, second, third) = ("2026-12-01T10:00:00Z", "2026-12-02T10:00:00Z", "2026-12-03T10:00:00Z");
        assert_eq!(since(&escalated_to, first), utc(first));
        assert_eq!(since(&escalated_to, second), utc(first));
        assert_eq!(since(&responsible(&["duty"]), second), utc(second));
        assert_eq!(since(&responsible(&["duty"]), third), utc(second));
        assert_eq!(since(&escalated_to, third), utc(third));
    }

    #[test]
    fn a_new_owner_is_added_and_the_old_one_keeps_a_copy_that_says_who_took_over() {
        let version = ConfigVersion("1".to_owned());
        let (first, second) = (utc("2026-12-01T10:00:00Z"), utc("2026-12-02T10:00:00Z"));
        let window = window("web-01", first);
        let (holders, _) = assignments_for(
            &window,
            &WindowActions::default(),
            &[],
            &responsible(&["jane", "arjun"]),
            &version,
            first,
        );
        let (holders, copies) = assignments_for(
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
        let again = assignments_for(
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
