//! What one planning decides and records, the next one does not want again: whatever the state is, whatever happens, and
//! however late.

mod changes;
mod states;

use proptest::prelude::*;

use self::changes::{Change, change};
use self::states::{Habits, Machine, habits, machine, state};
use super::*;
use crate::domain::message::Item;

const NOW: &str = "2026-12-01T10:00:00Z";
/// Longer than anything in these states lasts.
const DAYS: i64 = 50;

/// A recipient's life, with what was told since something happened that can make it true again.
struct Watched {
    life: Life,
    told: Vec<Item>,
    /// Whether their mailbox refuses what comes.
    refuses: bool,
}

impl Watched {
    fn plan(&mut self) -> PlanningResult {
        let version = ConfigVersion("test".to_owned());
        let life = &self.life;
        let (assignments, ledger) = (life.copies(), life.shared_ledger());
        let input = PlanningInput {
            recipient: &life.recipient,
            operator: life.operator,
            diverted_to: life.diverted_to.as_deref(),
            assignments: &assignments,
            ledger: &ledger,
            head: &life.head,
            notification_settings: &life.notification_settings,
            paused_channels: &[],
            operator_alerts: &life.operator_alerts,
            coverage: None,
            go_live: life.go_live,
            starts_here: true,
            version: &version,
            epoch: None,
        };
        plan(input, Pace::Considerate, life.now)
    }

    /// Plans, and has what is planned leave. Neither makes planning want anything more.
    fn rest(&mut self) -> Result<(), TestCaseError> {
        match self.plan().step {
            LedgerStep::Nothing => {}
            LedgerStep::Claim(message) => {
                self.life.head.sequence = message.sequence;
                self.life.ledger.push(*message);
            }
            LedgerStep::Amend(message) => {
                let known = self.life.ledger.iter_mut().find(|known| known.id == message.id);
                *known.expect("only what is claimed is changed") = *message;
            }
        }
        let now = self.life.now;
        let again = self.plan();
        prop_assert_eq!(
            &again.step,
            &LedgerStep::Nothing,
            "wanted again at {}, after {:?}",
            now,
            self.life.ledger.last()
        );
        self.life.wake = again.wake;
        let unsent = self.life.ledger.iter_mut().find(|message| message.is_unsent());
        let Some(message) = unsent.filter(|_| self.life.mail_works) else { return Ok(()) };
        message.settled = message.endpoints.iter().map(Endpoint::key).collect();
        message.notified_at = Some(now);
        let sent = message.clone();
        let sequence = sent.sequence;
        // Whoever had it and is only escalated to hears both, one after the other.
        let is_left = sent.items.iter().any(|item| item.stage == Stage::Reassigned);
        if self.refuses {
            message.refused = message.settled.clone();
        } else {
            message.in_doubt = message.settled.clone();
            for item in sent.items {
                let same = |before: &&Item| {
                    before.says_the_same(&item) && (before.dates, before.start) == (item.dates, item.start)
                };
                prop_assert!(self.told.iter().find(same).is_none(), "told twice at {}: {:?}", now, item);
                self.told.push(item);
            }
        }
        // What an address refused is told again once it takes something.
        let mut earlier = self.life.ledger.iter().filter(|message| message.sequence < sequence);
        let is_again = !self.refuses && earlier.any(MessageRecord::reached_nobody);
        if is_again && !matches!(self.plan().step, LedgerStep::Nothing) {
            return self.rest();
        }
        let after = self.plan();
        let only_escalates = |message: &MessageRecord| {
            message.items.iter().all(|item| matches!(item.stage, Stage::Escalated | Stage::Reassigned))
        };
        if is_left && matches!(&after.step, LedgerStep::Claim(message) if only_escalates(message)) {
            return self.rest();
        }
        prop_assert_eq!(&after.step, &LedgerStep::Nothing, "wanted after it was sent at {}", now);
        self.life.wake = after.wake;
        Ok(())
    }

    /// Lets time pass. Planning is woken when it asked for it, and for reasons in which nothing is new.
    fn until(
        &mut self,
        end: DateTime<Utc>,
        stray: &mut impl Iterator<Item = i64>,
    ) -> Result<(), TestCaseError> {
        loop {
            self.rest()?;
            let minute = self.life.now + TimeDelta::minutes(1);
            let woken = stray.next().map(|minutes| self.life.now + TimeDelta::minutes(minutes));
            let wake = self.life.wake.map(|wake| wake.max(minute)).into_iter().chain(woken).min();
            match wake.filter(|wake| *wake < end) {
                Some(wake) => self.life.now = wake,
                None => {
                    self.life.now = end;
                    return Ok(());
                }
            }
        }
    }
}

