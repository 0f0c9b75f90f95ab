//! The form that makes a rolling plan, on the page of a message with several machines that can be started.

use serde::Serialize;

use super::super::link_target::LinkTarget;
use super::choice::Choice;
use super::plan::minutes;
use crate::domain::schedule::Hours;
use crate::services::App;

/// The form.
#[derive(Debug, Serialize)]
pub(crate) struct Offer {
    machines: Vec<Choice>,
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
    machines: Vec<Choice>,
    (earliest, latest): (String, String),
) -> Option<Offer> {
    let hours = app.standing_orders.get(&target.recipient).cloned().unwrap_or(Hours::Always);
    (machines.len() > 1).then(|| Offer {
        machines,
        hours: hours.to_string(),
        earliest,
        latest,
        gap: minutes(app.start_rules.min_gap),
    })
}
