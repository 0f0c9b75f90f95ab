//! What the page shows, as plain strings.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Serialize;

use super::form::Ticked;
use super::guard::{MayStart, Visitor, may_start};
use super::matter::Matter;
use super::plan::{self, Offer, offer};
use super::words;
use crate::domain::action::gap::{Group, GroupKey, groups};
use crate::domain::action::response::Standing;
use crate::domain::advice::advice;
use crate::domain::assignment::{Assignment, WithdrawnTo};
use crate::domain::message::ContentItem;
use crate::domain::resource::ResourceKind;
use crate::domain::window::{Interval, MaintenanceWindow, WindowState};
use crate::jobs::App;
use crate::render::foreign::one_line;
use crate::render::times::{Span, both, local, span};
use crate::render::words::{LANGUAGE, impact, name, place, subscription};
use crate::render::{advice_sentence, portal_link, reason_sentence};

/// How many machines one page shows. The message itself lists no more either.
const SHOWN: usize = 100;
/// How many of the latest responses and starts of a machine are shown.
const LATEST: usize = 5;
/// A start that is planned without a thought for the time is this far ahead.
const SOON: TimeDelta = TimeDelta::hours(1);

/// What became of a form.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Line {
    tone: &'static str,
    text: String,
}

impl Line {
    /// It was done, or had been.
    pub(super) fn good(text: impl Into<String>) -> Self {
        Self { tone: "good", text: text.into() }
    }

    /// It was not.
    pub(super) fn problem(text: impl Into<String>) -> Self {
        Self { tone: "problem", text: text.into() }
    }
}

/// The page.
#[derive(Debug, Serialize)]
pub(super) struct PageView {
    language: &'static str,
    title: String,
    lead: String,
    whose: String,
    lines: Vec<Line>,
    /// Whether something is under way and nothing is left to fill in, so that the page may load itself again.
    refreshes: bool,
    token: String,
    nonce: String,
    machines: Vec<MachineView>,
    more: Option<String>,
    start: Option<StartView>,
    /// The form that starts many of them one after the other.
    rolling: Option<Offer>,
    no_start: Option<String>,
    sign_in: Option<String>,
    answer: Option<AnswerView>,
    genuine: Option<String>,
    zone: String,
    as_of: String,
}

/// One machine.
#[derive(Debug, Serialize)]
struct MachineView {
    index: usize,
    value: String,
    name: String,
    portal: String,
    place: String,
    state: String,
    tone: &'static str,
    news: Vec<String>,
    dates: Vec<DatesView>,
    timeline: Option<Timeline>,
    against: Vec<String>,
    said: Vec<String>,
    why: Vec<String>,
    /// The page of the rolling plan that it belongs to.
    plan: Option<String>,
    /// The planned start that can be called off.
    object: Option<String>,
    answerable: bool,
    startable: bool,
}

