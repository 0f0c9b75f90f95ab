//! What the templates of a mail fill in.

use serde::Serialize;

use crate::render::status_summary::SummaryView;
use crate::render::words::rows::Row;

/// Everything that the templates show.
#[derive(Debug, Serialize)]
pub(super) struct MailView {
    pub(super) language: &'static str,
    pub(super) kind: String,
    pub(super) subject: String,
    pub(super) headline: String,
    /// Decides the colour of the first sentences: `act`, `calm`, `done`, `urgent` or `trouble`.
    pub(super) tone: &'static str,
    /// What is said first where nothing may be overlooked: that an operator has to look, or that it is an exercise.
    pub(super) lead: String,
    pub(super) button: Option<ButtonView>,
    /// During a pilot: whom it was meant for.
    pub(super) diverted: Option<String>,
    /// That an earlier message may be missing.
    pub(super) missed: Option<String>,
    /// Warnings of machines that could be down together.
    pub(super) overlaps: Vec<String>,
    pub(super) groups: Vec<GroupView>,
    /// Why the recipient is notified, in a line.
    pub(super) why: Option<String>,
    /// How things stand, for those who watch.
    pub(super) status_summary: Option<SummaryView>,
    /// What is left out, what the button does, what else can be said: a paragraph each.
    pub(super) details: Vec<String>,
    pub(super) commands: Vec<StartCommand>,
    /// What stands over the operator alerts, where they stand beside other news.
    pub(super) alerts_heading: Option<String>,
    pub(super) operator_alerts: Vec<OperatorAlertView>,
    pub(super) more_operator_alerts: Option<String>,
    pub(super) go_live: Option<GoLiveView>,
    pub(super) footer: FooterView,
    pub(super) labels: LabelsView,
}

/// The one button.
#[derive(Debug, Serialize)]
pub(super) struct ButtonView {
    pub(super) label: String,
    pub(super) url: String,
    /// How wide Outlook draws it, which does not measure text.
    pub(super) width: usize,
}

/// One group of machines.
#[derive(Debug, Serialize)]
pub(super) struct GroupView {
    /// What stands over it, where it is not the only one.
    pub(super) heading: Option<String>,
    pub(super) lead: Option<String>,
    pub(super) rows: Vec<Row>,
    pub(super) machines: Vec<MachineView>,
    pub(super) more: Option<String>,
    /// What holds for all of its machines.
    pub(super) notes: Vec<String>,
}

/// One machine.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct MachineView {
    pub(super) name: String,
    /// The page in Azure's portal, where there are few enough to link each.
    pub(super) portal: Option<String>,
    /// Its resource group, and where it runs unless that is said for all.
    pub(super) place: String,
    /// What to know.
    pub(super) notes: Vec<String>,
}

/// A command that starts one machine, as an example for all that can be started.
#[derive(Debug, Serialize)]
pub(super) struct StartCommand {
    pub(super) what: String,
    pub(super) line: String,
}

/// One operator alert.
#[derive(Debug, Serialize)]
pub(super) struct OperatorAlertView {
    pub(super) title: String,
    pub(super) detail: String,
}

/// The numbers of the first look.
#[derive(Debug, Serialize)]
pub(super) struct GoLiveView {
    pub(super) numbers: Vec<(String, String)>,
    pub(super) how: String,
    pub(super) unowned: Vec<String>,
    pub(super) more: Option<String>,
}

/// What stands below everything.
#[derive(Debug, Serialize)]
pub(super) struct FooterView {
    pub(super) calendar: Option<String>,
    /// Links: what each says, where it leads, and what is said behind it.
    pub(super) links: Vec<(String, String, String)>,
    pub(super) lines: Vec<String>,
    pub(super) genuine: Option<(String, String)>,
}

/// Words of the layout itself.
#[derive(Debug, Serialize)]
pub(super) struct LabelsView {
    pub(super) machine: String,
    pub(super) group: String,
    pub(super) know: String,
    pub(super) not_both: String,
    pub(super) unowned: String,
}
