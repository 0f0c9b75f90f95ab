//! Rolling plans, in the partition of what people decide, so that a member's start and its place in the plan are one
//! batch.

use super::actions::{partition, trail_writes};
use super::{ATTEMPTS, LoadedRows, Repository, batch, exactly};
use crate::domain::action::audit::AuditEvent;
use crate::domain::action::rolling::RollingPlan;
use crate::domain::ids::PlanId;
use crate::store::codec::Versioned;
use crate::store::{ETag, RowKey, RowRange, StoreError, Write};

impl Versioned for RollingPlan {
    const VERSION: u16 = 1;
}

impl Repository {
    /// Every plan of which something is left to do.
    pub async fn open_plans(&self) -> Result<LoadedRows<RollingPlan>, StoreError> {
        self.load(&partition()?, RowRange::within(&["p"])?).await
    }

    /// One plan, wherever it stands.
    pub async fn plan(&self, id: &PlanId) -> Result<Option<RollingPlan>, StoreError> {
        for kind in ["p", "q"] {
            if let Some(plan) = self.read::<RollingPlan>(&partition()?, &plan_key(kind, id)?).await? {
                return Ok(Some(plan.value));
            }
        }
        Ok(None)
    }

    /// Keeps a new plan, with its entry in the audit trail, unless it is there already. Says whether it is new.
    ///
    /// # Errors
    /// When the store cannot be read or written, or others keep being faster.
    pub async fn make_plan(&self, plan: &RollingPlan, event: &AuditEvent) -> Result<bool, StoreError> {
        let mut attempt = 1;
        loop {
            if self.plan(&plan.id).await?.is_some() {
                return Ok(false);
            }
            let mut writes = vec![exactly(plan_key("p", &plan.id)?, plan, None)?];
            writes.extend(trail_writes(self.trail_end().await?, vec![event.clone()])?);
            match batch::write(&*self.store, &partition()?, writes).await {
                Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
                result => return result.map(|_| true),
            }
        }
    }

    /// Lets `change` change a plan of which something is left to do, and say what the audit trail is to say of that.
    /// `None` leaves everything as it is, and is returned for a plan that is over or not known.
    ///
    /// # Errors
    /// When the store cannot be read or written, or others keep being faster.
    pub async fn change_plan(
        &self,
        id: &PlanId,
        mut change: impl FnMut(&mut RollingPlan) -> Option<Vec<AuditEvent>> + Send,
    ) -> Result<Option<RollingPlan>, StoreError> {
        let mut attempt = 1;
        loop {
            let Some(read) = self.read::<RollingPlan>(&partition()?, &plan_key("p", id)?).await? else {
                return Ok(None);
            };
            let mut plan = read.value;
            let Some(happenings) = change(&mut plan) else { return Ok(None) };
            let mut writes = plan_writes(&plan, Some(read.etag))?;
            if !happenings.is_empty() {
                writes.extend(trail_writes(self.trail_end().await?, happenings)?);
            }
            match batch::write(&*self.store, &partition()?, writes).await {
                Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
                result => return result.map(|_| Some(plan)),
            }
        }
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

pub(super) fn plan_key(kind: &str, id: &PlanId) -> Result<RowKey, StoreError> {
    Ok(RowKey::of(&[kind, id.as_str()])?)
}
