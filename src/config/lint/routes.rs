//! Lints of routes and silences.

use chrono::{DateTime, Utc};

use super::{cover, regions};
use crate::config::configuration::Configuration;
use crate::config::file::{File, MatchEntry};
use crate::config::finding::ConfigPath;
use crate::config::parse::Collector;
use crate::config::quoted::without_addresses;
use crate::domain::matcher::region_name;

pub(super) fn lint_routes(file: &File, collector: &mut Collector<'_>) {
    for (index, route) in file.routes.iter().enumerate() {
        let path = ConfigPath::of("routes").item(index);
        lint_match(&path.key("match"), &route.matcher, collector);
        if route.to.is_empty() && !route.stop {
            collector.warn(&path, "does nothing: `to` is empty", "name recipients, or remove the route");
        }
        let earlier = file.routes.iter().take(index);
        let shadow = earlier
            .enumerate()
            .find(|(_, earlier)| earlier.stop && cover::covers(&earlier.matcher, &route.matcher));
        if let Some((shadow, _)) = shadow {
            collector.warn(
                &path,
                format!(
                    "is never reached: routes[{}] matches everything that it matches, and has stop = true",
                    shadow + 1
                ),
                "put the narrower route first",
            );
        }
    }
}

pub(super) fn lint_match(path: &ConfigPath, matcher: &MatchEntry, collector: &mut Collector<'_>) {
    if let Some(region) = &matcher.region
        && !region_name(region).chars().all(|c| c.is_ascii_alphanumeric() || "*?".contains(c))
    {
        let plain: String =
            region.chars().filter(|c| c.is_ascii_alphanumeric() || "*?".contains(*c)).collect();
        collector.warn(
            &path.key("region"),
            format!("matches nothing: no region is called `{region}`"),
            if without_addresses(region) == *region {
                format!("regions have letters and digits: {}", plain.to_ascii_lowercase())
            } else {
                "regions have letters and digits: westeurope".to_owned()
            },
        );
    } else if let Some(region) = &matcher.region
        && let Some(meant) = regions::meant(&region_name(region).to_ascii_lowercase())
    {
        collector.warn(
            &path.key("region"),
            format!("matches nothing as far as is known: no region is called `{region}`"),
            format!("did you mean `{meant}`?"),
        );
    }
    let group_letter = |c: char| c.is_alphanumeric() || "._-()*?".contains(c);
    if let Some(group) = &matcher.resource_group
        && !group.trim().chars().all(group_letter)
    {
        collector.warn(
            &path.key("resource_group"),
            format!("matches nothing: no resource group can be called `{group}`"),
            "names have letters, digits, dots, dashes, underscores and parentheses",
        );
    }
    if let Some(name) = &matcher.name
        && name.trim().starts_with("/subscriptions/")
    {
        collector.warn(
            &path.key("name"),
            "matches nothing: it is a whole resource id",
            "write the name alone, and its resource group and subscription beside it",
        );
    }
}

pub(super) fn lint_silences(
    file: &File,
    configuration: &Configuration,
    collector: &mut Collector<'_>,
    now: DateTime<Utc>,
) {
    // Every silence of the file is in the policy, or there would have been an error.
    let silences = file.silences.iter().zip(&configuration.policy.silences);
    for (index, (entry, silence)) in silences.enumerate() {
        let path = ConfigPath::of("silences").item(index);
        lint_match(&path.key("match"), &entry.matcher, collector);
        if silence.until <= now {
            let hint = "remove it, or give it a later `until`";
            collector.warn(&path.key("until"), "is over and silences nothing", hint);
        } else if cover::covers(&entry.matcher, &MatchEntry::default()) {
            collector.warn(
                &path,
                format!("matches everything: nobody is told anything until {}", entry.until),
                "say what it applies to: match = { resource_group = \"rg-lab-*\" }",
            );
        }
    }
}