fn live(
    machines: &[Machine],
    habits: &Habits,
    changes: Vec<(i64, usize, Change)>,
    stray: Vec<i64>,
) -> Result<(), TestCaseError> {
    let mut watched = Watched { life: state(machines, habits), told: Vec::new(), refuses: false };
    let mut stray = stray.into_iter();
    for (wait, machine, change) in changes {
        let at = watched.life.now + TimeDelta::minutes(wait);
        watched.until(at, &mut stray)?;
        watched.happens(machine % machines.len(), &change);
    }
    let end = watched.life.now + TimeDelta::days(DAYS);
    watched.until(end, &mut stray)
}

/// More can be tried by hand: `PROPTEST_CASES=20000 cargo test --lib fixpoint`.
fn cases() -> u32 {
    let default = ProptestConfig::default().cases;
    if default == 256 { 200 } else { default }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]
    #[test]
    fn what_was_told_is_not_wanted_again(
        machines in proptest::collection::vec(machine(), 1..4),
        habits in habits(),
        stray in proptest::collection::vec(1..1440i64, 0..5),
    ) {
        live(&machines, &habits, Vec::new(), stray)?;
    }

    #[test]
    fn what_was_told_is_not_wanted_again_whatever_happens(
        machines in proptest::collection::vec(machine(), 1..3),
        habits in habits(),
        changes in proptest::collection::vec((0..5000i64, 0..3usize, change()), 1..10),
        stray in proptest::collection::vec(1..1440i64, 0..5),
    ) {
        live(&machines, &habits, changes, stray)?;
    }
}

fn muted(life: &mut Life) {
    let window = life.assignments.values().next().unwrap().window.clone();
    life.notification_settings.mute(states::mute(&window, 18 * 24, life.now));
}

fn told(life: &Life, stage: Stage) -> usize {
    let items = life.ledger.iter().flat_map(|message| &message.items);
    items.filter(|item| item.stage == stage && item.step.is_none()).count()
}

/// An owner muted a machine, was released from it and is responsible again, and plans a start.
#[test]
fn a_planned_start_of_a_machine_that_is_muted_is_told_once() {
    let mut life = Life { plan_every_tick: true, ..Life::at(NOW) };
    life.put(window("web-01", utc(NOW)));
    life.until("2026-12-02T10:00:00Z");
    muted(&mut life);
    let (now, key) = (life.now, life.assignments.keys().next().unwrap().clone());
    states::release(life.assignments.get_mut(&key).unwrap(), now);
    life.until("2026-12-03T10:00:00Z");
    let assignment = life.assignments.get_mut(&key).unwrap();
    (assignment.withdrawn, assignment.since) = (None, life.now);
    life.start("web-01", "jane", "2026-12-05T10:00:00Z");
    life.until("2026-12-05T11:00:00Z");
    assert_eq!(told(&life, Stage::Planned), 1, "{}", life.story());
}

/// Azure called it off and shows it again while it is muted: nothing says that it is back.
#[test]
fn the_start_and_the_event_of_a_muted_machine_that_is_planned_again_are_told_once() {
    let mut life = Life { plan_every_tick: true, ..Life::at(NOW) };
    life.put(window("web-01", utc(NOW)));
    life.until("2026-12-02T10:00:00Z");
    let at = life.now;
    life.change("web-01", |window| window.state = WindowState::Ended { at, why: EndReason::Cancelled });
    life.until("2026-12-03T10:00:00Z");
    assert_eq!(told(&life, Stage::Cancelled), 1, "{}", life.story());
    muted(&mut life);
    life.change("web-01", |window| window.state = WindowState::Open);
    life.start("web-01", "jane", "2026-12-05T10:00:00Z");
    life.until("2026-12-04T10:00:00Z");
    let at = life.now;
    life.change("web-01", |window| window.scheduled_events.push(changes::confirmed_event(at, 0)));
    life.until("2026-12-05T11:00:00Z");
    assert_eq!(told(&life, Stage::Planned), 1, "{}", life.story());
    assert_eq!(told(&life, Stage::Imminent), 1, "{}", life.story());
}

/// It is known by a date of Azure's before it can be announced.
#[test]
fn a_date_of_azures_is_told_once_though_the_machine_is_announced_after_it() {
    let mut life = Life { plan_every_tick: true, ..Life::at(NOW) };
    life.put(window("web-01", utc("2026-12-20T10:00:00Z")));
    let window = life.assignments.values().next().unwrap().window.clone();
    life.notification_settings.mute(states::mute(&window, 30, life.now));
    let at = life.now;
    life.change("web-01", |window| window.scheduled_events.push(changes::confirmed_event(at, 80)));
    life.until("2026-12-08T10:00:00Z");
    assert_eq!(told(&life, Stage::Announced), 1, "{}", life.story());
    assert_eq!(told(&life, Stage::Notice), 1, "{}", life.story());
}
