//! What is legal but surely not meant: routes that match nothing, people who would never hear anything.

mod cover;
mod preferences;
mod regions;
mod routes;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use self::preferences::lint_preferences;
use self::routes::{lint_match, lint_routes, lint_silences};
use super::checked_file::CheckedFile;
use super::configuration::{Configuration, Mode};
use super::file::File;
use super::finding::{ConfigPath, Finding};
use super::parse::Collector;
use super::source::SourceText;
use crate::domain::action::start_rules::StartsAs;
use crate::domain::email_address::EmailAddress;
use crate::domain::recipient_name::RecipientName;

/// Warnings about a valid configuration.
pub fn lint(
    file: &File,
    configuration: &Configuration,
    source: &SourceText<'_>,
    now: DateTime<Utc>,
) -> Vec<Finding> {
    let mut collector = Collector::new(source);
    lint_owners(file, configuration, &mut collector);
    lint_defaults(configuration, &mut collector, now);
    lint_recipients(file, configuration, &mut collector, now);
    lint_routes(file, &mut collector);
    lint_silences(file, configuration, &mut collector, now);
    lint_start(configuration, &mut collector);
    lint_safety(file, configuration, &mut collector);
    lint_escalation(file, configuration, &mut collector);
    lint_starts(file, configuration, &mut collector);
    collector.into_findings()
}

fn lint_owners(file: &File, configuration: &Configuration, collector: &mut Collector<'_>) {
    let owners = &configuration.policy.owners;
    if let Some(webhook) = &file.owners.person_webhook {
        let path = ConfigPath::of("owners").key("person_webhook");
        if webhook.is_literal() {
            collector.warn(
                &path,
                "the address stands in this file, and whoever reads it can write to everybody",
                "move it to an environment variable and write env:NAME",
            );
        }
        if file.owners.tags.is_empty() {
            let hint = "name the tags: tags = [\"owner\"]";
            collector.warn(&path, "writes to nobody, because no tags are looked up", hint);
        }
    }
    for (index, tag) in file.owners.tags.iter().enumerate() {
        let path = ConfigPath::of("owners").key("tags").item(index);
        if tag.trim().is_empty() {
            collector.warn(&path, "is empty: no tag is called so", "name the tag, or remove it");
        } else if tag.trim() != tag {
            let hint = format!("write \"{}\"", tag.trim());
            collector.warn(&path, "has blanks around it, so only a tag that has them too is found", hint);
        }
    }
    let Some(suffix) = &owners.suffix else { return };
    // In the form in which the allowed ones are kept, whatever script it is written in.
    let completed = format!("someone{suffix}").parse::<EmailAddress>();
    let domain = completed.map_or_else(|_| suffix.clone(), |address| address.domain().to_owned());
    if !owners.allowed_domains.is_empty() && !owners.allowed_domains.contains(&domain) {
        collector.warn(
            &ConfigPath::of("owners").key("suffix"),
            format!("{domain} is not among `allowed_domains`, so every name that it completes is refused"),
            format!("add \"{domain}\" to allowed_domains"),
        );
    }
    if file.owners.tags.is_empty() {
        collector.warn(
            &ConfigPath::of("owners").key("suffix"),
            "completes nothing, because no tags are looked up",
            "name the tags: tags = [\"owner\"]",
        );
    }
}

fn lint_defaults(configuration: &Configuration, collector: &mut Collector<'_>, now: DateTime<Utc>) {
    let policy = &configuration.policy;
    let operators = policy.fallback.iter().filter_map(|name| policy.recipients.get(name));
    if !policy.fallback.is_empty() && operators.clone().all(|operator| operator.emails.is_empty()) {
        collector.warn(
            &ConfigPath::of("defaults").key("fallback"),
            "has no mail address: should the flow of its channel stop, nobody would hear of that",
            "give one of them an `email` too",
        );
    }
    let defaults = &configuration.policy.defaults;
    lint_preferences(&ConfigPath::of("defaults"), defaults, None, collector, now);
}

fn lint_recipients(
    file: &File,
    configuration: &Configuration,
    collector: &mut Collector<'_>,
    now: DateTime<Utc>,
) {
    let policy = &configuration.policy;
    let named = named_somewhere(configuration);
    let mut first_with: BTreeMap<&EmailAddress, &RecipientName> = BTreeMap::new();
    for (index, entry) in file.recipients.iter().enumerate() {
        let path = ConfigPath::of("recipients").named_item(index, &entry.name);
        let Ok(name) = entry.name.parse::<RecipientName>() else {
            continue;
        };
        let Some((name, recipient)) = policy.recipients.get_key_value(&name) else {
            continue;
        };
        lint_preferences(&path, &recipient.preferences, Some(&policy.defaults), collector, now);
        let summary = recipient.summary.as_ref();
        if summary.is_some_and(|summary| summary.at.next_after(recipient.preferences.timezone, now).is_none())
        {
            let hint = "write `never` for no summary, or a schedule such as 0 8 * * MON";
            collector.warn(&path.key("summary"), "names a day that never comes", hint);
        }
        if let Some(matcher) = &entry.summary_match {
            lint_match(&path.key("summary_match"), matcher, collector);
        }
        for address in &recipient.emails {
            match first_with.get(address) {
                Some(other) => collector.warn(
                    &path.key("email"),
                    format!(
                        "{address} also belongs to `{other}`, so it would get two messages about one machine"
                    ),
                    "keep it in one of the two",
                ),
                None => {
                    first_with.insert(address, name);
                }
            }
        }
        if let Some(teams) = &entry.teams
            && teams.webhook.is_literal()
        {
            collector.warn(
                &path.key("teams").key("webhook"),
                "the address stands in this file, and whoever reads it can post to the channel",
                "move it to an environment variable and write env:NAME",
            );
        }
        // A tag may name every recipient, so only without tags can one be out of reach.
        if policy.owners.tags.is_empty() && !named.contains(name) && recipient.summary.is_none() {
            collector.warn(
                &path,
                "would never hear anything: no route, no fallback and no other recipient names it",
                format!("add \"{name}\" to the `to` of a route"),
            );
        }
    }
}

