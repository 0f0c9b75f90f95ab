//! Who is responsible for a resource, and why: tags first, then routes, then the fallback.

use chrono::{DateTime, Utc};

use super::action::response::WindowActions;
use super::directory::{Directory, DirectoryAnswer, DirectoryQuery, MEMBERS, People};
use super::email_address::EmailAddress;
use super::endpoint::DeadEndpoint;
use super::machine::Machine;
use super::owner_tags;
use super::ownership::answered;
use super::policy::Policy;
use super::reason::Reason;
use super::recipient_name::RecipientName;
use super::responsibility::Responsibility;
use super::window::{Impact, MaintenanceWindow};

/// Finds who is responsible for `window` after what was said about it in `actions`.
///
/// The cost is that of the tags and routes: no more than one pass over each.
pub fn responsible(
    policy: &Policy,
    window: &MaintenanceWindow,
    actions: &WindowActions,
    people: &People,
    now: DateTime<Utc>,
) -> Responsibility {
    let mut found = Responsibility::default();
    let machine = &window.machine;
    let silence = policy
        .silences
        .iter()
        .find(|silence| now < silence.until && silence.matcher.matches(machine, &window.impact));
    if let Some(silence) = silence {
        found.silenced = Some(silence.reason.clone());
        found.silenced_until = Some(silence.until);
        return found;
    }

    let mut tried = Vec::new();
    add_named(policy, machine, &window.impact, people, &mut found, &mut tried);
    if found.recipients.is_empty() && policy.owners.role_assignments {
        add_role_holders(policy, machine, &people.directory, &mut found, &mut tried);
    }
    let ownership = answered(std::mem::take(&mut found.recipients), actions, policy);
    found.recipients = ownership.owners;
    add_in_place_of_unreachable(policy, &people.dead, &mut found);
    if found.recipients.is_empty() {
        // Even if the fallback itself says that it is not theirs: somebody has to be notified.
        let reason = match ownership.declined.as_slice() {
            [] => Reason::Fallback { tried },
            declined => Reason::Declined { by: declined.to_vec() },
        };
        for name in &policy.fallback {
            found.add(name.clone(), reason.clone());
        }
    }
    found
}

/// Whoever tags and routes name.
fn add_named(
    policy: &Policy,
    machine: &Machine,
    impact: &Impact,
    people: &People,
    found: &mut Responsibility,
    tried: &mut Vec<String>,
) {
    add_tagged_owners(policy, machine, &people.directory, found, tried);
    add_routed(policy, machine, impact, found, tried);
    merge_people_into_their_teams(policy, found);
}

/// Whether neither tags nor routes name anybody for a machine, so that one would have to ask for roles.
pub fn finds_nobody(policy: &Policy, machine: &Machine, impact: &Impact, people: &People) -> bool {
    let mut found = Responsibility::default();
    add_named(policy, machine, impact, people, &mut found, &mut Vec::new());
    found.recipients.is_empty()
}

/// The first of the configured tags that is set anywhere in the chain names the owners.
fn add_tagged_owners(
    policy: &Policy,
    machine: &Machine,
    directory: &Directory,
    found: &mut Responsibility,
    tried: &mut Vec<String>,
) {
    for tag in &policy.owners.tags {
        let Some(tagged) = owner_tags::tagged(policy, machine, tag) else {
            tried.push(format!("no tag {tag}"));
            continue;
        };
        let level = tagged.level;
        let before = found.recipients.len();
        for name in &tagged.names {
            for owner in owner_tags::owners(policy, directory, owner_tags::TagPosition { tag, level }, name) {
                match owner {
                    Ok((name, reason)) => found.add(name, reason),
                    Err(refused) => found.refused.push(refused),
                }
            }
        }
        if found.recipients.len() > before {
            return;
        }
        tried.push(format!("the tag {tag} on the {} names nobody who can be told", level.as_str()));
    }
}

/// Whoever has a role on the machine or its group, as the directory knows them.
fn add_role_holders(
    policy: &Policy,
    machine: &Machine,
    directory: &Directory,
    found: &mut Responsibility,
    tried: &mut Vec<String>,
) {
    for holder in directory.role_holders(&machine.id) {
        let people: &[EmailAddress] =
            match directory.find(&DirectoryQuery::Principal { id: holder.principal.clone() }) {
                Some(DirectoryAnswer::Person { mail: Some(mail), enabled: true, .. })
                | Some(DirectoryAnswer::Group { mail: Some(mail), .. }) => std::slice::from_ref(mail),
                Some(DirectoryAnswer::Group { mail: None, members }) => members,
                _ => &[],
            };
        for address in people.iter().filter(|address| owner_tags::is_allowed(policy, address)) {
            let reason = Reason::Role { role: holder.role, scope: holder.scope.clone() };
            found.add(policy.with_address(address), reason);
        }
    }
    // Where a whole department has the role it says nothing about who is responsible.
    if found.recipients.len() > MEMBERS {
        found.recipients.clear();
        tried.push("too many people have a role on it".to_owned());
    } else if found.recipients.is_empty() {
        tried.push("nobody who can be told has a role on it".to_owned());
    }
}

fn add_routed(
    policy: &Policy,
    machine: &Machine,
    impact: &Impact,
    found: &mut Responsibility,
    tried: &mut Vec<String>,
) {
    let mut any = false;
    for (index, route) in policy.routes.iter().enumerate() {
        if !route.matcher.matches(machine, impact) {
            continue;
        }
        any = true;
        for name in &route.to {
            let reason = Reason::Route { number: index + 1, matches: route.matcher.text.clone() };
            found.add(name.clone(), reason);
        }
        if route.stop {
            break;
        }
    }
    if !any {
        tried.push("no route matches".to_owned());
    }
}

/// A person who reads the mailbox of another recipient of the same window would be notified twice.
fn merge_people_into_their_teams(policy: &Policy, found: &mut Responsibility) {
    let reads = |address: &EmailAddress, other: &RecipientName| {
        policy.recipients.get(other).is_some_and(|team| team.emails.contains(address))
    };
    let mut index = 0;
    while index < found.recipients.len() {
        let name = &found.recipients[index].0;
        let person: Option<EmailAddress> =
            name.as_str().parse().ok().filter(|_| !policy.recipients.contains_key(name));
        let team =
            person.and_then(|address| found.recipients.iter().position(|(other, _)| reads(&address, other)));
        match team {
            Some(team) => {
                let (_, reasons) = found.recipients.remove(index);
                let team = if team > index { team - 1 } else { team };
                for reason in reasons {
                    let name = found.recipients[team].0.clone();
                    found.add(name, reason);
                }
            }
            None => index += 1,
        }
    }
}

/// A recipient none of whose endpoints works any more is replaced by the fallback, with what happened.
fn add_in_place_of_unreachable(policy: &Policy, dead: &[DeadEndpoint], found: &mut Responsibility) {
    if dead.is_empty() {
        return;
    }
    let unreachable: Vec<Reason> = found
        .recipients
        .iter()
        .filter_map(|(name, _)| {
            let endpoints = policy.recipient(name)?.endpoints();
            let failures: Vec<&DeadEndpoint> =
                dead.iter().filter(|dead| endpoints.contains(&dead.endpoint)).collect();
            let last = failures.last().filter(|_| failures.len() == endpoints.len())?;
            Some(Reason::Undeliverable {
                instead_of: name.clone(),
                endpoint: last.endpoint.clone(),
                error: last.error.clone(),
            })
        })
        .collect();
    for reason in unreachable {
        for name in &policy.fallback {
            found.add(name.clone(), reason.clone());
        }
    }
}

#[cfg(test)]
mod tests;
