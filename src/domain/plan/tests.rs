//! Planning, told as stories: what happens to a recipient's windows, and what they are told when.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::domain::action::Actor;
use crate::domain::action::response::{Response, ResponseRecord, Standing, StartSummary, WindowActions};
use crate::domain::action::start::{Outcome, Refusal, StartId};
use crate::domain::assignment::{Reason, Withdrawn, WithdrawnTo};
use crate::domain::fixtures::{facts, recipient, utc, window};
use crate::domain::tags::TagLevel;
use crate::domain::window::{
    EndReason, LastResult, MaintenanceWindow, Revision, RevisionRecord, WindowState,
};

/// One recipient's life: facts change, planning wakes when it said it would, messages are sent or not.
struct Life {
    recipient: Recipient,
    operator: bool,
    diverted_to: Option<Vec<Endpoint>>,
    assignments: BTreeMap<WindowId, Assignment>,
    ledger: Vec<MessageRecord>,
    head: RecipientHead,
    resting: Vec<Resting>,
    troubles: Vec<(DateTime<Utc>, Trouble)>,
    go_live: GoLive,
    now: DateTime<Utc>,
    wake: Option<DateTime<Utc>>,
    mail_works: bool,
    plan_every_tick: bool,
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
            troubles: Vec::new(),
            go_live: GoLive::Since(utc("2026-01-01T00:00:00Z")),
            now: utc(start),
            wake: None,
            mail_works: true,
            resting: Vec::new(),
            plan_every_tick: false,
        }
    }

    fn plan(&mut self) {
        let version = ConfigVersion("test".to_owned());
        let assignments: Vec<Assignment> = self.assignments.values().cloned().collect();
        let reversed: Vec<Assignment> = assignments.iter().rev().cloned().collect();
        let situation = |assignments| Situation {
            recipient: &self.recipient,
            operator: self.operator,
            diverted_to: self.diverted_to.as_deref(),
            assignments,
            ledger: &self.ledger,
            head: &self.head,
            resting: &self.resting,
            troubles: &self.troubles,
            go_live: self.go_live,
            version: &version,
        };
        let plan = plan(situation(&assignments), Pace::Considerate, self.now);
        assert_eq!(plan, super::plan(situation(&reversed), Pace::Considerate, self.now), "order matters");
        self.wake = plan.wake;
        match plan.step {
            Step::Nothing => {}
            Step::Claim(message) => {
                self.head.sequence += 1;
                assert_eq!(message.sequence, self.head.sequence);
                self.ledger.push(*message);
            }
            Step::Amend(message) => {
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
            message.told_at = Some(self.now);
            // What is due next can depend on what was told: delivery wakes the recipient.
            self.plan();
        }
    }

    /// Lets time pass, a minute at a time; planning happens only when it asked to be woken.
    fn until(&mut self, end: &str) -> &mut Self {
        let end = utc(end);
        if self.wake.is_none() {
            self.plan();
        }
        while self.now < end {
            let step = self.now + TimeDelta::minutes(15);
            let next = if self.plan_every_tick {
                step
            } else {
                self.wake.map_or(end, |wake| wake.max(self.now + TimeDelta::minutes(1)))
            };
            self.now = next.min(end);
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
            let standing = if decided < begins { Standing::Planned } else { Standing::UnderWay };
            actions.note_start(StartSummary {
                id: StartId::new(&window.id, actions.attempts),
                by: actor(who),
                decided,
                begins,
                revision: window.revision,
                standing,
            });
        });
    }

    fn stand(&mut self, name: &str, standing: Standing) {
        self.act(name, |actions, _| {
            if let Some(open) = actions.open_start().cloned() {
                actions.note_start(StartSummary { standing, ..open });
            }
        });
    }

    fn settle(&mut self, name: &str, outcome: Outcome) {
        let at = self.now;
        self.stand(name, Standing::Settled { at, outcome });
    }

    /// The messages in a readable form: local time, kind, and what is told of what.
    fn story(&self) -> String {
        let line = |message: &MessageRecord| {
            let at =
                message.claimed_at.with_timezone(&self.recipient.preferences.timezone).format("%a %d %H:%M");
            let items: Vec<String> = message
                .items
                .iter()
                .map(|item| format!("{} {}", item.window.resource.name(), item.stage))
                .chain(message.troubles.iter().map(Trouble::key))
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
        self.ledger.iter().filter(|message| message.tells()).map(line).collect::<Vec<_>>().join("\n")
    }
}

