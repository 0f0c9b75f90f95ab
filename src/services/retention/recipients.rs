//! What goes of a recipient: copies and messages that are past, and in the end the name.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::run::CleanUp;
use crate::domain::ledger::{MessageRecord, RecipientHead};
use crate::domain::recipient_name::RecipientName;
use crate::domain::retention::{forgettable, remembered};
use crate::domain::window::WindowId;
use crate::services::log_unreadable;
use crate::store::StoreError;
use crate::store::repository::{ExpiringRecipient, Stored};

impl CleanUp<'_> {
    /// Removes what is past of one recipient, once a run. Returns the windows that something of theirs still speaks
    /// of; nothing when that is not known.
    pub(super) async fn recipient(
        &mut self,
        name: &RecipientName,
    ) -> Result<Option<&BTreeSet<WindowId>>, StoreError> {
        if !self.seen.contains_key(name) {
            let spoken_of = match self.remove_past(name).await {
                // Somebody claimed a message meanwhile: another time.
                Err(error) if error.is_conflict() => None,
                result => result?,
            };
            self.seen.insert(name.clone(), spoken_of);
        }
        Ok(self.seen.get(name).and_then(Option::as_ref))
    }

    async fn remove_past(&mut self, name: &RecipientName) -> Result<Option<BTreeSet<WindowId>>, StoreError> {
        let repository = &self.app.repository;
        let state = repository.state(name).await?;
        if !state.unreadable.is_empty() {
            log_unreadable("a row of a recipient", &state.unreadable);
            return Ok(None);
        }
        let ledger = state.messages();
        let head = state.head.as_ref().map(|head| head.value.head.clone()).unwrap_or_default();
        let found =
            forgettable(&state.assignments, &ledger, &head, &self.operator_alerts, self.before, self.now);
        if state.head.is_none() && !found.messages.is_empty() {
            tracing::error!(recipient = %name, "messages are kept of a recipient who has no head; they stay");
            return Ok(None);
        }
        let is_last = found.copies.len() == state.assignments.len() && found.messages.len() == ledger.len();
        let has_any = !found.copies.is_empty() || !found.messages.is_empty();
        if let Some(head) = state.head.filter(|_| has_any) {
            if is_last {
                // Nothing leads to the name any more afterwards but this.
                let past = remembered(&head.value.head.past, ledger.iter().map(Arc::as_ref));
                let last = past.last_message.max(past.last_card).unwrap_or(self.now);
                let at = last + self.app.retention.personal;
                repository.note_expiry(&ExpiringRecipient { name: name.clone(), at }).await?;
            }
            repository.delete_assignments(name, &found.copies).await?;
            let messages: Vec<Stored<Arc<MessageRecord>>> = state
                .ledger
                .into_iter()
                .filter(|message| found.messages.contains(&message.value.sequence))
                .collect();
            let without = |head: &RecipientHead, messages: &[Stored<Arc<MessageRecord>>]| RecipientHead {
                past: remembered(&head.past, messages.iter().map(|message| &*message.value)),
                ..head.clone()
            };
            repository.delete_messages(name, head, &messages, without).await?;
            self.report.messages += messages.len();
        } else if has_any {
            repository.delete_assignments(name, &found.copies).await?;
        }
        Ok(Some(found.spoken_of))
    }

    /// Removes a recipient of whom only the name is kept. Who stands in the configuration is known anyway.
    pub(super) async fn name(&mut self, expiring: &Stored<ExpiringRecipient>) -> Result<(), StoreError> {
        let repository = &self.app.repository;
        let name = &expiring.value.name;
        let state = repository.state(name).await?;
        let is_empty = state.assignments.is_empty() && state.ledger.is_empty() && state.unreadable.is_empty();
        let is_configured = self.app.policy().recipients.contains_key(name);
        if let Some(head) = state.head.filter(|_| is_empty && !is_configured) {
            // Should they come back, no number of theirs is used a second time: mails and calendars still carry them.
            let last = head.value.head.sequence;
            repository.delete_settings(name).await?;
            repository.update_tenant(|tenant| tenant.last_retired = tenant.last_retired.max(last)).await?;
            if !repository.delete_recipient(&head).await? {
                return Ok(());
            }
            self.report.recipients += 1;
        }
        repository.cancel_expiry(expiring).await
    }
}
