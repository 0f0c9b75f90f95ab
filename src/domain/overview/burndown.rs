//! How many machines stood where, from the first announcement until now. It is worked out from what each line says of
//! its own times, so nothing has to be noted day by day.

use super::entry::OverviewEntry;
use super::state::OverviewState;

/// How many moments are shown at most.
const POINTS: i64 = 60;
/// How far back is looked at most, in seconds.
const BACK: i64 = 45 * 86_400;

/// How many machines stood where at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BurndownPoint {
    pub at: i64,
    pub done: i64,
    pub decided: i64,
    pub left: i64,
    pub undecided: i64,
}

/// From the first announcement to the nearest deadline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Burndown {
    pub from: i64,
    pub until: i64,
    /// The nearest deadline of what is undecided.
    pub deadline: Option<i64>,
    pub points: Vec<BurndownPoint>,
}

/// The moments from the first announcement until `now`; nothing where nothing is open.
pub fn burndown(entries: &[OverviewEntry<'_>], now: i64) -> Option<Burndown> {
    let open = || entries.iter().filter(|entry| entry.state != OverviewState::Done);
    let first = open().map(|entry| entry.line.announced).min()?.max(now - BACK).min(now - 3600);
    let undecided = open().filter(|entry| entry.state == OverviewState::Undecided);
    let deadline = undecided.filter_map(|entry| entry.line.deadline).filter(|at| now < *at).min();
    // A little room behind what it all comes to.
    let end = deadline.unwrap_or(now).max(now);
    let until = end + ((end - first) / 20).max(1800);
    let step = ((now - first) / POINTS).max(1);
    let index = |at: i64| usize::try_from(((at - first).max(0) + step - 1) / step).unwrap_or(usize::MAX);
    let count = index(now) + 1;
    let mut changes = vec![BurndownPoint::default(); count + 1];
    for entry in entries {
        let line = entry.line;
        let mut note = |at: i64, change: fn(&mut BurndownPoint, i64), by: i64| {
            if let Some(point) = changes.get_mut(index(at)) {
                change(point, by);
            }
        };
        let undecided: fn(&mut BurndownPoint, i64) = |point, by| point.undecided += by;
        let decided: fn(&mut BurndownPoint, i64) = |point, by| point.decided += by;
        let left: fn(&mut BurndownPoint, i64) = |point, by| point.left += by;
        let done: fn(&mut BurndownPoint, i64) = |point, by| point.done += by;
        let answered = line
            .answered
            .filter(|_| !matches!(entry.state, OverviewState::Undecided | OverviewState::LeftToAzure));
        let mut is = if entry.state == OverviewState::LeftToAzure { left } else { undecided };
        note(line.announced, is, 1);
        if let Some(at) = answered.filter(|at| line.ended.is_none_or(|end| *at < end)) {
            note(at, is, -1);
            is = decided;
            note(at, is, 1);
        }
        if entry.state == OverviewState::Done {
            let at = line.ended.unwrap_or(now);
            note(at, is, -1);
            note(at, done, 1);
        }
    }
    let mut total = BurndownPoint::default();
    let points = changes.into_iter().take(count).enumerate().map(|(number, change)| {
        total.undecided += change.undecided;
        total.decided += change.decided;
        total.left += change.left;
        total.done += change.done;
        let at = i64::try_from(number).unwrap_or_default() * step + first;
        BurndownPoint { at: at.min(now), ..total }
    });
    Some(Burndown { from: first, until, deadline, points: points.collect() })
}