fn actor(name: &str) -> Actor {
    Actor { recipient: Some(name.parse().unwrap()), ..Actor::default() }
}

#[test]
fn a_whole_wave_is_told_within_the_budget() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    let mut planned = window("web-01", utc("2026-12-04T10:00:00Z"));
    planned.facts.self_start_allowed = false;
    life.put(planned);
    life.until("2026-12-04T10:00:00Z").change("web-01", |window| window.facts.self_start_allowed = true);
    life.until("2026-12-17T12:00:00Z")
        .change("web-01", |window| window.facts.last_result = LastResult::MaintenanceCompleted);
    life.until("2026-12-24T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Fri 04 11:00 alert [web-01 self-service open]
    Mon 07 11:00 alert [web-01 reminder]
    Fri 11 17:00 alert [web-01 reminder]
    Mon 14 08:00 digest [web-01 reminder]
    Mon 14 11:00 alert [web-01 self-service closed] Request 0
    Thu 17 08:00 digest [web-01 scheduled open]
    Fri 18 08:00 digest [web-01 completed]
    ");
}

#[test]
fn a_wave_that_trickles_in_becomes_one_message_and_waits_for_working_hours() {
    let mut life = Life::at("2026-12-01T15:00:00Z");
    for number in 1..=6 {
        life.put(window(&format!("web-{number:02}"), utc("2026-12-20T10:00:00Z")));
        let next = life.now + TimeDelta::minutes(20);
        life.until(&next.to_rfc3339());
    }
    life.until("2026-12-02T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"Wed 02 08:00 alert [web-01 announced, web-02 announced, web-03 announced, web-04 announced, web-05 announced, web-06 announced] Request 0");
}

#[test]
fn an_urgent_announcement_does_not_wait() {
    // Saturday noon; self-service ends on Monday at 8.
    let mut life = Life::at("2026-12-05T11:00:00Z");
    life.put(window("web-01", utc("2026-11-27T07:00:00Z")));
    life.until("2026-12-05T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"Sat 05 12:00 alert [web-01 announced] Request 0");
}

#[test]
fn a_deadline_that_comes_nearer_does_not_break_into_the_weekend() {
    // Friday 16:00 in Berlin; on Sunday the deadline is seven days away and the announcement is urgent.
    let mut life = Life::at("2026-12-18T15:00:00Z");
    life.put(window("web-01", utc("2026-12-17T15:00:00Z")));
    life.until("2026-12-21T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"Mon 21 08:00 alert [web-01 announced] Request 0");
}

#[test]
fn what_is_put_off_for_a_day_does_not_come_right_after_an_early_digest() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.recipient.preferences.digest = "0 7 * * *".parse().unwrap();
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.put(window("web-02", utc("2026-12-20T10:00:00Z")));
    life.until("2026-12-01T14:00:00Z").reschedule("web-01", "2026-12-27T10:00:00Z");
    life.until("2026-12-01T15:00:00Z").change("web-02", |window| {
        window.state =
            WindowState::Ended { at: utc("2026-12-01T15:00:00Z"), why: EndReason::NoLongerPlanned };
    });
    life.until("2026-12-02T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced, web-02 announced] Request 0
    Wed 02 07:00 digest [web-02 no longer planned] Request 1
    Wed 02 08:00 alert [web-01 rescheduled]
    ");
}

#[test]
fn changes_while_the_mail_is_down_go_into_the_unsent_message() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.mail_works = false;
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.put(window("web-02", utc("2026-12-20T10:00:00Z")));
    life.until("2026-12-02T12:00:00Z");
    life.reschedule("web-01", "2026-12-22T10:00:00Z");
    life.change("web-02", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-02T12:00:00Z"), why: EndReason::Cancelled };
    });
    life.until("2026-12-04T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"Wed 02 13:00 alert [web-01 announced] Request 0");
    assert_eq!(life.ledger.len(), 1);
    assert_eq!(life.ledger[0].items[0].revision, Revision(2));
    life.change("web-01", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-04T12:00:00Z"), why: EndReason::Cancelled };
    });
    assert_eq!(life.ledger[0].state, MessageState::Withdrawn);
}

#[test]
fn f2_a_digest_that_could_not_be_sent_is_superseded_not_stacked() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    life.mail_works = false;
    life.until("2026-12-11T09:00:00Z");
    assert_eq!(life.ledger.iter().filter(|message| message.is_unsent()).count(), 1);
    life.mail_works = true;
    life.until("2026-12-14T09:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Fri 11 11:00 digest [web-01 self-service closed] Request 0
    Mon 14 08:00 digest [web-01 scheduled open]
    ");
}

#[test]
fn reschedules_ends_and_new_owners_are_told_once_and_move_the_calendar() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.put(window("web-02", utc("2026-12-20T10:00:00Z")));
    life.until("2026-12-03T10:00:00Z").reschedule("web-01", "2026-12-27T10:00:00Z");
    life.until("2026-12-04T10:00:00Z").change("web-01", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-04T10:00:00Z"), why: EndReason::Cancelled };
    });
    life.until("2026-12-07T10:00:00Z");
    let id = life.assignments.keys().last().unwrap().clone();
    let others = WithdrawnTo::Others { recipients: vec!["arjun".parse().unwrap()] };
    life.assignments.get_mut(&id).unwrap().withdrawn = Some(Withdrawn { at: life.now, now: others });
    life.plan();
    life.until("2026-12-10T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced, web-02 announced] Request 0
    Thu 03 11:00 alert [web-01 rescheduled] Request 1, Request 0
    Fri 04 11:00 alert [web-01 cancelled] Cancel 1
    Tue 08 08:00 digest [web-02 reassigned] Cancel 2
    ");
}

