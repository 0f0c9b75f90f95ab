//! Why a start is not begun, as the rest of a sentence.

use super::actor;
use super::machine::{NAME, name};
use crate::domain::action::rolling::HaltReason;
use crate::domain::action::start::StartRefusal;
use crate::domain::data_loss::DataLoss;
use crate::domain::sanitize::one_line;
use crate::words::{self, Language};

/// Why a start is not begun.
pub(crate) fn refusal(language: Language, refusal: &StartRefusal) -> String {
    let azure = |code: &str, message: &str| (one_line(code, NAME), one_line(message, 200));
    match refusal {
        StartRefusal::Disabled => words::refused_start_disabled(language),
        StartRefusal::Paused => words::refused_start_paused(language),
        StartRefusal::Over => words::refused_start_over(language),
        StartRefusal::NoSelfStart => words::refused_start_kind(language),
        StartRefusal::OtherTenant => words::refused_start_tenant(language),
        StartRefusal::Moved { .. } => words::refused_start_moved(language),
        StartRefusal::NotAllowed { unsaid: false } => words::refused_start_not_allowed(language),
        StartRefusal::NotAllowed { unsaid: true } => words::refused_start_unsaid(language),
        StartRefusal::OutsideSelfService => words::refused_start_outside(language),
        StartRefusal::DataLoss { loss: DataLoss::OsDisk } => words::refused_start_loss(language),
        StartRefusal::DataLoss { loss: DataLoss::PerhapsOsDisk } => {
            words::refused_start_perhaps_loss(language)
        }
        StartRefusal::NotRunning => words::refused_start_not_running(language),
        StartRefusal::Gap { .. } => words::refused_start_gap(language),
        StartRefusal::Limit { .. } => words::refused_start_limit(language),
        StartRefusal::AlreadyOpen { .. } => words::refused_start_open(language),
        StartRefusal::NotOrdered => words::refused_start_hours(language),
        StartRefusal::OwnRights => words::refused_start_own_rights(language),
        StartRefusal::NotTheirs => words::refused_start_not_theirs(language),
        StartRefusal::Halted { halt } => halted(language, halt),
        StartRefusal::TooLate { waited } => {
            let why = waited.as_deref().map(|why| self::refusal(language, why));
            let why = why.unwrap_or_else(|| words::refused_start_not_run(language));
            words::refused_start_too_late(language, &why)
        }
        StartRefusal::NoLongerExists => words::refused_start_gone(language),
        StartRefusal::Starting => words::refused_start_starting(language),
        StartRefusal::NotNow { code, message } => {
            let (code, message) = azure(code, message);
            words::refused_start_not_now(language, &code, &message)
        }
        StartRefusal::NotPermitted { code, message } => {
            let (code, message) = azure(code, message);
            words::refused_start_not_permitted(language, &code, &message)
        }
        StartRefusal::OutsidePilot => words::refused_start_pilot(language),
        StartRefusal::DoesNotFit => words::refused_start_no_room(language),
        StartRefusal::Unseen { .. } => words::refused_start_unseen(language),
    }
}

fn halted(language: Language, halt: &HaltReason) -> String {
    match halt {
        HaltReason::Paused { by } => words::refused_start_plan_paused(language, &actor::name(by)),
        HaltReason::Cancelled { by } => words::refused_start_plan_cancelled(language, &actor::name(by)),
        HaltReason::Stopped { failed } => words::refused_start_plan_stopped(language, &name(failed)),
        HaltReason::Late => words::refused_start_plan_late(language),
    }
}
