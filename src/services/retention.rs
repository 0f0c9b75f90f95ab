//! Removes what is kept long enough, an hour's slice of the store at a time.
//!
//! Like planning it looks at levels: whatever is found to be past goes, and what is left half done is found again. The
//! order makes that safe. A window's copies go before the messages about it, these and what people did about it before
//! the window's own row, and the outbox rows of the messages last: each is found through one that goes after it, and no
//! window's identity is used anew while anything still speaks of it.

mod recipients;
mod run;
mod trail;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

pub use self::run::RetentionReport;

use self::run::CleanUp;
use super::parked::unpark;
use super::{App, ServiceError, log_unreadable};
use crate::domain::action::start::Start;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::retention::is_past;
use crate::store::StoreError;
use crate::store::repository::{ActionsOfWindow, KeySlice, Stored, SubscriptionRow, WindowRow};

/// A run ends when less time than this is left; the next one begins the same slice again and finds less in it.
const RESERVE: Duration = Duration::from_secs(30);
/// How long it is known that a start of the command line ended: operators heard of it long before.
const KNOWN_FOR: TimeDelta = TimeDelta::days(7);

/// How many names one run looks at whose time is over.
const NAMES: usize = 200;

/// Goes through the next slice, for as long as `remaining` says that there is time.
///
/// # Errors
/// When the store cannot be read or written. The slice is gone through again.
pub async fn clean_up(
    app: &App,
    remaining: impl Fn() -> Duration + Send + Sync,
) -> Result<RetentionReport, ServiceError> {
    let now = app.clock.now();
    let slice = app.repository.retention_slice().await?;
    let operator_alerts = app.repository.operator_alerts().await?;
    let operator_alerts = operator_alerts.values().map(|row| (row.first_seen, row.operator_alert.clone()));
    let (over, operator_alerts): (Vec<_>, Vec<_>) = operator_alerts.partition(|(first_seen, alert)| {
        matches!(alert, OperatorAlert::StartEnded { .. }) && *first_seen + KNOWN_FOR <= now
    });
    let over: Vec<String> = over.iter().map(|(_, alert)| alert.key()).collect();
    app.repository.resolve(&over).await?;
    let mut cleaning = CleanUp {
        app,
        now,
        before: now - app.retention.closed,
        operator_alerts,
        is_time: &|| remaining() > RESERVE,
        seen: BTreeMap::new(),
        report: RetentionReport::default(),
    };
    let finished = cleaning.windows(slice).await?
        && cleaning.outbox(slice).await?
        && cleaning.stray_actions(slice).await?
        && cleaning.rest().await?;
    let mut report = cleaning.report;
    super::overview::forget_idle(app, now - app.retention.closed).await?;
    report.entries = trail::shorten(app, now).await?;
    report.finished = finished;
    if finished {
        app.repository.retention_went_through(slice).await?;
    }
    if report != (RetentionReport { finished, ..RetentionReport::default() }) {
        let RetentionReport { windows, messages, recipients, .. } = report;
        tracing::info!(?report, "removed {windows} windows, {messages} messages and {recipients} recipients");
    }
    Ok(report)
}