#[test]
fn machines_that_azure_should_take_care_of_are_not_reminded_of_self_service() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    let mut member = window("web-01", utc("2026-12-01T10:00:00Z"));
    member.machine.auto_shutdown = true;
    life.put(member);
    life.until("2026-12-14T09:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Wed 09 08:00 digest []
    Thu 10 11:00 alert [web-01 scheduled soon]
    Mon 14 08:00 digest [web-01 scheduled open]
    ");
}

#[test]
fn the_first_look_is_told_once_when_it_is_complete() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.go_live = GoLive::Looking;
    life.operator = true;
    for number in 1..=3 {
        life.put(window(&format!("web-{number:02}"), utc("2026-12-01T08:00:00Z")));
        let next = life.now + TimeDelta::minutes(5);
        life.until(&next.to_rfc3339());
    }
    life.go_live = GoLive::Since(life.now);
    life.plan();
    life.until("2026-12-01T12:00:00Z");
    insta::assert_snapshot!(life.story(), @"Tue 01 11:15 go-live [web-01 announced, web-02 announced, web-03 announced] Request 0");
}

#[test]
fn operators_hear_of_trouble_once() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.operator = true;
    life.go_live = GoLive::Looking;
    let trouble =
        |reason: &str| Trouble::Unseen { scope: "subscription 2".to_owned(), reason: reason.to_owned() };
    life.troubles = vec![(life.now, trouble("HTTP 403"))];
    life.until("2026-12-01T11:00:00Z");
    life.troubles = vec![(utc("2026-12-01T10:00:00Z"), trouble("HTTP 403 again"))];
    life.plan();
    life.until("2026-12-03T11:00:00Z");
    insta::assert_snapshot!(life.story(), @"Tue 01 11:15 operator [unseen|subscription 2]");
}

#[test]
fn a_pilot_diverts_messages_and_tells_their_recipients_anew_when_it_is_over() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.diverted_to = Some(recipient("platform").endpoints());
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    assert_eq!(life.ledger[0].endpoints, recipient("platform").endpoints());
    assert!(life.ledger[0].diverted && life.ledger[0].calendar.is_empty());
    life.diverted_to = None;
    life.plan();
    life.until("2026-12-03T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced]
    Wed 02 11:00 alert [web-01 announced] Request 0
    ");
    assert_eq!(life.ledger[1].endpoints, recipient("jane").endpoints());
}

