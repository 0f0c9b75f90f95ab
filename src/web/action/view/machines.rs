//! One machine on the page: how it stands, what speaks against a start, what was answered and why it is here.

use serde::Serialize;

use super::super::form::SelectedMachine;
use super::super::words;
use super::choice_box::Choice;
use super::co_owners::CoOwnerView;
use super::context::ViewContext;
use super::label::RowLabel;
use super::row_order::RowGroup;
use crate::domain::action::group_key::groups;
use crate::domain::action::response::StartStatus;
use crate::domain::assignment::Assignment;
use crate::domain::data_loss::DataLoss;
use crate::domain::forecast::coming;
use crate::domain::message_content::ContentItem;
use crate::domain::ownership::taken_back_until;
use crate::domain::resource::ResourceKind;
use crate::domain::sanitize::one_line;
use crate::domain::start_cautions::start_cautions;
use crate::domain::window::{Acceptance, MaintenanceWindow, WindowState};
use crate::render::times::{both, local, span};
use crate::render::words::{impact, last_read, name, place, subscription};
use crate::render::{
    caution_sentence, coming_sentence, loss_sentence, planned_loss, portal_link, reason_sentence,
};

/// How many of the latest responses and starts of a machine are shown.
const LATEST: usize = 5;

/// One machine: a row of the table, with what is unfolded below it.
#[derive(Debug, Serialize)]
pub(super) struct MachineRow {
    #[serde(skip)]
    pub(super) place_of: RowGroup,
    pub(super) index: usize,
    pub(super) value: String,
    pub(super) name: String,
    portal: String,
    place: String,
    /// Where it stands, in a word or two.
    pub(super) label: RowLabel,
    /// The same, as a sentence says it.
    state: String,
    /// What its row says.
    pub(super) note: Option<String>,
    news: Vec<String>,
    /// The dates of the message, where they are others by now.
    before: Vec<String>,
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
    pub(super) take_back: Option<String>,
    /// The planned start that can be called off.
    pub(super) object: Option<String>,
    pub(super) answerable: bool,
    pub(super) startable: bool,
    /// Whether nobody has said anything of it that lets reminders rest.
    pub(super) undecided: bool,
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
        let elsewhere = machine.tenant.is_some();
        let forbidden = self.page_data.forbidden.covers(id);
        let is_handed = held.and_then(Assignment::asked_by).is_some();
        let startable = could_start && !elsewhere && !forbidden && !is_handed;
        let (state, mut news) = self.state(item, assignment, window);
        let selected = SelectedMachine { index, revision: window.revision };
        let loss = DataLoss::of(machine).filter(|_| startable);
        let planned = open.filter(|start| alive && start.status == StartStatus::Planned);
        let against = match (startable, planned) {
            (true, _) => self.against(window),
            (false, Some(_)) => start_cautions(machine).iter().map(caution_sentence).collect(),
            (false, None) => Vec::new(),
        };
        let mut obstacles = Vec::new();
        let acceptance = window.acceptance(self.now);
        if alive && open.is_none() && matches!(acceptance, Acceptance::Refused | Acceptance::Unsaid) {
            let why = words::no_start_now(machine.subscription_disabled, acceptance == Acceptance::Unsaid);
            obstacles.push(why.to_owned());
        }
        if could_start {
            obstacles.extend(match &machine.tenant {
                Some(tenant) => Some(words::other_tenant(tenant.display_name())),
                None if is_handed => Some(words::TAKE_FIRST.to_owned()),
                None if forbidden => Some(format!("{} {}", words::FORBIDDEN, words::PORTAL)),
                None => None,
            });
        }
        news.extend(obstacles);
        if let Some(read) = self.page_data.read_times.if_old(window, self.now).filter(|_| held.is_some()) {
            news.insert(0, last_read(read, self.zone));
        }
        let dated = held.is_some() && !window.is_over();
        let label = RowLabel::of(assignment, window, self.now, self.zone);
        MachineRow {
            place_of: RowGroup::of(assignment, window),
            index,
            value: selected.value(),
            name: name(id),
            portal: portal_link(&self.app.deployment, id),
            place: place.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            state,
            note: news.first().cloned().filter(|_| !label.says_it_all()),
            label,
            news,
            before: if dated { self.dates_of_message(item, window) } else { Vec::new() },
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
            undecided: alive && open.is_none() && !is_handed && !held.is_some_and(has_a_word),
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

    /// Where the machine stands, in a few words, and what there is to say.
    fn state(
        &self,
        item: &ContentItem,
        assignment: Option<&Assignment>,
        window: &MaintenanceWindow,
    ) -> (String, Vec<String>) {
        let Some(assignment) = assignment else {
            return ("Over".to_owned(), vec![words::NOT_KEPT.to_owned()]);
        };
        if let Some(withdrawn) = &assignment.withdrawn {
            return ("No longer yours".to_owned(), vec![words::withdrawn_to(withdrawn, self.zone)]);
        }
        let starts = assignment.actions.starts.iter().rev().take(LATEST);
        let mut news: Vec<String> = starts.map(|start| words::start(start, self.zone)).collect();
        if let WindowState::Ended { at, why } = window.state {
            news.insert(0, format!("{} ({})", words::ended(why), local(self.zone, at)));
            return ("Over".to_owned(), news);
        }
        if window.is_over() {
            news.insert(0, "The maintenance is done.".to_owned());
            return ("Done".to_owned(), news);
        }
        if window.revision != item.window.revision {
            news.insert(0, words::MOVED.to_owned());
        }
        let open = assignment.actions.open_start();
        match open.map(|start| &start.status) {
            Some(StartStatus::Planned) => {
                news.extend(open.and_then(|start| planned_loss(&window.machine, start)));
                ("Start planned".to_owned(), news)
            }
            Some(_) => ("Under way".to_owned(), news),
            None if window.can_still_be_started(self.now) => {
                (format!("{} · you can choose when", impact(&window.impact)), news)
            }
            None if window.is_past(self.now) => {
                let passed = coming_sentence(&coming(window, &assignment.actions, self.now), self.zone);
                news.extend(passed);
                (window.word(self.now).to_owned(), news)
            }
            None => {
                let word = window.word(self.now);
                (format!("{} · status “{word}”", impact(&window.impact)), news)
            }
        }
    }

    /// The dates that the message had, of those that are others by now.
    fn dates_of_message(&self, item: &ContentItem, window: &MaintenanceWindow) -> Vec<String> {
        let (now, before) = (&window.facts.schedule, &item.window.facts.schedule);
        let pairs = [
            ("Self-service", now.self_service, before.self_service),
            ("Azure’s own window", now.scheduled, before.scheduled),
        ];
        let moved = pairs.into_iter().filter_map(|(label, now, before)| {
            let before = before.filter(|before| now != Some(*before))?;
            Some(format!("{label}, in the message: {}", span(self.zone, before).local))
        });
        moved.collect()
    }

    /// What speaks against a start here and now.
    fn against(&self, window: &MaintenanceWindow) -> Vec<String> {
        let mut against: Vec<String> = start_cautions(&window.machine).iter().map(caution_sentence).collect();
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

/// Whether somebody has said something of it that lets reminders rest.
fn has_a_word(assignment: &Assignment) -> bool {
    let (actions, revision) = (&assignment.actions, assignment.window.revision);
    actions.acknowledged(revision).is_some() || actions.snoozed(revision).is_some()
}
