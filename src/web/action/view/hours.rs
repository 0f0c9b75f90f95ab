//! Maintenance hours on the page: what holds, and the form that names some.

use std::collections::BTreeMap;

use serde::Serialize;

use super::super::auth::may_name_hours;
use super::choice::choice;
use super::choice_box::Choice;
use super::context::ViewContext;
use super::machines::MachineRow;
use crate::domain::action::hours::RecipientHours;
use crate::domain::action::scope::Scope;
use crate::domain::action::standing_order::NotPlanned;
use crate::domain::sanitize::one_line;
use crate::render::next_start;
use crate::render::times::local;
use crate::render::words::{scope, source};
use crate::services::standing_orders::order_of;

/// How many machines the form and the list of what holds have at most.
const SHOWN: usize = 100;

/// The section.
#[derive(Debug, Serialize)]
pub(super) struct HoursView {
    pub(super) form: Option<HoursForm>,
    /// What the recipient named, and what the configuration gives them.
    held: Vec<HeldView>,
    /// What holds for the machines of this message.
    wins: Vec<String>,
    tag: String,
}

#[derive(Debug, Serialize)]
pub(super) struct HoursForm {
    machines: Vec<Choice>,
    example: String,
}

/// Hours with where they come from.
#[derive(Debug, Serialize)]
struct HeldView {
    what: String,
    hours: String,
    from: String,
    /// What removes them; `None` for the configuration's.
    remove: Option<String>,
}

impl ViewContext<'_> {
    /// The section about hours; `None` where there are none and none can be named.
    pub(super) fn hours(&self, machines: &[MachineRow], may_name: bool) -> Option<HoursView> {
        let theirs: Vec<&MachineRow> = machines
            .iter()
            .filter(|machine| machine.answerable)
            .filter(|machine| self.target.assignment(machine.index).is_some_and(may_name_hours))
            .collect();
        let form = (may_name && !theirs.is_empty()).then(|| HoursForm {
            example: theirs.first().map(|machine| machine.name.clone()).unwrap_or_default(),
            machines: theirs.iter().take(SHOWN).copied().map(choice).collect(),
        });
        let (held, wins) = (self.held(), self.wins(&theirs));
        let view = HoursView { form, held, wins, tag: one_line(&self.app.start_rules.hours_tag, 90) };
        (view.form.is_some() || !view.held.is_empty() || !view.wins.is_empty()).then_some(view)
    }

    fn held(&self) -> Vec<HeldView> {
        let of = self.page_data.named.iter().find(|of| of.recipient == self.target.recipient);
        let named = of.map(|of: &RecipientHours| of.named.as_slice()).unwrap_or_default().iter();
        let named = named.map(|named| HeldView {
            what: scope(&named.scope),
            hours: named.hours.to_string(),
            from: format!("named by {} on {}", one_line(named.by.name(), 90), local(self.zone, named.since)),
            remove: Some(named.scope.key()),
        });
        let configured = self.app.standing_orders.get(&self.target.recipient).map(|hours| HeldView {
            what: scope(&Scope::Everything),
            hours: hours.to_string(),
            from: "from the configuration".to_owned(),
            remove: None,
        });
        named.chain(configured).collect()
    }

    /// What holds for each of these machines, the same for several of them said once.
    fn wins(&self, machines: &[&MachineRow]) -> Vec<String> {
        let mut said: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for machine in machines {
            let Some(assignment) = self.target.assignment(machine.index) else { continue };
            let (named, people) = (&self.page_data.named, &self.page_data.people);
            let order = order_of(self.app, &assignment.window, &assignment.actions, named, people, self.now);
            let sentence = match order {
                Ok(order) => {
                    let sources = order.sources();
                    let from: Vec<String> = sources.iter().map(|one| source(one, self.zone)).collect();
                    format!("{}: {}. ", one_line(&order.hours(), 300), from.join("; "))
                }
                Err(NotPlanned::NoOrder) => continue,
                Err(_) => String::new(),
            };
            let next = self.page_data.next_starts.get(&assignment.window.id);
            let next = next.and_then(|next| next_start(next, &assignment.window, self.zone));
            let next = next.map(|next| format!("It {next}.")).unwrap_or_default();
            let sentence = format!("{sentence}{next}");
            said.entry(sentence).or_default().push(machine.name.clone());
        }
        said.into_iter().map(|(sentence, names)| format!("{}: {sentence}", names.join(", "))).collect()
    }
}
