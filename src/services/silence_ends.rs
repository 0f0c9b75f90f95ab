//! Notifies operators two days before a silence of the configuration ends, with what is open underneath.

use chrono::{DateTime, Utc};

use super::{App, log_unreadable};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::planning::muted::NOTE_BEFORE;
use crate::domain::policy::Silence;
use crate::store::StoreError;
use crate::store::repository::{LoadedRows, OperatorAlertRow};

/// How many machines a note names.
const NAMED: usize = 20;

/// Notes the silences that end soon, unless that is `known`. The windows of the tenant are read once for each of them.
pub(super) async fn note_ends(
    app: &App,
    known: &LoadedRows<OperatorAlertRow>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let policy = app.policy();
    let ends_soon = |silence: &&Silence| silence.until - NOTE_BEFORE <= now && now < silence.until;
    for silence in policy.silences.iter().filter(ends_soon) {
        let note = |open: Vec<String>, count| OperatorAlert::SilenceEnds {
            of: None,
            said: None,
            until: silence.until,
            reason: silence.reason.clone(),
            open,
            count,
        };
        let key = note(Vec::new(), 0).key();
        if known.values().any(|row| row.operator_alert.key() == key) {
            continue;
        }
        let mut open = open_under(app, silence).await?;
        open.sort();
        let count = open.len();
        open.truncate(NAMED);
        // Nobody has to be called for it, so nothing is logged that an alert searches for.
        app.repository.report(&[note(open, count)], now).await?;
        app.wake_operators(now).await?;
    }
    Ok(())
}

async fn open_under(app: &App, silence: &Silence) -> Result<Vec<String>, StoreError> {
    let subscriptions: Vec<_> = app
        .repository
        .subscription_rows()
        .await?
        .values()
        .map(|summary| summary.subscription.clone())
        .collect();
    let windows = app.repository.windows_everywhere(&subscriptions).await?;
    log_unreadable("a window", &windows.unreadable);
    let open = windows
        .values()
        .map(|row| &row.window)
        .filter(|window| !window.is_over() && silence.matcher.matches(&window.machine, &window.impact));
    Ok(open.map(|window| window.place().display_name()).collect())
}
