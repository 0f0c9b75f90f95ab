//! Lints of when and how somebody is notified.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use crate::config::finding::ConfigPath;
use crate::config::parse::Collector;
use crate::domain::recipient::Preferences;
use crate::domain::stage::Stage;
use crate::domain::time_zone::{Tz, is_fixed};
use crate::words::Language;

/// Warns of preferences that leave someone without notifications, unless the defaults have said the same.
pub(super) fn lint_preferences(
    path: &ConfigPath,
    preferences: &Preferences,
    defaults: Option<&Preferences>,
    collector: &mut Collector<'_>,
    now: DateTime<Utc>,
) {
    let fresh = |judged: fn(&Preferences, DateTime<Utc>) -> bool| {
        judged(preferences, now) && !defaults.is_some_and(|defaults| judged(defaults, now))
    };
    if fresh(|preferences, _| is_never_notified(preferences)) {
        collector.warn(
            path,
            "would never hear anything: `digest` is never, and `immediate`, `reminders` and `scheduled` are empty",
            "give it a digest, or at least immediate = [\"announced\", \"rescheduled\"]",
        );
    }
    let unheard = unheard_stages(preferences);
    let is_new = defaults.is_none_or(|defaults| unheard_stages(defaults) != unheard);
    if !unheard.is_empty() && is_new && !is_never_notified(preferences) {
        let stages =
            unheard.iter().map(|stage| format!("`{}`", stage.as_str())).collect::<Vec<_>>().join(", ");
        collector.warn(
            path,
            format!("would hear of {stages} by reminders only, or never: `digest` is never, and `immediate` lacks them"),
            "add them to `immediate`, or give it a digest such as 0 8 * * MON-FRI",
        );
    }
    if fresh(has_no_moment) {
        collector.warn(
            path,
            "`hours` and `quiet` leave no moment at which news may arrive, so they are ignored",
            "leave a span of `hours` outside `quiet`",
        );
    }
    if fresh(|preferences, now| !preferences.digest.is_never() && digest_never_comes(preferences, now)) {
        collector.warn(
            &path.key("digest"),
            "names a day that never comes",
            "write `never` for no digests, or a schedule such as 0 8 * * MON-FRI",
        );
    }
    let own_digest = defaults.is_none_or(|defaults| defaults.digest != preferences.digest);
    if own_digest && digest_is_rare(preferences, now) {
        collector.warn(
            &path.key("digest"),
            "comes more rarely than maintenance takes from its announcement to its end, so some would be over by then",
            "send one at least every two weeks, such as 0 8 * * MON",
        );
    }
    let is_new = defaults.is_none_or(|defaults| defaults.timezone != preferences.timezone);
    if is_new && is_placeless(preferences.timezone, now) {
        let behind = now.with_timezone(&preferences.timezone).format("%:z");
        collector.warn(
            &path.key("timezone"),
            format!(
                "`{}` is UTC{behind} all year, whatever the clocks do where people are",
                preferences.timezone
            ),
            "name a place, such as Europe/Berlin or America/New_York",
        );
    }
    let language = |preferences: &Preferences| Language::of(&preferences.language).is_none();
    if language(preferences) && !defaults.is_some_and(language) {
        collector.warn(
            &path.key("language"),
            format!("messages are not yet written in `{}`; English is used", preferences.language),
            "leave it out, or write `en` or `de`",
        );
    }
}

/// Whether a zone is a fixed distance from UTC, which is where nobody lives. UTC itself is what it says.
fn is_placeless(zone: Tz, now: DateTime<Utc>) -> bool {
    let name = zone.name();
    let is_distance = name.starts_with("Etc/GMT") && name != "Etc/GMT"
        || ["EST", "MST", "HST", "GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich"].contains(&name);
    is_distance && is_fixed(zone, now)
}

fn is_never_notified(preferences: &Preferences) -> bool {
    preferences.digest.is_never()
        && preferences.immediate.is_empty()
        && preferences.reminders.is_empty()
        && preferences.scheduled.is_empty()
}

/// Of what everybody should hear, what comes neither at once nor in a digest.
fn unheard_stages(preferences: &Preferences) -> Vec<Stage> {
    let needed = [Stage::Announced, Stage::Rescheduled, Stage::Cancelled, Stage::Failed];
    let is_unheard = |stage: &Stage| preferences.digest.is_never() && !preferences.immediate.contains(stage);
    needed.into_iter().filter(is_unheard).collect()
}

fn digest_never_comes(preferences: &Preferences, now: DateTime<Utc>) -> bool {
    preferences.digest.next_after(preferences.timezone, now).is_none()
}

/// Windows in which owners can start maintenance are typically 35 days, and often shorter: from any day of the next year on
/// a digest should come before half of one is over.
fn digest_is_rare(preferences: &Preferences, now: DateTime<Utc>) -> bool {
    let days = (0..366).step_by(6).map(|days| now + TimeDelta::days(days));
    let next = |from| Some((from, preferences.digest.next_after(preferences.timezone, from)?));
    days.map_while(next).any(|(from, next)| next - from > TimeDelta::days(18))
}

/// Whether no moment of the next two weeks is open. Holidays may close two weeks, so they are not counted.
fn has_no_moment(preferences: &Preferences, now: DateTime<Utc>) -> bool {
    let zone = preferences.timezone;
    let end = now + TimeDelta::days(14);
    let mut moment = now;
    while moment < end {
        let Some(open) = preferences.hours.next_open(zone, &BTreeSet::new(), moment) else {
            return true;
        };
        let quiet = preferences.quiet.iter().filter_map(|range| range.end_if_within(zone, open));
        match quiet.max() {
            None => return false,
            Some(after) => moment = after,
        }
    }
    true
}
