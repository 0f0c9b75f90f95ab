//! Who is responsible for a window, as routing found it.

use chrono::{DateTime, Utc};

use super::assignment::Holder;
use super::escalation_steps::EscalationStep;
use super::reason::Reason;
use super::recipient_name::RecipientName;
use super::refused_owner::RefusedOwner;

/// Who is responsible for one window.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Responsibility {
    /// Each recipient with the reasons, the primary first.
    pub recipients: Vec<(RecipientName, Vec<Reason>)>,
    /// Who is escalated to when nobody responds, step by step: empty until the first step is near.
    pub escalation_steps: Vec<EscalationStep>,
    pub refused: Vec<RefusedOwner>,
    /// The reason of the silence that covers the window: nobody is notified.
    pub silenced: Option<String>,
    pub silenced_until: Option<DateTime<Utc>>,
}

impl Responsibility {
    /// Leaves out whoever does not have the window already, unless nobody would be left.
    pub fn keep_to(&mut self, holders: &[Holder]) {
        let has = |name: &RecipientName| {
            holders.iter().any(|holder| holder.recipient == *name && holder.withdrawn.is_none())
        };
        if self.recipients.iter().any(|(name, _)| has(name)) {
            self.recipients.retain(|(name, _)| has(name));
        }
    }

    /// Adds a reason to be notified, once.
    pub(super) fn add(&mut self, name: RecipientName, reason: Reason) {
        match self.recipients.iter_mut().find(|(known, _)| *known == name) {
            Some((_, reasons)) if reasons.contains(&reason) => {}
            Some((_, reasons)) => reasons.push(reason),
            None => self.recipients.push((name, vec![reason])),
        }
    }
}
