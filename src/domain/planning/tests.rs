//! Planning as stories: what happens to a recipient's windows, and what they are notified of when.

mod announcing;
mod calendar;
mod changes;
mod channels;
mod coverage;
mod digests;
mod fixpoint;
mod foreseen;
mod histories;
mod muted;
mod responses;
mod stages;
mod waves;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::domain::action::Actor;
use crate::domain::action::response::{
    Response, ResponseRecord, StartProgress, StartStatus, StartSummary, WindowActions,
};
use crate::domain::action::start::{StartOutcome, StartPhase, StartRefusal};
use crate::domain::assignment::{Assignment, Withdrawn, WithdrawnTo};
use crate::domain::config_version::ConfigVersion;
use crate::domain::coverage::CoverageReport;
use crate::domain::endpoint::Endpoint;
use crate::domain::fixtures::{facts, recipient, utc, window};
use crate::domain::ids::StartId;
use crate::domain::ledger::{MessageRecord, RecipientHead};
use crate::domain::operator_alert::OperatorAlert;
use crate::domain::reason::Reason;
use crate::domain::recipient::Recipient;
use crate::domain::recipient_settings::NotificationSettings;
use crate::domain::retention::{forgettable, remembered};
use crate::domain::stage::Stage;
use crate::domain::tags::TagLevel;
use crate::domain::window::{
    EndReason, LastResult, MaintenanceWindow, Revision, RevisionRecord, WindowId, WindowState,
};

/// How often whoever looks all the time looks: in the end at every minute of an hour.
const TICK: TimeDelta = TimeDelta::minutes(29);

/// One recipient's life: facts change, planning wakes when it said it would, messages are sent or not.
struct Life {
    recipient: Recipient,
    operator: bool,
    diverted_to: Option<Vec<Endpoint>>,
    assignments: BTreeMap<WindowId, Assignment>,
    ledger: Vec<MessageRecord>,
    head: RecipientHead,
    notification_settings: NotificationSettings,
    paused_channels: Vec<PausedChannel>,
    operator_alerts: Vec<(DateTime<Utc>, OperatorAlert)>,
    coverage: Option<CoverageReport>,
    go_live: GoLive,
    now: DateTime<Utc>,
    wake: Option<DateTime<Utc>>,
    mail_works: bool,
    plan_every_tick: bool,
    /// How long what ended is kept, where something is forgotten at all.
    keeps: Option<TimeDelta>,
    forgotten: Vec<MessageRecord>,
    former: Vec<WindowId>,
}

impl Life {
    /// 2026-12-01 is a Tuesday.
    fn at(start: &str) -> Self {
        Self {
            recipient: recipient("jane"),
            operator: false,
            diverted_to: None,
            assignments: BTreeMap::new(),
            ledger: Vec::new(),
            head: RecipientHead::default(),
            operator_alerts: Vec::new(),
            coverage: None,
            go_live: GoLive::Since(utc("2026-01-01T00:00:00Z")),
            now: utc(start),
            wake: None,
            mail_works: true,
            notification_settings: NotificationSettings::default(),
            paused_channels: Vec::new(),
            plan_every_tick: false,
            keeps: None,
            forgotten: Vec::new(),
            former: Vec::new(),
        }
    }

    fn copies(&self) -> Vec<Arc<Assignment>> {
        self.assignments.values().cloned().map(Arc::new).collect()
    }

    fn shared_ledger(&self) -> Vec<Arc<MessageRecord>> {
        self.ledger.iter().cloned().map(Arc::new).collect()
    }

    /// Forgets what ended longer ago than it is kept.
    fn forget(&mut self) {
        let Some(keeps) = self.keeps else { return };
        let copies = self.copies();
        let before = self.now - keeps;
        let found =
            forgettable(&copies, &self.shared_ledger(), &self.head, &self.operator_alerts, before, self.now);
        for copy in found.copies {
            self.assignments.remove(&copy);
            self.former.push(copy);
        }
        let (gone, kept) = std::mem::take(&mut self.ledger)
            .into_iter()
            .partition(|message| found.messages.contains(&message.sequence));
        self.ledger = kept;
        self.head.past = remembered(&self.head.past, &gone);
        self.forgotten.extend(gone);
    }

    /// Everything that was reported, in order, whether it is kept or not.
    fn messages(&self) -> Vec<&MessageRecord> {
        let mut messages: Vec<&MessageRecord> = self.forgotten.iter().chain(&self.ledger).collect();
        messages.sort_by_key(|message| message.sequence);
        messages.retain(|message| message.notifies());
        messages
    }

    fn plan(&mut self) {
        let version = ConfigVersion("test".to_owned());
        let assignments = self.copies();
        let ledger = self.shared_ledger();
        let reversed: Vec<Arc<Assignment>> = assignments.iter().rev().cloned().collect();
        let input = |assignments| PlanningInput {
            recipient: &self.recipient,
            operator: self.operator,
            diverted_to: self.diverted_to.as_deref(),
            assignments,
            ledger: &ledger,
            head: &self.head,
            notification_settings: &self.notification_settings,
            paused_channels: &self.paused_channels,
            operator_alerts: &self.operator_alerts,
            coverage: self.coverage.as_ref(),
            go_live: self.go_live,
            starts_here: true,
            version: &version,
            epoch: None,
        };
        let plan = plan(input(&assignments), Pace::Considerate, self.now);
        // Whoever looks all the time is there to be compared, and would do it twice.
        if !self.plan_every_tick {
            let other = crate::domain::planning::planner::plan(input(&reversed), Pace::Considerate, self.now);
            assert_eq!(plan, other, "order matters");
        }
        self.wake = plan.wake;
        match plan.step {
            LedgerStep::Nothing => {}
            LedgerStep::Claim(message) => {
                self.head.sequence += 1;
                assert_eq!(message.sequence, self.head.sequence);
                self.ledger.push(*message);
            }
            LedgerStep::Amend(message) => {
                let known = self.ledger.iter_mut().find(|known| known.id == message.id).unwrap();
                assert!(known.is_unsent());
                *known = *message;
            }
        }
        let mut waiting = self.ledger.iter_mut().filter(|message| message.is_unsent());
        if self.mail_works
            && let Some(message) = waiting.next()
        {
            message.in_doubt = message.endpoints.iter().map(|endpoint| endpoint.key()).collect();
            message.settled = message.in_doubt.clone();
            message.notified_at = Some(self.now);
            // What is due next can depend on what was reported: delivery wakes the recipient.
            self.plan();
        }
    }

