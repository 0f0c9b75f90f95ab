//! What a recipient is going to hear if nothing changes: planning, run ahead of time.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::input::{Pace, PlanningInput};
use super::planner::{LedgerStep, plan};
use crate::domain::ledger::{MessageRecord, RecipientHead};

/// More messages than this are not worth knowing ahead.
const LIMIT: usize = 50;

/// The messages that will be sent until `horizon`, each at the time at which it will be, if nothing changes and every
/// one of them arrives. The cost is that of planning once for each.
pub fn forecast(input: &PlanningInput<'_>, now: DateTime<Utc>, horizon: DateTime<Utc>) -> Vec<MessageRecord> {
    let mut ledger: Vec<Arc<MessageRecord>> = input.ledger.to_vec();
    let mut head: RecipientHead = input.head.clone();
    let mut messages = Vec::new();
    let mut at = now;
    while at <= horizon && messages.len() < LIMIT {
        let plan = plan(PlanningInput { ledger: &ledger, head: &head, ..*input }, Pace::Considerate, at);
        if let LedgerStep::Claim(message) | LedgerStep::Amend(message) = plan.step {
            head.sequence = head.sequence.max(message.sequence);
            ledger.retain(|known| known.id != message.id);
            let endpoints = message.endpoints.iter().map(|endpoint| endpoint.key()).collect();
            let sent = MessageRecord { notified_at: Some(at), settled: endpoints, ..*message };
            if sent.notifies() {
                messages.push(sent.clone());
            }
            ledger.push(Arc::new(sent));
            // What comes next can depend on what was reported now.
            continue;
        }
        match plan.wake {
            Some(wake) => at = wake,
            None => break,
        }
    }
    messages
}
