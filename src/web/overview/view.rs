//! The page: what there is, in the order in which somebody needs it.

use axum::response::Response;
use chrono::TimeDelta;
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;

use super::charts::{burndown_view, now_line, restarts_view};
use super::detail_query::{of_machine, of_recipient};
use super::gather::Gathered;
use super::moments::{distance, moment, of_seconds};
use super::notices::{alerts, freshness, notices};
use super::query::OverviewQuery;
use super::selection::Overview;
use super::visit::Visit;
use super::{people, reply};
use crate::domain::overview::{OverviewEntry, OverviewSort, OverviewState, sort};
use crate::services::App;

/// How many machines a page has.
const ROWS: usize = 30;
/// After so many seconds the page is loaded again: while something runs, and while anything is open.
const WHILE_RUNNING: u32 = 15;
const WHILE_OPEN: u32 = 60;

/// A state with how many stand in it.
#[derive(Debug, Serialize)]
struct StateView {
    word: &'static str,
    label: &'static str,
    count: usize,
    address: String,
    chosen: bool,
}

/// One machine.
#[derive(Debug, Serialize)]
struct MachineView<'a> {
    name: &'a str,
    state: &'static str,
    label: &'static str,
    owner: Option<&'a str>,
    address: String,
    others: usize,
    owner_address: Option<String>,
    unowned: bool,
    when: String,
    distance: String,
    restart: String,
    why: Option<&'a str>,
    group: &'a str,
    subscription: &'a str,
}

/// Somebody who has not answered.
#[derive(Debug, Serialize)]
struct SilentView<'a> {
    name: &'a str,
    address: String,
    machines: usize,
    deadline: String,
    distance: String,
    soon: bool,
    notified: Option<String>,
    reminded: Option<String>,
}

/// Answers with the page.
pub(super) async fn page(
    app: &App,
    overview: &Overview<'_>,
    gathered: &Gathered,
    visit: &Visit,
    query: &OverviewQuery,
) -> Response {
    let now = gathered.now;
    let said = |at: i64| moment(gathered.zone, of_seconds(at), now);
    let mut silent = people::silent(&overview.machines);
    let unanswered = silent.len();
    silent.truncate(if query.everybody { people::MANY } else { people::FEW });
    if let Err(error) = people::add_messages(app, visit, &overview.machines, &mut silent).await {
        return reply::broken(&error.into());
    }
    let silent: Vec<SilentView<'_>> = silent
        .iter()
        .map(|one| SilentView {
            name: one.name,
            address: query.with(|query| {
                query.filter.team = Some(one.name.to_owned());
                query.filter.states = [OverviewState::Undecided].into();
                query.everybody = false;
            }),
            machines: one.machines,
            deadline: one.deadline.map(said).unwrap_or_default(),
            distance: one.deadline.map(|at| distance(of_seconds(at), now)).unwrap_or_default(),
            soon: one.deadline.is_some_and(|at| of_seconds(at) - now < TimeDelta::days(2)),
            notified: one.notified.map(|at| distance(at, now)),
            reminded: one.reminded.map(|at| distance(at, now)),
        })
        .collect();
    let states: Vec<StateView> = OverviewState::ALL
        .into_iter()
        .map(|state| StateView {
            word: state.as_str(),
            label: state.label(),
            count: overview.counts.of(state),
            chosen: query.filter.states.contains(&state),
            address: query.with(|query| query.filter.states = [state].into()),
        })
        .collect();
    let total = overview.machines.len();
    let pages = total.div_ceil(ROWS).max(1);
    let number = query.page.min(pages);
    let shown = sort(overview.machines.clone(), query.sort, (number - 1) * ROWS, ROWS);
    let machines: Vec<MachineView<'_>> = shown.iter().map(|entry| machine(entry, gathered, query)).collect();
    let turn = |to: usize| OverviewQuery { page: to, ..query.clone() }.address();
    let sorts: std::collections::BTreeMap<&str, String> = OverviewSort::ALL
        .into_iter()
        .map(|sort| (sort.as_str(), query.with(|query| query.sort = sort)))
        .collect();
    let restarts = restarts_view(&overview.machines, gathered);
    let running = overview.counts.of(OverviewState::Running) > 0;
    let seconds = match (running, overview.counts.open() > 0) {
        (true, _) => WHILE_RUNNING,
        (false, true) => WHILE_OPEN,
        (false, false) => 0,
    };
    let view = context! {
        at => moment(gathered.zone, now, now),
        zone => gathered.zone.name(),
        open => app.is_open(),
        who => visit.name.clone(),
        role => visit.role(),
        whole => visit.sees_everything(),
        headline => headline(overview, gathered),
        total,
        visible => overview.visible,
        states => Value::from(Serde(states)),
        notices => Value::from(Serde(notices(overview, gathered, visit, query))),
        alerts => Value::from(Serde(alerts(gathered))),
        burndown => Value::from(Serde(burndown_view(&overview.machines, gathered))),
        silent => Value::from(Serde(silent)),
        unanswered,
        everybody => query.with(|query| query.everybody = true),
        restarts => Value::from(Serde(restarts)),
        now_line => now_line(gathered),
        machines => Value::from(Serde(machines)),
        sort => query.sort.as_str(),
        sorts => Value::from(Serde(sorts)),
        page => number,
        pages,
        first => (number - 1) * ROWS + 1,
        last => ((number - 1) * ROWS + shown.len()),
        previous => (number > 1).then(|| turn(number - 1)),
        next => (number < pages).then(|| turn(number + 1)),
        filter => Value::from(Serde(FilterView::of(query, overview))),
        recipient => query.filter.team.as_deref().map(of_recipient),
        clear => OverviewQuery::default().address(),
        export => query.with(|_| {}),
        freshness => Value::from(Serde(freshness(gathered, visit))),
    };
    reply::living("overview.html", view, seconds)
}