/// One of the two windows.
#[derive(Debug, Serialize)]
struct DatesView {
    label: &'static str,
    now: Option<Span>,
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

/// The form that starts.
#[derive(Debug, Serialize)]
struct StartView {
    machines: Vec<Choice>,
    earliest: String,
    latest: String,
    suggested: String,
    now_possible: bool,
    example: String,
}

/// The forms that answer.
#[derive(Debug, Serialize)]
struct AnswerView {
    machines: Vec<Choice>,
    /// Those that somebody wants to hand over to the reader.
    handed: Vec<Choice>,
    snooze: Vec<Choice>,
    people: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Choice {
    value: String,
    label: String,
}

/// The page about `matter` for `visitor`, with what became of a form.
pub(super) fn view(
    app: &App,
    matter: &Matter,
    visitor: &Visitor,
    groups: &BTreeMap<GroupKey, Group>,
    lines: Vec<Line>,
) -> PageView {
    let (now, zone) = (app.clock.now(), matter.zone);
    let sight = Sight { app, matter, groups, now, zone };
    let machines: Vec<MachineView> = matter
        .items()
        .take(SHOWN)
        .map(|(index, item, assignment)| sight.machine(index, item, assignment))
        .collect();
    let hidden = matter.content.items.len() - machines.len();
    let may = may_start(app, matter, visitor);
    let startable = machines.iter().any(|machine| machine.startable);
    let no_start = why_no_start(&may, matter, visitor).filter(|_| startable);
    let start = (may == MayStart::Yes).then(|| sight.start(&machines)).flatten();
    let under_way = matter.items().filter_map(|(_, _, assignment)| assignment).any(|assignment| {
        assignment.actions.open_start().is_some_and(|start| start.standing == Standing::UnderWay)
    });
    PageView {
        language: LANGUAGE,
        title: title(&machines, matter.content.items.len()),
        lead: lead(matter, &machines, zone),
        whose: format!(
            "This link belongs to {}. It came in a message of {}.",
            one_line(matter.recipient.as_str(), 90),
            local(zone, matter.content.frozen_at)
        ),
        lines,
        refreshes: under_way && start.is_none(),
        token: matter.token.clone(),
        nonce: app.link_keys.form_nonce(&matter.token, now).unwrap_or_default(),
        more: (hidden > 0).then(|| {
            format!("{hidden} more machines of this message are not shown here; see Azure’s portal.")
        }),
        answer: sight.answer(&machines),
        machines,
        rolling: start.as_ref().and_then(|start| {
            let between = (start.earliest.clone(), start.latest.clone());
            offer(app, matter, start.machines.clone(), between)
        }),
        start,
        no_start,
        sign_in: (startable && matches!(may, MayStart::SignIn | MayStart::NotThem))
            .then(|| format!("/.auth/login/aad?post_login_redirect_uri=%2Fa%3Ft%3D{}", matter.token)),
        genuine: app.surroundings.public_url.as_ref().map(|_| "/genuine".to_owned()),
        zone: zone.name().to_owned(),
        as_of: both(zone, now),
    }
}

/// Why this visitor cannot start anything from here, as a sentence or two; `None` when they can.
pub(super) fn why_no_start(may: &MayStart, matter: &Matter, visitor: &Visitor) -> Option<String> {
    let owner = one_line(matter.recipient.as_str(), 90);
    Some(match may {
        MayStart::Yes => return None,
        MayStart::Disabled => {
            "Maintenance is not started from here: the operators of this service have not switched that on. Start it in \
             Azure’s portal, on the machine’s maintenance page."
                .to_owned()
        }
        MayStart::Paused => "The operators of this service have paused all starts. Start it in Azure’s portal, or try again later.".to_owned(),
        MayStart::OwnRights => {
            "Starts are set to use your own rights in Azure, which this version cannot do yet. Start it in Azure’s portal."
                .to_owned()
        }
        MayStart::SignIn => {
            format!("To start maintenance, sign in: only {owner} and their listed deputies may. Answering needs no sign-in.")
        }
        MayStart::NoSignIn => {
            "To start maintenance one has to be signed in, and sign-in is not set up for this service. Start it in \
             Azure’s portal, and tell the operators."
                .to_owned()
        }
        MayStart::NotThem => format!(
            "You are signed in as {}. Only {owner} and their listed deputies may start this. You can answer, or hand it \
             over.",
            one_line(visitor.principal.as_deref().unwrap_or("somebody else"), 90)
        ),
    })
}

fn title(machines: &[MachineView], count: usize) -> String {
    match machines {
        [one] => format!("Maintenance of {}", one.name),
        _ => format!("Maintenance of {count} machines"),
    }
}

fn lead(matter: &Matter, machines: &[MachineView], zone: Tz) -> String {
    if let Some(expired) = matter.expired {
        return format!(
            "This link could be used until {}. Below is how things stand; to respond, use the link in a newer message.",
            both(zone, expired)
        );
    }
    if matter.is_withdrawn() {
        return "You are no longer responsible for any of this. What became of it stands below.".to_owned();
    }
    if machines.iter().any(|machine| machine.startable) {
        "Azure will restart what is listed here by itself. Until self-service ends you can choose the moment yourself."
            .to_owned()
    } else if machines.iter().any(|machine| machine.answerable) {
        "There is nothing to start here at the moment. You can still answer.".to_owned()
    } else {
        "Nothing is left to do here.".to_owned()
    }
}

/// What everything on the page is seen with.
struct Sight<'a> {
    app: &'a App,
    matter: &'a Matter,
    groups: &'a BTreeMap<GroupKey, Group>,
    now: DateTime<Utc>,
    zone: Tz,
}

impl Sight<'_> {
    fn machine(&self, index: usize, item: &ContentItem, assignment: Option<&Assignment>) -> MachineView {
        let window = assignment.map_or(&item.window, |assignment| &assignment.window);
        let id = &window.id.resource;
        let machine = &window.machine;
        let place = [Some(one_line(id.resource_group(), 90)), Some(subscription(machine)), place(machine)];
        let held = assignment.filter(|assignment| assignment.withdrawn.is_none());
        let alive = held.is_some() && !window.is_over() && self.matter.expired.is_none();
        let open = assignment.and_then(|assignment| assignment.actions.open_start());
        let startable = alive
            && open.is_none()
            && matches!(id.kind(), ResourceKind::Vm | ResourceKind::ScaleSetInstance)
            && window.can_still_be_started(self.now);
        let (state, tone, mut news) = self.state(item, assignment, window);
        let is_open = window.facts.schedule.self_service.is_some_and(|interval| interval.contains(self.now));
        if startable && is_open && !window.facts.self_start_allowed {
            news.push("Azure does not accept a start of this machine at the moment.".to_owned());
        }
        let dated = held.is_some() && !window.is_over();
        MachineView {
            index,
            value: Ticked { index, revision: window.revision }.value(),
            name: name(id),
            portal: portal_link(&self.app.surroundings, id),
            place: place.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            state,
            tone,
            news,
            dates: if dated { self.dates(item, window) } else { Vec::new() },
            timeline: dated.then(|| self.timeline(window)).flatten(),
            against: if startable { self.against(window) } else { Vec::new() },
            said: held.map(|assignment| self.said(assignment)).unwrap_or_default(),
            why: held.map(why).unwrap_or_default(),
            plan: held.and_then(|assignment| self.plan(assignment)),
            object: open
                .filter(|start| alive && start.standing == Standing::Planned)
                .map(|start| start.id.as_str().to_owned()),
            answerable: alive,
            startable,
        }
    }

