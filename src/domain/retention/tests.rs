use chrono::TimeDelta;

use super::*;
use crate::domain::action::Actor;
use crate::domain::action::start::StartOutcome;
use crate::domain::calendar_entry::{CalendarEntry, CalendarMethod};
use crate::domain::config_version::ConfigVersion;
use crate::domain::fixtures::{recipient, utc, window};
use crate::domain::ids::{MessageId, StartId};
use crate::domain::ledger::MessageState;
use crate::domain::message::Item;
use crate::domain::reason::Reason;
use crate::domain::stage::Stage;
use crate::domain::window::EndReason;

const ENDED: &str = "2026-12-10T10:00:00Z";

fn copy(name: &str, ended: bool) -> Assignment {
    let at = utc(ENDED);
    let mut window = window(name, utc("2026-12-01T10:00:00Z"));
    if ended {
        window.state = WindowState::Ended { at, why: EndReason::Completed };
    }
    Assignment {
        recipient: recipient("jane").name,
        window,
        reasons: vec![Reason::Route { number: 1, matches: "everything".to_owned() }],
        primary: true,
        others: Vec::new(),
        actions: Default::default(),
        decided_by: ConfigVersion("1".to_owned()),
        since: at,
        escalation_steps: Vec::new(),
        withdrawn: None,
    }
}

fn message(sequence: u64, names: &[&str]) -> MessageRecord {
    let recipient = recipient("jane");
    let items = names.iter().map(|name| Item {
        dates: None,
        start: None,
        window: copy(name, true).window.id,
        stage: Stage::Completed,
        revision: crate::domain::window::Revision::FIRST,
        step: None,
        event: None,
    });
    let endpoints = recipient.endpoints();
    MessageRecord {
        items: items.collect(),
        settled: endpoints.iter().map(|endpoint| endpoint.key()).collect(),
        endpoints,
        state: MessageState::Frozen,
        notified_at: Some(utc(ENDED)),
        ..MessageRecord::new(
            MessageId::derive(&recipient.name, sequence),
            &recipient.name,
            sequence,
            MessageKind::Alert,
            utc(ENDED),
            ConfigVersion("1".to_owned()),
        )
    }
}

/// What may go ninety days after everything ended, and `days` more.
fn found(copies: &[Assignment], ledger: &[MessageRecord], head: &RecipientHead, days: i64) -> Forgettable {
    let before = utc(ENDED) + TimeDelta::days(days);
    let operator_alert = OperatorAlert::Unseen {
        scope: "sub-1".to_owned(),
        reason: "403".to_owned(),
        cause: Default::default(),
    };
    let copies: Vec<Arc<Assignment>> = copies.iter().cloned().map(Arc::new).collect();
    let ledger: Vec<Arc<MessageRecord>> = ledger.iter().cloned().map(Arc::new).collect();
    forgettable(&copies, &ledger, head, &[(utc(ENDED), operator_alert)], before, before + TimeDelta::days(90))
}

#[test]
fn what_ended_long_ago_goes_and_not_a_day_earlier() {
    let (copies, ledger) = ([copy("a", true)], [message(1, &["a"])]);
    let head = RecipientHead { sequence: 1, ..RecipientHead::default() };
    let early = found(&copies, &ledger, &head, -1);
    assert_eq!((early.copies.len(), early.messages.len(), early.spoken_of.len()), (0, 0, 1));
    let due = found(&copies, &ledger, &head, 0);
    assert_eq!(
        (due.copies, due.messages, due.spoken_of.len()),
        (vec![copies[0].window.id.clone()], vec![1], 0)
    );
}

