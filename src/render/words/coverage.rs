//! How many machines have an owner, in the weekly report to the fallback.

use super::numbers::{choose, machines};
use crate::domain::coverage::CoverageReport;

/// The subject.
pub(crate) fn subject(report: &CoverageReport) -> String {
    let missing = report.without_owner();
    format!(
        "{} of {} {} no owner{}",
        missing,
        machines(report.machines()),
        choose(missing, "has", "have"),
        change(report)
    )
}

/// What became of it within a week, after a comma.
fn change(report: &CoverageReport) -> String {
    let now = report.without_owner();
    match report.week_before {
        Some(before) if before < now => format!(", {} more than a week ago", now - before),
        Some(before) if now < before => format!(", {} fewer than a week ago", before - now),
        Some(_) => ", as a week ago".to_owned(),
        None => String::new(),
    }
}

/// The first sentences.
pub(crate) fn lead(report: &CoverageReport) -> String {
    format!(
        "No tag and no route names an owner for {} of {}{}. When Azure plans maintenance for them, nobody but you \
         hears of it. This report comes once a week as long as there are any.",
        report.without_owner(),
        machines(report.machines()),
        change(report)
    )
}
