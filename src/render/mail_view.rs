//! What the templates of a mail fill in.

use serde::Serialize;

use crate::render::status_summary::SummaryView;
use crate::render::times::ZonedSpan;

/// Everything that the templates show.
#[derive(Debug, Serialize)]
pub(super) struct MailView {
    pub(super) language: &'static str,
    pub(super) subject: String,
    pub(super) headline: String,
    /// Decides the colour of the headline: `act`, `calm`, `urgent` or `trouble`.
    pub(super) tone: &'static str,
    /// What to do by when.
    pub(super) callout: Option<String>,
    pub(super) lead: String,
    pub(super) respond: Option<RespondView>,
    /// During a pilot: whom it was meant for.
    pub(super) diverted: Option<String>,
    pub(super) introduction: Option<String>,
    /// That an earlier message may be missing.
    pub(super) missed: Option<String>,
    /// Warnings of machines that could be down together.
    pub(super) overlaps: Vec<String>,
    pub(super) groups: Vec<GroupView>,
    /// How things stand, for those who watch.
    pub(super) status_summary: Option<SummaryView>,
    /// What a summary leaves out.
    pub(super) summarised: Option<String>,
    pub(super) commands: Vec<StartCommand>,
    pub(super) unchanged: Option<String>,
    pub(super) operator_alerts: Vec<OperatorAlertView>,
    /// Whether some of these are for operators; the others are notes.
    pub(super) for_operators: bool,
    pub(super) more_operator_alerts: Option<String>,
    pub(super) go_live: Option<GoLiveView>,
    pub(super) genuine: Option<String>,
    pub(super) calendar: Option<String>,
    /// Where digests are turned off.
    pub(super) unsubscribe: Option<String>,
    pub(super) sender: String,
    pub(super) reply_to: Option<String>,
    pub(super) zone: String,
    pub(super) as_of: String,
}

/// The way to the page where one can respond.
#[derive(Debug, Serialize)]
pub(super) struct RespondView {
    pub(super) label: &'static str,
    pub(super) what: &'static str,
    pub(super) url: String,
}

/// One group of machines.
#[derive(Debug, Serialize)]
pub(super) struct GroupView {
    pub(super) label: &'static str,
    pub(super) tone: &'static str,
    pub(super) heading: String,
    /// The deadline in UTC, beside the heading that says it in the recipient's zone.
    pub(super) heading_utc: Option<String>,
    pub(super) count: String,
    pub(super) news: String,
    pub(super) dates: Vec<DatesView>,
    pub(super) otherwise: Option<String>,
    pub(super) how_to_start: Option<String>,
    pub(super) left_to_azure: Option<String>,
    /// Whether the one machine of the group is worth a button.
    pub(super) button: bool,
    pub(super) machines: Vec<MachineView>,
    pub(super) more: Option<String>,
    /// Why the recipient is notified, where that is the same for every machine of the group.
    pub(super) why: Vec<String>,
}

/// One of the two windows.
#[derive(Debug, Serialize)]
pub(super) struct DatesView {
    pub(super) label: &'static str,
    pub(super) now: Option<ZonedSpan>,
    pub(super) before: Option<ZonedSpan>,
    pub(super) moved: bool,
}

/// One machine.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct MachineView {
    pub(super) name: String,
    pub(super) portal: String,
    /// Resource group, subscription, region and zone.
    pub(super) place: String,
    /// What is done to it and its status; `None` when that is over.
    pub(super) state: Option<String>,
    pub(super) notes: Vec<String>,
    pub(super) why: Vec<String>,
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
    pub(super) numbers: Vec<(&'static str, usize)>,
    pub(super) unowned: Vec<String>,
    pub(super) more: Option<String>,
}
