//! When rows are tried, and which go first.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::domain::emission;
use crate::domain::fixtures::utc;
use crate::domain::mail_limit::{MailAllowance, MailLimit, MailRate, SendLog};
use crate::domain::urgency::Urgency;

const NOW: &str = "2026-12-01T10:00:00Z";

fn row(name: &str, deadline_in_hours: Option<i64>) -> OutboxRow {
    let recipient: RecipientName = name.parse().unwrap();
    let endpoint = Endpoint::Email { address: format!("{name}@contoso.com").parse().unwrap() };
    let message = MessageId::derive(&recipient, 1);
    OutboxRow {
        deadline: deadline_in_hours.map(|hours| utc(NOW) + TimeDelta::hours(hours)),
        ..OutboxRow::new(&message, &recipient, 1, endpoint, utc(NOW))
    }
}

/// The chosen ones of `rows`, in the order in which they go.
fn choose(rows: &[OutboxRow], allowance: MailAllowance, now: DateTime<Utc>) -> Vec<&OutboxRow> {
    let entries: Vec<UnsettledRow> = rows.iter().map(OutboxRow::entry).collect();
    let by_id: BTreeMap<&OutboxId, &OutboxRow> = rows.iter().map(|row| (&row.id, row)).collect();
    emission::choose(&entries, allowance, usize::MAX, now).into_iter().map(|entry| by_id[&entry.id]).collect()
}

#[test]
fn the_most_urgent_mails_take_the_quota_and_cards_need_none() {
    let mut card = row("card", None);
    card.endpoint = Endpoint::Teams { recipient: card.recipient.clone() };
    let rows = [row("calm", Some(200)), row("late", Some(70)), row("soon", Some(5)), card];
    let chosen: Vec<&str> =
        choose(&rows, all(2), utc(NOW)).iter().map(|row| row.recipient.as_str()).collect();
    assert_eq!(chosen, ["soon", "late", "card"]);
}

fn all(count: u32) -> MailAllowance {
    MailAllowance { calm: count, pressing: count, imminent: count }
}

fn custom_domain() -> MailLimit {
    MailLimit(vec![
        MailRate { count: 30, per: TimeDelta::minutes(1) },
        MailRate { count: 100, per: TimeDelta::hours(1) },
    ])
}

#[test]
fn the_quota_looks_back_over_every_span_and_keeps_some_free_for_the_urgent() {
    let limit = custom_domain();
    let sent = |spend: fn(MailAllowance) -> u32| {
        let mut log = SendLog::default();
        let mut sent = 0;
        for minute in 0..60 {
            let now = utc(NOW) + TimeDelta::minutes(minute);
            let count = spend(log.allowance(&limit, now));
            log.note(count, &limit, now);
            sent += count;
        }
        (sent, log)
    };
    assert_eq!(sent(|allowance| allowance.calm).0, 75);
    assert_eq!(sent(|allowance| allowance.pressing).0, 90);
    let (all_of_it, log) = sent(|allowance| allowance.imminent);
    assert_eq!(all_of_it, 100);
    let again = log.allowance(&limit, utc(NOW) + TimeDelta::minutes(60));
    assert_eq!(again, MailAllowance { calm: 5, pressing: 20, imminent: 30 });
    assert_eq!(SendLog::default().allowance(&MailLimit::default(), utc(NOW)), all(u32::MAX));
    let one = MailLimit(vec![MailRate { count: 1, per: TimeDelta::minutes(1) }]);
    assert_eq!(SendLog::default().allowance(&one, utc(NOW)), all(1), "a reserve never keeps back everything");
}

#[test]
fn what_happens_within_minutes_goes_first_and_uses_the_reserve() {
    let mut within_minutes = row("now", None);
    within_minutes.imminent = true;
    let rows = [
        row("calm", None),
        row("passed", Some(-1)),
        row("pressing", Some(2)),
        row("hour", Some(1)),
        within_minutes,
    ];
    let chosen = |allowance| -> Vec<&str> {
        choose(&rows, allowance, utc(NOW)).iter().map(|row| row.recipient.as_str()).collect()
    };
    assert_eq!(chosen(all(9)), ["now", "hour", "passed", "pressing", "calm"]);
    assert_eq!(chosen(MailAllowance { calm: 0, pressing: 3, imminent: 4 }), ["now", "hour", "passed"]);
    assert_eq!(chosen(MailAllowance { calm: 0, pressing: 0, imminent: 1 }), ["now"]);
}

/// Runs the emitter every minute over `rows`, each due from its own minute on. Returns how many minutes each waited.
fn waits(rows: &[(OutboxRow, u32)], limit: &MailLimit, minutes: u32) -> Vec<Option<u32>> {
    let mut log = SendLog::default();
    let mut waited = vec![None; rows.len()];
    let mut left: Vec<(usize, UnsettledRow)> = rows.iter().map(|(row, _)| row.entry()).enumerate().collect();
    for minute in 0..minutes {
        let now = utc(NOW) + TimeDelta::minutes(minute.into());
        let due = left.iter().filter(|(index, _)| rows[*index].1 <= minute).map(|(_, entry)| entry);
        let chosen = emission::choose(due, log.allowance(limit, now), usize::MAX, now);
        log.note(u32::try_from(chosen.len()).unwrap(), limit, now);
        let chosen: BTreeSet<OutboxId> = chosen.into_iter().map(|entry| entry.id.clone()).collect();
        left.retain(|(index, entry)| {
            let goes = chosen.contains(&entry.id);
            if goes {
                waited[*index] = Some(minute - rows[*index].1);
            }
            !goes
        });
    }
    waited
}

