//! Who the value of an owner's tag names: recipients of the configuration, addresses as people paste them, and, where
//! there is a directory, people and groups by whatever name they have.

use std::collections::BTreeSet;

use super::directory::{Directory, DirectoryAnswer, DirectoryQuery};
use super::email_address::EmailAddress;
use super::machine::Machine;
use super::policy::Policy;
use super::reason::Reason;
use super::recipient_name::RecipientName;
use super::refused_owner::RefusedOwner;
use super::tags::TagLevel;

/// The longest piece of a tag that is looked at and kept: Azure's own limit for a value.
const LONGEST: usize = 256;

/// One tag's place.
#[derive(Debug, Clone, Copy)]
pub(super) struct TagPosition<'a> {
    pub(super) tag: &'a str,
    pub(super) level: TagLevel,
}

/// The names in a tag's value: separated by commas or semicolons, but not within quotes or angle brackets, where a
/// comma belongs to a name such as `"Doe, Jane" <jane@contoso.com>`.
pub(super) fn parts(value: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut quoted, mut bracketed) = (0, false, false);
    // What never ends begins nothing: an apostrophe or a lone quote must not swallow the other names.
    let balanced = value.matches('"').count().is_multiple_of(2);
    for (index, character) in value.char_indices() {
        match character {
            '"' if balanced => quoted = !quoted,
            '<' => bracketed = value.get(index..).is_some_and(|rest| rest.contains('>')),
            '>' => bracketed = false,
            ',' | ';' if !quoted && !bracketed => {
                parts.push(value.get(from..index).unwrap_or_default());
                from = index + 1;
            }
            _ => {}
        }
    }
    parts.push(value.get(from..).unwrap_or_default());
    parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// What a name says by itself.
struct OwnerName {
    address: Option<EmailAddress>,
    /// The name that only a directory could know.
    name: Option<String>,
}

fn meaning(policy: &Policy, part: &str) -> OwnerName {
    let bare = part.trim().trim_matches('"').trim();
    // `Jane Doe <jane@contoso.com>` is how people paste an address.
    let bare = match (bare.rfind('<'), bare.strip_suffix('>')) {
        (Some(open), Some(closed)) => closed.get(open + 1..).unwrap_or_default().trim(),
        _ => bare,
    };
    let scheme = bare.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let bare = match scheme {
        // `mailto:jane@contoso.com?subject=…` is what a link holds.
        Some(scheme) => {
            let address = bare.get(scheme.len()..).unwrap_or_default();
            address.split_once('?').map_or(address, |(address, _)| address).trim()
        }
        None => bare,
    };
    // What an address may hold is wide; a bare name is narrow, so that no scrap of markup becomes somebody's mailbox.
    let is_name = bare.chars().all(|c| c.is_ascii_alphanumeric() || "._-+'".contains(c));
    let completed = match &policy.owners.suffix {
        Some(suffix) if is_name => format!("{bare}{suffix}"),
        _ => bare.to_owned(),
    };
    let address = completed.parse().ok();
    // A word that the suffix completes can be the name of a group just as well.
    let is_word = completed != bare || address.is_none();
    let plain = !bare.is_empty() && !bare.chars().any(char::is_control);
    OwnerName { address, name: (is_word && plain).then(|| bare.chars().take(LONGEST).collect()) }
}

impl OwnerName {
    /// What to ask the directory: the address before the name.
    fn questions(&self) -> impl Iterator<Item = DirectoryQuery> {
        let address = self.address.clone().map(|address| DirectoryQuery::Address { address });
        address.into_iter().chain(self.name.clone().map(|name| DirectoryQuery::Name { name }))
    }
}

fn configured(policy: &Policy, part: &str) -> Option<RecipientName> {
    // Most are written as in the configuration.
    let exactly = part.parse().ok().filter(|name| policy.recipients.contains_key(name));
    exactly
        .or_else(|| policy.recipients.keys().find(|name| name.as_str().eq_ignore_ascii_case(part)).cloned())
}

