//! Pictures of numbers, in coordinates: the burndown, and what Azure restarts in the next days.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::gather::Gathered;
use super::moments::{distance, moment, of_seconds};
use crate::domain::overview::{Burndown, BurndownPoint, OverviewEntry, burndown, collisions};

/// How wide and high the burndown's coordinates are.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 100.0;
/// How far ahead restarts are shown, in days.
const DAYS: i64 = 14;
const DAY: i64 = 86_400;
/// How many rows of restarts, and collisions, are shown.
const ROWS: usize = 12;
const COLLISIONS: usize = 8;
/// How many machines of a collision are named.
const NAMED: usize = 6;

/// The burndown as areas over each other.
#[derive(Debug, Serialize)]
pub(super) struct BurndownView {
    /// Each with its class and its outline, the topmost last.
    areas: Vec<(&'static str, String)>,
    now: f64,
    deadline: Option<f64>,
    /// From what is undecided now to nothing at the deadline.
    ideal: Option<String>,
    from: String,
    until: String,
    deadline_at: Option<String>,
    words: String,
}

/// How machines stood from the first announcement until now, and until when they have to be decided.
pub(super) fn burndown_view(entries: &[OverviewEntry<'_>], gathered: &Gathered) -> Option<BurndownView> {
    let now = gathered.now.timestamp();
    let Burndown { from, until, deadline, points } = burndown(entries, now)?;
    let most = points.iter().map(total).max().filter(|most| *most > 0)?;
    #[expect(clippy::cast_precision_loss, reason = "coordinates of a picture")]
    let x = |at: i64| round((at - from) as f64 / (until - from).max(1) as f64 * WIDTH);
    #[expect(clippy::cast_precision_loss, reason = "coordinates of a picture")]
    let y = |count: i64| round(HEIGHT - count as f64 / most as f64 * (HEIGHT - 4.0));
    let area = |height: fn(&BurndownPoint) -> i64| {
        let mut outline = format!("M{} {HEIGHT}", x(from));
        for point in &points {
            // Writing to a String cannot fail.
            let _ = write!(outline, "L{} {}", x(point.at), y(height(point)));
        }
        let _ = write!(outline, "L{} {HEIGHT}Z", x(now));
        outline
    };
    let last = points.last().copied().unwrap_or_default();
    let said = |at: i64| moment(gathered.zone, of_seconds(at), gathered.now);
    Some(BurndownView {
        areas: vec![
            ("done", area(total)),
            ("left-to-azure", area(|point| point.undecided + point.decided + point.left)),
            ("scheduled", area(|point| point.undecided + point.decided)),
            ("undecided", area(|point| point.undecided)),
        ],
        now: x(now),
        deadline: deadline.map(x),
        ideal: deadline
            .filter(|_| last.undecided > 0)
            .map(|at| format!("M{} {}L{} {HEIGHT}", x(now), y(last.undecided), x(at))),
        from: said(from),
        until: said(until),
        deadline_at: deadline.map(said),
        words: format!(
            "{} undecided, {} decided, {} left to Azure and {} done of {} at the moment",
            last.undecided,
            last.decided,
            last.left,
            last.done,
            total(&last)
        ),
    })
}

fn total(point: &BurndownPoint) -> i64 {
    point.undecided + point.decided + point.left + point.done
}

fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// What Azure restarts in the next days if nobody acts.
#[derive(Debug, Serialize)]
pub(super) struct RestartsView {
    days: Vec<DayView>,
    rows: Vec<RestartRow>,
    /// How many rows are not shown.
    more: usize,
    pub(super) machines: usize,
    pub(super) collisions: Vec<CollisionView>,
    more_collisions: usize,
}

/// A day of the head.
#[derive(Debug, Serialize)]
struct DayView {
    name: String,
    number: String,
    weekend: bool,
}

/// Machines of one owner that Azure takes within the same days.
#[derive(Debug, Serialize)]
struct RestartRow {
    owner: String,
    machines: usize,
    names: String,
    x: f64,
    width: f64,
    from: String,
    until: String,
    collides: bool,
}

/// Machines of one cluster that may be down together.
#[derive(Debug, Serialize)]
pub(super) struct CollisionView {
    pub(super) cluster: String,
    pub(super) machines: usize,
    names: String,
    pub(super) from: String,
    distance: String,
}

/// The next days.
pub(super) fn restarts_view(entries: &[OverviewEntry<'_>], gathered: &Gathered) -> RestartsView {
    let zone = gathered.zone;
    let midnight = {
        let there = gathered.now.with_timezone(&zone);
        let seconds = i64::from(chrono::Timelike::num_seconds_from_midnight(&there));
        gathered.now.timestamp() - seconds
    };
    let end = midnight + DAYS * DAY;
    let near: Vec<OverviewEntry<'_>> =
        entries.iter().filter(|entry| entry.line.from.is_some_and(|from| from < end)).copied().collect();
    let found = collisions(&near);
    let colliding: std::collections::HashSet<&str> =
        found.iter().flat_map(|one| one.members.iter().copied()).collect();
    let mut groups: BTreeMap<(i64, i64, &str), Vec<&OverviewEntry<'_>>> = BTreeMap::new();
    for entry in &near {
        if let (Some(from), Some(until)) = (entry.line.from, entry.line.until) {
            // Those of one owner that begin and end on the same days are one row.
            let key = (from.max(midnight) / DAY, until / DAY, entry.owner().unwrap_or("nobody"));
            groups.entry(key).or_default().push(entry);
        }
    }
    let more = groups.len().saturating_sub(ROWS);
    #[expect(clippy::cast_precision_loss, reason = "coordinates of a picture")]
    let x = |at: i64| round(((at - midnight) as f64 / (DAYS * DAY) as f64).clamp(0.0, 1.0) * WIDTH);
    let rows = groups.into_iter().take(ROWS).map(|((_, _, owner), members)| {
        let from = members.iter().filter_map(|entry| entry.line.from).min().unwrap_or(midnight);
        let until = members.iter().filter_map(|entry| entry.line.until).max().unwrap_or(end);
        let mut names: Vec<&str> = members.iter().map(|entry| entry.display_name()).collect();
        names.sort_unstable();
        RestartRow {
            owner: owner.to_owned(),
            machines: names.len(),
            x: x(from),
            width: (x(until) - x(from)).max(8.0),
            from: moment(zone, of_seconds(from), gathered.now),
            until: moment(zone, of_seconds(until), gathered.now),
            collides: names.iter().any(|name| colliding.contains(name)),
            names: shortened(&names),
        }
    });
    let rows = rows.collect();
    let days = (0..DAYS).map(|day| {
        let at = of_seconds(midnight + day * DAY + DAY / 2).with_timezone(&zone);
        let weekend = matches!(chrono::Datelike::weekday(&at), chrono::Weekday::Sat | chrono::Weekday::Sun);
        DayView { name: at.format("%a").to_string(), number: at.format("%-d").to_string(), weekend }
    });
    RestartsView {
        days: days.collect(),
        rows,
        more,
        machines: near.len(),
        more_collisions: found.len().saturating_sub(COLLISIONS),
        collisions: found
            .iter()
            .take(COLLISIONS)
            .map(|one| CollisionView {
                cluster: one.cluster.to_owned(),
                machines: one.members.len(),
                names: shortened(&one.members),
                from: moment(zone, of_seconds(one.from), gathered.now),
                distance: distance(of_seconds(one.from), gathered.now),
            })
            .collect(),
    }
}

/// The part of the picture that has passed today.
pub(super) fn now_line(gathered: &Gathered) -> f64 {
    let there = gathered.now.with_timezone(&gathered.zone);
    let seconds = f64::from(chrono::Timelike::num_seconds_from_midnight(&there));
    #[expect(clippy::cast_precision_loss, reason = "coordinates of a picture")]
    let days = DAYS as f64;
    round(seconds / (days * 86_400.0) * WIDTH)
}

fn shortened(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let named = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}
