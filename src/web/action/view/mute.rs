//! Mutes on the page: what the recipient wants to hear nothing of, and the form that says so.

use chrono::Days;
use serde::Serialize;

use super::super::limits;
use super::choice::choice;
use super::choice_box::Choice;
use super::context::ViewContext;
use super::machines::MachineRow;
use crate::domain::sanitize::one_line;
use crate::render::times::{both, local};
use crate::render::words::scope;

/// What the form suggests.
const SUGGESTED: Days = Days::new(14);

/// The section.
#[derive(Debug, Serialize)]
pub(super) struct MuteView {
    pub(super) form: Option<MuteForm>,
    held: Vec<HeldView>,
}

#[derive(Debug, Serialize)]
pub(super) struct MuteForm {
    machines: Vec<Choice>,
    earliest: String,
    latest: String,
    suggested: String,
}

#[derive(Debug, Serialize)]
struct HeldView {
    what: String,
    until: String,
    said: String,
    end: String,
}

impl ViewContext<'_> {
    /// The section about mutes; `None` where there is none and nothing to mute.
    pub(super) fn mute(&self, machines: &[MachineRow]) -> Option<MuteView> {
        let theirs: Vec<&MachineRow> = machines.iter().filter(|machine| machine.answerable).collect();
        let today = self.now.with_timezone(&self.zone).date_naive();
        let form = (!theirs.is_empty()).then(|| MuteForm {
            machines: theirs.into_iter().map(choice).collect(),
            earliest: today.to_string(),
            latest: (today + limits::LONGEST_MUTE).to_string(),
            suggested: (today + SUGGESTED).to_string(),
        });
        let mutes = self.target.notification_settings.mutes.iter().filter(|mute| self.now < mute.until);
        let held: Vec<HeldView> = mutes
            .map(|mute| HeldView {
                what: scope(&mute.scope),
                until: both(self.zone, mute.until),
                said: format!(
                    "asked for by {} on {}, because “{}”",
                    one_line(mute.by.name(), 90),
                    local(self.zone, mute.at),
                    one_line(&mute.reason, limits::REASON)
                ),
                end: mute.scope.key(),
            })
            .collect();
        (form.is_some() || !held.is_empty()).then_some(MuteView { form, held })
    }
}
