//! Waves: what was announced to a recipient since they last had nothing open. The message that reports the last outcome
//! of several machines ends the wave, and says so.

use std::collections::HashSet;

use crate::domain::message::Item;
use crate::domain::stage::{END, Stage};
use crate::domain::window::WindowId;

/// The recipient's wave as the ledger has it.
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

    /// Whether a message with `items` tells the last outcome of what is open.
    pub fn is_ended_by<'b>(&'b self, items: impl Iterator<Item = &'b Item> + Clone) -> bool {
        let mut after: RecipientWave<'b> = self.clone();
        after.note(items);
        !self.open.is_empty() && after.open.is_empty()
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

/// Whether nothing more of the window concerns the recipient once this was reported.
pub(super) fn is_end(stage: Stage) -> bool {
    stage == Stage::Reassigned || END.contains(&stage)
}
