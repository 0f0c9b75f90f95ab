//! Operator alerts about what a look could not see or understand.

use crate::domain::observation::{UnreadableRecord, UnseenScope};
use crate::domain::operator_alert::OperatorAlert;

/// An alert for each scope that could not be seen and each record that could not be read.
pub fn observation_alerts<'a>(
    unseen: &'a [UnseenScope],
    unreadable: &'a [UnreadableRecord],
) -> impl Iterator<Item = OperatorAlert> + use<'a> {
    let unseen = unseen
        .iter()
        .map(|unseen| OperatorAlert::Unseen { scope: unseen.scope.clone(), reason: unseen.reason.clone() });
    unseen.chain(unreadable.iter().map(|record| OperatorAlert::Unreadable {
        what: record.what.clone(),
        problem: record.problem.clone(),
    }))
}