#[test]
fn what_became_of_an_attempt_goes_with_the_announcement_never_before_it() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.change("web-01", |window| {
        window.facts.last_result = LastResult::MaintenanceAborted;
        window.facts.self_start_allowed = false;
    });
    life.until("2026-12-02T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"Tue 01 13:00 alert [web-01 announced, web-01 skipped] Request 0");
}

#[test]
fn the_forecast_is_what_comes_to_pass_when_nothing_changes() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.mail_works = false;
    life.put(window("web-01", utc("2026-12-04T10:00:00Z")));
    life.put(window("web-02", utc("2026-12-08T10:00:00Z")));
    life.ledger.clear();
    life.head = RecipientHead::default();
    let assignments: Vec<Assignment> = life.assignments.values().cloned().collect();
    let version = ConfigVersion("test".to_owned());
    let situation = Situation {
        recipient: &life.recipient,
        operator: false,
        diverted_to: None,
        assignments: &assignments,
        ledger: &[],
        head: &life.head,
        resting: &[],
        troubles: &[],
        go_live: life.go_live,
        version: &version,
    };
    let forecast = forecast::forecast(&situation, life.now, utc("2026-12-31T00:00:00Z"));
    let foreseen: Vec<_> = forecast.iter().map(|message| (message.moment(), message.items.clone())).collect();
    life.mail_works = true;
    life.plan();
    life.until("2026-12-31T00:00:00Z");
    let happened: Vec<_> =
        life.ledger.iter().map(|message| (message.moment(), message.items.clone())).collect();
    assert!(happened.len() > 4);
    assert_eq!(foreseen, happened);
}

#[test]
fn f14_an_acknowledged_machine_that_nobody_acts_on_comes_back_before_the_deadline() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    // Arjun knows, so Jane is not reminded seven days before; of two days before she is.
    life.respond("web-01", "arjun", Response::Acknowledge { note: None, change: None });
    life.until("2026-12-12T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Wed 09 08:00 digest []
    Wed 09 11:00 alert [web-01 reminder]
    Fri 11 11:00 alert [web-01 self-service closed] Request 0
    ");
}

#[test]
fn f14_when_the_planned_time_passes_undone_the_reminders_resume() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z").start("web-01", "arjun", "2026-12-08T21:00:00Z");
    life.until("2026-12-08T21:00:00Z").stand("web-01", Standing::UnderWay);
    life.until("2026-12-08T21:05:00Z").settle("web-01", Outcome::NotBegun { reason: Refusal::NotRunning });
    life.until("2026-12-12T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Wed 02 11:01 alert [web-01 planned] Request 1
    Fri 04 17:00 alert [web-01 planned]
    Tue 08 17:00 alert [web-01 planned]
    Wed 09 08:00 alert [web-01 failed] Request 0
    Wed 09 11:00 alert [web-01 reminder]
    Fri 11 11:00 alert [web-01 self-service closed] Request 0
    ");
}

#[test]
fn a_snoozed_machine_comes_back_when_that_was_asked_for() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    // A Sunday: it comes in the hours before.
    life.respond("web-01", "arjun", Response::Snooze { until: utc("2026-12-06T10:00:00Z") });
    life.until("2026-12-12T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Fri 04 17:00 alert [web-01 reminder]
    Wed 09 11:00 alert [web-01 reminder]
    Fri 11 11:00 alert [web-01 self-service closed] Request 0
    ");
}

#[test]
fn other_dates_make_responses_history() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    life.respond("web-01", "arjun", Response::Acknowledge { note: None, change: None });
    life.reschedule("web-01", "2026-12-03T10:00:00Z");
    life.until("2026-12-14T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Wed 02 11:00 alert [web-01 rescheduled] Request 1
    Thu 03 11:00 alert [web-01 self-service open]
    Fri 04 17:00 alert [web-01 reminder]
    Fri 11 11:00 alert [web-01 reminder]
    Mon 14 08:00 digest [web-01 self-service closed] Request 0
    ");
}

