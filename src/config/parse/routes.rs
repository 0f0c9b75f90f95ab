//! Routes and silences.

use chrono::{DateTime, Utc};

use super::Collector;
use super::names::Names;
use crate::config::file::{MatchEntry, RouteEntry, SilenceEntry};
use crate::config::finding::ConfigPath;
use crate::domain::matcher::{Glob, Matcher, region_name};
use crate::domain::policy::{Route, Silence};
use crate::domain::resource::ResourceKind;
use crate::domain::window::Impact;

const KINDS: [ResourceKind; 4] =
    [ResourceKind::Vm, ResourceKind::ScaleSetInstance, ResourceKind::DedicatedHost, ResourceKind::Other];

const IMPACTS: [Impact; 4] = [Impact::Freeze, Impact::Reboot, Impact::Redeploy, Impact::Unknown];

pub(super) fn routes(entries: &[RouteEntry], names: &Names, collector: &mut Collector<'_>) -> Vec<Route> {
    let route = |(index, entry): (usize, &RouteEntry)| {
        let path = ConfigPath::of("routes").item(index);
        Route {
            matcher: matcher(&entry.matcher, &path.key("match"), collector),
            to: collector.names(&path.key("to"), &entry.to, names),
            stop: entry.stop,
        }
    };
    entries.iter().enumerate().map(route).collect()
}

pub(super) fn silences(entries: &[SilenceEntry], collector: &mut Collector<'_>) -> Vec<Silence> {
    let silence = |(index, entry): (usize, &SilenceEntry)| {
        let path = ConfigPath::of("silences").item(index);
        let until = entry.until.to_string();
        let matcher = matcher(&entry.matcher, &path.key("match"), collector);
        if entry.reason.trim().is_empty() {
            let hint = "say why, for whoever asks later";
            collector.error_with_hint(&path.key("reason"), "is empty", hint);
        }
        let Ok(until) = until.parse::<DateTime<Utc>>() else {
            let hint = "write date, time and zone: 2027-01-31T00:00:00Z";
            collector.error_with_hint(&path.key("until"), format!("`{until}` is no moment"), hint);
            return None;
        };
        Some(Silence { matcher, until, reason: entry.reason.trim().to_owned() })
    };
    entries.iter().enumerate().filter_map(silence).collect()
}

pub(super) fn matcher(entry: &MatchEntry, path: &ConfigPath, collector: &mut Collector<'_>) -> Matcher {
    let mut glob = |key: &str, text: &Option<String>| {
        let text = text.as_ref()?;
        if text.trim().is_empty() {
            let hint = "leave the key out to match everything";
            collector.error_with_hint(&path.key(key), "is empty and matches nothing", hint);
        }
        Some(Glob::new(text.trim()))
    };
    let subscription = glob("subscription", &entry.subscription);
    let resource_group = glob("resource_group", &entry.resource_group);
    let name = glob("name", &entry.name);
    let region = glob("region", &entry.region.as_deref().map(region_name));
    let kinds = KINDS.map(|kind| (kind.as_str(), kind));
    let kind = entry.kind.as_ref();
    let kind = kind.and_then(|text| collector.word(&path.key("kind"), text, &kinds));
    let impacts: Vec<(&str, &Impact)> = IMPACTS.iter().map(|impact| (impact.as_str(), impact)).collect();
    let impact = entry.impact.as_ref();
    let impact = impact.and_then(|text| collector.word(&path.key("impact"), text, &impacts));
    let tags = entry.tags.iter().map(|(tag, text)| (tag.clone(), Glob::new(text.trim())));
    Matcher {
        subscription,
        resource_group,
        name,
        region,
        kind,
        impact: impact.cloned(),
        tags: tags.collect(),
        text: describe(entry),
    }
}

/// The matcher as people write it: `resource_group = "rg-sap-*", tags.app = "sap"`.
fn describe(entry: &MatchEntry) -> String {
    let keys = [
        ("subscription", &entry.subscription),
        ("resource_group", &entry.resource_group),
        ("name", &entry.name),
        ("region", &entry.region),
        ("kind", &entry.kind),
        ("impact", &entry.impact),
    ];
    let given = keys.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.as_deref()?)));
    let tags = entry.tags.iter().map(|(tag, value)| (format!("tags.{tag}"), value.as_str()));
    let parts: Vec<String> = given.chain(tags).map(|(key, value)| format!("{key} = \"{value}\"")).collect();
    if parts.is_empty() { "everything".to_owned() } else { parts.join(", ") }
}
