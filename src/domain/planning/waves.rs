//! Waves: what was announced to a recipient since they last had nothing open. The message that tells the last outcome
//! of several machines ends the wave, and says so.

use std::collections::HashSet;
use std::sync::Arc;

use super::history::{END, NotificationHistory};
use crate::domain::assignment::Assignment;
use crate::domain::message::{Item, WaveEnd};
use crate::domain::stage::Stage;
use crate::domain::window::WindowId;

/// The recipient's wave as the ledger tells it.
#[derive(Debug, Clone, Default)]
pub struct RecipientWave<'a> {
    windows: HashSet<&'a WindowId>,
    open: HashSet<&'a WindowId>,
}

impl<'a> RecipientWave<'a> {
    /// Goes on with the items of the next message.
    pub fn note(&mut self, items: impl Iterator<Item = &'a Item> + Clone) {
        for item in items.clone().filter(|item| item.stage == Stage::Announced) {
            if self.open.is_empty() {
                self.windows.clear();
            }
            self.windows.insert(&item.window);
            self.open.insert(&item.window);
        }
        for item in items.filter(|item| is_end(item.stage)) {
            self.open.remove(&item.window);
        }
    }

    /// The machines of the wave, when a message with `items` tells the last outcome of several.
    pub fn ended_by<'b>(
        &'b self,
        items: impl Iterator<Item = &'b Item> + Clone,
    ) -> Option<HashSet<&'b WindowId>> {
        let mut after: RecipientWave<'b> = self.clone();
        after.note(items);
        let ends = !self.open.is_empty() && after.open.is_empty() && after.windows.len() > 1;
        ends.then_some(after.windows)
    }
}

/// The numbers of the wave that a message with `items` ends, for someone who was `history` the rest before.
pub fn end(
    history: &NotificationHistory,
    items: &[Item],
    assignments: &[Arc<Assignment>],
) -> Option<WaveEnd> {
    let windows = history.wave.ended_by(items.iter())?;
    let mut end = WaveEnd { machines: windows.len(), ..WaveEnd::default() };
    for id in windows {
        let now = items.iter().filter(|item| item.window == *id && is_end(item.stage)).map(|item| item.stage);
        let before = || {
            let history = history.of(id)?;
            END.into_iter().find(|it| history.has_any(*it))
        };
        let assignment = assignments.iter().find(|assignment| assignment.window.id == *id);
        let by_people = assignment.is_some_and(|it| it.actions.completed(it.window.revision));
        // Whoever was told that a window is no longer theirs is not told of it any more.
        match now.max().or_else(before).unwrap_or(Stage::Reassigned) {
            Stage::Completed if by_people => end.by_people += 1,
            Stage::Completed => end.by_azure += 1,
            Stage::Cancelled => end.cancelled += 1,
            Stage::NoLongerPlanned => end.gone += 1,
            _ => end.handed_on += 1,
        }
    }
    Some(end)
}

/// Whether nothing more of the window concerns the recipient once this was told.
fn is_end(stage: Stage) -> bool {
    stage == Stage::Reassigned || END.contains(&stage)
}
