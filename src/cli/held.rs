//! Why what is unsent waits, by what the emitter would do with it now.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::config::configuration::{Mode, SafetyRules};
use crate::domain::brake::can_wait;
use crate::domain::emission::choose;
use crate::domain::ids::OutboxId;
use crate::domain::mail_limit::MailAllowance;
use crate::domain::outbox::{OutboxRow, OutboxState};
use crate::domain::unsettled_row::UnsettledRow;

/// What holds a message back. Hours hold none: it is in the outbox once its hours have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum HeldBy {
    DryRun,
    Pause,
    Brake,
    /// It would be one too many within an hour, or says nothing new.
    Repeats,
    /// An earlier message to the same endpoint goes first.
    EarlierMessage,
    MailLimit,
}

impl HeldBy {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::DryRun => "held by the dry run",
            Self::Pause => "held by the pause of sending",
            Self::Brake => "held by the brake",
            Self::Repeats => "held: too many within an hour, or told before",
            Self::EarlierMessage => "waits for an earlier message",
            Self::MailLimit => "held by the mail limit",
        }
    }
}

/// Why nothing leaves at all, where the configuration says so.
pub(super) fn everything(safety: &SafetyRules) -> Option<HeldBy> {
    match &safety.mode {
        Mode::DryRun => Some(HeldBy::DryRun),
        _ if safety.pause_sending => Some(HeldBy::Pause),
        _ => None,
    }
}

/// What holds back each of the messages that wait.
#[derive(Debug)]
pub(super) struct Holds {
    everything: Option<HeldBy>,
    braking: bool,
    unsettled: BTreeSet<OutboxId>,
    /// What is due and beyond what the mail service takes.
    beyond_limit: BTreeSet<OutboxId>,
}

impl Holds {
    /// What holds back `rows`, of which the emitter may hand out mails within `allowance`.
    pub(super) fn new(
        rows: &[&OutboxRow],
        everything: Option<HeldBy>,
        braking: bool,
        allowance: MailAllowance,
        now: DateTime<Utc>,
    ) -> Self {
        let unsettled: Vec<&&OutboxRow> = rows.iter().filter(|row| !row.is_settled()).collect();
        let entries: Vec<UnsettledRow> = unsettled.iter().map(|row| row.entry()).collect();
        let due = |entry: &&UnsettledRow| entry.next_attempt <= now && !(braking && can_wait(entry, now));
        let chosen: BTreeSet<&OutboxId> = choose(entries.iter().filter(due), allowance, usize::MAX, now)
            .into_iter()
            .map(|entry| &entry.id)
            .collect();
        // What does not leave for another reason takes nothing of the limit.
        let limited =
            entries.iter().filter(due).filter(|entry| everything.is_none() && !chosen.contains(&entry.id));
        Self {
            everything,
            braking,
            beyond_limit: limited.map(|entry| entry.id.clone()).collect(),
            unsettled: unsettled.iter().map(|row| row.id.clone()).collect(),
        }
    }

    /// Everything that holds back `row`; nothing for one that is on its way.
    pub(super) fn of(&self, row: &OutboxRow, now: DateTime<Utc>) -> Vec<HeldBy> {
        if row.state != OutboxState::Waiting {
            return Vec::new();
        }
        let brake = self.braking && can_wait(&row.entry(), now);
        let earlier = row.after.as_ref().is_some_and(|after| self.unsettled.contains(after));
        let beyond = self.beyond_limit.contains(&row.id);
        let held = [
            (brake, HeldBy::Brake),
            (row.held.is_some(), HeldBy::Repeats),
            (earlier, HeldBy::EarlierMessage),
            (beyond, HeldBy::MailLimit),
        ];
        let held = held.into_iter().filter_map(|(holds, by)| holds.then_some(by));
        self.everything.into_iter().chain(held).collect()
    }
}
