//! What the program sent, as plain data: the model compares it with what must have been sent.

use super::history::Time;

/// One thing that a message says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Item {
    pub(crate) machine: usize,
    pub(crate) generation: u32,
    pub(crate) revision: u32,
    /// The stage's name.
    pub(crate) stage: String,
    /// Minutes before the deadline, for stages that come in steps.
    pub(crate) step: Option<i64>,
    /// Which of the window's starts, from 1.
    pub(crate) start: Option<u32>,
    /// Which of the history's events that Azure announced minutes ahead.
    pub(crate) event: Option<u32>,
}

/// One message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) recipient: String,
    pub(crate) sequence: u64,
    pub(crate) at: Time,
    /// The kind in one word.
    pub(crate) kind: String,
    pub(crate) items: Vec<Item>,
    /// How many mails it was.
    pub(crate) mails: usize,
    /// How many cards it was in channels.
    pub(crate) cards: usize,
    /// How many it was in chats of people.
    pub(crate) chats: usize,
    /// The slot of the summary in it.
    pub(crate) summary: Option<Time>,
    /// Silences of the recipient of which it says that they end, each with its end.
    pub(crate) silences_end: Vec<Time>,
    /// Calendar entries in it: identity, number of the change, and whether it takes the entry away.
    pub(crate) calendar: Vec<(String, u32, bool)>,
}

/// Everything that came of playing a history.
#[derive(Debug, Default, Clone)]
pub(crate) struct Log {
    /// In order of recipient and sequence.
    pub(crate) messages: Vec<Message>,
    /// For each action of the history, whether it was taken.
    pub(crate) taken: Vec<bool>,
    /// Mails that were handed over, however often the same.
    pub(crate) handed_over: usize,
    /// Mails of which the same had been handed over before.
    pub(crate) twice: usize,
    /// How often the process was killed.
    pub(crate) kills: usize,
    /// Items of messages for which no reason was found, in words.
    pub(crate) unexplained: Vec<String>,
    /// What is left in the outbox at the end.
    pub(crate) unsettled: usize,
    /// What was done, and how long each part took.
    pub(crate) parts: Vec<(&'static str, usize, std::time::Duration)>,
}
