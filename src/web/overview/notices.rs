//! What to look at first, and how fresh all of it is.

use chrono::TimeDelta;
use serde::Serialize;

use super::gather::Gathered;
use super::moments::distance;
use super::query::OverviewQuery;
use super::selection::Overview;
use super::visit::Visit;
use super::words;
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::overview::OverviewState;
use crate::render::words::operator_alert;

/// How many alerts and scopes are named.
const NAMED: usize = 8;
/// A look is made every quarter of an hour.
const STALE: TimeDelta = TimeDelta::hours(1);

/// Something to look at first.
#[derive(Debug, Serialize)]
pub(super) struct Notice {
    kind: &'static str,
    title: String,
    text: String,
    address: Option<String>,
}

/// What to look at first: what went wrong, what moves, what nobody owns, what does not leave, what cannot be seen.
pub(super) fn notices(
    overview: &Overview<'_>,
    gathered: &Gathered,
    visit: &Visit,
    query: &OverviewQuery,
) -> Vec<Notice> {
    let mut notices = Vec::new();
    let names = |state: OverviewState| {
        let named = overview.machines.iter().filter(|entry| entry.state == state).take(3);
        let named: Vec<String> = named
            .map(|entry| match entry.why() {
                Some(why) => format!("{} ({why})", entry.display_name()),
                None => entry.display_name().to_owned(),
            })
            .collect();
        named.join(", ")
    };
    for (state, kind, what) in
        [(OverviewState::Failed, "problem", "failed"), (OverviewState::Running, "calm", "under way")]
    {
        let count = overview.counts.of(state);
        if count > 0 {
            let starts = if count == 1 { "1 start".to_owned() } else { format!("{count} starts") };
            notices.push(Notice {
                kind,
                title: format!("{starts} {what}"),
                text: names(state),
                address: Some(query.with(|query| query.filter.states = [state].into())),
            });
        }
    }
    if overview.unowned > 0 {
        let machines = if overview.unowned == 1 {
            "1 machine".to_owned()
        } else {
            format!("{} machines", overview.unowned)
        };
        notices.push(Notice {
            kind: "act",
            title: format!("{machines} without an owner"),
            text: "The fallback is notified instead. Tag the machines, their groups or their subscription."
                .to_owned(),
            address: Some(query.with(|query| query.filter.unowned = true)),
        });
    }
    if !visit.sees_everything() {
        return notices;
    }
    for (code, text) in &gathered.problems {
        notices.push(Notice {
            kind: "problem",
            title: capital(text),
            text: words::next_step(code).to_owned(),
            address: None,
        });
    }
    if !gathered.dead.is_empty() {
        let some: Vec<String> = gathered.dead.iter().take(3).map(|row| row.endpoint.to_string()).collect();
        let more = gathered.dead.len().saturating_sub(3);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        notices.push(Notice {
            kind: "act",
            title: format!(
                "{} refused its last message",
                if gathered.dead.len() == 1 {
                    "1 address".to_owned()
                } else {
                    format!("{} addresses", gathered.dead.len())
                }
            ),
            text: format!("{}{more}. What was for them goes to whoever stands in for them.", some.join(", ")),
            address: None,
        });
    }
    for (code, text) in &gathered.notes {
        notices.push(Notice {
            kind: "calm",
            title: capital(text),
            text: words::next_step(code).to_owned(),
            address: None,
        });
    }
    notices
}

/// What operators were notified of within a day, alike together.
pub(super) fn alerts(gathered: &Gathered) -> Vec<Notice> {
    let recent = gathered.alerts.iter().filter(|row| gathered.now - row.last_seen < TimeDelta::days(1));
    let mut recent: Vec<_> = recent.collect();
    recent.sort_by_key(|row| std::cmp::Reverse(row.last_seen));
    let recent: Vec<OperatorAlert> = recent.into_iter().map(|row| row.operator_alert.clone()).collect();
    let blocks = operator_alert::blocks(&recent, gathered.zone);
    let more = blocks.len().saturating_sub(NAMED);
    let mut shown: Vec<Notice> = blocks
        .into_iter()
        .take(NAMED)
        .map(|block| Notice { kind: "act", title: block.title, text: block.detail, address: None })
        .collect();
    if more > 0 {
        let text = "The operators were notified of each.".to_owned();
        shown.push(Notice { kind: "act", title: format!("{more} more"), text, address: None });
    }
    shown
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// How old what is shown is, and what cannot be seen.
#[derive(Debug, Serialize)]
pub(super) struct Freshness {
    collected: Option<String>,
    subscriptions: usize,
    oldest: Option<String>,
    is_stale: bool,
    stale: Vec<String>,
    unseen: Vec<String>,
    more: usize,
}

pub(super) fn freshness(gathered: &Gathered, visit: &Visit) -> Freshness {
    let now = gathered.now;
    let mut fresh = Freshness {
        collected: gathered.collected.map(|at| distance(at, now)),
        subscriptions: 0,
        oldest: None,
        is_stale: gathered.collected.is_none_or(|at| now - at > STALE),
        stale: Vec::new(),
        unseen: Vec::new(),
        more: 0,
    };
    if !visit.sees_everything() {
        return fresh;
    }
    let heads = &gathered.rows.heads;
    fresh.subscriptions = heads.len();
    let with_lines = heads.iter().filter(|head| head.parts > 0);
    let oldest = with_lines.clone().filter_map(|head| head.read.or(head.looked)).min();
    fresh.oldest = oldest.map(|at| distance(at, now));
    for head in with_lines.filter(|head| head.read.or(head.looked).is_none_or(|at| now - at > STALE)) {
        fresh.stale.push(head.name.clone().unwrap_or_else(|| head.subscription.to_string()));
    }
    fresh.unseen = heads.iter().flat_map(|head| head.unseen.iter().cloned()).collect();
    fresh.more = fresh.stale.len().saturating_sub(NAMED) + fresh.unseen.len().saturating_sub(NAMED);
    fresh.stale.truncate(NAMED);
    fresh.unseen.truncate(NAMED);
    fresh
}
