//! What a planned start loses: said wherever the start is shown, until it is done or called off.

use super::super::groups::{MachineGroup, Outlook};
use super::actor;
use super::machine::name;
use super::sentences::sentences;
use crate::domain::action::response::StartSummary;
use crate::domain::action::start::loses_only;
use crate::domain::data_loss::DataLoss;
use crate::domain::machine::Machine;
use crate::domain::message_content::ContentItem;
use crate::domain::resource::ResourceId;
use crate::words::{self, Language, list};

/// How many machines a sentence names.
const NAMED: usize = 5;

/// What a start loses, as a sentence about one machine.
pub(crate) fn loss(language: Language, loss: DataLoss) -> String {
    match loss {
        DataLoss::OsDisk => words::loses_os_disk(language),
        DataLoss::PerhapsOsDisk => words::loses_perhaps(language),
    }
}

/// What `start` of `machine` loses and who agreed to that, or that nobody did; nothing where nothing is lost.
pub(crate) fn planned(language: Language, machine: &Machine, start: &StartSummary) -> Option<String> {
    let loses = loss(language, DataLoss::of(machine).max(start.accepts)?);
    let agreed = match loses_only(machine, start.accepts) {
        Ok(()) => words::loses_agreed(language, &actor::name(&start.by)),
        Err(_) => words::loses_not_agreed(language),
    };
    Some(sentences([loses, agreed]))
}

/// The machines of a group whose planned start loses data, in two sentences at most.
pub(crate) fn of_group(group: &MachineGroup<'_>, language: Language) -> Option<String> {
    if !matches!(group.outlook, Outlook::Planned { .. } | Outlook::UnderWay) {
        return None;
    }
    let loses = |item: &&ContentItem| {
        item.actions
            .open_start()
            .is_some_and(|it| DataLoss::of(&item.window.machine).max(it.accepts).is_some())
    };
    let losing: Vec<&ContentItem> = group.items.iter().copied().filter(loses).collect();
    let unagreed = losing.iter().filter(|item| {
        let accepts = item.actions.open_start().and_then(|start| start.accepts);
        loses_only(&item.window.machine, accepts).is_err()
    });
    let unagreed: Vec<&ResourceId> = unagreed.map(|item| item.window.place()).collect();
    let losing: Vec<&ResourceId> = losing.iter().map(|item| item.window.place()).collect();
    let will = of_machines(&losing, language)?;
    Some(match (unagreed.as_slice(), group.outlook) {
        ([], _) | (_, Outlook::UnderWay) => will,
        (names, _) => sentences([will, words::loses_not_agreed_of(language, &named(names, language))]),
    })
}

/// That starts of these machines lose data, as a sentence.
pub(crate) fn of_machines(machines: &[&ResourceId], language: Language) -> Option<String> {
    (!machines.is_empty()).then(|| words::loses_of(language, &named(machines, language)))
}

fn named(machines: &[&ResourceId], language: Language) -> String {
    list(language, &machines.iter().map(|id| name(id)).collect::<Vec<_>>(), NAMED)
}
