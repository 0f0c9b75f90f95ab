//! Who the value of an owner's tag names: recipients of the configuration, addresses as people paste them, and, where
//! there is a directory, people and groups by whatever name they have.
//!
//! Every name in a value has one of three fates: it is notified, it says that there is nobody, or it is refused and
//! reported as it stands. Nobody is notified because half of somebody else's name looks like theirs.

mod owner_name;
mod pieces;
mod readable;
mod words;

use std::collections::BTreeSet;

use super::directory::{Directory, DirectoryAnswer, DirectoryQuery};
use super::email_address::EmailAddress;
use super::machine::Machine;
use super::policy::Policy;
use super::reason::Reason;
use super::recipient_name::RecipientName;
use super::refused_owner::RefusedOwner;
use super::tags::TagLevel;
pub(super) use owner_name::OwnerName;
pub use words::is_template;

/// One tag's place.
#[derive(Debug, Clone, Copy)]
pub(super) struct TagPosition<'a> {
    pub(super) tag: &'a str,
    pub(super) level: TagLevel,
}

/// What a tag says, on the nearest level that names somebody.
#[derive(Debug)]
pub(super) struct TaggedOwners {
    pub(super) level: TagLevel,
    /// Empty when the tag says on every level that there is nobody.
    pub(super) names: Vec<OwnerName>,
}

/// Who the tag called `tag` names; `None` where it is not set. A placeholder counts as little as a blank.
pub(super) fn tagged(policy: &Policy, machine: &Machine, tag: &str) -> Option<TaggedOwners> {
    let mut nobody = None;
    for (level, tags) in machine.tags.levels() {
        let Some(value) = tags.get(tag).filter(|value| !value.trim().is_empty()) else { continue };
        let names = owner_name::names(policy, tag, value);
        if !names.is_empty() {
            return Some(TaggedOwners { level, names });
        }
        nobody = nobody.or(Some(TaggedOwners { level, names }));
    }
    nobody
}

/// What to ask the directory to know the owners of `machine`.
pub fn questions(policy: &Policy, machine: &Machine) -> BTreeSet<DirectoryQuery> {
    let tagged = policy.owners.tags.iter().filter_map(|tag| tagged(policy, machine, tag));
    let names = tagged.flat_map(|tagged| tagged.names);
    names.flat_map(|name| name.questions().collect::<Vec<_>>()).collect()
}

/// The recipients that one name in a tag stands for, each with the reason; or who cannot be notified, and why.
pub(super) fn owners(
    policy: &Policy,
    directory: &Directory,
    place: TagPosition<'_>,
    name: &OwnerName,
) -> Vec<Result<(RecipientName, Reason), RefusedOwner>> {
    let value = name.value().to_owned();
    let tag = |value: String| Reason::Tag { tag: place.tag.to_owned(), level: place.level, value };
    if let Some(name) = name.configured() {
        return vec![Ok((name.clone(), tag(value)))];
    }
    let mut entries = name.questions().filter_map(|question| directory.find(&question));
    let entry = entries.find(|entry| **entry != DirectoryAnswer::Nobody);
    let refused = |why: fn(String, TagLevel, String) -> RefusedOwner| {
        vec![Err(why(place.tag.to_owned(), place.level, value.chars().take(120).collect()))]
    };
    let plainly = || match name.mailbox(policy) {
        Some(address) => vec![person(policy, place, address, tag(value.clone()))],
        None => refused(|tag, level, value| RefusedOwner::NotAnAddress { tag, level, value }),
    };
    match entry {
        // An address that the directory does not know can be a mailbox elsewhere.
        None | Some(DirectoryAnswer::Nobody) => plainly(),
        Some(DirectoryAnswer::Several) => match name.mailbox(policy) {
            Some(_) => plainly(),
            None => refused(|tag, level, value| RefusedOwner::Several { tag, level, value }),
        },
        Some(DirectoryAnswer::Person { mail, enabled: true, .. }) => match mail {
            Some(mail) => vec![person(policy, place, mail, tag(value.clone()))],
            None => refused(|tag, level, value| RefusedOwner::NoMailbox { tag, level, value }),
        },
        Some(DirectoryAnswer::Person { enabled: false, manager, .. }) => match manager {
            Some(manager) => {
                let reason =
                    Reason::Manager { tag: place.tag.to_owned(), level: place.level, of: value.clone() };
                vec![person(policy, place, manager, reason)]
            }
            None => refused(|tag, level, value| RefusedOwner::Disabled { tag, level, value }),
        },
        Some(DirectoryAnswer::Group { mail: Some(mail), .. }) => {
            vec![person(policy, place, mail, tag(value.clone()))]
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
mod tests;
