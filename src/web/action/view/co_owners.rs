//! Who else is notified of a machine, and how each of them answered.

use crate::domain::time_zone::Tz;
use serde::Serialize;

use super::context::ViewContext;
use crate::domain::action::response::{Response, StartStatus};
use crate::domain::assignment::Assignment;
use crate::domain::ownership::is_for_lack_of_an_answer;
use crate::domain::recipient_name::RecipientName;
use crate::domain::sanitize::one_line;
use crate::render::times::{both, local};

/// How many of them are named.
const SHOWN: usize = 20;

/// One of them.
#[derive(Debug, Serialize)]
pub(super) struct CoOwnerView {
    name: String,
    answer: String,
}

impl ViewContext<'_> {
    /// The others of a machine, the first of the owners first.
    pub(super) fn others(&self, assignment: &Assignment) -> Vec<CoOwnerView> {
        let others = assignment.others.iter();
        let mut views: Vec<CoOwnerView> = others
            .clone()
            .take(SHOWN)
            .map(|other| CoOwnerView {
                name: one_line(other.as_str(), 90),
                answer: [Some(answer(assignment, other, self.zone)), self.mute_of(assignment, other)]
                    .into_iter()
                    .flatten()
                    .collect::<Vec<_>>()
                    .join("; "),
            })
            .collect();
        let hidden = others.count() - views.len();
        if hidden > 0 {
            views.push(CoOwnerView { name: format!("{hidden} more"), answer: "not shown here".to_owned() });
        }
        views
    }

    /// That one of the others muted it.
    fn mute_of(&self, assignment: &Assignment, other: &RecipientName) -> Option<String> {
        let notification_settings = self.page_data.notification_settings.get(other)?;
        let mute = notification_settings.muted(&assignment.window, self.now)?;
        Some(format!(
            "asked on {} to hear nothing of it until {}, because “{}”",
            local(self.zone, mute.at),
            both(self.zone, mute.until),
            one_line(&mute.reason, 200)
        ))
    }
}

/// The last thing that `other` did about it.
fn answer(assignment: &Assignment, other: &RecipientName, zone: Tz) -> String {
    let actions = &assignment.actions;
    let revision = assignment.window.revision;
    let said = actions.responses.iter().rev().find(|record| {
        record.by.recipient.as_ref() == Some(other)
            && (record.revision == revision || record.response.is_about_owners())
    });
    let started = actions.starts.iter().rev().find(|start| {
        start.by.recipient.as_ref() == Some(other) && start.revision == revision && start.ordered.is_none()
    });
    let said = said.map(|record| {
        let what = match &record.response {
            Response::Acknowledge { .. } => "acknowledged it".to_owned(),
            Response::Snooze { until } => format!("wants to be reminded at {}", local(zone, *until)),
            Response::HandOver { to } => format!("wants to hand it over to {}", one_line(to.as_str(), 90)),
            Response::Accept => "took it over".to_owned(),
            Response::TakeBack => "said that it is theirs after all".to_owned(),
            Response::NotMine if is_for_lack_of_an_answer(record) => {
                "was asked to take it over and gave no answer".to_owned()
            }
            Response::NotMine => "said that it is not theirs".to_owned(),
            Response::Object { .. } => "called off a planned start".to_owned(),
        };
        (record.at, what)
    });
    let started = started.map(|start| {
        let what = match start.status {
            StartStatus::Planned => format!("planned a start for {}", local(zone, start.begins)),
            _ => "started it".to_owned(),
        };
        (start.decided, what)
    });
    match said.into_iter().chain(started).max_by_key(|(at, _)| *at) {
        Some((at, what)) => format!("{what} ({})", local(zone, at)),
        None => "no answer yet".to_owned(),
    }
}
