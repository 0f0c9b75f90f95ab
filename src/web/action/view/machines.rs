//! One machine on the page: how it stands, its dates, what speaks against a start, what was answered and why it is here.

use crate::domain::time_zone::Tz;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::super::form::SelectedMachine;
use super::super::words;
use super::choice::Choice;
use super::co_owners::CoOwnerView;
use super::context::ViewContext;
use crate::domain::action::group_key::groups;
use crate::domain::action::response::StartStatus;
use crate::domain::advice::advice;
use crate::domain::assignment::{Assignment, WithdrawnTo};
use crate::domain::data_loss::DataLoss;
use crate::domain::forecast::{Forecast, coming};
use crate::domain::message_content::ContentItem;
use crate::domain::ownership::taken_back_until;
use crate::domain::resource::ResourceKind;
use crate::domain::sanitize::one_line;
use crate::domain::window::{Acceptance, Interval, MaintenanceWindow, WindowState};
use crate::render::times::{ZonedSpan, both, local, span};
use crate::render::words::{impact, last_read, name, place, subscription};
use crate::render::{
    advice_sentence, coming_sentence, loss_sentence, planned_loss, portal_link, reason_sentence,
};

/// How many of the latest responses and starts of a machine are shown.
const LATEST: usize = 5;

/// One machine.
#[derive(Debug, Serialize)]
pub(super) struct MachineRow {
    pub(super) index: usize,
    pub(super) value: String,
    pub(super) name: String,
    portal: String,
    place: String,
    state: String,
    tone: &'static str,
    news: Vec<String>,
    dates: Vec<WindowDates>,
    timeline: Option<Timeline>,
    /// What speaks against a start that can be made, or is planned.
    pub(super) against: Vec<String>,
    /// What a start loses, as the box that agrees to it.
    pub(super) loss: Option<Choice>,
    said: Vec<String>,
    others: Vec<CoOwnerView>,
    why: Vec<String>,
    /// The page of the rolling plan that it belongs to.
    plan: Option<String>,
    /// Until when the reader can take back that it is not theirs.
    take_back: Option<String>,
    /// The planned start that can be called off.
    object: Option<String>,
    pub(super) answerable: bool,
    pub(super) startable: bool,
}

/// One of the two windows.
#[derive(Debug, Serialize)]
struct WindowDates {
    label: &'static str,
    now: Option<ZonedSpan>,
    before: Option<String>,
}

/// Both windows and this moment on one line, in hundredths of its width.
#[derive(Debug, Serialize)]
struct Timeline {
    self_service: Option<Bar>,
    scheduled: Option<Bar>,
    now: String,
    label: String,
}

#[derive(Debug, Serialize)]
struct Bar {
    left: String,
    width: String,
}