/// What to ask the directory to know the owners of `machine`.
pub fn questions(policy: &Policy, machine: &Machine) -> BTreeSet<DirectoryQuery> {
    let values = policy.owners.tags.iter().filter_map(|tag| machine.tags.find(tag));
    let names = values.flat_map(|(_, value)| parts(value));
    let unknown = names.filter(|part| configured(policy, part).is_none());
    unknown.flat_map(|part| meaning(policy, part).questions().collect::<Vec<_>>()).collect()
}

/// The recipients that one part of a tag's value names, each with the reason; or who cannot be notified, and why.
pub(super) fn owners(
    policy: &Policy,
    directory: &Directory,
    place: TagPosition<'_>,
    part: &str,
) -> Vec<Result<(RecipientName, Reason), RefusedOwner>> {
    let value: String = part.chars().take(LONGEST).collect();
    let tag = |value: String| Reason::Tag { tag: place.tag.to_owned(), level: place.level, value };
    if let Some(name) = configured(policy, part) {
        return vec![Ok((name, tag(value)))];
    }
    let meaning = meaning(policy, part);
    let mut entries = meaning.questions().filter_map(|question| directory.find(&question));
    let entry = entries.find(|entry| **entry != DirectoryAnswer::Nobody);
    let refused = |why: fn(String, TagLevel, String) -> RefusedOwner| {
        vec![Err(why(place.tag.to_owned(), place.level, part.chars().take(120).collect()))]
    };
    let plainly = || match &meaning.address {
        Some(address) => vec![person(policy, place, address, tag(value.clone()))],
        None => refused(|tag, level, value| RefusedOwner::NotAnAddress { tag, level, value }),
    };
    match entry {
        // An address that the directory does not know can be a mailbox elsewhere.
        None | Some(DirectoryAnswer::Nobody) => plainly(),
        Some(DirectoryAnswer::Several) => match &meaning.address {
            Some(_) => plainly(),
            None => refused(|tag, level, value| RefusedOwner::Several { tag, level, value }),
        },
        Some(DirectoryAnswer::Person { mail, enabled: true, .. }) => match mail {
            Some(mail) => vec![person(policy, place, mail, tag(value))],
            None => refused(|tag, level, value| RefusedOwner::NoMailbox { tag, level, value }),
        },
        Some(DirectoryAnswer::Person { enabled: false, manager, .. }) => match manager {
            Some(manager) => {
                let reason = Reason::Manager { tag: place.tag.to_owned(), level: place.level, of: value };
                vec![person(policy, place, manager, reason)]
            }
            None => refused(|tag, level, value| RefusedOwner::Disabled { tag, level, value }),
        },
        Some(DirectoryAnswer::Group { mail: Some(mail), .. }) => {
            vec![person(policy, place, mail, tag(value))]
        }
        Some(DirectoryAnswer::Group { mail: None, members }) if !members.is_empty() => {
            let reason =
                || Reason::Member { tag: place.tag.to_owned(), level: place.level, group: value.clone() };
            members.iter().map(|member| person(policy, place, member, reason())).collect()
        }
        Some(DirectoryAnswer::Group { .. }) => {
            refused(|tag, level, value| RefusedOwner::NoMailbox { tag, level, value })
        }
    }
}

/// The recipient with this address, if it may be notified.
fn person(
    policy: &Policy,
    place: TagPosition<'_>,
    address: &EmailAddress,
    reason: Reason,
) -> Result<(RecipientName, Reason), RefusedOwner> {
    if !is_allowed(policy, address) {
        let (tag, level, address) = (place.tag.to_owned(), place.level, address.clone());
        return Err(RefusedOwner::OutsideDomain { tag, level, address });
    }
    Ok((policy.with_address(address), reason))
}

