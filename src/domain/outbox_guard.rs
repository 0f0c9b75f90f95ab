//! The last look before a message leaves. It knows no rule of planning: it only counts what the ledger says was sent to
//! one recipient, so that whatever goes wrong above it cannot flood anybody.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::endpoint::Endpoint;
use super::held_for::HeldFor;
use super::ledger::MessageRecord;
use super::message::{Item, MessageKind};
use super::stage::Stage;
use super::window::WindowId;

/// More messages than this are not sent to one recipient within an hour.
const MOST_AN_HOUR: usize = 6;
/// How long alerts and summaries count as the same when they are told again.
const LATELY: TimeDelta = TimeDelta::hours(1);
/// How long what was told before is held before it is looked at again.
const LOOK_AGAIN: TimeDelta = TimeDelta::hours(1);

/// That a message is held, and until when before it is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuardHold {
    pub why: HeldFor,
    pub until: DateTime<Utc>,
}

/// Whether `message` has to be held at `now`, by what `ledger` says was sent to the same recipient: to an address that it
/// goes to, under whatever name. What Azure does within the hour is never one too many. Whoever starts machine after
/// machine, or hands one after the other on, gets an answer to each: the first word on something that happened once is one
/// too many only where so many were about that machine.
pub fn hold<'a>(
    message: &MessageRecord,
    ledger: impl Iterator<Item = &'a MessageRecord>,
    now: DateTime<Utc>,
) -> Option<GuardHold> {
    // Where it is on its way to another endpoint it was looked at already.
    if message.kind == MessageKind::Drill || message.notified_at.is_some() {
        return None;
    }
    let mut sent: Vec<&MessageRecord> = ledger
        .filter(|other| other.id != message.id && other.notifies() && other.notified_at.is_some())
        .filter(|other| other.kind != MessageKind::Drill && other.diverted == message.diverted)
        .filter(|other| reached_one_of(other, message))
        .collect();
    sent.sort_by_key(|other| other.sequence);
    if says_nothing_new(message, &sent, now) {
        return Some(GuardHold { why: HeldFor::ToldBefore, until: now + LOOK_AGAIN });
    }
    let is_imminent = message.items.iter().any(|item| item.stage == Stage::Imminent);
    let words = FirstWords::of(&sent);
    if is_imminent || words.answers(message, &sent, now) {
        return None;
    }
    let counts = |other: &&&MessageRecord| {
        let at = other.moment();
        now - at < TimeDelta::hours(1)
            && (share_a_machine(other, message) || !words.answers(other, &sent, at))
    };
    let mut lately: Vec<DateTime<Utc>> =
        sent.iter().filter(counts).filter_map(|other| other.notified_at).collect();
    lately.sort();
    let seventh_last = lately.len().checked_sub(MOST_AN_HOUR)?;
    Some(GuardHold { why: HeldFor::TooMany, until: lately[seventh_last] + TimeDelta::hours(1) })
}

/// Something that happens once to a machine: the start, the event or the hand-over, with what is said of it.
type Word<'a> = (&'a WindowId, Stage, Option<i64>, &'a str);

/// In which message each of these was said first.
struct FirstWords<'a>(HashMap<Word<'a>, u64>);

impl<'a> FirstWords<'a> {
    /// Of `sent`, in order.
    fn of(sent: &[&'a MessageRecord]) -> Self {
        let mut first = HashMap::new();
        for message in sent {
            for word in message.items.iter().filter_map(word) {
                first.entry(word).or_insert(message.sequence);
            }
        }
        Self(first)
    }

    /// Whether `message`, which leaves at `at`, has the first word on something, and not too much was said of that machine
    /// within the hour.
    fn answers(&self, message: &MessageRecord, sent: &[&MessageRecord], at: DateTime<Utc>) -> bool {
        let is_first = |word: &Word<'_>| self.0.get(word).is_none_or(|first| *first == message.sequence);
        let lately = |window: &WindowId| {
            let within = |other: &&&MessageRecord| {
                other.moment() < at && at - other.moment() < TimeDelta::hours(1) && other.id != message.id
            };
            let about = |other: &&&MessageRecord| other.items.iter().any(|item| item.window == *window);
            sent.iter().filter(within).filter(about).count()
        };
        let mut words = message.items.iter().filter_map(word);
        words.any(|word| is_first(&word) && lately(word.0) < MOST_AN_HOUR)
    }
}

fn word(item: &Item) -> Option<Word<'_>> {
    Some((&item.window, item.stage, item.step, item.event.as_deref()?))
}

fn share_a_machine(one: &MessageRecord, other: &MessageRecord) -> bool {
    one.items.iter().any(|item| other.items.iter().any(|it| it.window == item.window))
}

/// Whether `sent` reached an address to which `message` goes. A name is a label, which can be somebody else's by now.
fn reached_one_of(sent: &MessageRecord, message: &MessageRecord) -> bool {
    let has_it = |endpoint: &&Endpoint| sent.endpoints.contains(endpoint);
    message.endpoints.iter().filter(has_it).any(|endpoint| !sent.refused.contains(&endpoint.key()))
}