impl CleanUp<'_> {
    /// Windows that are past, of the subscriptions of this slice. Each step says whether it came to its end.
    async fn windows(&mut self, slice: KeySlice) -> Result<bool, StoreError> {
        let repository = &self.app.repository;
        let summaries = repository.subscription_rows().await?;
        let known = repository.tenant().await?.0.known_subscriptions;
        for summary in summaries.rows.iter().filter(|row| slice.has(row.value.subscription.as_str())) {
            let subscription = &summary.value.subscription;
            let windows = repository.windows(subscription).await?;
            log_unreadable("a window", &windows.unreadable);
            let mut left = windows.rows.len() + windows.unreadable.len();
            for row in &windows.rows {
                if !(self.is_time)() {
                    return Ok(false);
                }
                left -= usize::from(self.window(row).await?);
            }
            let is_idle =
                |summary: &SubscriptionRow| summary.observed.is_none_or(|observed| observed <= self.before);
            if left == 0 && !known.contains(subscription) && is_idle(&summary.value) {
                repository.delete_subscription(subscription, summary.etag.clone()).await?;
                repository.update_sweep(|sweep| _ = sweep.modes.remove(subscription)).await?;
            }
        }
        Ok(true)
    }

    /// Removes one window, if it is past and nobody's copies or messages speak of it any more.
    async fn window(&mut self, row: &Stored<WindowRow>) -> Result<bool, StoreError> {
        let WindowRow { window, holders, actions, assigned, moved_to, .. } = &row.value;
        let repository = &self.app.repository;
        if moved_to.is_some() {
            // It leads to the window for as long as that is kept.
            let is_gone = repository.window(&window.id).await?.is_none();
            return if is_gone { repository.delete_window(row).await } else { Ok(false) };
        }
        if !is_past(window, actions, self.before) || !*assigned {
            return Ok(false);
        }
        // What its copies do not show yet would be written into them again. What is gone went in an earlier run.
        let acted = repository.actions_row(&window.id).await?;
        if acted.as_ref().is_some_and(|acted| acted.actions != *actions) {
            return Ok(false);
        }
        let mut spoken_of = false;
        for holder in holders {
            let seen = self.recipient(&holder.recipient).await?;
            spoken_of |= seen.is_none_or(|seen| seen.contains(&window.id));
        }
        if spoken_of {
            return Ok(false);
        }
        if let Some(acted) = &acted {
            if !repository.delete_actions(acted).await? {
                return Ok(false);
            }
            self.report.actions += 1;
        }
        if !repository.delete_window(row).await? {
            return Ok(false);
        }
        self.report.windows += 1;
        Ok(true)
    }

    /// Settled rows of the outbox whose messages are not kept, in this slice. They lead to messages that are about no
    /// window.
    async fn outbox(&mut self, slice: KeySlice) -> Result<bool, StoreError> {
        let repository = &self.app.repository;
        let rows = repository.outbox_slice(slice).await?;
        log_unreadable("an outbox row", &rows.unreadable);
        let (mut gone, mut finished) = (Vec::new(), true);
        for row in rows.rows {
            if !(self.is_time)() {
                finished = false;
                break;
            }
            let value = &row.value;
            if !value.is_settled() || self.before < value.created {
                continue;
            }
            if repository.message(&value.recipient, value.sequence).await?.is_some() {
                self.recipient(&value.recipient).await?;
            }
            if repository.message(&value.recipient, value.sequence).await?.is_none() {
                gone.push(row);
            }
        }
        repository.delete_settled_outbox(&gone).await?;
        self.report.outbox += gone.len();
        Ok(finished)
    }

    /// Strays of this slice: what was done about windows that are not kept, written while they went.
    async fn stray_actions(&mut self, slice: KeySlice) -> Result<bool, StoreError> {
        let repository = &self.app.repository;
        let acted = repository.actions_slice(slice).await?;
        let starts = repository.settled_slice(slice).await?;
        log_unreadable("what was done about a window", &acted.unreadable);
        log_unreadable("a start", &starts.unreadable);
        let (mut windows, mut settled): (Vec<ActionsOfWindow>, Vec<Stored<Start>>) = Default::default();
        for Stored { value: acted, .. } in acted.rows.into_iter().take_while(|_| (self.is_time)()) {
            let is_open = acted.actions.open_start().is_some();
            if !is_open && repository.window(&acted.window).await?.is_none() {
                windows.push(acted);
            }
        }
        for start in starts.rows.into_iter().take_while(|_| (self.is_time)()) {
            if repository.window(&start.value.window).await?.is_none() {
                settled.push(start);
            }
        }
        // A plan is kept for as long as any of its windows.
        let mut plans = Vec::new();
        for plan in repository.ended_plans_slice(slice).await?.rows {
            let mut kept = !(self.is_time)();
            for member in &plan.value.members {
                kept = kept || repository.window(&member.window).await?.is_some();
            }
            if !kept {
                plans.push(plan);
            }
        }
        repository.delete_plans(&plans).await?;
        self.report.actions += plans.len();
        repository.delete_stray_actions(&windows, &settled).await?;
        self.report.actions += windows.len() + settled.len();
        self.report.actions += repository.delete_idle_groups(slice, self.before).await?;
        Ok((self.is_time)())
    }

    /// What is little: names, addresses that refused long ago, queue messages that nobody asked for again.
    async fn rest(&mut self) -> Result<bool, StoreError> {
        let repository = &self.app.repository;
        for parked in repository.parked().await?.rows.into_iter().map(|row| row.value) {
            if parked.first_seen.max(parked.asked.unwrap_or(parked.first_seen)) <= self.before {
                unpark(repository, &parked).await?;
            }
        }
        // Of what was forgotten by a program that did not know these alerts again by their messages.
        let parked = repository.parked().await?;
        let parked: BTreeSet<String> =
            parked.values().map(|row| OperatorAlert::poisoned(&row.function, &row.payload).key()).collect();
        let is_stray = |alert: &&(DateTime<Utc>, OperatorAlert)| {
            let (first_seen, alert) = alert;
            matches!(alert, OperatorAlert::Poisoned { .. })
                && *first_seen <= self.before
                && !parked.contains(&alert.key())
        };
        let strays: Vec<String> =
            self.operator_alerts.iter().filter(is_stray).map(|(_, alert)| alert.key()).collect();
        repository.resolve(&strays).await?;
        for dead in repository.dead_endpoints().await? {
            if dead.last_tried() + self.app.retention.personal <= self.now {
                repository.revive(&dead.endpoint).await?;
            }
        }
        for expiring in repository.expired_recipients(self.now, NAMES).await?.rows {
            self.name(&expiring).await?;
        }
        Ok(true)
    }
}