/// Whether somebody with this address may be notified.
pub(super) fn is_allowed(policy: &Policy, address: &EmailAddress) -> bool {
    let allowed = &policy.owners.allowed_domains;
    allowed.is_empty() || allowed.contains(address.domain())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::policy;

    fn address(text: &str) -> EmailAddress {
        text.parse().unwrap()
    }

    fn found(directory: &Directory, part: &str) -> Vec<Result<String, RefusedOwner>> {
        let place = TagPosition { tag: "owner", level: TagLevel::Resource };
        let owners = owners(&policy(), directory, place, part).into_iter();
        owners.map(|owner| owner.map(|(name, _)| name.to_string())).collect()
    }

    #[test]
    fn separators_within_quotes_and_brackets_belong_to_a_name() {
        assert_eq!(parts("a; b ,c;;"), ["a", "b", "c"]);
        assert_eq!(
            parts("\"Doe, Jane\" <jane@contoso.com>, arjun"),
            ["\"Doe, Jane\" <jane@contoso.com>", "arjun"]
        );
        assert_eq!(parts("O\"Brien, jane"), ["O\"Brien", "jane"]);
        assert_eq!(parts("a <b, c"), ["a <b", "c"]);
    }

    #[test]
    fn addresses_are_read_as_people_paste_them() {
        let none = Directory::default();
        for part in [
            "jane@contoso.com",
            "mailto:jane@contoso.com",
            "MAILTO:Jane@contoso.com?subject=hello",
            "Jane Doe <jane@contoso.com>",
            "\"Doe, Jane\" <mailto:jane@contoso.com>",
            "\"jane\"",
            "jane",
        ] {
            assert_eq!(found(&none, part), [Ok("jane@contoso.com".to_owned())], "{part}");
        }
        assert!(matches!(found(&none, "Jane Doe")[..], [Err(RefusedOwner::NotAnAddress { .. })]));
    }

    #[test]
    fn the_directory_says_where_somebody_reads_mail_and_who_is_there_instead() {
        let person = |mail: Option<&str>, enabled, manager: Option<&str>| DirectoryAnswer::Person {
            mail: mail.map(address),
            enabled,
            manager: manager.map(address),
        };
        let name = |name: &str| DirectoryQuery::Name { name: name.to_owned() };
        let at = |text: &str| DirectoryQuery::Address { address: address(text) };
        let directory = Directory::new(
            [
                (name("Jane Doe"), person(Some("jane@contoso.com"), true, None)),
                (at("jd4711@contoso.com"), person(Some("jane@contoso.com"), true, None)),
                (at("gone@contoso.com"), person(Some("gone@contoso.com"), false, Some("boss@contoso.com"))),
                (at("lost@contoso.com"), person(None, false, None)),
                (at("robot@contoso.com"), person(None, true, None)),
                (
                    name("Web team"),
                    DirectoryAnswer::Group { mail: Some(address("web@contoso.com")), members: vec![] },
                ),
                (
                    name("Admins"),
                    DirectoryAnswer::Group {
                        mail: None,
                        members: vec![address("a@contoso.com"), address("b@evil.com")],
                    },
                ),
                (name("J Smith"), DirectoryAnswer::Several),
                (at("new@contoso.com"), DirectoryAnswer::Nobody),
            ],
            [],
        );
        let one = |part: &str| found(&directory, part).remove(0);
        assert_eq!(one("jane doe").unwrap(), "jane@contoso.com");
        assert_eq!(one("jd4711").unwrap(), "jane@contoso.com");
        assert_eq!(one("gone").unwrap(), "boss@contoso.com");
        assert_eq!(one("new").unwrap(), "new@contoso.com");
        assert_eq!(one("Web Team").unwrap(), "web@contoso.com");
        assert!(matches!(one("lost"), Err(RefusedOwner::Disabled { .. })));
        assert!(matches!(one("robot"), Err(RefusedOwner::NoMailbox { .. })));
        assert!(matches!(one("J Smith"), Err(RefusedOwner::Several { .. })));
        // What the directory says passes the same checks as what a tag says.
        let members = found(&directory, "Admins");
        assert!(matches!(&members[..], [Ok(_), Err(RefusedOwner::OutsideDomain { .. })]));
    }
}