/// Whether all that it says was told, and nothing since that could have made it news again.
fn says_nothing_new(message: &MessageRecord, sent: &[&MessageRecord], now: DateTime<Utc>) -> bool {
    let says_something = !message.items.is_empty() || !message.operator_alerts.is_empty();
    let other_news =
        message.summary.is_some() || matches!(message.kind, MessageKind::GoLive | MessageKind::Coverage);
    let alert_is_known = |key: &String| {
        let reported =
            sent.iter().rev().find(|other| other.operator_alerts.iter().any(|it| it.key() == *key));
        reported.is_some_and(|other| now - other.moment() < LATELY)
    };
    says_something
        && !other_news
        && message.items.iter().all(|item| was_told_last(item, sent))
        && message.operator_alerts.iter().all(|alert| alert_is_known(&alert.key()))
}

/// Whether the last message about the item's machine said the same of it, of the same dates.
fn was_told_last(item: &Item, sent: &[&MessageRecord]) -> bool {
    let is_about = |window: &WindowId| *window == item.window;
    let last = sent.iter().rev().find(|other| other.items.iter().any(|it| is_about(&it.window)));
    last.is_some_and(|last| {
        last.items.iter().any(|it| it.says_the_same(item) && (it.dates, it.start) == (item.dates, item.start))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::config_version::ConfigVersion;
    use crate::domain::fixtures::utc;
    use crate::domain::ids::MessageId;
    use crate::domain::ledger::MessageState;
    use crate::domain::operator_alert::OperatorAlert;
    use crate::domain::recipient_name::RecipientName;
    use crate::domain::window::Revision;

    fn message(sequence: u64, at: &str, items: &[(&str, Stage)]) -> MessageRecord {
        let recipient: RecipientName = "jane".parse().unwrap();
        let items = items.iter().map(|(machine, stage)| Item {
            window: crate::domain::fixtures::window(machine, utc(at)).id,
            stage: *stage,
            revision: Revision::FIRST,
            step: None,
            event: None,
            dates: None,
            start: None,
        });
        MessageRecord {
            items: items.collect(),
            endpoints: vec![to("jane")],
            state: MessageState::Frozen,
            notified_at: Some(utc(at)),
            ..MessageRecord::new(
                MessageId::derive(&recipient, sequence),
                &recipient,
                sequence,
                MessageKind::Alert,
                utc(at),
                ConfigVersion("1".to_owned()),
            )
        }
    }

    fn to(who: &str) -> Endpoint {
        Endpoint::Email { address: format!("{who}@contoso.com").parse().unwrap() }
    }

    fn why(next: MessageRecord, sent: &[MessageRecord]) -> Option<(HeldFor, DateTime<Utc>)> {
        let now = next.claimed_at;
        let next = MessageRecord { notified_at: None, state: MessageState::Claimed, ..next };
        hold(&next, sent.iter(), now).map(|hold| (hold.why, hold.until))
    }

    #[test]
    fn the_seventh_message_of_an_hour_waits_until_the_first_is_an_hour_ago() {
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        let sent: Vec<MessageRecord> = (0..6)
            .map(|n| message(n, &format!("2026-12-01T10:0{n}:00Z"), &[(names[n as usize], Stage::Announced)]))
            .collect();
        let next = |at: &str, stage| message(9, at, &[("g", stage)]);
        let at = "2026-12-01T10:30:00Z";
        assert_eq!(
            why(next(at, Stage::Announced), &sent),
            Some((HeldFor::TooMany, utc("2026-12-01T11:00:00Z")))
        );
        assert_eq!(why(next(at, Stage::Announced), &sent[..5]), None);
        assert_eq!(why(next("2026-12-01T11:00:00Z", Stage::Announced), &sent), None);
        assert_eq!(why(next(at, Stage::Imminent), &sent), None, "what happens within the hour is told");
    }

    /// Two messages for each of `starts`, as they begin and end.
    fn of_starts(starts: impl Iterator<Item = (u64, &'static str)>) -> Vec<MessageRecord> {
        let told = starts.flat_map(|(number, machine)| {
            [Stage::Started, Stage::Completed].into_iter().zip(0..).map(move |(stage, place)| {
                let minute = number * 2 + place;
                let mut told =
                    message(minute, &format!("2026-12-01T10:{minute:02}:00Z"), &[(machine, stage)]);
                told.items[0].event = Some(format!("start-{number}"));
                told.items[0].window =
                    crate::domain::fixtures::window(machine, utc("2026-12-01T10:00:00Z")).id;
                told
            })
        });
        told.collect()
    }

    #[test]
    fn whoever_starts_machine_after_machine_gets_an_answer_to_each_and_other_news_as_well() {
        let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
        let all = of_starts((0..).zip(names));
        for (place, told) in all.iter().enumerate() {
            assert_eq!(why(told.clone(), &all[..place]), None, "{place}");
        }
        let news = message(90, "2026-12-01T10:40:00Z", &[("k", Stage::Rescheduled)]);
        assert_eq!(why(news.clone(), &all), None);
        // What is no answer is counted as before.
        let others = (0..6).map(|n| {
            message(30 + n, &format!("2026-12-01T10:3{n}:00Z"), &[(names[n as usize], Stage::Rescheduled)])
        });
        let all: Vec<MessageRecord> = all.into_iter().chain(others).collect();
        assert_eq!(why(news, &all).unwrap().0, HeldFor::TooMany);
    }

    #[test]
    fn a_loop_that_starts_one_machine_every_other_minute_is_held_after_six_messages() {
        let all = of_starts((0..20).map(|number| (number, "a")));
        let mut left: Vec<MessageRecord> = Vec::new();
        for told in all {
            if why(told.clone(), &left).is_none() {
                left.push(told);
            }
        }
        assert_eq!(left.len(), 6);
    }

    #[test]
    fn the_same_word_on_a_start_each_minute_is_held() {
        let told = &of_starts([(0, "a")].into_iter())[0];
        let other = |n: u64| MessageRecord {
            sequence: 10 + n,
            id: MessageId::derive(&told.recipient, 10 + n),
            notified_at: Some(utc(&format!("2026-12-01T10:{:02}:00Z", 10 + n))),
            claimed_at: utc(&format!("2026-12-01T10:{:02}:00Z", 10 + n)),
            items: [told.items.clone(), message(0, "2026-12-01T10:00:00Z", &[("z", Stage::Announced)]).items]
                .concat(),
            ..told.clone()
        };
        let mut left: Vec<MessageRecord> = vec![told.clone()];
        for next in (0..20).map(other) {
            if why(next.clone(), &left).is_none() {
                left.push(next);
            }
        }
        assert_eq!(left.len(), 2, "the second said something new");
    }

    #[test]
    fn what_was_told_is_held_however_much_later_and_what_is_news_again_is_not() {
        let planned = |sequence, at| message(sequence, at, &[("a", Stage::Planned)]);
        let sent = vec![planned(1, "2026-12-01T10:00:00Z")];
        let later = planned(3, "2026-12-03T10:00:00Z");
        assert_eq!(why(later.clone(), &sent).unwrap().0, HeldFor::ToldBefore);
        let both = message(2, "2026-12-03T10:00:00Z", &[("a", Stage::Planned), ("b", Stage::Announced)]);
        assert_eq!(why(both, &sent), None, "one thing in it is new");
        let away = message(2, "2026-12-02T10:00:00Z", &[("a", Stage::Reassigned)]);
        assert_eq!(why(later, &[sent[0].clone(), away]), None);
    }

    #[test]
    fn whoever_gets_the_name_of_somebody_else_was_told_nothing() {
        let announced = |sequence, at| message(sequence, at, &[("a", Stage::Announced)]);
        let sent = vec![announced(1, "2026-12-01T10:00:00Z")];
        let next = |endpoints| MessageRecord { endpoints, ..announced(2, "2026-12-02T10:00:00Z") };
        assert_eq!(why(next(vec![to("mei")]), &sent), None);
        assert_eq!(why(next(vec![to("mei"), to("jane")]), &sent).unwrap().0, HeldFor::ToldBefore);
        let refused = MessageRecord { refused: [to("jane").key()].into(), ..sent[0].clone() };
        assert_eq!(why(next(vec![to("jane")]), &[refused]), None, "what was refused was not told");
    }

    #[test]
    fn each_person_who_is_asked_to_take_it_over_is_told() {
        let asked = |sequence, at: &str| {
            let mut message = message(sequence, at, &[("a", Stage::HandedOver)]);
            message.items[0].event = Some(at.to_owned());
            message.items[0].window = crate::domain::fixtures::window("a", utc("2026-12-01T10:00:00Z")).id;
            message
        };
        let sent = vec![asked(1, "2026-12-01T10:00:00Z")];
        assert_eq!(why(asked(2, "2026-12-02T10:00:00Z"), &sent), None);
    }

    #[test]
    fn an_alert_that_is_told_again_within_the_hour_is_held() {
        let alert = OperatorAlert::Stale { since: utc("2026-12-01T09:00:00Z") };
        let with = |sequence, at| MessageRecord {
            kind: MessageKind::Operator,
            operator_alerts: vec![alert.clone()],
            ..message(sequence, at, &[])
        };
        let sent = vec![with(1, "2026-12-01T10:00:00Z")];
        assert_eq!(why(with(2, "2026-12-01T10:01:00Z"), &sent).unwrap().0, HeldFor::ToldBefore);
        assert_eq!(why(with(2, "2026-12-09T10:00:00Z"), &sent), None);
    }
}
