//! Whether maintenance may be started: by the rules, by its dates, by what Azure says, and by what others start.

use chrono::{DateTime, Utc};

use super::request::StartRequest;
use super::transaction::decides_alone;
use crate::azure::compute::{MachineRead, read_machine};
use crate::domain::action::start::{
    AgentBefore, StartFacts, StartOrigin, StartPhase, StartRefusal, loses_only, may_begin, may_plan,
};
use crate::domain::action::start_rules::StartRules;
use crate::domain::action::start_rules::StartsAs;
use crate::domain::data_loss::DataLoss;
use crate::domain::ids::StartId;
use crate::domain::machine::Machine;
use crate::domain::observation::Reading;
use crate::domain::resource::ResourceKind;
use crate::domain::window::{MaintenanceWindow, Revision, WindowId};
use crate::services::{App, ServiceError};
use crate::store::repository::ActionTransaction;

/// What was read of a machine that may be started.
pub(super) struct VerifiedMachine {
    pub(super) machine: Machine,
    pub(super) reading: Reading,
    /// What its agent said, where the machine was read.
    pub(super) agent: Option<AgentBefore>,
}

/// Checks everything that does not depend on what others decide at the same moment.
pub(super) async fn verify(
    app: &App,
    request: &StartRequest,
    has_own: bool,
    now: DateTime<Utc>,
) -> Result<Result<VerifiedMachine, StartRefusal>, ServiceError> {
    if let Err(refusal) = rules_allow(app).and_then(|()| rights_allow(app, request, has_own)) {
        return Ok(Err(refusal));
    }
    let Some(row) = app.repository.window(&request.window).await? else { return Ok(Err(StartRefusal::Over)) };
    let window = row.value.window;
    if let Some(begins) = request.begins {
        let allowed = may_be_planned(&window, (request.revision, accepted(request)), begins, now);
        let machine = window.machine;
        let reading = Reading::NothingPlanned;
        return Ok(allowed.map(|()| VerifiedMachine { reading, machine, agent: None }));
    }
    if let Some(start) = elsewhere(app, &window.id).await? {
        return Ok(Err(StartRefusal::AlreadyOpen { start }));
    }
    Ok(verify_machine(app, &window, request.revision, may_begin, accepted(request), now).await)
}

/// The start of another window of the same machine that is under way, or may be: Azure gave the machine new dates while it
/// worked on the old ones.
pub(super) async fn elsewhere(app: &App, window: &WindowId) -> Result<Option<StartId>, ServiceError> {
    let open = app.repository.open_starts().await?;
    let mut others = open.values().filter(|start| {
        start.window != *window
            && start.window.resource == window.resource
            && start.phase() != StartPhase::Waiting
    });
    Ok(others.next().map(|start| start.id.clone()))
}

/// What was agreed to be lost, by somebody who can agree to it.
pub(super) fn accepted(request: &StartRequest) -> Option<DataLoss> {
    request.accepts.filter(|_| decides_alone(&request.origin))
}

pub(crate) fn rules_allow(app: &App) -> Result<(), StartRefusal> {
    match (app.start_rules.enabled, app.starts_paused) {
        (false, _) => Err(StartRefusal::Disabled),
        (true, true) => Err(StartRefusal::Paused),
        (true, false) => Ok(()),
    }
}

/// Where starts are made with the rights of whoever clicks, nothing is started without them. On the command line they
/// are those of the identity that it runs with.
fn rights_allow(app: &App, request: &StartRequest, has_own: bool) -> Result<(), StartRefusal> {
    let is_theirs = match request.origin {
        StartOrigin::Link { .. } => has_own,
        StartOrigin::CommandLine => true,
        StartOrigin::StandingOrder { .. } | StartOrigin::RollingPlan { .. } => false,
    };
    let allowed = app.start_rules.acts_as == StartsAs::App || is_theirs && request.begins.is_none();
    if allowed { Ok(()) } else { Err(StartRefusal::OwnRights) }
}

fn has_self_start(window: &MaintenanceWindow) -> Result<(), StartRefusal> {
    if window.machine.tenant.is_some() {
        return Err(StartRefusal::OtherTenant);
    }
    match window.place().kind() {
        ResourceKind::Vm | ResourceKind::ScaleSetInstance => Ok(()),
        _ => Err(StartRefusal::NoSelfStart),
    }
}

fn same_dates(window: &MaintenanceWindow, revision: Revision) -> Result<(), StartRefusal> {
    if window.revision == revision {
        Ok(())
    } else {
        Err(StartRefusal::Moved { schedule: window.facts.schedule })
    }
}

