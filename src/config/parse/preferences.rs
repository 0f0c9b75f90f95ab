//! When and how someone wants to be notified.

use std::collections::BTreeSet;

use crate::domain::time_zone::Tz;
use chrono::NaiveDate;
use toml::value::Datetime;

use super::Collector;
use super::time_zone::time_zone;
use crate::config::file::{Defaults, RecipientEntry};
use crate::config::finding::ConfigPath;
use crate::domain::recipient::Preferences;
use crate::domain::schedule::{DigestSchedule, Hours};
use crate::domain::stage::Stage;

/// The preferences of those who set nothing else. Where a value is wrong a harmless one stands in, so that the rest
/// can be looked at.
pub(super) fn of_defaults(defaults: &Defaults, collector: &mut Collector<'_>) -> Preferences {
    let path = ConfigPath::of("defaults");
    Preferences {
        timezone: time_zone(&path.key("timezone"), &defaults.timezone, collector).unwrap_or(Tz::UTC),
        language: language(&path.key("language"), &defaults.language, collector).unwrap_or_default(),
        digest: collector.parse(&path.key("digest"), &defaults.digest).unwrap_or(DigestSchedule::NEVER),
        immediate: stages(&path.key("immediate"), &defaults.immediate, collector),
        reminders: collector.spans(&path.key("reminders"), &defaults.reminders),
        scheduled: collector.spans(&path.key("scheduled"), &defaults.scheduled),
        settle: collector.span(&path.key("settle"), &defaults.settle).unwrap_or_default(),
        hours: collector.parse(&path.key("hours"), &defaults.hours).unwrap_or(Hours::Always),
        quiet: collector.parse_each(&path.key("quiet"), &defaults.quiet),
        holidays: dates(&path.key("holidays"), &defaults.holidays, collector),
    }
}

/// The preferences of the recipient at `path`: what it sets, and the defaults for the rest.
pub(super) fn of_recipient(
    entry: &RecipientEntry,
    defaults: &Preferences,
    path: &ConfigPath,
    collector: &mut Collector<'_>,
) -> Preferences {
    let mut preferences = defaults.clone();
    if let Some(text) = &entry.timezone {
        preferences.timezone = time_zone(&path.key("timezone"), text, collector).unwrap_or(Tz::UTC);
    }
    if let Some(text) = &entry.language {
        preferences.language = language(&path.key("language"), text, collector).unwrap_or_default();
    }
    if let Some(text) = &entry.digest {
        preferences.digest = collector.parse(&path.key("digest"), text).unwrap_or(DigestSchedule::NEVER);
    }
    if let Some(texts) = &entry.immediate {
        preferences.immediate = stages(&path.key("immediate"), texts, collector);
    }
    if let Some(texts) = &entry.reminders {
        preferences.reminders = collector.spans(&path.key("reminders"), texts);
    }
    if let Some(texts) = &entry.scheduled {
        preferences.scheduled = collector.spans(&path.key("scheduled"), texts);
    }
    if let Some(text) = &entry.settle {
        preferences.settle = collector.span(&path.key("settle"), text).unwrap_or_default();
    }
    if let Some(text) = &entry.hours {
        preferences.hours = collector.parse(&path.key("hours"), text).unwrap_or(Hours::Always);
    }
    if let Some(texts) = &entry.quiet {
        preferences.quiet = collector.parse_each(&path.key("quiet"), texts);
    }
    if let Some(days) = &entry.holidays {
        preferences.holidays = dates(&path.key("holidays"), days, collector);
    }
    preferences
}

fn language(path: &ConfigPath, text: &str, collector: &mut Collector<'_>) -> Option<String> {
    let text = text.trim();
    let subtag =
        |part: &str| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
    let primary = text.split('-').next().unwrap_or_default();
    let plain = (2..=3).contains(&primary.len())
        && primary.chars().all(|c| c.is_ascii_alphabetic())
        && text.split('-').all(subtag);
    if plain {
        return Some(text.to_owned());
    }
    collector.error_with_hint(
        path,
        format!("`{text}` is no language"),
        "write a tag such as `en` or `de-CH`",
    );
    None
}

fn stages(path: &ConfigPath, texts: &[String], collector: &mut Collector<'_>) -> BTreeSet<Stage> {
    let known = Stage::ALL.map(|stage| (stage.as_str(), stage));
    let mut stages = BTreeSet::new();
    for (index, text) in texts.iter().enumerate() {
        stages.extend(collector.word(&path.item(index), text, &known));
    }
    stages
}

fn dates(path: &ConfigPath, days: &[Datetime], collector: &mut Collector<'_>) -> BTreeSet<NaiveDate> {
    let mut dates = BTreeSet::new();
    for (index, day) in days.iter().enumerate() {
        let date = day.time.is_none().then_some(day.date).flatten();
        let date = date.and_then(|date| {
            NaiveDate::from_ymd_opt(i32::from(date.year), u32::from(date.month), u32::from(date.day))
        });
        match date {
            Some(date) => {
                dates.insert(date);
            }
            None => collector.error_with_hint(
                &path.item(index),
                format!("`{day}` is no date"),
                "write a day, such as 2026-12-25",
            ),
        }
    }
    dates
}