#[test]
fn what_became_of_a_start_since_keeps_its_window() {
    let mut copy = copy("a", true);
    let settled = |days| StartStatus::Settled {
        at: utc(ENDED) + TimeDelta::days(days),
        outcome: StartOutcome::Unknown,
    };
    for (status, kept) in [
        (StartStatus::Planned, true),
        (StartStatus::UnderWay, true),
        (settled(20), true),
        (settled(2), false),
    ] {
        let start = StartSummary {
            id: StartId::new(&copy.window.id, 1),
            by: Actor::default(),
            decided: utc(ENDED),
            begins: utc(ENDED),
            revision: copy.window.revision,
            plan: None,
            accepts: None,
            status: status.clone(),
            progress: Default::default(),
            ordered: None,
        };
        copy.actions = WindowActions { starts: vec![start], ..WindowActions::default() };
        let found = found(std::slice::from_ref(&copy), &[], &RecipientHead::default(), 14);
        assert_eq!(found.copies.is_empty(), kept, "{status:?}");
    }
}

#[test]
fn a_message_about_something_that_goes_on_keeps_what_else_it_speaks_of() {
    let copies = [copy("a", true), copy("b", false)];
    let ledger = [message(1, &["a", "b"]), message(2, &["a"])];
    let found = found(&copies, &ledger, &RecipientHead { sequence: 2, ..RecipientHead::default() }, 0);
    // The copy goes all the same: without it nothing of the window is compared with what was reported.
    assert_eq!((found.copies, found.messages), (vec![copies[0].window.id.clone()], vec![2]));
    assert!(found.spoken_of.contains(&copies[0].window.id), "no other window may take its identity yet");
}

#[test]
fn what_is_on_its_way_or_would_be_reported_again_stays() {
    let head = RecipientHead { sequence: 9, unemitted: [2].into(), ..RecipientHead::default() };
    let mut on_its_way = message(1, &["a"]);
    on_its_way.settled.clear();
    let unemitted = message(2, &["a"]);
    let mut operator_alert = message(3, &[]);
    operator_alert.operator_alerts.push(OperatorAlert::Unseen {
        scope: "SUB-1".to_owned(),
        reason: "another".to_owned(),
        cause: Default::default(),
    });
    let mut over = message(4, &[]);
    over.operator_alerts.push(OperatorAlert::Unseen {
        scope: "sub-2".to_owned(),
        reason: "403".to_owned(),
        cause: Default::default(),
    });
    let entry = |days: i64| CalendarEntry {
        uid: "one".to_owned(),
        sequence: 0,
        method: CalendarMethod::Request,
        start: utc(ENDED),
        end: utc(ENDED) + TimeDelta::days(days),
        self_service: true,
        planned: false,
        windows: Vec::new(),
        loses: Vec::new(),
    };
    let [mut status, mut moved] = [message(5, &["a"]), message(6, &["a"])];
    status.calendar.push(entry(200));
    // It was moved into the past; without this, the older form would count.
    moved.calendar.push(entry(1));
    let mut diverted = message(7, &[]);
    diverted.diverted = true;
    diverted.kind = MessageKind::GoLive;
    let mut withdrawn = message(8, &["a"]);
    withdrawn.state = MessageState::Withdrawn;
    withdrawn.settled.clear();
    let ledger = [on_its_way, unemitted, operator_alert, over, status, moved, diverted, withdrawn];
    assert_eq!(found(&[], &ledger, &head, 0).messages, [4, 8]);
}

#[test]
fn what_counts_for_ever_is_remembered() {
    let mut go_live = message(1, &[]);
    go_live.kind = MessageKind::GoLive;
    let mut greeting = message(2, &[]);
    greeting.kind = MessageKind::Heartbeat;
    greeting.notified_at = Some(utc("2026-12-12T10:00:00Z"));
    let mut diverted = message(3, &["a"]);
    diverted.diverted = true;
    diverted.notified_at = Some(utc("2026-12-13T10:00:00Z"));
    let past = remembered(&remembered(&PastNotifications::default(), [&go_live]), [&greeting, &diverted]);
    assert!(past.go_live && past.greeted);
    assert_eq!(past.last_message, Some(utc(ENDED)));
}
