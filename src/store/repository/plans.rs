//! Rolling plans, in the partition of what people decide, so that a member's start and its place in the plan are one
//! batch.

use super::access::{ATTEMPTS, Repository};
use super::batch;
use super::keys::{partition, plan_key};
use super::loaded::LoadedRows;
use super::trail_writes::plan_writes;
use super::writes::exactly;
use crate::domain::action::audit::AuditEvent;
use crate::domain::action::rolling::RollingPlan;
use crate::domain::ids::PlanId;
use crate::store::codec::Versioned;
use crate::store::retry_on_conflict;
use crate::store::{RowRange, StoreError};

impl Versioned for RollingPlan {}

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
        retry_on_conflict!(ATTEMPTS, {
            if self.plan(&plan.id).await?.is_some() {
                return Ok(false);
            }
            let mut writes = vec![exactly(plan_key("p", &plan.id)?, plan, None)?];
            writes.extend(self.trail_end().await?.writes(vec![event.clone()])?);
            batch::write(&*self.store, &partition()?, writes).await?;
            Ok(true)
        })
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
        retry_on_conflict!(ATTEMPTS, {
            let Some(read) = self.read::<RollingPlan>(&partition()?, &plan_key("p", id)?).await? else {
                return Ok(None);
            };
            let mut plan = read.value;
            let Some(events) = change(&mut plan) else { return Ok(None) };
            let mut writes = plan_writes(&plan, Some(read.etag))?;
            if !events.is_empty() {
                writes.extend(self.trail_end().await?.writes(events)?);
            }
            batch::write(&*self.store, &partition()?, writes).await?;
            Ok(Some(plan))
        })
    }
}
