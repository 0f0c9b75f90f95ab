//! Keeps standing orders: plans a start for each window whose owners have named hours, and cancels what no longer
//! holds. Part of a look at a subscription, after everybody responsible has their copies.
//!
//! What a look costs more: the subscription's windows and what was named on pages once, and, when there is something to
//! plan or to take back, the open starts once. A plan that is made or taken back costs what a click would.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::start::{StartOptions, StartRequest, StartResult, spacing, start_with};
use super::{App, ServiceError, log_unreadable};
use crate::domain::action::Actor;
use crate::domain::action::group_key::groups;
use crate::domain::action::hours::RecipientHours;
use crate::domain::action::response::{StartStatus, WindowActions};
use crate::domain::action::spacing::{OccupiedSlot, occupied};
use crate::domain::action::standing_order::{
    HoursSources, NextStart, NotPlanned, OtherStarts, StandingOrder, begins, order,
};
use crate::domain::action::start::{Start, StartOrigin, StartOutcome, StartRefusal, StartState, loses_only};
use crate::domain::action::start_rules::StartsAs;
use crate::domain::data_loss::DataLoss;
use crate::domain::directory::People;
use crate::domain::message_content::{ContentItem, MessageContent};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::resource::SubscriptionId;
use crate::domain::routing::responsible;
use crate::domain::window::{EndReason, MaintenanceWindow, WindowId, WindowState};
use crate::http::causes::chain;
use crate::render::next_start;
use crate::services::owner_lookup::known_people;
use crate::store::repository::WindowRow;
use crate::words::{Locale, it_sentence};

/// Keeps the orders for the windows of one subscription. Returns what operators should know.
///
/// # Errors
/// When the store cannot be read. A window whose order cannot be kept now is logged; the next look tries again.
pub async fn keep_orders(
    app: &App,
    subscription: &SubscriptionId,
    people: &People,
) -> Result<Vec<OperatorAlert>, ServiceError> {
    let mut operator_alerts = Vec::new();
    let now = app.clock.now();
    let rows = app.repository.windows(subscription).await?;
    log_unreadable("a window", &rows.unreadable);
    for row in rows.values() {
        if let Err(error) = end_planned(app, row, now).await {
            tracing::warn!(error = chain(&error), window = %row.window.id, "a planned start could not be ended now");
        }
    }
    if are_kept(app).is_err() {
        return Ok(operator_alerts);
    }
    let named = app.repository.named_hours().await?;
    let rows: Vec<WindowRow> = rows.rows.into_iter().map(|row| row.value).collect();
    let mut open: Option<OpenStarts> = None;
    for row in rows.iter().filter(|row| row.window.is_open()) {
        let ordered = order_of(app, &row.window, &row.actions, &named, people, now);
        if let Err(NotPlanned::UnreadableTag(problem)) = &ordered {
            let tag = &app.start_rules.hours_tag;
            let what = format!("the tag {tag} of {}", row.window.place());
            operator_alerts.push(OperatorAlert::Unreadable { what, problem: problem.to_string() });
        }
        let planned = row.actions.open_start().is_some_and(|start| start.status == StartStatus::Planned);
        if !planned && ordered.is_err() {
            continue;
        }
        let open = match &mut open {
            Some(open) => open,
            none => none.insert(open_starts(app, &rows).await?),
        };
        if let Err(error) = keep(app, row, ordered, open, now).await {
            tracing::warn!(error = chain(&error), window = %row.window.id, "a standing order could not be kept now");
        }
    }
    Ok(operator_alerts)
}

/// Ends a start that is planned for a window that is over: nothing is left to start, and whoever counts on it hears that
/// with the end of the window and not at its moment.
async fn end_planned(app: &App, row: &WindowRow, now: DateTime<Utc>) -> Result<(), ServiceError> {
    let planned = row.actions.open_start().filter(|start| start.status == StartStatus::Planned);
    let (Some(planned), Some(reason)) = (planned, nothing_left(&row.window)) else { return Ok(()) };
    let Some(start) = app.repository.start(&planned.id).await? else { return Ok(()) };
    let settled = StartState::Settled { at: now, outcome: StartOutcome::NotBegun { reason } };
    let change = |start: &Start| (start.state == StartState::Planned).then(|| settled.clone());
    super::start::change(app, &start, change).await?;
    super::sync_assignments::sync_assignments(app, &row.window.id).await
}

/// Why nothing is left to start of a window, where it is over. A machine that was moved takes its starts along.
fn nothing_left(window: &MaintenanceWindow) -> Option<StartRefusal> {
    match &window.state {
        WindowState::Ended { why: EndReason::Deleted, .. } => Some(StartRefusal::NoLongerExists),
        WindowState::Ended { why: EndReason::Moved, .. } | WindowState::Open => None,
        WindowState::Ended { .. } => Some(StartRefusal::Over),
    }
}

