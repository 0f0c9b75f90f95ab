//! Writes for the audit trail and rolling plans, which are parts of other batches.

use super::keys::{entry_key, plan_key};
use super::writes::exactly;
use crate::domain::action::audit::{AuditEvent, AuditHead, append};
use crate::domain::action::rolling::RollingPlan;
use crate::store::{ETag, RowKey, StoreError, Write};

/// The end of the audit trail, as it was read for writing on.
#[derive(Debug)]
pub(super) struct TrailEnd {
    pub(super) head: AuditHead,
    pub(super) etag: Option<ETag>,
}

impl TrailEnd {
    /// What makes the trail say what happened. Its end is written in any case, so that it must be as it was read.
    pub(super) fn writes(self, events: Vec<AuditEvent>) -> Result<Vec<Write>, StoreError> {
        let (mut head, mut writes) = (self.head, Vec::new());
        for event in events {
            let (entry, next) = append(&head, event);
            writes.push(exactly(entry_key(entry.sequence)?, &entry, None)?);
            head = next;
        }
        writes.push(exactly(RowKey::new("head")?, &head, self.etag)?);
        Ok(writes)
    }
}

/// What has to be written for `plan` to be as it is now, after it was read with this ETag.
pub(super) fn plan_writes(plan: &RollingPlan, etag: Option<ETag>) -> Result<Vec<Write>, StoreError> {
    let open = plan_key("p", &plan.id)?;
    if !plan.is_over() {
        return Ok(vec![exactly(open, plan, etag)?]);
    }
    Ok(vec![Write::Delete { row: open, etag }, exactly(plan_key("q", &plan.id)?, plan, None)?])
}