/// Whether a start of these dates, in which `accepts` may be lost, may be planned for `begins`.
pub(in crate::services) fn may_be_planned(
    window: &MaintenanceWindow,
    (revision, accepts): (Revision, Option<DataLoss>),
    begins: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StartRefusal> {
    has_self_start(window)?;
    same_dates(window, revision)?;
    may_plan(window, begins, now)?;
    loses_only(&window.machine, accepts)
}

/// What decides whether a machine that was read may be started now.
type MayBegin = fn(StartFacts<'_>, Revision, DateTime<Utc>) -> Result<(), StartRefusal>;

/// Reads the machine and says whether it may be started at this moment.
pub(super) async fn verify_machine(
    app: &App,
    window: &MaintenanceWindow,
    revision: Revision,
    may_begin: MayBegin,
    accepts: Option<DataLoss>,
    now: DateTime<Utc>,
) -> Result<VerifiedMachine, StartRefusal> {
    has_self_start(window)?;
    let record = match read_machine(&app.arm, window.place()).await {
        MachineRead::Machine(record) => record,
        MachineRead::Gone => return Err(StartRefusal::NoLongerExists),
        MachineRead::Unseen { reason: problem, .. } => return Err(StartRefusal::Unseen { problem }),
        MachineRead::Unreadable(record) => return Err(StartRefusal::Unseen { problem: record.problem }),
    };
    let agent = Some(AgentBefore::of(record.view.agent_ready));
    let (fresh, reading) = record.into_machine();
    // Another machine has its name by now: nobody agreed to anything of that one.
    if window.machine.is_another(&fresh) {
        return Err(StartRefusal::NoLongerExists);
    }
    may_begin(StartFacts { window, reading: &reading, power: &fresh.power }, revision, now)?;
    // Its place is as fresh as the read, and its tags as complete as collect found them.
    let tags = crate::domain::tags::TagChain {
        resource: fresh.tags.resource.clone(),
        ..window.machine.tags.clone()
    };
    // A scale set may say of its instances what they do not say themselves.
    let ephemeral_os_disk = match window.machine.ephemeral_os_disk {
        Some(true) => Some(true),
        _ => fresh.ephemeral_os_disk,
    };
    let machine = Machine { tags, ephemeral_os_disk, ..fresh };
    loses_only(&machine, accepts)?;
    Ok(VerifiedMachine { machine, reading, agent })
}

/// Whether the machine's groups and the limit let it start now.
pub(super) fn others_allow(
    transaction: &ActionTransaction,
    rules: &StartRules,
    request: &StartRequest,
    now: DateTime<Utc>,
) -> Result<(), StartRefusal> {
    let wait = transaction
        .groups
        .values()
        .find_map(|group| group.wait(&request.window.resource, rules.min_gap, now));
    if let Some(wait) = wait {
        return Err(StartRefusal::Gap { wait });
    }
    for allowance in rules.limit.allowances() {
        let since = now - allowance.window;
        let lately: Vec<_> = transaction.recent.iter().filter(|at| **at > since).collect();
        let count = usize::try_from(allowance.count).unwrap_or(usize::MAX);
        if let Some(surplus) = lately.len().checked_sub(count)
            && let Some(oldest) = lately.get(surplus)
        {
            return Err(StartRefusal::Limit { until: **oldest + allowance.window });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::domain::fixtures::{utc, window};
    use crate::domain::machine::OtherTenant;

    #[test]
    fn a_start_is_planned_for_the_dates_that_were_seen_and_a_machine_of_this_tenant() {
        let now = utc("2026-12-01T08:00:00Z");
        let (shown, begins) = (window("web-01", now), now + TimeDelta::days(1));
        let plan =
            |window: &MaintenanceWindow, revision| may_be_planned(window, (revision, None), begins, now);
        assert_eq!(plan(&shown, Revision::FIRST), Ok(()));
        let moved = StartRefusal::Moved { schedule: shown.facts.schedule };
        assert_eq!(plan(&shown, Revision(2)), Err(moved));
        let mut elsewhere = shown.clone();
        elsewhere.machine.tenant = Some(OtherTenant { id: "t".to_owned(), name: None });
        assert_eq!(plan(&elsewhere, Revision::FIRST), Err(StartRefusal::OtherTenant));
        let mut loses = shown;
        loses.machine.ephemeral_os_disk = None;
        assert_eq!(
            plan(&loses, Revision::FIRST),
            Err(StartRefusal::DataLoss { loss: DataLoss::PerhapsOsDisk })
        );
    }
}