/// Why nothing starts by itself, where that is so: starts have to be possible with the notifier's own rights, and messages
/// have to leave, so that whoever objects was notified of it.
fn are_kept(app: &App) -> Result<(), NotPlanned> {
    let rules = &app.start_rules;
    let off = |why| Err(NotPlanned::Off { why });
    match () {
        () if !rules.enabled => off(StartRefusal::Disabled),
        () if rules.acts_as == StartsAs::User => off(StartRefusal::OwnRights),
        () if app.starts_paused => off(StartRefusal::Paused),
        () if !app.sending => Err(NotPlanned::Silent),
        () => Ok(()),
    }
}

/// When the maintenance of each of these windows starts by itself, or why it does not: by the hours as they are named now
/// and the starts that are open, as the next look at Azure would plan it. Two reads.
///
/// # Errors
/// When the store cannot be read.
pub async fn next_starts<'a>(
    app: &App,
    windows: impl Iterator<Item = (&'a MaintenanceWindow, &'a WindowActions)> + Send,
    beside: (&[RecipientHours], &People),
    now: DateTime<Utc>,
) -> Result<BTreeMap<WindowId, Result<NextStart, NotPlanned>>, ServiceError> {
    let windows: BTreeMap<&WindowId, (&MaintenanceWindow, &WindowActions)> =
        windows.map(|(window, actions)| (&window.id, (window, actions))).collect();
    let loaded = app.repository.open_starts().await?;
    log_unreadable("a start", &loaded.unreadable);
    let tag = &app.start_rules.cluster_tag;
    let groups_of = |window: &MaintenanceWindow| groups(&window.machine, tag);
    let of = |start: &Start| {
        windows.get(&start.window).map_or_else(|| start.groups.clone(), |(it, _)| groups_of(it))
    };
    let mut taken = occupied(loaded.values(), &app.repository.recent_starts().await?, of, now);
    let (kept, spacing) = (are_kept(app), spacing(app));
    let mut found = BTreeMap::new();
    for (id, (window, actions)) in windows {
        let order = order_of(app, window, actions, beside.0, beside.1, now);
        let open = actions.open_start().filter(|start| start.status == StartStatus::Planned);
        let nobodys = matches!(order, Err(NotPlanned::NoOrder | NotPlanned::NobodyNotified));
        let next = match (open, order) {
            (Some(start), _) if start.ordered.is_some() || !nobodys => {
                Ok(NextStart::Planned { at: start.begins })
            }
            (_, Err(reason)) => Err(reason),
            (_, Ok(order)) => {
                let groups = groups_of(window);
                let at = begins(
                    &order,
                    window,
                    actions,
                    &OtherStarts { groups: &groups, taken: &taken, spacing: &spacing },
                    now,
                );
                at.and_then(|at| kept.clone().map(|()| at)).map(|at| {
                    taken.push(OccupiedSlot { begins: at, groups });
                    NextStart::Expected { at }
                })
            }
        };
        found.insert(id.clone(), next);
    }
    Ok(found)
}

/// Says in a message why a machine does not start by itself in the hours that were named for it: whoever named them counts
/// on that. Two reads, and none where nobody named any.
pub(super) async fn add_why_not(
    app: &App,
    content: &mut MessageContent,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let named = app.repository.named_hours().await?;
    let tag = &app.start_rules.hours_tag;
    let tagged = |item: &ContentItem| item.window.machine.tags.resource.get(tag).is_some();
    if named.is_empty() && app.standing_orders.is_empty() && !content.items.iter().any(tagged) {
        return Ok(());
    }
    let waits = |item: &&ContentItem| {
        item.withdrawn.is_none() && !item.window.is_over() && item.actions.open_start().is_none()
    };
    let people = known_people(app).await?;
    let waiting = content.items.iter().filter(waits).map(|item| (&item.window, &item.actions));
    let next = next_starts(app, waiting, (&named, &people), now).await?;
    let reader = Locale::new(&content.language, content.timezone);
    for item in &mut content.items {
        let Some(Err(reason)) = next.get(&item.window.id) else { continue };
        // What somebody did about it, or the operators have to correct, is said elsewhere.
        let elsewhere =
            matches!(reason, NotPlanned::Decided | NotPlanned::Objected | NotPlanned::UnreadableTag(_));
        let said = next_start(&Err(reason.clone()), &item.window, reader);
        item.not_by_itself = said.filter(|_| !elsewhere).map(|said| it_sentence(reader.language, &said));
    }
    Ok(())
}

/// The order that holds for a window now, with what was named on pages and the endpoints that take nothing.
pub fn order_of(
    app: &App,
    window: &MaintenanceWindow,
    actions: &WindowActions,
    named: &[RecipientHours],
    people: &People,
    now: DateTime<Utc>,
) -> Result<StandingOrder, NotPlanned> {
    let policy = app.policy();
    let responsible = responsible(&policy, window, actions, people, now);
    let sources = HoursSources { configured: &app.standing_orders, tag: &app.start_rules.hours_tag, named };
    order(window, actions, &responsible, &policy, sources)
}

/// Starts that are planned or under way, everywhere.
struct OpenStarts {
    starts: BTreeMap<WindowId, Start>,
    taken: Vec<OccupiedSlot>,
}

