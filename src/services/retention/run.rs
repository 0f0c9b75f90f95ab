//! One run of retention, and what it removed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::domain::operator_alert::OperatorAlert;
use crate::domain::recipient_name::RecipientName;
use crate::domain::window::WindowId;
use crate::services::App;

/// What a run removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RetentionReport {
    pub windows: usize,
    /// Messages, with what they were bound to.
    pub messages: usize,
    /// Settled rows of the outbox.
    pub outbox: usize,
    pub actions: usize,
    /// Recipients of whom only the name was kept.
    pub recipients: usize,
    /// Entries of the audit trail.
    pub entries: u64,
    /// Whether it came to the end of its slice.
    pub finished: bool,
}

/// One run.
pub(super) struct CleanUp<'a> {
    pub(super) app: &'a App,
    pub(super) now: DateTime<Utc>,
    /// What ended by then is past.
    pub(super) before: DateTime<Utc>,
    pub(super) operator_alerts: Vec<(DateTime<Utc>, OperatorAlert)>,
    pub(super) is_time: &'a (dyn Fn() -> bool + Send + Sync),
    /// The recipients that were gone through, with the windows that something of theirs still speaks of; nothing when
    /// that is not known.
    pub(super) seen: BTreeMap<RecipientName, Option<BTreeSet<WindowId>>>,
    pub(super) report: RetentionReport,
}