    /// The page of the newest rolling plan that its owner made with a link of this recipient.
    fn plan(&self, assignment: &Assignment) -> Option<String> {
        let newest =
            assignment.actions.starts.iter().rev().find_map(|start| Some((start, start.plan.as_ref()?)));
        let (_, plan) =
            newest.filter(|(start, _)| start.by.recipient.as_ref() == Some(&self.matter.recipient))?;
        Some(plan::address(self.matter, plan))
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
                WithdrawnTo::Silenced { reason } => {
                    format!("The configuration silences messages about it (“{}”).", one_line(reason, 200))
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
        match assignment.actions.open_start().map(|start| &start.standing) {
            Some(Standing::Planned) => ("Start planned".to_owned(), "good", news),
            Some(_) => ("Under way".to_owned(), "act", news),
            None if window.can_still_be_started(self.now) => {
                (format!("{} · you can choose when", impact(&window.impact)), "act", news)
            }
            None => (format!("{} · status “{}”", impact(&window.impact), window.status()), "calm", news),
        }
    }

    fn dates(&self, item: &ContentItem, window: &MaintenanceWindow) -> Vec<DatesView> {
        let (now, before) = (&window.facts.schedule, &item.window.facts.schedule);
        let pairs = [
            ("Self-service", now.self_service, before.self_service),
            ("Azure’s own window", now.scheduled, before.scheduled),
        ];
        let views = pairs.into_iter().map(|(label, now, before)| DatesView {
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
                .groups
                .get(&key)
                .and_then(|group| group.wait(&window.id.resource, rules.min_gap, self.now));
            if let Some(wait) = wait {
                let refusal = crate::domain::action::start::Refusal::Gap { wait };
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

    /// The form that starts: for every machine that can be, between the dates that hold for any of them.
    fn start(&self, machines: &[MachineView]) -> Option<StartView> {
        let startable: Vec<&MachineView> = machines.iter().filter(|machine| machine.startable).collect();
        let windows = startable.iter().filter_map(|machine| self.matter.assignment(machine.index));
        let open: Vec<Interval> =
            windows.filter_map(|assignment| assignment.window.facts.schedule.self_service).collect();
        let earliest = open.iter().map(|interval| interval.start()).min()?.max(self.now);
        let latest = open.iter().map(|interval| interval.end()).max()?;
        let field =
            |moment: DateTime<Utc>| moment.with_timezone(&self.zone).format("%Y-%m-%dT%H:%M").to_string();
        Some(StartView {
            example: startable.first().map(|machine| machine.name.clone()).unwrap_or_default(),
            machines: startable.into_iter().map(choice).collect(),
            earliest: field(earliest),
            latest: field(latest),
            suggested: field((earliest + SOON).min(latest)),
            now_possible: open.iter().any(|interval| interval.contains(self.now)),
        })
    }

    fn answer(&self, machines: &[MachineView]) -> Option<AnswerView> {
        let answerable: Vec<&MachineView> = machines.iter().filter(|machine| machine.answerable).collect();
        let windows = answerable.iter().filter_map(|machine| self.matter.assignment(machine.index));
        let deadline = windows.filter_map(|assignment| assignment.window.deadline(self.now)).min();
        let policy = self.app.policy();
        let people = policy.recipients.keys().filter(|name| **name != self.matter.recipient);
        let people = people.map(|name| one_line(name.as_str(), 254)).collect();
        let is_handed = |machine: &&MachineView| {
            self.matter.assignment(machine.index).is_some_and(|assignment| assignment.asked_by().is_some())
        };
        (!answerable.is_empty()).then(|| AnswerView {
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

fn choice(machine: &MachineView) -> Choice {
    Choice { value: machine.value.clone(), label: machine.name.clone() }
}

/// Why the recipient is told, and who else is.
fn why(assignment: &Assignment) -> Vec<String> {
    let mut why: Vec<String> = assignment.reasons.iter().take(5).map(reason_sentence).collect();
    if !assignment.others.is_empty() {
        let names: Vec<String> =
            assignment.others.iter().take(8).map(|name| one_line(name.as_str(), 90)).collect();
        why.push(format!("Also told: {}.", names.join(", ")));
    }
    why
}