#[test]
fn a_start_is_told_at_once_to_whoever_made_it_and_in_their_hours_to_the_others() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    for name in ["web-01", "web-02", "web-03"] {
        life.put(window(name, utc("2026-12-01T10:00:00Z")));
    }
    life.until("2026-12-05T21:00:00Z");
    // Saturday night. Two of hers end together, one of somebody else's in the same night.
    for (name, who) in [("web-01", "jane"), ("web-02", "jane"), ("web-03", "arjun")] {
        life.start(name, who, "2026-12-05T21:00:00Z");
    }
    life.until("2026-12-05T21:20:00Z");
    life.settle("web-01", Outcome::Completed { well: true });
    life.settle("web-02", Outcome::Refused { code: "Conflict".to_owned(), message: "No.".to_owned() });
    life.settle("web-03", Outcome::Completed { well: true });
    life.until("2026-12-07T12:00:00Z");
    for name in ["web-01", "web-03"] {
        life.change(name, |window| window.facts.last_result = LastResult::MaintenanceCompleted);
    }
    life.until("2026-12-09T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced, web-02 announced, web-03 announced] Request 0
    Fri 04 11:00 alert [web-01 reminder, web-02 reminder, web-03 reminder]
    Sat 05 22:01 alert [web-01 started, web-02 started]
    Sat 05 22:21 alert [web-01 completed, web-02 failed] Request 1
    Mon 07 08:00 alert [web-03 completed]
    Wed 09 11:00 alert [web-02 reminder]
    ");
}

#[test]
fn a_planned_start_is_announced_moves_the_calendar_and_can_be_called_off() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z").start("web-01", "jane", "2026-12-08T13:00:00Z");
    life.until("2026-12-08T12:30:00Z").settle("web-01", Outcome::CalledOff);
    life.until("2026-12-09T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Wed 02 11:01 alert [web-01 planned] Request 1
    Fri 04 17:00 alert [web-01 planned]
    Tue 08 13:00 alert [web-01 planned]
    Tue 08 13:31 alert [web-01 called off] Request 2
    Wed 09 11:00 alert [web-01 reminder]
    ");
}

#[test]
fn whoever_asked_another_to_take_it_over_hears_that_it_stays_theirs() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-02T10:00:00Z");
    life.respond("web-01", "jane", Response::HandOver { to: "mei".parse().unwrap() });
    life.until("2026-12-02T11:00:00Z").respond("web-01", "mei", Response::NotMine);
    life.until("2026-12-03T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Wed 02 12:00 alert [web-01 handed back]
    ");
}

