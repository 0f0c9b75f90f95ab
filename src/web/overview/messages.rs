//! A recipient's newest messages, as far as somebody may know of them.

use std::collections::HashSet;

use serde::Serialize;

use super::gather::Gathered;
use super::visit::Visit;
use crate::domain::endpoint::Endpoint;
use crate::domain::ledger::MessageRecord;
use crate::domain::resource::folded;
use crate::domain::window::WindowId;

/// The windows of which a visitor may know; everything where nothing is listed.
#[derive(Debug)]
pub(super) struct Visible(Option<HashSet<(String, u32)>>);

impl Visible {
    pub(super) fn to(visit: &Visit, gathered: &Gathered) -> Self {
        let listed = || {
            let entries = gathered.entries(visit);
            entries.iter().map(|entry| (folded(&entry.resource()), entry.line.generation)).collect()
        };
        Self((!visit.sees_everything()).then(listed))
    }

    /// Whether the visitor may know of the window.
    pub(super) fn has(&self, window: &WindowId) -> bool {
        let key = || (window.resource.folded().to_owned(), window.generation);
        self.0.as_ref().is_none_or(|listed| listed.contains(&key()))
    }

    /// Whether nothing is kept from the visitor.
    pub(super) fn is_everything(&self) -> bool {
        self.0.is_none()
    }
}

/// Where a message went. Only whoever sees everything learns addresses.
#[derive(Debug, Serialize)]
pub(super) struct SentTo {
    endpoint: String,
    outcome: &'static str,
}

/// What became of the message as a whole.
pub(super) fn outcome(message: &MessageRecord) -> &'static str {
    if message.reached_nobody() {
        "refused"
    } else if message.diverted {
        "diverted"
    } else if message.notified_at.is_none() {
        "waiting"
    } else if message.endpoints.iter().any(|endpoint| message.reached(&endpoint.key())) {
        "sent"
    } else {
        "unknown"
    }
}

/// What became of it at each endpoint.
pub(super) fn sent_to(message: &MessageRecord, visible: &Visible) -> Vec<SentTo> {
    if !visible.is_everything() {
        return Vec::new();
    }
    let at = |endpoint: &Endpoint| {
        let key = endpoint.key();
        let outcome = if message.refused.contains(&key) {
            "refused"
        } else if message.unknown.contains_key(&key) {
            "unknown"
        } else if message.settled.contains(&key) {
            "sent"
        } else {
            "waiting"
        };
        SentTo { endpoint: endpoint.to_string(), outcome }
    };
    message.endpoints.iter().map(at).collect()
}
