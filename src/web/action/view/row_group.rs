//! The table of the page: machines with the same dates stand together, and what holds for all of them is said once.

use chrono::TimeDelta;
use serde::Serialize;

use super::super::date_words;
use super::context::ViewContext;
use super::machines::MachineRow;
use super::row_order::RowGroup;
use crate::domain::window::{Interval, Schedule};
use crate::render::times::{ZonedSpan, local, span};

/// Up to so many machines of a page are shown with everything unfolded.
const UNFOLDED: usize = 2;

/// Machines with the same dates.
#[derive(Debug, Serialize)]
pub(super) struct GroupView {
    heading: String,
    dates: Vec<GroupDates>,
    timeline: Option<Timeline>,
    parts: Vec<PartView>,
}

/// Those of them of which the same is said.
#[derive(Debug, Serialize)]
struct PartView {
    /// What speaks against starting every one of them.
    against: Vec<String>,
    /// What every row of it would say.
    note: Option<String>,
    rows: Vec<MachineRow>,
    /// Whether everything is unfolded.
    unfolded: bool,
}

/// One of the two windows.
#[derive(Debug, Serialize)]
struct GroupDates {
    label: &'static str,
    at: ZonedSpan,
}

/// Both windows and this moment on one line, in hundredths of its width.
#[derive(Debug, Serialize)]
struct Timeline {
    self_service: Option<Bar>,
    scheduled: Option<Bar>,
    now: String,
    label: String,
}

#[derive(Debug, Serialize)]
struct Bar {
    left: String,
    width: String,
}

impl ViewContext<'_> {
    /// The machines in groups, the most urgent first.
    pub(super) fn groups(&self, machines: Vec<MachineRow>) -> Vec<GroupView> {
        let count = machines.len();
        let mut groups: Vec<(RowGroup, Vec<MachineRow>)> = Vec::new();
        for machine in machines {
            match groups.iter_mut().find(|(group, _)| *group == machine.place_of) {
                Some((_, rows)) => rows.push(machine),
                None => groups.push((machine.place_of, vec![machine])),
            }
        }
        groups.sort_by_key(|(group, _)| group.order());
        groups.into_iter().map(|(group, rows)| self.group(group, rows, count)).collect()
    }

    fn group(&self, group: RowGroup, rows: Vec<MachineRow>, count: usize) -> GroupView {
        let dates = match group {
            RowGroup::Dated(dates) => Some(dates),
            RowGroup::Over | RowGroup::GivenAway => None,
        };
        GroupView {
            heading: match (dates, group) {
                (Some(dates), _) => date_words::dates_in_short(&dates, self.now, self.zone),
                (None, RowGroup::GivenAway) => "No longer yours".to_owned(),
                (None, _) => "Nothing left to do".to_owned(),
            },
            dates: dates.map(|dates| self.dates(&dates)).unwrap_or_default(),
            timeline: dates.and_then(|dates| self.timeline(&dates)),
            parts: parts(rows, count <= UNFOLDED),
        }
    }

    fn dates(&self, dates: &Schedule) -> Vec<GroupDates> {
        let pairs = [("You choose", dates.self_service), ("Else Azure", dates.scheduled)];
        let views = pairs
            .into_iter()
            .filter_map(|(label, interval)| Some(GroupDates { label, at: span(self.zone, interval?) }));
        views.collect()
    }

    fn timeline(&self, schedule: &Schedule) -> Option<Timeline> {
        let intervals = || [schedule.self_service, schedule.scheduled].into_iter().flatten();
        let from = intervals().map(|interval| interval.start()).min()?.min(self.now);
        let to = intervals().map(|interval| interval.end()).max()?.max(self.now);
        #[expect(clippy::cast_precision_loss, reason = "hundredths of a line need no more")]
        let share =
            |span: TimeDelta| 100.0 * span.num_minutes() as f64 / (to - from).num_minutes().max(1) as f64;
        let bar = |interval: Interval| Bar {
            left: format!("{:.2}", share(interval.start() - from)),
            width: format!("{:.2}", share(interval.end() - interval.start()).max(0.6)),
        };
        let mut label: Vec<String> = Vec::new();
        let names = [("Self-service", schedule.self_service), ("Azure’s own window", schedule.scheduled)];
        for (name, interval) in names {
            label.extend(interval.map(|interval| format!("{name} {}", span(self.zone, interval).local)));
        }
        Some(Timeline {
            self_service: schedule.self_service.map(bar),
            scheduled: schedule.scheduled.map(bar),
            now: format!("{:.2}", share(self.now - from)),
            label: format!("{}. Now: {}.", label.join(", then "), local(self.zone, self.now)),
        })
    }
}

/// The rows of a group, those of which the same is said together. Those that are better left to Azure are last.
fn parts(rows: Vec<MachineRow>, unfolded: bool) -> Vec<PartView> {
    let notes: Vec<Option<String>> = rows.iter().map(|row| row.note.clone()).collect();
    let mut parts: Vec<PartView> = Vec::new();
    for mut row in rows {
        let is_common = notes.iter().filter(|note| **note == row.note).count() > 1;
        let note = if is_common { row.note.take() } else { None };
        match parts.iter_mut().find(|part| part.against == row.against && part.note == note) {
            Some(part) => part.rows.push(row),
            None => {
                parts.push(PartView { against: row.against.clone(), note, rows: vec![row], unfolded });
            }
        }
    }
    for part in &mut parts {
        part.rows.sort_by_key(|row| (row.label.counted, row.index));
    }
    parts.sort_by_key(|part| (!part.against.is_empty(), part.note.is_some()));
    parts
}