#[test]
fn what_azure_says_of_a_start_that_is_followed_is_told_once() {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.put(window("web-01", utc("2026-12-01T10:00:00Z")));
    life.until("2026-12-03T10:00:00Z").start("web-01", "jane", "2026-12-03T10:00:00Z");
    life.until("2026-12-03T10:10:00Z").change("web-01", |window| {
        window.facts.last_result = LastResult::RetryLater;
        window.facts.last_message = Some("Retry later.".to_owned());
    });
    life.until("2026-12-03T10:12:00Z").settle("web-01", Outcome::RetryLater { message: None });
    life.until("2026-12-03T12:00:00Z").start("web-01", "jane", "2026-12-03T12:00:00Z");
    // Collecting sees the end before the start is settled.
    life.until("2026-12-03T12:20:00Z").change("web-01", |window| {
        window.state = WindowState::Ended { at: utc("2026-12-03T12:20:00Z"), why: EndReason::Completed };
    });
    life.until("2026-12-03T12:22:00Z").settle("web-01", Outcome::Completed { well: true });
    life.until("2026-12-05T10:00:00Z");
    insta::assert_snapshot!(life.story(), @"
    Tue 01 13:00 alert [web-01 announced] Request 0
    Thu 03 11:01 alert [web-01 started]
    Thu 03 11:13 alert [web-01 failed]
    Thu 03 13:01 alert [web-01 started]
    Thu 03 13:23 alert [web-01 completed] Cancel 1
    ");
}

/// One thing that can happen to a window.
#[derive(Debug, Clone)]
enum Event {
    Appear(u8, i64),
    Move(u8, i64),
    Abort(u8),
    Complete(u8),
    End(u8),
    Acknowledge(u8),
    Snooze(u8, i64),
    Start(u8, i64),
    Begin(u8),
    Settle(u8, u8),
    MailWorks(bool),
    Wait(i64),
}

fn event() -> impl Strategy<Value = Event> {
    let number = 0..6u8;
    prop_oneof![
        3 => (number.clone(), -30..60i64).prop_map(|(number, days)| Event::Appear(number, days)),
        2 => (number.clone(), -5..50i64).prop_map(|(number, days)| Event::Move(number, days)),
        1 => number.clone().prop_map(Event::Abort),
        1 => number.clone().prop_map(Event::Complete),
        1 => number.clone().prop_map(Event::End),
        1 => number.clone().prop_map(Event::Acknowledge),
        1 => (number.clone(), 1..300i64).prop_map(|(number, hours)| Event::Snooze(number, hours)),
        1 => (number.clone(), 0..200i64).prop_map(|(number, hours)| Event::Start(number, hours)),
        1 => number.clone().prop_map(Event::Begin),
        2 => (number, 0..6u8).prop_map(|(number, how)| Event::Settle(number, how)),
        1 => any::<bool>().prop_map(Event::MailWorks),
        4 => (1..200i64).prop_map(Event::Wait),
    ]
}

fn live_through(events: &[Event], plan_every_tick: bool) -> Life {
    let mut life = Life::at("2026-12-01T10:00:00Z");
    life.plan_every_tick = plan_every_tick;
    for event in events {
        let exists =
            |number: &u8| life.assignments.keys().any(|id| id.resource.name() == format!("m{number}"));
        match event {
            Event::Appear(number, days) => {
                let name = format!("m{number}");
                let generations = life.assignments.keys().filter(|id| id.resource.name() == name).max();
                let open = generations.is_some_and(|id| life.assignments[id].window.is_open());
                if !open {
                    let mut appeared = window(&name, life.now + TimeDelta::days(*days));
                    appeared.id.generation = generations.map_or(1, |id| id.generation + 1);
                    life.put(appeared);
                }
            }
            Event::Move(number, days) if exists(number) => {
                let start = life.now + TimeDelta::days(*days);
                life.reschedule(&format!("m{number}"), &start.to_rfc3339());
            }
            Event::Abort(number) if exists(number) => life.change(&format!("m{number}"), |window| {
                window.facts.last_result = LastResult::MaintenanceAborted;
                window.facts.self_start_allowed = false;
            }),
            Event::Complete(number) if exists(number) => life.change(&format!("m{number}"), |window| {
                window.facts.last_result = LastResult::MaintenanceCompleted
            }),
            Event::End(number) if exists(number) => {
                let at = life.now;
                life.change(&format!("m{number}"), |window| {
                    window.state = WindowState::Ended { at, why: EndReason::NoLongerPlanned };
                });
            }
            Event::Acknowledge(number) if exists(number) => {
                life.respond(
                    &format!("m{number}"),
                    "arjun",
                    Response::Acknowledge { note: None, change: None },
                );
            }
            Event::Snooze(number, hours) if exists(number) => {
                let until = life.now + TimeDelta::hours(*hours);
                life.respond(&format!("m{number}"), "arjun", Response::Snooze { until });
            }
            Event::Start(number, hours) if exists(number) => {
                let name = format!("m{number}");
                let newest = life.assignments.values().filter(|it| it.window.id.resource.name() == name);
                let newest = newest.max_by_key(|it| it.window.id.generation).unwrap();
                if newest.window.is_open() && newest.actions.open_start().is_none() {
                    let begins = life.now + TimeDelta::hours(*hours);
                    let who = if hours % 2 == 0 { "jane" } else { "arjun" };
                    life.start(&name, who, &begins.to_rfc3339());
                }
            }
            Event::Begin(number) if exists(number) => life.stand(&format!("m{number}"), Standing::UnderWay),
            Event::Settle(number, how) if exists(number) => {
                let outcome = match how {
                    0 | 1 => Outcome::Completed { well: true },
                    2 => Outcome::RetryLater { message: None },
                    3 => Outcome::CalledOff,
                    4 => Outcome::Unknown,
                    _ => Outcome::NotBegun { reason: Refusal::NotAllowed },
                };
                life.settle(&format!("m{number}"), outcome);
            }
            Event::MailWorks(works) => {
                life.mail_works = *works;
                life.plan();
            }
            Event::Wait(hours) => {
                let end = life.now + TimeDelta::hours(*hours);
                life.until(&end.to_rfc3339());
            }
            _ => {}
        }
    }
    // A start always comes to its end, also that of a window which another has followed.
    let at = life.now;
    for assignment in life.assignments.values_mut() {
        if let Some(open) = assignment.actions.open_start().cloned() {
            let standing = Standing::Settled { at, outcome: Outcome::Unknown };
            assignment.actions.note_start(StartSummary { standing, ..open });
        }
    }
    life.mail_works = true;
    life.plan();
    // Seven days are enough for every settling time, weekend and digest.
    let end = life.now + TimeDelta::days(7);
    life.until(&end.to_rfc3339());
    life
}

/// More histories can be tried by hand: `PROPTEST_CASES=2000 cargo test --lib plan`.
fn cases() -> u32 {
    let default = ProptestConfig::default().cases;
    if default == 256 { 32 } else { default }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_left_untold_and_nobody_is_told_twice(events in proptest::collection::vec(event(), 1..40)) {
        let life = live_through(&events, false);
        let told: Vec<&Item> = life.ledger.iter().filter(|message| message.tells()).flat_map(|message| &message.items).collect();
        for assignment in life.assignments.values() {
            let window = &assignment.window;
            let of_window: Vec<&&Item> = told.iter().filter(|item| item.window == window.id).collect();
            let past = window.facts.schedule.end().is_some_and(|end| end <= life.now);
            if !window.is_over() && !past {
                prop_assert!(of_window.iter().any(|item| item.stage == Stage::Announced), "untold: {}", window.id);
                let newest = of_window.iter().map(|item| item.revision).max();
                prop_assert_eq!(newest, Some(window.revision), "the newest dates are untold: {}", window.id);
            }
            if window.is_over() && !of_window.is_empty() {
                let ends = [Stage::Completed, Stage::Cancelled, Stage::NoLongerPlanned];
                prop_assert!(of_window.iter().any(|item| ends.contains(&item.stage)), "its end is untold: {}", window.id);
            }
        }
        let mut once: Vec<&&Item> = told.iter().filter(|item| item.step.is_some() || !matches!(item.stage, Stage::Reminder | Stage::ScheduledSoon)).collect();
        once.sort();
        let all = once.len();
        once.dedup();
        prop_assert_eq!(once.len(), all, "told twice");
        let mut ids: Vec<&MessageId> = life.ledger.iter().map(|message| &message.id).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), life.ledger.len());
    }

    #[test]
    fn waking_when_asked_misses_nothing_that_looking_all_the_time_would_find(events in proptest::collection::vec(event(), 1..20)) {
        let asked = live_through(&events, false);
        let always = live_through(&events, true);
        let items = |life: &Life| life.ledger.iter().filter(|message| message.tells()).map(|message| (message.kind, message.items.clone())).collect::<Vec<_>>();
        prop_assert_eq!(items(&asked), items(&always));
    }

    #[test]
    fn calendar_sequences_only_grow_and_a_cancelled_entry_stays_cancelled(events in proptest::collection::vec(event(), 1..40)) {
        let life = live_through(&events, false);
        let mut seen: BTreeMap<String, (u32, bool)> = BTreeMap::new();
        for entry in life.ledger.iter().filter(|message| message.tells()).flat_map(|message| &message.calendar) {
            let cancelled = entry.method == crate::domain::message::CalendarMethod::Cancel;
            if let Some((sequence, was_cancelled)) = seen.insert(entry.uid.clone(), (entry.sequence, cancelled)) {
                prop_assert!(entry.sequence > sequence && !was_cancelled);
            }
        }
    }
}
