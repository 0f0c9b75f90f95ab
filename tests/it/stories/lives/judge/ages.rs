//! Does a message say how old its facts are, and what a disabled subscription means?

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use maintenance_notifier::domain::message_content::ContentItem;
use maintenance_notifier::domain::stage::Stage;

use super::{Judge, KNOWN_LATE};
use crate::stories::heard::Heard;

/// What was not read for longer is old, with some minutes to spare.
const OLD: TimeDelta = TimeDelta::minutes(125);

/// What was said or done by somebody: how Azure stands has no part in it.
const OF_PEOPLE: [Stage; 4] = [Stage::Reassigned, Stage::HandedOver, Stage::HandedBack, Stage::CalledOff];

/// Something that lasts, by the words with which it begins and ends.
type Spell = (&'static [&'static str], &'static [&'static str]);

const DOWN: Spell = (&["the program is down"], &["the program is up"]);
const DISABLED: Spell = (
    &["Azure disables the subscription"],
    &["Azure enables the subscription", "Azure restores the subscription"],
);
const UNREADABLE: Spell = (
    &["Azure deletes the subscription", "Azure lets nothing be read"],
    &["Azure restores the subscription", "Azure lets everything be read"],
);

impl Judge<'_> {
    /// Facts that nobody could have read lately, told as if they were fresh: of machines, or of how many are open.
    pub(super) fn stale(&self, heard: &Heard) -> Option<String> {
        let items: Vec<&ContentItem> = heard.content.iter().flat_map(|content| &content.items).collect();
        // What has ended stays so: it does not age. Whoever sends a start reads what Azure answers.
        let starts_lately = |item: &ContentItem| {
            let begins = item.actions.starts.iter().map(|start| start.begins);
            begins.into_iter().any(|at| heard.at - OLD <= at && at <= heard.at)
        };
        let may_age = items.iter().filter(|item| !item.window.is_over() && !starts_lately(item));
        let of_azure = may_age.flat_map(|item| &item.stages).any(|stage| !OF_PEOPLE.contains(stage));
        let is_weekly = heard.what.contains("the weekly line");
        let says_so = ["was read on", "last read", "not read since", "could not be read since"];
        let read = self.could_be_read(heard.at);
        (heard.at - read > OLD
            && (of_azure || is_weekly)
            && !says_so.iter().any(|words| heard.text.contains(words)))
        .then(|| format!("old: nobody read it since {read}: {}", heard.line()))
    }

    /// Somebody is told to choose a moment for what Azure would refuse.
    pub(super) fn in_disabled(&self, heard: &Heard) -> Option<String> {
        let from = heard.at - KNOWN_LATE - self.blind(heard.at);
        let lasts = self.spells(DISABLED).iter().any(|(since, until)| *since <= from && heard.at < *until);
        let asks = ["Choose a time for", "Start the maintenance of"];
        (lasts && asks.iter().any(|words| heard.text.contains(words)))
            .then(|| format!("disabled: nothing can be started there: {}", heard.line()))
    }

    /// When Azure was last looked at before a moment, and could be read.
    pub(super) fn could_be_read(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        let hindered: Vec<_> = [DOWN, UNREADABLE].into_iter().flat_map(|spell| self.spells(spell)).collect();
        let mut look = at.duration_trunc(TimeDelta::hours(1)).unwrap();
        while hindered.iter().any(|(since, until)| *since <= look && look < *until) {
            look -= TimeDelta::hours(1);
        }
        look
    }

    /// From when until when something lasted, each time.
    fn spells(&self, (begins, ends): Spell) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
        let mut spells = Vec::new();
        let mut since = None;
        for step in self.life.steps.iter().filter(|step| step.taken) {
            if begins.contains(&step.what.as_str()) {
                since = since.or(Some(step.at));
            } else if ends.contains(&step.what.as_str()) {
                spells.extend(since.take().map(|since| (since, step.at)));
            }
        }
        spells.extend(since.map(|since| (since, self.life.play.tenant.now() + TimeDelta::days(1))));
        spells
    }
}
