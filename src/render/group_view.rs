//! What a mail shows of one group of machines.

use super::deployment::DeploymentInfo;
use super::groups::{MachineGroup, Outlook};
use super::links;
use super::mail_budget::MailBudget;
use super::mail_view::{GroupView, MachineView};
use super::words::{self, lead, machine as machine_words, prior_notifications, responses, rows, why};
use crate::domain::message_content::ContentItem;
use crate::domain::resource::ResourceId;
use crate::domain::sanitize::one_line;
use crate::domain::stage::Stage;
use crate::words::{self as catalogue, Locale};

/// How a group is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Showing<'a> {
    pub(super) reader: Locale,
    pub(super) deployment: &'a DeploymentInfo,
    /// Whether a time can be chosen on a page of ours.
    pub(super) pages: bool,
    /// Whether it is the only group: then the mail has said everything about it already.
    pub(super) is_only: bool,
    /// Whether each machine is linked to Azure's portal.
    pub(super) links: bool,
    /// How much there is room for, in a mail that is summarised.
    pub(super) summary: Option<MailBudget>,
}

/// The view of `group`; `is_main` where the mail's first sentences are about it.
pub(super) fn group_view(group: &MachineGroup<'_>, is_main: bool, showing: Showing<'_>) -> GroupView {
    let (reader, language) = (showing.reader, showing.reader.language);
    let shown = showing.summary.map_or(group.items.len(), |budget| budget.named.min(group.items.len()));
    let hidden = group.items.len() - shown;
    let mut machines: Vec<MachineView> =
        group.items.iter().take(shown).map(|item| machine_view(item, showing)).collect();
    let mut notes = shared_notes(&mut machines);
    notes.extend(shared_place(group, &mut machines, reader));
    GroupView {
        heading: (!showing.is_only).then(|| rows::heading(group, language)),
        lead: (!is_main && says_more(group)).then(|| lead::lead(group, reader, showing.pages)),
        rows: rows::rows(group, reader, showing.pages),
        machines,
        more: (hidden > 0).then(|| match showing.summary {
            Some(budget) if !budget.has_files() => catalogue::more_machines(language, hidden),
            _ => catalogue::more_in_file(language, "machines.csv", hidden),
        }),
        notes,
    }
}

/// Whether there is more to say of a group than its label and its dates do.
fn says_more(group: &MachineGroup<'_>) -> bool {
    let plain = matches!(
        group.stage,
        Stage::Announced
            | Stage::SelfServiceOpen
            | Stage::Reminder
            | Stage::ScheduledSoon
            | Stage::ScheduledOpen
    );
    let dated =
        matches!(group.outlook, Outlook::StartNow { .. } | Outlook::StartLater { .. } | Outlook::AzureOnly);
    !(plain && dated) || group.asked_by.is_some() || group.items.iter().any(|item| item.again)
}

fn machine_view(item: &ContentItem, showing: Showing<'_>) -> MachineView {
    let (reader, language) = (showing.reader, showing.reader.language);
    let id: &ResourceId = item.window.place();
    MachineView {
        name: words::name(id),
        portal: showing.links.then(|| links::portal(showing.deployment, id)),
        place: one_line(id.resource_group(), 90),
        notes: item
            .last_read
            .map(|read| words::last_read(read, reader))
            .into_iter()
            .chain(responses::of_item(item, reader))
            .chain(prior_notifications::of_item(item, reader))
            .chain(item.not_by_itself.clone().filter(|_| why::still_concerns(item)))
            .chain(why::against(language, item))
            .chain(rows::last_message(item, language))
            .collect(),
    }
}

/// Takes from several machines what is said of all of them, to be said once.
fn shared_notes(machines: &mut [MachineView]) -> Vec<String> {
    let [first, .., _] = &machines else { return Vec::new() };
    let is_shared = |note: &&String| machines.iter().all(|machine| machine.notes.contains(note));
    let shared: Vec<String> = first.notes.iter().filter(is_shared).cloned().collect();
    for machine in machines {
        machine.notes.retain(|note| !shared.contains(note));
    }
    shared
}

/// Where all of them run, said once; else each says it.
fn shared_place(group: &MachineGroup<'_>, machines: &mut [MachineView], reader: Locale) -> Option<String> {
    let language = reader.language;
    let place = |item: &&ContentItem| {
        let machine = &item.window.machine;
        let parts =
            [Some(machine_words::subscription(language, machine)), machine_words::place(language, machine)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    };
    let first = group.items.first().map(place)?;
    if group.items.len() > 1 && group.items.iter().all(|item| place(item) == first) {
        return Some(catalogue::place_all(language, &first));
    }
    for (machine, item) in machines.iter_mut().zip(&group.items) {
        machine.place = format!("{} · {}", machine.place, place(item));
    }
    None
}

/// Why the recipient is notified, in a line: each reason once, with how many machines it is for where there are several.
pub(super) fn why_line(items: &[ContentItem], reader: Locale) -> Option<String> {
    /// How many reasons are said.
    const SAID: usize = 3;
    let language = reader.language;
    let mut whys: Vec<(String, usize)> = Vec::new();
    for item in items {
        let reasons = item.reasons.iter().take(5).map(|reason| why::reason(language, reason));
        let why = reasons.chain(why::others(language, item)).collect::<Vec<_>>().join(" ");
        match whys.iter_mut().find(|(known, _)| *known == why) {
            _ if why.is_empty() => {}
            Some((_, count)) => *count += 1,
            None => whys.push((why, 1)),
        }
    }
    let several = whys.len() > 1;
    let said = whys.iter().take(SAID).map(|(why, count)| match several {
        true => {
            catalogue::why_for(language, &catalogue::machines(language, *count), why.trim_end_matches('.'))
        }
        false => why.clone(),
    });
    let more = whys.len().saturating_sub(SAID);
    let more = (more > 0).then(|| catalogue::why_more(language, more));
    let line = said.chain(more).collect::<Vec<_>>().join("; ");
    (!line.is_empty()).then(|| catalogue::why_you(language, &line))
}
