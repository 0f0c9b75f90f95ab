//! The numbers of the wave that a message ends.

use std::sync::Arc;

use crate::domain::assignment::Assignment;
use crate::domain::message::Item;
use crate::domain::message_content::WaveEnd;
use crate::domain::planning::history::NotificationHistory;
use crate::domain::planning::waves::is_end;
use crate::domain::stage::Stage;

/// The numbers of the wave that a message with `items` ends, for someone who was `history` the rest before.
pub fn wave_end(
    history: &NotificationHistory,
    items: &[Item],
    assignments: &[Arc<Assignment>],
) -> Option<WaveEnd> {
    let windows = history.wave.ended_by(items.iter())?;
    let mut end = WaveEnd { machines: windows.len(), ..WaveEnd::default() };
    for id in windows {
        let now = items.iter().filter(|item| item.window == *id && is_end(item.stage)).map(|item| item.stage);
        let before = || history.ended_as(id);
        let assignment = assignments.iter().find(|assignment| assignment.window.id == *id);
        let by_people = assignment.is_some_and(|it| it.actions.completed(it.window.revision));
        // Whoever was notified that a window is no longer theirs is not notified of it any more.
        match now.max().or_else(before).unwrap_or(Stage::Reassigned) {
            Stage::Completed if by_people => end.by_people += 1,
            Stage::Completed => end.by_azure += 1,
            Stage::Cancelled => end.cancelled += 1,
            Stage::NoLongerPlanned => end.gone += 1,
            _ => end.handed_on += 1,
        }
    }
    // Whoever gave everything away ended nothing: the message says who has it now, and no more.
    (end.handed_on < end.machines).then_some(end)
}
