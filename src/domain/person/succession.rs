//! Who somebody is: a person is their address, and the name of a recipient is a label.
//!
//! Recipients are kept by their names, so another configuration can call the same mailbox by another one: somebody known
//! by a tag gets an entry, an entry is renamed, two become one, or one is taken out. What was kept under the name of
//! before belongs to whoever has its addresses now.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::email_address::EmailAddress;
use crate::domain::recipient_name::RecipientName;

/// Where a recipient can be reached, as short texts that identify each place among all.
pub type Addresses = BTreeSet<String>;

/// Recipients by name, with where each can be reached.
pub type KnownRecipients = BTreeMap<RecipientName, Addresses>;

/// What of one name belongs to another from now on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Succession {
    /// It is the same recipient under another name: everything goes along.
    Becomes { from: RecipientName, to: RecipientName },
    /// Whoever `to` is read what `from` was sent.
    Shares { from: RecipientName, to: RecipientName },
    /// The name is somebody else's from now on, and what whoever had it said goes along with them.
    Leaves { from: RecipientName, to: RecipientName },
}

impl Succession {
    /// The former name, and the other.
    pub fn names(&self) -> (&RecipientName, &RecipientName) {
        match self {
            Self::Becomes { from, to } | Self::Shares { from, to } | Self::Leaves { from, to } => (from, to),
        }
    }
}

/// How a mail address stands among [`Addresses`].
pub fn address_of(email: &EmailAddress) -> String {
    format!("{EMAIL}{email}")
}

const EMAIL: &str = "email:";

/// What of those known `before` belongs to whom `now`: the configured recipients.
///
/// Whose name is still configured with one of its addresses stays. In order of name; the cost is that of comparing each
/// who is gone with each who is configured.
pub fn successions(before: &KnownRecipients, now: &KnownRecipients) -> Vec<Succession> {
    let mut found = BTreeSet::new();
    for (name, addresses) in before {
        let heirs = heirs(name, addresses, before, now);
        let shares = |to: RecipientName| Succession::Shares { from: name.clone(), to };
        match now.get(name) {
            Some(present) if is_same(addresses, present) => {
                // Part of a team that gets an entry of its own read everything that the team was sent.
                let parts =
                    heirs.into_iter().filter(|heir| is_new(heir, before) && now[*heir].is_subset(addresses));
                found.extend(parts.map(|heir| shares(heir.clone())));
            }
            // The label is somebody else's now.
            Some(_) => {
                let leaves = |to: RecipientName| Succession::Leaves { from: name.clone(), to };
                found.extend(heirs.iter().map(|heir| leaves((*heir).clone())));
                found.extend(person(addresses).filter(|_| heirs.is_empty()).map(shares));
            }
            None => {
                let becomes = |to: RecipientName| Succession::Becomes { from: name.clone(), to };
                match heirs.split_first() {
                    Some((first, others)) => {
                        found.insert(becomes((*first).clone()));
                        let parts = others.iter().filter(|heir| now[**heir].is_subset(addresses));
                        found.extend(parts.map(|heir| shares((*heir).clone())));
                        // A tag that names the address means the person where it is not the entry's first.
                        let alone = person(addresses).filter(|person| person != name);
                        found.extend(alone.filter(|_| now[*first] != *addresses).map(shares));
                    }
                    None => found.extend(person(addresses).filter(|person| person != name).map(becomes)),
                }
            }
        }
    }
    found.into_iter().collect()
}

/// Whoever has the addresses of `name` now, the one who fits best first.
fn heirs<'a>(
    name: &RecipientName,
    addresses: &Addresses,
    before: &KnownRecipients,
    now: &'a KnownRecipients,
) -> Vec<&'a RecipientName> {
    let fits = |(heir, theirs): (&'a RecipientName, &Addresses)| {
        // A team that had somebody of these among it before is still the team.
        let had = before.get(heir).is_some_and(|known| !known.is_disjoint(addresses));
        let rank = match () {
            () if heir == name || theirs.is_disjoint(addresses) => return None,
            () if theirs == addresses => 0,
            () if had => return None,
            () if addresses.is_subset(theirs) => 1,
            () if theirs.is_subset(addresses) => 2,
            () if is_new(heir, before) => 3,
            () => return None,
        };
        // Of equals, the one that keeps the name in another case.
        let differs = !heir.as_str().eq_ignore_ascii_case(name.as_str());
        Some((rank, differs, heir))
    };
    let mut heirs: Vec<_> = now.iter().filter_map(fits).collect();
    heirs.sort();
    heirs.into_iter().map(|(_, _, heir)| heir).collect()
}

