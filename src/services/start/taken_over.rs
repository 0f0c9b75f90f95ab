//! Whether a planned start that came with an export was begun already by the app that it was exported from.

use chrono::{DateTime, TimeDelta, Utc};

use crate::azure::compute::starts_since;
use crate::domain::action::start::{LogEntry, Start, StartRefusal};
use crate::domain::resource::ResourceId;
use crate::http::causes::chain;
use crate::services::{App, ServiceError};

/// How long the activity log may take to show what was begun before the state was taken over.
const LOG_LAGS: TimeDelta = TimeDelta::minutes(45);

/// Whether nobody began `start` before this state was taken over. The row says that it is planned, as of the export; the
/// log says what was done since.
pub(super) async fn not_begun_before(
    app: &App,
    start: &Start,
    place: &ResourceId,
    now: DateTime<Utc>,
) -> Result<Result<(), StartRefusal>, ServiceError> {
    let epoch = app.repository.tenant().await?.0.epoch;
    let taken = epoch.filter(|life| life.took_over && start.decided < life.begun);
    let Some(taken) = taken else { return Ok(Ok(())) };
    let unseen = |problem: &str| Ok(Err(StartRefusal::Unseen { problem: problem.to_owned() }));
    if is_too_soon(start.begins, taken.begun, now) {
        return unseen(
            "the state was just imported, and Azure's log may not show yet whether it was started",
        );
    }
    match starts_since(&app.arm, place, start.begins, now).await {
        Ok(LogEntry::Nothing | LogEntry::NotAsked | LogEntry::Failed { .. }) => Ok(Ok(())),
        Ok(LogEntry::Unanswered) => unseen("Azure's log does not say whether it was started"),
        Ok(_) => Ok(Err(StartRefusal::AlreadyOpen { start: start.id.clone() })),
        Err(error) => {
            tracing::warn!(error = chain(&error), start = %start.id, "could not ask the activity log whether an imported start was begun");
            unseen("Azure's log could not be asked whether it was started")
        }
    }
}

/// Whether the log may not show yet what was begun before the state was taken over. What is planned for later cannot have
/// been.
fn is_too_soon(begins: DateTime<Utc>, taken: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    begins < taken && now < taken + LOG_LAGS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::utc;

    #[test]
    fn an_imported_start_whose_moment_lies_before_the_import_waits_for_the_log() {
        let taken = utc("2026-12-01T02:10:00Z");
        let at = |text| utc(text);
        assert!(is_too_soon(at("2026-12-01T02:00:00Z"), taken, at("2026-12-01T02:13:00Z")));
        assert!(!is_too_soon(at("2026-12-01T02:00:00Z"), taken, at("2026-12-01T02:55:00Z")));
        assert!(!is_too_soon(at("2026-12-01T02:15:00Z"), taken, at("2026-12-01T02:15:00Z")));
    }
}
