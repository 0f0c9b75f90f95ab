//! Operator alerts about what a look could not see or understand.

use crate::domain::observation::{UnreadableRecord, UnseenCause, UnseenScope};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::same_id;

/// An alert for each scope that could not be seen and each record that could not be read. What passes by itself, or is
/// known in part, is reported when the look before did not see it either, as `before` says; what Azure does not have, never.
pub fn observation_alerts<'a>(
    unseen: &'a [UnseenScope],
    unreadable: &'a [UnreadableRecord],
    before: &'a [UnseenScope],
) -> impl Iterator<Item = OperatorAlert> + use<'a> {
    let lasts = |unseen: &UnseenScope| before.iter().any(|before| same_id(&before.scope, &unseen.scope));
    let reported = unseen.iter().filter(move |unseen| match unseen.cause {
        UnseenCause::NoRights | UnseenCause::SubscriptionGone => true,
        UnseenCause::NoAnswer | UnseenCause::InPart => lasts(unseen),
        UnseenCause::NotThere => false,
    });
    let unseen = reported.map(|unseen| OperatorAlert::Unseen {
        scope: unseen.scope.clone(),
        reason: unseen.reason.clone(),
        cause: unseen.cause,
    });
    unseen.chain(unreadable.iter().map(|record| OperatorAlert::Unreadable {
        what: record.what.clone(),
        problem: record.problem.clone(),
    }))
}
