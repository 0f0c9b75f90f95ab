//! The ledger of a recipient who was notified under other names before: what was sent to those was sent to them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::endpoint::Endpoint;
use super::ledger::MessageRecord;
use super::recipient_name::RecipientName;
use super::stage::Stage;
use super::window::WindowId;

/// One ledger of messages that were sent to `own` and, under other names, in the `former` ones, in the order in which
/// they were claimed.
///
/// A message under a former name counts as one that came just after the own one before it. What is unsent there was
/// told to nobody.
pub fn joined(
    own: &[Arc<MessageRecord>],
    former: &[Vec<Arc<MessageRecord>>],
    name: &RecipientName,
) -> Vec<Arc<MessageRecord>> {
    if former.is_empty() {
        return own.to_vec();
    }
    let former_kept: Vec<BTreeSet<&WindowId>> = former.iter().map(|ledger| kept(ledger)).collect();
    let own_kept = kept(own);
    let mut all: Vec<(bool, Arc<MessageRecord>)> =
        own.iter().map(|message| (true, message.clone())).collect();
    for (index, ledger) in former.iter().enumerate() {
        let elsewhere = |id: &WindowId| {
            let mut others = former_kept.iter().enumerate().filter(|(other, _)| *other != index);
            own_kept.contains(id) || others.any(|(_, kept)| kept.contains(id))
        };
        let sent = ledger.iter().filter(|message| !message.is_unsent());
        all.extend(sent.map(|message| {
            let mut message = MessageRecord { recipient: name.clone(), ..(**message).clone() };
            // Taken from one name and left to the other, it was not taken from whoever has both.
            message.items.retain(|item| item.stage != Stage::Reassigned || !elsewhere(&item.window));
            for endpoint in &mut message.endpoints {
                if let Endpoint::Teams { recipient } = endpoint {
                    *recipient = name.clone();
                }
            }
            (false, Arc::new(message))
        }));
    }
    all.sort_by_key(|(is_own, message)| (message.claimed_at, *is_own, message.sequence));
    let mut last = 0;
    for (is_own, message) in &mut all {
        if *is_own {
            last = last.max(message.sequence);
        } else {
            Arc::make_mut(message).sequence = last;
        }
    }
    all.into_iter().map(|(_, message)| message).collect()
}

/// The windows of which the ledger says last anything but that somebody else has them.
fn kept(ledger: &[Arc<MessageRecord>]) -> BTreeSet<&WindowId> {
    let mut kept = BTreeSet::new();
    for item in ledger.iter().filter(|message| message.notifies()).flat_map(|message| &message.items) {
        if item.stage == Stage::Reassigned {
            kept.remove(&item.window);
        } else {
            kept.insert(&item.window);
        }
    }
    kept
}
