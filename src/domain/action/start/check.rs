//! Whether a start may be planned or claimed.

use chrono::{DateTime, Utc};

use crate::domain::action::start::refusal::StartRefusal;
use crate::domain::data_loss::DataLoss;
use crate::domain::machine::{Machine, PowerState};
use crate::domain::observation::Reading;
use crate::domain::reconcile::moved_materially;
use crate::domain::window::{
    Acceptance, LastResult, MaintenanceFacts, MaintenanceWindow, Revision, Schedule,
};

/// What is known of the machine just before a start is claimed.
#[derive(Debug, Clone, Copy)]
pub struct StartFacts<'a> {
    pub window: &'a MaintenanceWindow,
    /// What the machine's own record says at this moment.
    pub reading: &'a Reading,
    pub power: &'a PowerState,
}

/// Whether a start that was planned at dates of `revision` may be claimed now: its moment decides, whatever became of
/// the dates.
pub fn may_begin_planned(
    just_read: StartFacts<'_>,
    revision: Revision,
    now: DateTime<Utc>,
) -> Result<(), StartRefusal> {
    let is_within = |schedule: Schedule| schedule.self_service.is_some_and(|own| own.contains(now));
    let stored = just_read.window.facts.schedule;
    // One look without a status, or without a part of it, is no verdict: the next may show it again.
    let one_look = |problem: &str| {
        let is_good = !just_read.window.is_over() && is_within(stored);
        is_good.then(|| StartRefusal::Unseen { problem: problem.to_owned() })
    };
    let Reading::Maintenance(facts) = just_read.reading else {
        return Err(one_look("it shows no maintenance at the moment").unwrap_or(StartRefusal::Over));
    };
    if facts.schedule.self_service.is_none()
        && facts.last_result != LastResult::MaintenanceCompleted
        && let Some(unseen) = one_look("it shows no self-service at the moment")
    {
        return Err(unseen);
    }
    let is_open = is_within(facts.schedule);
    let was_over = just_read.window.is_over() || facts.last_result == LastResult::MaintenanceCompleted;
    if !is_open && !was_over {
        let stored = just_read.window.schedule_of(revision).unwrap_or(just_read.window.facts.schedule);
        let same = just_read.window.revision == revision && !moved_materially(stored, facts.schedule, now);
        return Err(if same {
            StartRefusal::OutsideSelfService
        } else {
            StartRefusal::Moved { schedule: facts.schedule }
        });
    }
    machine_lets(just_read, facts, now)
}

/// Whether nothing is lost by a start of `machine` but what was agreed to. What may be lost needs a word too, and a word
/// on what may be is none on what is certain by now.
pub fn loses_only(machine: &Machine, accepts: Option<DataLoss>) -> Result<(), StartRefusal> {
    match DataLoss::of(machine) {
        Some(loss) if accepts < Some(loss) => Err(StartRefusal::DataLoss { loss }),
        _ => Ok(()),
    }
}

/// Whether a start that was decided for `revision` may be claimed now.
pub fn may_begin(
    just_read: StartFacts<'_>,
    revision: Revision,
    now: DateTime<Utc>,
) -> Result<(), StartRefusal> {
    let Reading::Maintenance(facts) = just_read.reading else { return Err(StartRefusal::Over) };
    if just_read.window.is_over() || facts.last_result == LastResult::MaintenanceCompleted {
        return Err(StartRefusal::Over);
    }
    let withdrawn =
        facts.schedule.self_service.is_none() && just_read.window.facts.schedule.self_service.is_some();
    // What Azure says now may not have been collected yet, and nobody decided for it.
    let decided = just_read.window.schedule_of(revision).unwrap_or(just_read.window.facts.schedule);
    let has_dates = facts.schedule != Schedule::default();
    let moved = has_dates && moved_materially(decided, facts.schedule, now);
    if just_read.window.revision != revision || withdrawn || moved {
        return Err(StartRefusal::Moved { schedule: facts.schedule });
    }
    machine_lets(just_read, facts, now)
}

/// Whether the machine's own record lets it be started now.
fn machine_lets(
    just_read: StartFacts<'_>,
    facts: &MaintenanceFacts,
    now: DateTime<Utc>,
) -> Result<(), StartRefusal> {
    if just_read.window.is_over() || facts.last_result == LastResult::MaintenanceCompleted {
        return Err(StartRefusal::Over);
    }
    let facts = facts.clone().with_start_word_of(&just_read.window.facts);
    let acceptance = Acceptance::of(&facts, facts.self_start_allowed, now);
    if matches!(acceptance, Acceptance::Later { .. } | Acceptance::Never) {
        return Err(StartRefusal::OutsideSelfService);
    }
    if matches!(just_read.power, PowerState::Deallocated | PowerState::Stopped) {
        return Err(StartRefusal::NotRunning);
    }
    if matches!(just_read.power, PowerState::Other(word) if word.eq_ignore_ascii_case("starting")) {
        return Err(StartRefusal::Starting);
    }
    let is_disabled = just_read.window.machine.subscription_disabled;
    match acceptance {
        _ if is_disabled => Err(StartRefusal::NotAllowed { unsaid: false }),
        Acceptance::Refused => Err(StartRefusal::NotAllowed { unsaid: false }),
        Acceptance::Unsaid => Err(StartRefusal::NotAllowed { unsaid: true }),
        _ => Ok(()),
    }
}

/// Whether a start may be planned for `begins`.
pub fn may_plan(
    window: &MaintenanceWindow,
    begins: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StartRefusal> {
    if window.is_over() {
        return Err(StartRefusal::Over);
    }
    let inside = window.facts.schedule.self_service.is_some_and(|self_service| self_service.contains(begins));
    match window.acceptance(now) {
        _ if begins < now || !inside => Err(StartRefusal::OutsideSelfService),
        Acceptance::Refused => Err(StartRefusal::NotAllowed { unsaid: false }),
        Acceptance::Unsaid => Err(StartRefusal::NotAllowed { unsaid: true }),
        Acceptance::Now { .. } | Acceptance::Later { .. } | Acceptance::Never => Ok(()),
    }
}