    /// Lets time pass. Planning happens when it asked to be woken, no more than once a minute, and for who looks all the
    /// time in between.
    fn until(&mut self, end: &str) -> &mut Self {
        let end = utc(end);
        if self.wake.is_none() {
            self.plan();
        }
        while self.now < end {
            let wake = self.wake.map_or(end, |wake| wake.max(self.now + TimeDelta::minutes(1)));
            let look = self.plan_every_tick.then(|| self.now + TICK);
            self.now = look.map_or(wake, |look| look.min(wake)).min(end);
            if self.plan_every_tick || self.wake.is_some_and(|wake| wake <= self.now) {
                self.plan();
            }
        }
        self
    }

    fn put(&mut self, window: MaintenanceWindow) {
        let assignment = Assignment {
            recipient: self.recipient.name.clone(),
            reasons: vec![Reason::Tag {
                tag: "owner".to_owned(),
                level: TagLevel::Resource,
                value: "jane".to_owned(),
            }],
            primary: true,
            others: Vec::new(),
            escalation_steps: Vec::new(),
            actions: self
                .assignments
                .get(&window.id)
                .map_or_else(Default::default, |known| known.actions.clone()),
            decided_by: ConfigVersion("test".to_owned()),
            since: self.assignments.get(&window.id).map_or(self.now, |known| known.since),
            withdrawn: None,
            window,
        };
        self.assignments.insert(assignment.window.id.clone(), assignment);
        self.plan();
    }

    fn change(&mut self, name: &str, change: impl FnOnce(&mut MaintenanceWindow)) {
        let now = self.now;
        let key = self.assignments.keys().filter(|id| id.resource.name() == name).max().unwrap().clone();
        let window = &mut self.assignments.get_mut(&key).unwrap().window;
        window.changed = now;
        change(window);
        self.plan();
    }

    fn reschedule(&mut self, name: &str, start: &str) {
        let (now, facts) = (self.now, facts(utc(start)));
        self.change(name, |window| {
            window.revision = window.revision.next();
            window.history.push(RevisionRecord {
                revision: window.revision,
                seen: now,
                schedule: facts.schedule,
            });
            window.facts = facts;
        });
    }

    /// Somebody does something about the newest window of `name`.
    fn act(&mut self, name: &str, act: impl FnOnce(&mut WindowActions, &MaintenanceWindow)) {
        let key = self.assignments.keys().filter(|id| id.resource.name() == name).max().unwrap().clone();
        let assignment = self.assignments.get_mut(&key).unwrap();
        act(&mut assignment.actions, &assignment.window);
        self.plan();
    }

    fn respond(&mut self, name: &str, who: &str, response: Response) {
        let at = self.now;
        self.act(name, |actions, window| {
            actions.respond(ResponseRecord { response, by: actor(who), at, revision: window.revision });
        });
    }

    fn start(&mut self, name: &str, who: &str, begins: &str) {
        let (decided, begins) = (self.now, utc(begins));
        self.act(name, |actions, window| {
            actions.attempts += 1;
            let status = if decided < begins { StartStatus::Planned } else { StartStatus::UnderWay };
            actions.note_start(StartSummary {
                id: StartId::new(&window.id, actions.attempts),
                by: actor(who),
                decided,
                begins,
                revision: window.revision,
                plan: None,
                status,
                ordered: None,
                accepts: None,
                progress: Default::default(),
            });
        });
    }

    fn stand(&mut self, name: &str, status: StartStatus) {
        self.act(name, |actions, _| {
            if let Some(open) = actions.open_start().cloned() {
                actions.note_start(StartSummary { status, ..open });
            }
        });
    }

    fn settle(&mut self, name: &str, outcome: StartOutcome) {
        let at = self.now;
        self.stand(name, StartStatus::Settled { at, outcome });
    }

    /// The messages in a readable form: local time, kind, and what is reported of what.
    fn story(&self) -> String {
        let line = |message: &MessageRecord| {
            let at =
                message.claimed_at.with_timezone(&self.recipient.preferences.timezone).format("%a %d %H:%M");
            let items: Vec<String> = message
                .items
                .iter()
                .map(|item| format!("{} {}", item.window.resource.name(), item.stage))
                .chain(message.operator_alerts.iter().map(OperatorAlert::key))
                .collect();
            let calendar: Vec<String> = message
                .calendar
                .iter()
                .map(|entry| format!("{:?} {}", entry.method, entry.sequence))
                .collect();
            format!("{at} {} [{}] {}", message.kind.as_str(), items.join(", "), calendar.join(", "))
                .trim_end()
                .to_owned()
        };
        self.ledger.iter().filter(|message| message.notifies()).map(line).collect::<Vec<_>>().join("\n")
    }
}

fn actor(name: &str) -> Actor {
    Actor { recipient: Some(name.parse().unwrap()), ..Actor::default() }
}
