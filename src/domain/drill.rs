//! Fire drills: a labelled exercise that goes the way of every message, so that it is known before a wave comes who
//! would not hear of it.
//!
//! A drill is a fact like any other, and planning looks at it as at a level: whoever is in its scope and has no message
//! of it is sent one, in their hours. It says nothing about any machine, so it counts for nothing else: not as
//! notified, not against how often somebody is written to, and nobody is reminded of it.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::action::Actor;
use super::endpoint::Endpoint;
use super::ledger::MessageRecord;
use super::message::MessageKind;
use super::message_content::MessageContent;
use super::planning::{Pace, PlanningInput};
use super::recipient_name::RecipientName;

/// How long a drill is open, unless it is ended before.
pub const LASTS: TimeDelta = TimeDelta::days(7);

/// One drill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drill {
    /// Since when it is open. No two drills have the same moment.
    pub at: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub by: Actor,
    pub recipients: BTreeSet<RecipientName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<DateTime<Utc>>,
    /// Whether everybody in its scope was woken for it.
    #[serde(default)]
    pub woken: bool,
}

/// That a recipient has the message of a drill, by their own word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    pub recipient: RecipientName,
    pub by: Actor,
    pub at: DateTime<Utc>,
}

/// What is due of a drill for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DrillDue {
    /// Nothing, or nothing any more.
    Nothing,
    /// A message at this time.
    At(DateTime<Utc>),
    Now(Box<MessageRecord>),
}

impl Drill {
    /// A drill that begins now.
    pub fn new(by: Actor, recipients: BTreeSet<RecipientName>, now: DateTime<Utc>) -> Self {
        Self { at: now, until: now + LASTS, by, recipients, ended: None, woken: false }
    }

    /// When it ends, or ended.
    pub fn end(&self) -> DateTime<Utc> {
        self.ended.map_or(self.until, |ended| ended.min(self.until))
    }

    /// Whether it goes on.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        now < self.end()
    }

    /// A recipient's message of this drill: drills follow each other, so it is the one that was claimed since.
    pub fn message<'a>(
        &self,
        mut ledger: impl Iterator<Item = &'a MessageRecord>,
    ) -> Option<&'a MessageRecord> {
        ledger.find(|message| message.kind == MessageKind::Drill && message.claimed_at >= self.at)
    }

    /// What is due for the recipient of `input`, whose whole ledger it holds.
    pub fn due(&self, input: &PlanningInput<'_>, pace: Pace, now: DateTime<Utc>) -> DrillDue {
        let recipient = input.recipient;
        let concerned = self.is_open(now) && self.recipients.contains(&recipient.name);
        if !concerned || self.message(input.messages()).is_some() {
            return DrillDue::Nothing;
        }
        let at = match pace {
            Pace::Immediate => now,
            Pace::Considerate => recipient.preferences.next_allowed(now),
        };
        let endpoints = endpoints(input);
        match at {
            at if at >= self.end() || endpoints.is_empty() => DrillDue::Nothing,
            at if at > now => DrillDue::At(at),
            _ => DrillDue::Now(Box::new(message(input, endpoints, now))),
        }
    }
}

/// Every way there is, also those that refused lately: a drill is to find out.
fn endpoints(input: &PlanningInput<'_>) -> Vec<Endpoint> {
    match input.diverted_to {
        Some(endpoints) => endpoints.to_vec(),
        None => input.recipient.endpoints().into_iter().chain(input.recipient.chat()).collect(),
    }
}

fn message(input: &PlanningInput<'_>, endpoints: Vec<Endpoint>, now: DateTime<Utc>) -> MessageRecord {
    MessageRecord { endpoints, ..input.new_message(MessageKind::Drill, input.head.sequence + 1, now) }
}

/// What a message of a drill is bound to at `now`.
pub fn content(input: &PlanningInput<'_>, message: &MessageRecord, now: DateTime<Utc>) -> MessageContent {
    let bound = super::planning::content::content(
        input,
        message,
        super::planning::content::TenantFacts::default(),
        now,
    );
    // What is open has nothing to do with it.
    MessageContent { introduce: false, unchanged: 0, unchanged_deadline: None, ..bound }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::config_version::ConfigVersion;
    use crate::domain::fixtures::{recipient, utc};
    use crate::domain::ledger::RecipientHead;
    use crate::domain::planning::{GoLive, plan};
    use crate::domain::recipient::Recipient;
    use crate::domain::recipient_settings::NotificationSettings;

    fn drill(now: DateTime<Utc>) -> Drill {
        Drill::new(Actor::default(), ["jane".parse().unwrap()].into(), now)
    }

    fn input<'a>(
        recipient: &'a Recipient,
        ledger: &'a [Arc<MessageRecord>],
        head: &'a RecipientHead,
        version: &'a ConfigVersion,
    ) -> PlanningInput<'a> {
        PlanningInput {
            recipient,
            operator: false,
            diverted_to: None,
            assignments: &[],
            ledger,
            head,
            notification_settings: NotificationSettings::NOTHING,
            paused_channels: &[],
            coverage: None,
            operator_alerts: &[],
            go_live: GoLive::Looking,
            starts_here: true,
            version,
            epoch: None,
        }
    }

    #[test]
    fn everybody_in_scope_gets_one_message_in_their_hours_and_it_counts_for_nothing_else() {
        let (jane, mei) = (recipient("jane"), recipient("mei"));
        let (head, version) = (RecipientHead::default(), ConfigVersion("1".to_owned()));
        let morning = utc("2026-11-24T09:00:00Z");
        let drill = drill(utc("2026-11-23T21:00:00Z"));
        let due = |who: &Recipient, ledger: &[Arc<MessageRecord>], now| {
            drill.due(&input(who, ledger, &head, &version), Pace::Considerate, now)
        };
        assert_eq!(due(&mei, &[], morning), DrillDue::Nothing);
        let DrillDue::At(at) = due(&jane, &[], drill.at) else { panic!("at night it waits") };
        assert!(at > drill.at && at <= morning, "{at}");
        let DrillDue::Now(message) = due(&jane, &[], at) else { panic!("it is due") };
        assert_eq!(due(&jane, &[Arc::from(message.clone())], at), DrillDue::Nothing);

        let ledger = [Arc::from(message)];
        let with = input(&jane, &ledger, &head, &version);
        let without = input(&jane, &[], &head, &version);
        assert_eq!(plan(with, Pace::Considerate, morning), plan(without, Pace::Considerate, morning));
        assert!(!with.counts(&ledger[0]));
    }

    #[test]
    fn it_is_over_when_it_is_ended_or_a_week_has_passed() {
        let begun = utc("2026-11-23T09:00:00Z");
        let drill = drill(begun);
        assert!(drill.is_open(begun) && !drill.is_open(begun + LASTS));
        let ended = Drill { ended: Some(begun + TimeDelta::days(1)), ..drill };
        assert!(!ended.is_open(begun + TimeDelta::days(1)));
        let jane = recipient("jane");
        let (head, version) = (RecipientHead::default(), ConfigVersion("1".to_owned()));
        let input = input(&jane, &[], &head, &version);
        assert_eq!(ended.due(&input, Pace::Immediate, begun + TimeDelta::days(2)), DrillDue::Nothing);
    }
}
