//! What a planned start loses: said wherever the start is shown, until it is done or called off.

use super::super::groups::{MachineGroup, Outlook};
use super::machine::name;
use super::responses;
use crate::domain::action::response::StartSummary;
use crate::domain::action::start::loses_only;
use crate::domain::data_loss::DataLoss;
use crate::domain::machine::Machine;
use crate::domain::message_content::ContentItem;
use crate::domain::resource::ResourceId;
use crate::domain::sanitize::list;

/// How many machines a sentence names.
const NAMED: usize = 5;

/// What a start loses, as a sentence about one machine.
pub fn loss(loss: DataLoss) -> &'static str {
    match loss {
        DataLoss::OsDisk => {
            "It wipes the operating system disk, which lives on the host: everything on that disk is lost."
        }
        DataLoss::PerhapsOsDisk => {
            "It may wipe the operating system disk: nobody could read whether that lives on the host."
        }
    }
}

/// What `start` of `machine` loses and who agreed to that, or that nobody did; nothing where nothing is lost.
pub fn planned_loss(machine: &Machine, start: &StartSummary) -> Option<String> {
    let loses = loss(DataLoss::of(machine).max(start.accepts)?);
    Some(match loses_only(machine, start.accepts) {
        Ok(()) => format!("{loses} {} agreed to that.", responses::name(&start.by)),
        Err(_) => format!("{loses} Nobody has agreed to that, so it will not begin."),
    })
}

/// The machines of a group whose planned start loses data, in two sentences at most.
pub(crate) fn of_group(group: &MachineGroup<'_>) -> Option<String> {
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
    let will = of_machines(&losing)?;
    Some(match (unagreed.as_slice(), group.outlook) {
        ([], _) | (_, Outlook::UnderWay) => will,
        (names, _) => {
            format!("{will} Nobody has agreed to that for {}: it will not begin.", named(names))
        }
    })
}

/// That starts of these machines lose data, as a sentence.
pub(crate) fn of_machines(machines: &[&ResourceId]) -> Option<String> {
    (!machines.is_empty()).then(|| {
        format!(
            "Data is lost: the start wipes, or may wipe, the operating system disk of {}.",
            named(machines)
        )
    })
}

fn named(machines: &[&ResourceId]) -> String {
    list(&machines.iter().map(|id| name(id)).collect::<Vec<_>>(), NAMED)
}