impl ViewContext<'_> {
    /// The machine at `index`, with the recipient's copy of its window when that is kept.
    pub(super) fn machine(
        &self,
        index: usize,
        item: &ContentItem,
        assignment: Option<&Assignment>,
    ) -> MachineRow {
        let window = assignment.map_or(&item.window, |assignment| &assignment.window);
        let id = window.place();
        let machine = &window.machine;
        let place = [Some(one_line(id.resource_group(), 90)), Some(subscription(machine)), place(machine)];
        let held = assignment.filter(|assignment| assignment.withdrawn.is_none());
        let alive = held.is_some() && !window.is_over() && self.target.expired.is_none();
        let open = assignment.and_then(|assignment| assignment.actions.open_start());
        let could_start = alive
            && open.is_none()
            && matches!(id.kind(), ResourceKind::Vm | ResourceKind::ScaleSetInstance)
            && window.can_still_be_started(self.now);
        let elsewhere = machine.tenant.as_ref().filter(|_| could_start);
        let forbidden = self.page_data.forbidden.covers(id);
        let asked_by = held.and_then(Assignment::asked_by).filter(|_| could_start);
        let startable = could_start && elsewhere.is_none() && !forbidden && asked_by.is_none();
        let (state, tone, mut news) = self.state(item, assignment, window);
        let selected = SelectedMachine { index, revision: window.revision };
        let loss = DataLoss::of(machine).filter(|_| startable);
        let planned = open.filter(|start| alive && start.status == StartStatus::Planned);
        let against = match (startable, planned) {
            (true, _) => self.against(window),
            (false, Some(_)) => advice(machine).iter().map(advice_sentence).collect(),
            (false, None) => Vec::new(),
        };
        if alive && open.is_none() && window.acceptance(self.now) == Acceptance::Refused {
            let why = match machine.subscription_disabled {
                true => {
                    "Its subscription is disabled: nothing can be started in it until it is enabled again."
                }
                false => {
                    "Azure does not accept a start of this machine at the moment. When it does, you will hear of it."
                }
            };
            news.push(why.to_owned());
        }
        if let Some(read) = self.page_data.read_times.if_old(window, self.now).filter(|_| held.is_some()) {
            news.insert(0, last_read(read, self.zone));
        }
        news.extend(forecast(assignment, self.now, self.zone));
        if let Some(tenant) = elsewhere {
            news.push(format!(
                "It belongs to the tenant {}, in which nothing is started from here: start it in Azure’s portal, \
                 signed in there.",
                one_line(tenant.display_name(), 90)
            ));
        } else if asked_by.is_some() {
            news.push("It was handed to you: take it before you start it.".to_owned());
        } else if could_start && forbidden {
            news.push(format!("{} {}", words::FORBIDDEN, words::PORTAL));
        }
        let dated = held.is_some() && !window.is_over();
        MachineRow {
            index,
            value: selected.value(),
            name: name(id),
            portal: portal_link(&self.app.deployment, id),
            place: place.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            state,
            tone,
            news,
            dates: if dated { self.dates(item, window) } else { Vec::new() },
            timeline: dated.then(|| self.timeline(window)).flatten(),
            against,
            loss: loss.map(|loss| Choice {
                value: selected.loss_value(loss),
                label: format!("I agree to that for {}: {}", name(id), loss_sentence(loss)),
            }),
            said: held.map(|assignment| self.said(assignment)).unwrap_or_default(),
            others: held.map(|assignment| self.others(assignment)).unwrap_or_default(),
            why: held.map(why).unwrap_or_default(),
            plan: held.and_then(|assignment| self.plan(assignment)),
            take_back: assignment
                .filter(|given| {
                    given.withdrawn.is_some() && !window.is_over() && self.target.expired.is_none()
                })
                .and_then(|given| taken_back_until(&given.actions, &self.target.recipient))
                .filter(|until| self.now <= *until)
                .map(|until| both(self.zone, until)),
            object: planned.map(|start| start.id.as_str().to_owned()),
            answerable: alive,
            startable,
        }
    }

    /// The page of the newest rolling plan that its owner made with a link of this recipient.
    fn plan(&self, assignment: &Assignment) -> Option<String> {
        let newest =
            assignment.actions.starts.iter().rev().find_map(|start| Some((start, start.plan.as_ref()?)));
        let (_, plan) =
            newest.filter(|(start, _)| start.by.recipient.as_ref() == Some(&self.target.recipient))?;
        Some(self.target.plan_address(plan))
    }

    /// Where the machine stands, in a word, its tone, and what there is to say.
    fn state(
        &self,
        item: &ContentItem,
        assignment: Option<&Assignment>,
        window: &MaintenanceWindow,
    ) -> (String, &'static str, Vec<String>) {
        let Some(assignment) = assignment else {
            let text = "What is known of this maintenance is no longer kept with you.".to_owned();
            return ("Over".to_owned(), "calm", vec![text]);
        };
        if let Some(withdrawn) = &assignment.withdrawn {
            let text = match &withdrawn.now {
                WithdrawnTo::Silenced { reason, until } => {
                    let until = until.map(|until| format!(" until {}", both(self.zone, until)));
                    format!(
                        "The configuration silences messages about it{} (“{}”).",
                        until.unwrap_or_default(),
                        one_line(reason, 200)
                    )
                }
                WithdrawnTo::Others { recipients } if !recipients.is_empty() => {
                    let names: Vec<String> =
                        recipients.iter().take(5).map(|name| one_line(name.as_str(), 90)).collect();
                    format!("Since {} it is with {}.", local(self.zone, withdrawn.at), names.join(", "))
                }
                WithdrawnTo::Others { .. } => "You are no longer responsible for it.".to_owned(),
            };
            return ("No longer yours".to_owned(), "calm", vec![text]);
        }
        let starts = assignment.actions.starts.iter().rev().take(LATEST);
        let mut news: Vec<String> = starts.map(|start| words::start(start, self.zone)).collect();
        if let WindowState::Ended { at, why } = window.state {
            news.insert(0, format!("{} ({})", words::ended(why), local(self.zone, at)));
            return ("Over".to_owned(), "calm", news);
        }
        if window.is_over() {
            news.insert(0, "The maintenance is done.".to_owned());
            return ("Done".to_owned(), "calm", news);
        }
        if window.revision != item.window.revision {
            let moved = "Azure moved this maintenance after the message was sent. The dates below are the new ones, and \
                         what you decide here is for them.";
            news.insert(0, moved.to_owned());
        }
        let open = assignment.actions.open_start();
        let loss = open.and_then(|start| planned_loss(&window.machine, start));
        match open.map(|start| &start.status) {
            Some(StartStatus::Planned) => {
                let tone = if loss.is_some() { "act" } else { "good" };
                news.extend(loss);
                ("Start planned".to_owned(), tone, news)
            }
            Some(_) => ("Under way".to_owned(), "act", news),
            None if window.can_still_be_started(self.now) => {
                (format!("{} · you can choose when", impact(&window.impact)), "act", news)
            }
            None if window.is_past(self.now) => {
                let passed = coming_sentence(&coming(window, &assignment.actions, self.now), self.zone);
                news.extend(passed);
                (window.word(self.now).to_owned(), "calm", news)
            }
            None => {
                let word = window.word(self.now);
                (format!("{} · status “{word}”", impact(&window.impact)), "calm", news)
            }
        }
    }

    fn dates(&self, item: &ContentItem, window: &MaintenanceWindow) -> Vec<WindowDates> {
        let (now, before) = (&window.facts.schedule, &item.window.facts.schedule);
        let pairs = [
            ("Self-service", now.self_service, before.self_service),
            ("Azure’s own window", now.scheduled, before.scheduled),
        ];
        let views = pairs.into_iter().map(|(label, now, before)| WindowDates {
            label,
            now: now.map(|interval| span(self.zone, interval)),
            before: before.filter(|_| now != before).map(|interval| span(self.zone, interval).local),
        });
        views.filter(|view| view.now.is_some() || view.before.is_some()).collect()
    }

    fn timeline(&self, window: &MaintenanceWindow) -> Option<Timeline> {
        let schedule = &window.facts.schedule;
        let intervals = || [schedule.self_service, schedule.scheduled].into_iter().flatten();
        let from = intervals().map(|interval| interval.start()).min()?.min(self.now);
        let to = intervals().map(|interval| interval.end()).max()?.max(self.now);
        #[expect(clippy::cast_precision_loss, reason = "hundredths of a line need no more")]
        let share =
            |span: TimeDelta| 100.0 * span.num_minutes() as f64 / (to - from).num_minutes().max(1) as f64;
        let bar = |interval: Interval| Bar {
            left: format!("{:.2}", share(interval.start() - from)),
            width: format!("{:.2}", share(interval.end() - interval.start()).max(0.6)),
        };
        let mut label: Vec<String> = Vec::new();
        let names = [("Self-service", schedule.self_service), ("Azure’s own window", schedule.scheduled)];
        for (name, interval) in names {
            label.extend(interval.map(|interval| format!("{name} {}", span(self.zone, interval).local)));
        }
        Some(Timeline {
            self_service: schedule.self_service.map(bar),
            scheduled: schedule.scheduled.map(bar),
            now: format!("{:.2}", share(self.now - from)),
            label: format!("{}. Now: {}.", label.join(", then "), local(self.zone, self.now)),
        })
    }

    /// What speaks against a start here and now.
    fn against(&self, window: &MaintenanceWindow) -> Vec<String> {
        let mut against: Vec<String> = advice(&window.machine).iter().map(advice_sentence).collect();
        let rules = &self.app.start_rules;
        for key in groups(&window.machine, &rules.cluster_tag) {
            let wait = self
                .page_data
                .groups
                .get(&key)
                .and_then(|group| group.wait(&window.id.resource, rules.min_gap, self.now));
            if let Some(wait) = wait {
                let refusal = crate::domain::action::start::StartRefusal::Gap { wait };
                against.push(format!("Not at once: {}", words::refusal(&refusal, self.zone)));
            }
        }
        against
    }

    fn said(&self, assignment: &Assignment) -> Vec<String> {
        let current = assignment.window.revision;
        let responses = assignment.actions.responses.iter().rev().filter(|record| record.revision == current);
        responses.take(LATEST).map(|record| words::response(record, self.zone)).collect()
    }
}

/// Why the recipient is notified.
fn why(assignment: &Assignment) -> Vec<String> {
    assignment.reasons.iter().take(5).map(reason_sentence).collect()
}

/// What happens to a machine that the recipient holds, unless the page says it already.
fn forecast(assignment: Option<&Assignment>, now: DateTime<Utc>, zone: Tz) -> Option<String> {
    let held = assignment.filter(|assignment| assignment.withdrawn.is_none())?;
    match coming(&held.window, &held.actions, now) {
        azure @ Forecast::ByAzure { .. } => coming_sentence(&azure, zone),
        _ => None,
    }
}