/// Rows that become due at these minutes with deadlines in these many hours, and 2,000 others that are due at once.
fn with_a_crowd(urgent: &[(u32, i64)]) -> Vec<(OutboxRow, u32)> {
    let crowd = (0..2000).map(|number| (row(&format!("calm{number}"), (number % 2 == 0).then_some(300)), 0));
    let urgent = urgent.iter().enumerate().map(|(number, &(minute, hours))| {
        let mut row = row(&format!("urgent{number}"), Some(hours));
        row.next_attempt = utc(NOW) + TimeDelta::minutes(minute.into());
        (row, minute)
    });
    urgent.chain(crowd).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn everybody_with_a_near_deadline_is_notified_within_15_minutes_while_2000_others_wait(
        urgent in vec((0u32..30, 1i64..71), 1..380),
    ) {
        let limit = MailLimit(vec![MailRate { count: 30, per: TimeDelta::minutes(1) }]);
        let rows = with_a_crowd(&urgent);
        let waited = waits(&rows, &limit, 60);
        for (index, (row, _)) in rows.iter().enumerate().take(urgent.len()) {
            prop_assert!(waited[index].is_some_and(|minutes| minutes < 15), "{}: {:?}", row.recipient, waited[index]);
        }
    }

    #[test]
    fn a_quota_by_the_hour_still_leaves_room_for_a_near_deadline_at_once(
        urgent in vec((0u32..50, 2i64..71), 1..7),
        imminent in vec(0u32..50, 1..10),
    ) {
        let mut rows = with_a_crowd(&urgent);
        rows.extend(imminent.iter().enumerate().map(|(number, &minute)| {
            let mut row = row(&format!("imminent{number}"), None);
            row.imminent = true;
            row.next_attempt = utc(NOW) + TimeDelta::minutes(minute.into());
            (row, minute)
        }));
        let waited = waits(&rows, &custom_domain(), 60);
        let hurried = |row: &OutboxRow| row.entry().urgency(utc(NOW)) > Urgency::Calm;
        for ((row, _), waited) in rows.iter().zip(waited).filter(|((row, _), _)| hurried(row)) {
            prop_assert!(waited.is_some_and(|minutes| minutes < 2), "{}: {waited:?}", row.recipient);
        }
    }
}

#[test]
fn f2_attempts_are_spaced_for_days_and_end_in_a_failure_that_says_so() {
    let mut row = row("jane", None);
    let mut now = utc(NOW);
    let mut attempts = 0;
    while !row.is_settled() {
        row = row.emitted(now).deferred("451 try again", None, now);
        assert!(row.is_settled() || row.next_attempt > now);
        now = row.next_attempt.max(now);
        attempts += 1;
    }
    assert!((100..140).contains(&attempts), "{attempts}");
    assert!(matches!(&row.state, OutboxState::Failed { error, .. } if error.contains("451 try again")));
}

#[test]
fn f5_the_other_side_may_ask_for_more_patience_and_a_near_deadline_for_less() {
    let now = utc(NOW);
    let asked = row("jane", None).emitted(now).deferred("429", Some(TimeDelta::minutes(30)), now);
    assert!(asked.next_attempt >= now + TimeDelta::minutes(30));
    let mut pressing = row("jane", Some(10)).emitted(now);
    pressing.attempt = 8;
    assert!(pressing.deferred("451", None, now).next_attempt <= now + TimeDelta::minutes(11));
}

#[test]
fn waiting_for_an_earlier_message_counts_no_attempt() {
    let (new, now) = (row("jane", None), utc(NOW));
    let emitted = new.emitted(now);
    let later = now + TimeDelta::minutes(1);
    assert_eq!(emitted.waiting_for_earlier(now), OutboxRow { next_attempt: later, ..new.clone() });
    let sending = OutboxRow { state: OutboxState::Sending { since: now }, ..emitted };
    assert_eq!(sending.waiting_for_earlier(now), OutboxRow { next_attempt: later, ..sending.clone() });
}

#[test]
fn doubt_has_a_bound() {
    let mut now = utc(NOW);
    let mut pressing = row("jane", Some(20));
    let mut attempts = 0;
    while !pressing.is_settled() {
        now = pressing.next_attempt.max(now);
        pressing = pressing.emitted(now).doubted("504 Gateway Timeout", None, now);
        attempts += 1;
    }
    assert_eq!(attempts, 4);
    assert!(now - utc(NOW) < TimeDelta::hours(5), "nothing urgent hangs on it for long");
    assert!(pressing.is_unknown() && pressing.is_in_doubt());
    assert!(matches!(&pressing.state, OutboxState::Failed { error, .. } if error.contains("not known")));
    assert_eq!(pressing.retried(false, now), Err(NotRetried::InDoubt));
    let again = pressing.retried(true, now).unwrap();
    assert!(!again.is_unknown() && again.doubts == 0);
}

#[test]
fn a_refusal_after_a_doubt_is_a_refusal() {
    let now = utc(NOW);
    let doubted = row("jane", None).emitted(now).doubted("504", None, now);
    let refused = OutboxRow { state: OutboxState::Failed { at: now, error: "404".to_owned() }, ..doubted };
    assert!(!refused.is_unknown());
}
