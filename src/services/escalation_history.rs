//! Who else was notified of a window to which nobody responded: escalation recipients read when the owners were
//! notified, and the owners read to whom it was escalated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::log_unreadable;
use crate::domain::assignment::Assignment;
use crate::domain::ledger::MessageRecord;
use crate::domain::message_content::{ContentItem, MessageContent, PriorNotification};
use crate::domain::recipient_name::RecipientName;
use crate::domain::stage::Stage;
use crate::domain::window::MaintenanceWindow;
use crate::store::StoreError;
use crate::store::repository::Repository;

/// The ledgers of at most this many others are read for one message.
const OTHERS: usize = 25;

/// Adds to each item of `content` what the others of its window were really notified. The cost is one ledger for each of
/// them, and nothing where nothing was escalated.
pub(super) async fn add_escalation_history(
    repository: &Repository,
    content: &mut MessageContent,
    assignments: &[Arc<Assignment>],
) -> Result<(), StoreError> {
    let of_item = |item: &ContentItem| {
        let assignment = assignments.iter().find(|assignment| assignment.window.id == item.window.id);
        assignment
            .filter(|assignment| assignment.withdrawn.is_none())
            .map(|one| others(one))
            .unwrap_or_default()
    };
    let wanted: Vec<BTreeSet<&RecipientName>> = content.items.iter().map(of_item).collect();
    let names: BTreeSet<&RecipientName> = wanted.iter().flatten().copied().collect();
    let mut ledgers: BTreeMap<&RecipientName, Vec<Arc<MessageRecord>>> = BTreeMap::new();
    for name in names.into_iter().take(OTHERS) {
        let state = repository.whole_state(name).await?;
        log_unreadable("a row of a recipient", &state.unreadable);
        ledgers.insert(name, state.messages());
    }
    for (item, names) in content.items.iter_mut().zip(wanted) {
        // Escalation recipients need the whole story, owners only that it was escalated.
        let whole = item.stages.contains(&Stage::Escalated);
        let prior_notifications = names.into_iter().filter_map(|name| ledgers.get_key_value(name));
        let mut prior_notifications: Vec<PriorNotification> = prior_notifications
            .flat_map(|(name, ledger)| notified(name, ledger, &item.window, whole))
            .collect();
        prior_notifications.sort();
        prior_notifications.dedup();
        item.prior_notifications = prior_notifications;
    }
    Ok(())
}

/// Whose ledgers matter for what this recipient reads.
fn others(assignment: &Assignment) -> BTreeSet<&RecipientName> {
    let escalation_steps = assignment.escalation_steps.iter().map(|step| &step.to);
    let owners = assignment.others.iter().filter(|_| assignment.is_only_escalated());
    escalation_steps.chain(owners).filter(|name| **name != assignment.recipient).collect()
}

fn notified<'a>(
    name: &'a RecipientName,
    ledger: &'a [Arc<MessageRecord>],
    window: &'a MaintenanceWindow,
    whole: bool,
) -> impl Iterator<Item = PriorNotification> + use<'a> {
    // What is claimed and was not sent notified nobody, and neither did what a pilot diverted.
    let sent = ledger.iter().filter(|message| message.notifies() && !message.diverted);
    sent.filter_map(|message| Some((message.notified_at?, message))).flat_map(move |(at, message)| {
        let of_window = message.items.iter().filter(move |item| item.window == window.id);
        let stages = of_window.filter(move |item| match item.stage {
            Stage::Announced => whole,
            Stage::Rescheduled | Stage::Reminder => whole && item.revision == window.revision,
            Stage::Escalated => item.revision == window.revision,
            _ => false,
        });
        stages.map(move |item| PriorNotification { recipient: name.clone(), at, stage: item.stage })
    })
}
