//! What became of a form, as one banner: what was done, what follows, and how to undo it.

use serde::Serialize;

use super::super::form_result::{FormLine, FormResult, Undo};
use super::choice::CALLED_OFF;
use super::choice_box::Choice;
use super::machines::MachineRow;
use crate::domain::sanitize::list;

/// How many machines are named of which the same is said.
const NAMED: usize = 4;

/// The banner.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Banner {
    tone: &'static str,
    lines: Vec<String>,
    follows: Option<String>,
    undo: Option<UndoForm>,
}

/// The form that undoes it.
#[derive(Debug, Clone, Serialize)]
struct UndoForm {
    act: &'static str,
    label: String,
    machines: Vec<Choice>,
    /// Its other fields, each with its name.
    fields: Vec<(&'static str, String)>,
}

impl Banner {
    /// The banner that says these lines; none without any.
    pub(crate) fn of(lines: &[FormLine]) -> Option<Self> {
        let problems = lines.iter().filter(|line| line.tone == "problem").count();
        let tone = match problems {
            0 => "good",
            some if some == lines.len() => "problem",
            _ => "act",
        };
        (!lines.is_empty()).then(|| Self { tone, lines: joined(lines), follows: None, undo: None })
    }

    /// The banner of a form that was acted on, on a page that shows these machines.
    pub(super) fn of_result(result: &FormResult, machines: &[MachineRow]) -> Option<Self> {
        let banner = Self::of(&result.lines)?;
        let undo = result.undo.as_ref().and_then(|undo| undo_form(undo, machines));
        Some(Self { follows: result.follows.clone(), undo, ..banner })
    }
}

/// The lines, with machines of which the same is said in one.
fn joined(lines: &[FormLine]) -> Vec<String> {
    let mut said: Vec<(&str, Vec<String>)> = Vec::new();
    for line in lines {
        let known = said.iter_mut().find(|(text, names)| *text == line.said && !names.is_empty());
        match (&line.machine, known) {
            (Some(machine), Some((_, names))) => names.push(machine.clone()),
            (machine, _) => said.push((&line.said, machine.iter().cloned().collect())),
        }
    }
    let line = |(text, names): (&str, Vec<String>)| match names.as_slice() {
        [] => text.to_owned(),
        names => format!("{}: {text}", list(names, NAMED)),
    };
    said.into_iter().map(line).collect()
}

fn undo_form(undo: &Undo, machines: &[MachineRow]) -> Option<UndoForm> {
    let shown = |places: &[usize], can: fn(&MachineRow) -> bool| -> Vec<&MachineRow> {
        machines.iter().filter(|machine| places.contains(&machine.index) && can(machine)).collect()
    };
    let values = |rows: &[&MachineRow]| -> Vec<Choice> {
        rows.iter().map(|row| Choice { value: row.value.clone(), label: row.name.clone() }).collect()
    };
    let keys = |keys: &[String]| keys.iter().map(|key| ("reach", key.clone())).collect();
    let form = |act, label: &str, rows: &[&MachineRow], fields| {
        Some(UndoForm { act, label: label.to_owned(), machines: values(rows), fields })
    };
    match undo {
        Undo::TakeBack(places) => {
            let rows = shown(places, |row| row.take_back.is_some());
            if rows.is_empty() {
                None
            } else {
                form("take-back", "Undo: it is mine after all", &rows, Vec::new())
            }
        }
        Undo::CallOff(places) => {
            let rows = shown(places, |row| row.object.is_some());
            if rows.len() > CALLED_OFF {
                return None;
            }
            let starts: Vec<_> = rows.iter().filter_map(|row| Some(("start", row.object.clone()?))).collect();
            if rows.is_empty() { None } else { form("object", "Undo: call it off", &rows, starts) }
        }
        Undo::EndMute(muted) => form("end-silence", "Undo: unmute", &[], keys(muted)),
        Undo::RemoveHours(named) => form("remove-hours", "Undo: remove these hours", &[], keys(named)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_several_machines_is_said_once() {
        let good = |name: &str, said: &str| FormLine::good(said).of(name);
        let banner = |lines: &[FormLine]| Banner::of(lines).unwrap();
        let names = ["a", "b", "c", "d", "e", "f"];
        let all: Vec<FormLine> = names.iter().map(|name| good(name, "acknowledged.")).collect();
        assert_eq!(banner(&all).lines, ["a, b, c, d and 2 more: acknowledged."]);
        let mixed = [good("a", "started."), FormLine::problem("not started.").of("b"), good("c", "started.")];
        assert_eq!((banner(&mixed).tone, banner(&mixed).lines.len()), ("act", 2));
        assert_eq!(banner(&[FormLine::problem("no.")]).tone, "problem");
        assert!(Banner::of(&[]).is_none());
    }
}