async fn open_starts(app: &App, rows: &[WindowRow]) -> Result<OpenStarts, ServiceError> {
    let loaded = app.repository.open_starts().await?;
    log_unreadable("a start", &loaded.unreadable);
    let tag = &app.start_rules.cluster_tag;
    // A start that is only planned has entered no group yet. No group reaches beyond a subscription.
    let machines: BTreeMap<&WindowId, Vec<_>> =
        rows.iter().map(|row| (&row.window.id, groups(&row.window.machine, tag))).collect();
    let of = |start: &Start| machines.get(&start.window).cloned().unwrap_or_default();
    let recent = app.repository.recent_starts().await?;
    let taken = occupied(loaded.values(), &recent, of, app.clock.now());
    let starts = loaded.rows.into_iter().map(|row| (row.value.window.clone(), row.value)).collect();
    Ok(OpenStarts { starts, taken })
}

/// Cancels what no longer holds, and plans what the order says.
async fn keep(
    app: &App,
    row: &WindowRow,
    ordered: Result<StandingOrder, NotPlanned>,
    open: &mut OpenStarts,
    now: DateTime<Utc>,
) -> Result<(), ServiceError> {
    let WindowRow { window, actions, .. } = row;
    let mut actions = actions.clone();
    let planned = open.starts.get(&window.id).filter(|start| start.state == StartState::Planned);
    if let Some(start) = planned {
        let Some(outcome) = void(start, window, &actions, &ordered) else { return Ok(()) };
        tracing::info!(start = %start.id, window = %window.id, ?outcome, "cancelled a planned start that no longer holds");
        let settled = StartState::Settled { at: now, outcome };
        let change = |start: &Start| (start.state == StartState::Planned).then(|| settled.clone());
        super::start::change(app, start, change).await?;
        super::sync_assignments::sync_assignments(app, &window.id).await?;
        actions = app.repository.actions(&window.id).await?;
    }
    let Ok(order) = ordered else { return Ok(()) };
    let spacing = spacing(app);
    let groups = groups(&window.machine, &app.start_rules.cluster_tag);
    let others = OtherStarts { groups: &groups, taken: &open.taken, spacing: &spacing };
    let time = |actions: &WindowActions| {
        begins(&order, window, actions, &others, now).inspect_err(|reason| {
            tracing::debug!(%reason, window = %window.id, "a standing order plans nothing");
        })
    };
    // Most windows have their start, or never get one. Only before one is planned the newest word is read.
    if time(&actions).is_err() {
        return Ok(());
    }
    let Ok(begins) = time(&app.repository.actions(&window.id).await?) else { return Ok(()) };
    let request = StartRequest {
        window: window.id.clone(),
        revision: window.revision,
        by: Actor { recipient: Some(order.by.clone()), ..Actor::default() },
        origin: StartOrigin::StandingOrder { hours: order.hours(), sources: order.sources() },
        accepts: None,
        begins: Some(begins),
    };
    let latest = Some(order.latest(begins, app.start_rules.grace));
    let options = StartOptions { latest, ..StartOptions::default() };
    if let StartResult::Planned(start) = start_with(app, &request, options).await? {
        tracing::info!(start = %start.id, window = %window.id, %begins, "planned a start by a standing order");
        open.taken.push(OccupiedSlot { begins, groups });
    }
    Ok(())
}

/// How a planned start ends that no longer holds; `None` while it does.
fn void(
    start: &Start,
    window: &MaintenanceWindow,
    actions: &WindowActions,
    ordered: &Result<StandingOrder, NotPlanned>,
) -> Option<StartOutcome> {
    if actions.objected(&start.id) {
        return Some(StartOutcome::CalledOff);
    }
    let self_service = window.facts.schedule.self_service;
    let is_good = self_service.is_some_and(|self_service| self_service.contains(start.begins));
    if start.revision != window.revision && !is_good {
        let reason = StartRefusal::Moved { schedule: window.facts.schedule };
        return Some(StartOutcome::NotBegun { reason });
    }
    // What is only not known at this look is looked at again when its time comes.
    if DataLoss::of(&window.machine) == Some(DataLoss::OsDisk)
        && let Err(reason) = loses_only(&window.machine, start.accepts)
    {
        return Some(StartOutcome::NotBegun { reason });
    }
    let is_order = matches!(start.origin, StartOrigin::StandingOrder { .. });
    let holds = ordered.as_ref().is_ok_and(|order| order.lets(start.begins, start.begins));
    (is_order && !holds).then_some(StartOutcome::NotBegun { reason: StartRefusal::NotOrdered })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures::{utc, window};

    #[test]
    fn a_window_that_is_over_leaves_nothing_to_start() {
        let at = utc("2026-12-01T08:00:00Z");
        let left = |state| nothing_left(&MaintenanceWindow { state, ..window("web-01", at) });
        let ended = |why| WindowState::Ended { at, why };
        assert_eq!(left(WindowState::Open), None);
        assert_eq!(left(ended(EndReason::Deleted)), Some(StartRefusal::NoLongerExists));
        assert_eq!(left(ended(EndReason::Completed)), Some(StartRefusal::Over));
        assert_eq!(left(ended(EndReason::Moved)), None);
    }
}