fn named_somewhere(configuration: &Configuration) -> BTreeSet<&RecipientName> {
    let policy = &configuration.policy;
    let mut named: BTreeSet<&RecipientName> = policy.fallback.iter().collect();
    named.extend(policy.routes.iter().flat_map(|route| &route.to));
    named.extend(policy.escalation.to.values());
    if let Mode::Pilot { divert_to, .. } = &configuration.safety.mode {
        named.extend(divert_to);
    }
    named
}

fn lint_start(configuration: &Configuration, collector: &mut Collector<'_>) {
    let (path, start) = (ConfigPath::of("start"), &configuration.start);
    match (start.health_tag.is_empty(), start.health_hosts.is_empty()) {
        (false, true) => collector.warn(
            &path.key("health_tag"),
            "has no effect: no host is allowed, so nothing is asked",
            "name the hosts: health_hosts = [\"*.internal.contoso.com\"]",
        ),
        (true, false) => collector.warn(
            &path.key("health_hosts"),
            "has no effect, because no tag is looked at",
            "name the tag: health_tag = \"answers-at\"",
        ),
        _ => {}
    }
}

/// An escalation that comes back to where it was ends there, with somebody who has heard already.
fn lint_escalation(file: &File, configuration: &Configuration, collector: &mut Collector<'_>) {
    let next = &configuration.policy.escalation.to;
    let mut told: BTreeSet<RecipientName> = BTreeSet::new();
    for (index, entry) in file.recipients.iter().enumerate() {
        let Ok(first) = entry.name.parse::<RecipientName>() else { continue };
        let mut chain = vec![&first];
        while let Some(to) = chain.last().and_then(|last| next.get(*last))
            && !chain.contains(&to)
        {
            chain.push(to);
        }
        let comes_back = chain.len() > 1 && chain.last().and_then(|last| next.get(*last)) == Some(&first);
        // One circle is one warning, at its first member.
        if comes_back && !told.contains(&first) {
            told.extend(chain.iter().map(|name| (*name).clone()));
            let names: Vec<&str> = chain.iter().map(|name| name.as_str()).chain([first.as_str()]).collect();
            collector.warn(
                &ConfigPath::of("recipients").named_item(index, &entry.name).key("escalate_to"),
                format!(
                    "comes back to where it began ({}), so nobody else hears of it",
                    names.join(", then ")
                ),
                "let the last of them escalate to somebody who is not in the circle, or to nobody",
            );
        }
    }
}

/// A recipient who reads what this program sends from: a mail to oneself is taken for a loop by servers and for a copy by
/// people, and an answer reaches nobody else.
///
/// `named_by` is the setting that names the sender.
pub fn about_sender(
    text: &str,
    checked: &CheckedFile,
    (named_by, sender): (&str, &EmailAddress),
) -> Vec<Finding> {
    let (Some(configuration), Ok(source)) = (&checked.configuration, SourceText::parse(text)) else {
        return Vec::new();
    };
    let mut collector = Collector::new(&source);
    for (index, entry) in source.read().ok().into_iter().flat_map(|file| file.recipients).enumerate() {
        let name = entry.name.parse::<RecipientName>();
        let recipient = name.ok().and_then(|name| configuration.policy.recipients.get(&name));
        if recipient.is_some_and(|recipient| recipient.emails.contains(sender)) {
            collector.warn(
                &ConfigPath::of("recipients").named_item(index, &entry.name).key("email"),
                sends_to_itself(sender, named_by),
                "send from a mailbox of its own, or name another address here",
            );
        }
    }
    collector.into_findings()
}

/// An operator who reads what this program sends from.
pub fn about_operators(
    operators: &[EmailAddress],
    (named_by, sender): (&str, &EmailAddress),
) -> Option<Finding> {
    operators.contains(sender).then(|| {
        Finding::warning("NOTIFIER_OPERATORS", sends_to_itself(sender, named_by))
            .hint("send from a mailbox of its own, or name another address here")
    })
}

fn sends_to_itself(sender: &EmailAddress, named_by: &str) -> String {
    format!(
        "{sender} is also {named_by}: mails from somebody to themselves are often lost, and no calendar takes an invitation \
         from oneself"
    )
}

fn lint_safety(file: &File, configuration: &Configuration, collector: &mut Collector<'_>) {
    let path = ConfigPath::of("safety");
    match &configuration.safety.mode {
        Mode::Pilot { pilot, .. } if pilot.is_empty() => collector.warn(
            &path.key("pilot"),
            "is empty: everything goes to `divert_to`",
            "name the recipients who are really told",
        ),
        Mode::Live | Mode::DryRun if !file.safety.pilot.is_empty() => collector.warn(
            &path.key("pilot"),
            format!("has no effect, because mode is `{}`", file.safety.mode),
            "write mode = \"pilot\", or remove it",
        ),
        _ => {}
    }
}

fn lint_starts(file: &File, configuration: &Configuration, collector: &mut Collector<'_>) {
    if configuration.start.acts_as != StartsAs::User {
        return;
    }
    for (index, entry) in file.recipients.iter().enumerate().filter(|(_, it)| it.maintenance_hours.is_some())
    {
        collector.warn(
            &ConfigPath::of("recipients").named_item(index, &entry.name).key("maintenance_hours"),
            "starts nothing: with start.as = \"user\" nothing is started without somebody who clicks",
            "write start.as = \"app\", or leave the hours out",
        );
    }
}