/// Whether these are places of one recipient. One of whom nothing is known is whoever has the name.
fn is_same(before: &Addresses, now: &Addresses) -> bool {
    before.is_empty() || now.is_empty() || !before.is_disjoint(now)
}

fn is_new(name: &RecipientName, before: &KnownRecipients) -> bool {
    !before.contains_key(name)
}

/// Whoever is meant by a tag with the only address among these.
fn person(addresses: &Addresses) -> Option<RecipientName> {
    let mut emails = addresses.iter().filter_map(|address| address.strip_prefix(EMAIL));
    let only = emails.next().filter(|_| addresses.len() == 1)?;
    only.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(recipients: &[(&str, &[&str])]) -> KnownRecipients {
        let addresses =
            |texts: &[&str]| texts.iter().map(|text| format!("email:{text}@contoso.com")).collect();
        recipients.iter().map(|(name, texts)| (name.parse().unwrap(), addresses(texts))).collect()
    }

    fn found(before: &[(&str, &[&str])], now: &[(&str, &[&str])]) -> Vec<String> {
        let text = |one| match one {
            Succession::Becomes { from, to } => format!("{from} becomes {to}"),
            Succession::Shares { from, to } => format!("{from} shares {to}"),
            Succession::Leaves { from, to } => format!("{from} leaves to {to}"),
        };
        successions(&known(before), &known(now)).into_iter().map(text).collect()
    }

    #[test]
    fn a_person_who_gets_a_name_or_another_name_or_loses_it_is_the_same_person() {
        let tagged = ("jane@contoso.com", &["jane"][..]);
        assert_eq!(found(&[tagged], &[("Jane", &["jane"])]), ["jane@contoso.com becomes Jane"]);
        assert_eq!(found(&[("Jane", &["jane"])], &[("Jane Doe", &["jane"])]), ["Jane becomes Jane Doe"]);
        assert_eq!(found(&[("Jane", &["jane"])], &[("JANE", &["jane"])]), ["Jane becomes JANE"]);
        assert_eq!(found(&[("Jane", &["jane"])], &[]), ["Jane becomes jane@contoso.com"]);
        assert!(found(&[("Jane", &["jane"])], &[("Jane", &["jane"])]).is_empty());
        // Of a team that is taken out nobody takes the place.
        assert!(found(&[("web", &["jane", "mei"])], &[("sap", &["ops"])]).is_empty());
    }

    #[test]
    fn two_that_become_one_are_both_it() {
        let two = [("a", &["jane"][..]), ("b", &["jane"])];
        assert_eq!(found(&two, &[("c", &["jane"])]), ["a becomes c", "b becomes c"]);
        assert_eq!(found(&two, &[("b", &["jane"])]), ["a becomes b"]);
        let joined = found(&[("a", &["jane"]), ("b", &["mei"])], &[("c", &["jane", "mei"])]);
        let expected =
            ["a becomes c", "b becomes c", "a shares jane@contoso.com", "b shares mei@contoso.com"];
        assert_eq!(joined, expected);
    }

    #[test]
    fn whoever_is_only_a_member_of_a_team_does_not_become_the_team() {
        let before = [("Jane", &["jane"][..]), ("web", &["web", "jane"])];
        assert_eq!(found(&before, &[("web", &["web", "jane"])]), ["Jane becomes jane@contoso.com"]);
    }

    #[test]
    fn parts_of_a_team_read_what_it_was_sent() {
        let team = [("web", &["jane", "mei"][..])];
        let parted = found(&team, &[("Jane", &["jane"]), ("Mei", &["mei"])]);
        assert_eq!(parted, ["web becomes Jane", "web shares Mei",]);
        assert_eq!(found(&team, &[("Mei", &["mei"]), ("web", &["jane"])]), ["web shares Mei"]);
    }

    #[test]
    fn a_label_that_is_given_to_somebody_else_takes_nothing_along() {
        let before = [("duty", &["jane"][..])];
        assert_eq!(found(&before, &[("duty", &["mei"])]), ["duty shares jane@contoso.com"]);
        let named = [("Jane", &["jane"][..]), ("duty", &["mei"])];
        assert_eq!(found(&before, &named), ["duty leaves to Jane"]);
        let swapped = found(&[("a", &["jane"]), ("b", &["mei"])], &[("a", &["mei"]), ("b", &["jane"])]);
        assert_eq!(swapped, ["a leaves to b", "b leaves to a"]);
    }
}
