//! The form that makes a rolling plan, on the page of a message with several machines that can be started.

use serde::Serialize;

use super::super::link_target::LinkTarget;
use super::choice::StartChoice;
use super::plan::minutes;
use crate::domain::schedule::Hours;
use crate::services::App;

/// The form.
#[derive(Debug, Serialize)]
pub(crate) struct Offer {
    machines: Vec<StartChoice>,
    /// Machines that no plan starts, because a start of them loses data.
    never: Vec<String>,
    hours: String,
    earliest: String,
    latest: String,
    gap: String,
}

/// The form for these machines, which can be started between two moments as a form's field has them; nothing for a
/// single one.
pub(crate) fn offer(
    app: &App,
    target: &LinkTarget,
    machines: Vec<StartChoice>,
    (earliest, latest): (String, String),
) -> Option<Offer> {
    let hours = app.standing_orders.get(&target.recipient).cloned().unwrap_or(Hours::Always);
    let (never, machines): (Vec<_>, Vec<_>) =
        machines.into_iter().partition(|machine| machine.loss.is_some());
    (machines.len() > 1).then(|| Offer {
        never: never.into_iter().map(|machine| machine.label).collect(),
        machines,
        hours: hours.to_string(),
        earliest,
        latest,
        gap: minutes(app.start_rules.min_gap),
    })
}
