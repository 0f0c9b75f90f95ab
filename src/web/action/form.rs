//! A form as it was sent. Fields that nobody asked for are ignored.

use serde::Serialize;

use crate::domain::action::form_nonce::OfferedMachine;
use crate::domain::data_loss::DataLoss;
use crate::domain::window::Revision;

/// Longest text that is shown again.
const SHOWN: usize = 300;

/// The fields, in order.
#[derive(Debug, Default)]
pub(super) struct Form(Vec<(String, String)>);

/// A machine that was ticked, with the dates that were shown beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SelectedMachine {
    pub(super) index: usize,
    pub(super) revision: Revision,
}

impl SelectedMachine {
    /// The value of the box that agrees to a loss.
    pub(super) fn loss_value(self, loss: DataLoss) -> String {
        format!("{}-{}", self.value(), loss.as_str())
    }

    /// The value of its box.
    pub(super) fn value(self) -> String {
        format!("{}-{}", self.index, self.revision.0)
    }

    /// The machine and its dates, as a nonce names them.
    pub(super) fn offered(self) -> OfferedMachine {
        (self.index, self.revision)
    }

    /// Reads the value of a box.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (index, revision) = text.split_once('-')?;
        Some(Self { index: index.parse().ok()?, revision: Revision(revision.parse().ok()?) })
    }
}

/// What stood in a form, to be shown again when nothing came of it. The name that confirms is typed anew each time.
#[derive(Debug, Default, Serialize)]
pub(super) struct FormValues {
    /// Which form; empty for none.
    what: String,
    machines: Vec<String>,
    when: String,
    at: String,
    hours: String,
    until: String,
    to: String,
    change: String,
    note: String,
    because: String,
    /// The field that is wrong, and why.
    wrong: Option<WrongField>,
}

/// A field that is wrong, and what to do about it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct WrongField {
    pub(super) name: &'static str,
    pub(super) why: Vec<String>,
}

impl From<&Form> for FormValues {
    fn from(form: &Form) -> Self {
        let field = |name: &str| form.line(name, SHOWN).unwrap_or_default();
        Self {
            what: field("do"),
            machines: form.ticked().into_iter().map(SelectedMachine::value).collect(),
            when: field("when"),
            at: field("at"),
            hours: field("hours"),
            until: field("until"),
            to: field("to"),
            change: field("change"),
            note: field("note"),
            because: field("because"),
            wrong: None,
        }
    }
}

impl FormValues {
    /// Which form it is.
    pub(super) fn act(&self) -> &str {
        &self.what
    }

    /// The same with a field that is wrong.
    pub(super) fn wrong(self, wrong: WrongField) -> Self {
        Self { wrong: Some(wrong), ..self }
    }
}

impl Form {
    /// Reads a body. Whatever it is, it has some fields or none.
    pub(super) fn parse(body: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(body).into_owned().collect())
    }

    /// The field `name`, unless it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every field `name`, without those that are empty.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let fields = self.0.iter().filter(move |(field, _)| field == name);
        fields.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// What it wants done.
    pub(super) fn act(&self) -> &str {
        self.get("do").unwrap_or_default()
    }

    /// The field `name` as one line of at most `limit` characters.
    pub(super) fn line(&self, name: &str, limit: usize) -> Option<String> {
        self.get(name)
            .map(|text| crate::domain::sanitize::one_line(text, limit))
            .filter(|text| !text.is_empty())
    }

    /// What was ticked that a start of `machine`, with the dates that were shown, may lose.
    pub(super) fn accepted_loss(&self, machine: SelectedMachine) -> Option<DataLoss> {
        let of_machine = format!("{}-", machine.value());
        let ticked = self.0.iter().filter(|(name, _)| name == "loss");
        ticked.filter_map(|(_, value)| DataLoss::parse(value.strip_prefix(&of_machine)?)).max()
    }

    /// The machines that were ticked, each once.
    pub(super) fn ticked(&self) -> Vec<SelectedMachine> {
        let mut ticked: Vec<SelectedMachine> = Vec::new();
        let boxes = self.0.iter().filter(|(name, _)| name == "m");
        for one in boxes.filter_map(|(_, value)| SelectedMachine::parse(value)) {
            if !ticked.iter().any(|page_data| page_data.index == one.index) {
                ticked.push(one);
            }
        }
        ticked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_for_is_ignored() {
        let form = Form::parse(b"do=start&x=1&m=0-1&m=0-2&m=nonsense&m=-1&m=3-2&note=+a%0D%0Ab+&empty=");
        assert_eq!(form.get("do"), Some("start"));
        assert_eq!(form.line("note", 80).as_deref(), Some("a b"));
        assert_eq!(form.get("empty"), None);
        let losses =
            Form::parse(b"loss=0-1-os-disk&loss=3-2-perhaps-os-disk&loss=4-1-everything&loss=10-1-os-disk");
        let machine = |index, revision| SelectedMachine { index, revision: Revision(revision) };
        let accepted = [machine(0, 1), machine(3, 2), machine(0, 2), machine(1, 1), machine(4, 1)];
        let accepted = accepted.map(|machine| losses.accepted_loss(machine));
        assert_eq!(accepted, [Some(DataLoss::OsDisk), Some(DataLoss::PerhapsOsDisk), None, None, None]);
        assert_eq!(losses.accepted_loss(machine(10, 1)), Some(DataLoss::OsDisk));
        let ticked: Vec<String> = form.ticked().into_iter().map(SelectedMachine::value).collect();
        assert_eq!(ticked, ["0-1", "3-2"]);
    }
}