/// What is asked for, as the form shows it.
#[derive(Debug, Serialize)]
struct FilterView<'a> {
    is_empty: bool,
    text: &'a str,
    subscription: &'a str,
    subscriptions: &'a [&'a str],
    team: &'a str,
    tag: &'a str,
    state: &'a str,
    unowned: bool,
}

impl<'a> FilterView<'a> {
    fn of(query: &'a OverviewQuery, overview: &'a Overview<'a>) -> Self {
        let filter = &query.filter;
        let one = filter.states.iter().next().filter(|_| filter.states.len() == 1);
        Self {
            is_empty: filter.is_empty(),
            text: filter.text.as_deref().unwrap_or_default(),
            subscription: filter.subscription.as_deref().unwrap_or_default(),
            subscriptions: &overview.subscriptions,
            team: filter.team.as_deref().unwrap_or_default(),
            tag: filter.tag.as_deref().unwrap_or_default(),
            state: one.map(|state| state.as_str()).unwrap_or_default(),
            unowned: filter.unowned,
        }
    }
}

fn headline(overview: &Overview<'_>, gathered: &Gathered) -> String {
    let (open, undecided) = (overview.counts.open(), overview.counts.of(OverviewState::Undecided));
    let machines =
        |count: usize| if count == 1 { "1 machine".to_owned() } else { format!("{count} machines") };
    match (open, undecided, overview.deadline) {
        (0, _, _) => "No maintenance is planned.".to_owned(),
        (_, 0, _) => {
            format!("{} with planned maintenance, and nobody has to decide anything.", machines(open))
        }
        (_, _, Some(at)) => format!(
            "{} of {} undecided. The nearest deadline is {} ({}).",
            undecided,
            machines(open),
            moment(gathered.zone, of_seconds(at), gathered.now),
            distance(of_seconds(at), gathered.now)
        ),
        (_, _, None) => format!("{undecided} of {} undecided.", machines(open)),
    }
}

fn machine<'a>(entry: &OverviewEntry<'a>, gathered: &Gathered, query: &OverviewQuery) -> MachineView<'a> {
    let (now, line) = (gathered.now, entry.line);
    let said = |at: i64| moment(gathered.zone, of_seconds(at), now);
    let when = match entry.state {
        OverviewState::Done => line.ended,
        OverviewState::Running | OverviewState::Scheduled => line.begins,
        _ => line.deadline,
    };
    MachineView {
        name: entry.display_name(),
        state: entry.state.as_str(),
        label: entry.state.label(),
        owner: entry.owner(),
        address: of_machine(&entry.resource(), line.generation),
        others: entry.owners().count().saturating_sub(1),
        owner_address: entry
            .owner()
            .map(|owner| query.with(|query| query.filter.team = Some(owner.to_owned()))),
        unowned: line.unowned,
        when: when.map(said).unwrap_or_default(),
        distance: when.map(|at| distance(of_seconds(at), now)).unwrap_or_default(),
        restart: match (line.from, line.until) {
            (Some(from), Some(_)) if from <= now.timestamp() => "any time".to_owned(),
            (Some(from), Some(_)) => format!("from {}", said(from)),
            _ => String::new(),
        },
        why: entry.why(),
        group: entry.resource_group(),
        subscription: entry.subscription_name(),
    }
}
