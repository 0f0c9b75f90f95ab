//! The forms that start and that answer.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone, Utc};
use serde::Serialize;

use super::super::words;
use super::choice::{StartChoice, choice, start_choices};
use super::choice_box::Choice;
use super::context::ViewContext;
use super::machines::MachineRow;
use crate::domain::action::start_rules::StartsAs;
use crate::domain::sanitize::one_line;
use crate::domain::window::Interval;
use crate::render::times::local;

/// A start that is planned without a thought for the time is this far ahead.
const SOON: TimeDelta = TimeDelta::hours(1);

/// The form that starts.
#[derive(Debug, Serialize)]
pub(super) struct StartView {
    pub(super) machines: Vec<StartChoice>,
    /// Why no time can be chosen, where that is so.
    pub(super) only_now: Option<&'static str>,
    /// Whether it is started with the reader's own rights in Azure.
    own_rights: bool,
    pub(super) earliest: String,
    pub(super) latest: String,
    suggested: String,
    usually: String,
    now_possible: bool,
    example: String,
}

/// The forms that answer.
#[derive(Debug, Serialize)]
pub(super) struct ResponseView {
    machines: Vec<Choice>,
    /// Those of which nobody has said anything yet.
    undecided: Vec<Choice>,
    /// Those that somebody wants to hand over to the reader.
    pub(super) handed: Vec<Choice>,
    pub(super) snooze: Vec<Choice>,
    people: Vec<String>,
    /// Those that can be handed on: what is not taken cannot.
    pub(super) own: Vec<Choice>,
    /// Why nothing can be handed over or taken.
    pub(super) no_grant: Option<String>,
}

impl ViewContext<'_> {
    /// The form that starts: for every machine that can be, between the dates that hold for any of them.
    pub(super) fn start(&self, machines: &[MachineRow]) -> Option<StartView> {
        let startable: Vec<&MachineRow> = machines.iter().filter(|machine| machine.startable).collect();
        let windows = startable.iter().filter_map(|machine| self.target.assignment(machine.index));
        let open: Vec<Interval> =
            windows.filter_map(|assignment| assignment.window.facts.schedule.self_service).collect();
        // What Azure accepts without saying from when until when can be started, and not planned.
        let is_undated = open.is_empty() && !startable.is_empty();
        let (earliest, latest) = match open.iter().map(|interval| interval.start()).min() {
            None if is_undated => (self.now, self.now),
            first => (first?.max(self.now), open.iter().map(|interval| interval.end()).max()?),
        };
        let field =
            |moment: DateTime<Utc>| moment.with_timezone(&self.zone).format("%Y-%m-%dT%H:%M").to_string();
        let only_now = (self.app.start_rules.acts_as == StartsAs::User)
            .then_some(words::ONLY_NOW)
            .or_else(|| is_undated.then_some(words::UNDATED));
        let now_possible = is_undated || open.iter().any(|interval| interval.contains(self.now));
        if only_now.is_some() && !now_possible {
            return None;
        }
        Some(StartView {
            only_now,
            own_rights: self.app.start_rules.acts_as == StartsAs::User,
            example: startable.first().map(|machine| machine.name.clone()).unwrap_or_default(),
            machines: start_choices(startable.into_iter()),
            earliest: field(earliest),
            latest: field(latest),
            usually: words::usually(),
            suggested: field((earliest + SOON).min(latest)),
            now_possible,
        })
    }

    /// The forms that answer, for every machine that can be answered for.
    pub(super) fn answer(&self, machines: &[MachineRow], no_grant: Option<String>) -> Option<ResponseView> {
        let answerable: Vec<&MachineRow> = machines.iter().filter(|machine| machine.answerable).collect();
        let windows = answerable.iter().filter_map(|machine| self.target.assignment(machine.index));
        let deadline = windows.filter_map(|assignment| assignment.window.deadline(self.now)).min();
        let policy = self.app.policy();
        let people = policy.recipients.keys().filter(|name| **name != self.target.recipient);
        let people = people.map(|name| one_line(name.as_str(), 254)).collect();
        let is_handed = |machine: &&MachineRow| {
            self.target.assignment(machine.index).is_some_and(|assignment| assignment.asked_by().is_some())
        };
        (!answerable.is_empty()).then(|| ResponseView {
            own: answerable.iter().copied().filter(|machine| !is_handed(machine)).map(choice).collect(),
            no_grant,
            undecided: answerable.iter().copied().filter(|machine| machine.undecided).map(choice).collect(),
            handed: answerable.iter().copied().filter(is_handed).map(choice).collect(),
            machines: answerable.into_iter().map(choice).collect(),
            snooze: deadline.map(|deadline| self.snooze(deadline)).unwrap_or_default(),
            people,
        })
    }

    /// Mornings before the deadline.
    fn snooze(&self, deadline: DateTime<Utc>) -> Vec<Choice> {
        let today = self.now.with_timezone(&self.zone).date_naive();
        let nine = NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default();
        let mornings = [1, 2, 3, 7, 14].into_iter().filter_map(|days| {
            let morning = today.checked_add_days(Days::new(days))?.and_time(nine);
            self.zone.from_local_datetime(&morning).earliest().map(|morning| morning.with_timezone(&Utc))
        });
        let before =
            [TimeDelta::days(3), TimeDelta::days(1), TimeDelta::hours(4)].map(|lead| deadline - lead);
        let mut moments: Vec<DateTime<Utc>> = mornings.chain(before).collect();
        moments.retain(|moment| self.now < *moment && *moment < deadline);
        moments.sort();
        moments.dedup();
        let label = |moment: &DateTime<Utc>| match before.contains(moment) {
            true => {
                format!("{}, {} before the deadline", local(self.zone, *moment), length(deadline - *moment))
            }
            false => local(self.zone, *moment),
        };
        moments
            .iter()
            .map(|moment| Choice {
                value: moment.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
                label: label(moment),
            })
            .collect()
    }
}

fn length(span: TimeDelta) -> String {
    match span.num_hours() {
        hours if hours < 24 => format!("{hours} hours"),
        24 => "a day".to_owned(),
        hours => format!("{} days", hours / 24),
    }
}
