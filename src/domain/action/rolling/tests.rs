mod turns;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use super::*;
use crate::domain::action::actor::Actor;
use crate::domain::action::anti_affinity::GroupState;
use crate::domain::action::spacing::{OccupiedSlot, Spacing};
use crate::domain::action::start::{
    Start, StartEvidence, StartOrigin, StartOutcome, StartRefusal, StartState, StartWait,
};
use crate::domain::fixtures::{utc, vm_id, window};
use crate::domain::ids::{MessageId, PlanId, StartId};
use crate::domain::recipient_name::RecipientName;
use crate::domain::window::Interval;

fn now() -> DateTime<Utc> {
    utc("2026-12-01T08:00:00Z")
}

fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

/// A machine of a set and update domain, of a cluster, or of neither.
fn member(name: &str, set: Option<(&str, Option<u32>)>, cluster: Option<&str>) -> PlanMember {
    let mut window = window(name, now());
    let machine = &mut window.machine;
    machine.availability_set = set.map(|(set, _)| vm_id(set));
    machine.update_domain = set.and_then(|(_, number)| number);
    machine.tags.resource = cluster.map(|cluster| ("cluster", cluster)).into_iter().collect();
    PlanMember::of(&window, "cluster").unwrap()
}

fn plan(members: Vec<PlanMember>, hours: &str) -> RollingPlan {
    let owner: RecipientName = "jane.doe".parse().unwrap();
    RollingPlan {
        id: PlanId::new(&owner, "sheet", members.iter().map(|member| &member.window)),
        by: Actor { recipient: Some(owner.clone()), ..Actor::default() },
        owner: owner.clone(),
        message: MessageId::derive(&owner, 1),
        made: now(),
        times: StartTimes {
            zone: "Europe/Berlin".parse::<crate::domain::time_zone::Tz>().unwrap(),
            hours: hours.parse().unwrap(),
            freeze: BTreeSet::new(),
            not_before: now(),
            latest: None,
        },
        members,
        state: PlanState::Running,
        forms: Vec::new(),
    }
}

fn spacing() -> Spacing {
    Spacing { min_gap: minutes(30), limits: vec![(20, TimeDelta::hours(1))] }
}

/// Three sets of four machines in two update domains each.
fn twelve() -> RollingPlan {
    let members = ["a", "b", "c"].into_iter().flat_map(|set| {
        (0..4).map(move |number| member(&format!("{set}-{number}"), Some((set, Some(1 - number % 2))), None))
    });
    plan(members.collect(), "always")
}

/// What is expected, in words: `a-1 08:00`.
fn expected(plan: &RollingPlan) -> Vec<String> {
    let words = |expected: ExpectedMember| {
        let name = plan.members[expected.member].window.resource.name();
        let begins = expected.begins.map(|at| at.format("%d. %H:%M").to_string());
        format!("{name} {}", begins.unwrap_or_else(|| "does not fit".to_owned()))
    };
    forecast(plan, &spacing(), &ConcurrentStarts::default(), plan.made).into_iter().map(words).collect()
}

#[test]
fn sets_take_turns_and_each_goes_domain_by_domain() {
    // The odd numbers are in update domain 0. While one set pauses, the others have their turn.
    insta::assert_snapshot!(expected(&twelve()).join("\n"), @"
    a-1 01. 08:00
    b-1 01. 08:25
    c-1 01. 08:50
    a-3 01. 09:15
    b-3 01. 09:40
    c-3 01. 10:05
    a-0 01. 10:30
    b-0 01. 10:55
    c-0 01. 11:20
    a-2 01. 11:45
    b-2 01. 12:10
    c-2 01. 12:35
    ");
}

#[test]
fn hours_days_and_the_end_of_self_service_are_kept_and_what_does_not_fit_is_said() {
    // Tuesday night has room for two of a cluster, and Wednesday is a day on which nothing begins.
    let members = (0..7).map(|number| member(&format!("sql-{number}"), None, Some("sql"))).collect();
    let mut plan = plan(members, "TUE+WED+THU 22:00-00:00");
    plan.times.freeze = [utc("2026-12-02T12:00:00Z").date_naive()].into();
    for member in &mut plan.members {
        let end = utc("2026-12-03T22:15:00Z");
        member.self_service = Interval::new(member.self_service.start(), end).unwrap();
    }
    insta::assert_snapshot!(expected(&plan).join("\n"), @"
    sql-0 01. 21:00
    sql-1 01. 21:55
    sql-2 03. 21:00
    sql-3 does not fit
    sql-4 does not fit
    sql-5 does not fit
    sql-6 does not fit
    ");
}

#[test]
fn the_brake_is_part_of_the_forecast() {
    let plan = plan((0..3).map(|number| member(&format!("web-{number}"), None, None)).collect(), "always");
    let spacing = Spacing { min_gap: minutes(30), limits: vec![(2, TimeDelta::hours(1))] };
    let around = ConcurrentStarts { recent: vec![now() - minutes(10)], ..ConcurrentStarts::default() };
    let begins = forecast(&plan, &spacing, &around, now());
    let begins: Vec<_> =
        begins.into_iter().map(|expected| (expected.begins.unwrap() - now()).num_minutes()).collect();
    assert_eq!(begins, [0, 50, 75]);
}

#[test]
fn a_plan_reads_back_as_it_was_written() {
    let mut plan = plan(
        vec![member("web-01", Some(("set", None)), Some("web"))],
        "MON-FRI 08:00-18:00, SAT 10:00-12:00",
    );
    plan.pause(plan.by.clone(), now());
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<RollingPlan>(&text).unwrap(), plan);
    assert_eq!(PlanId::parse(plan.id.as_str()), Some(plan.id.clone()));
    for forged in ["", "../x", "0123", &plan.id.as_str().to_uppercase()] {
        assert_eq!(PlanId::parse(forged), None, "{forged}");
    }
}

/// How one start goes.
#[derive(Debug, Clone, Copy)]
struct Fate {
    /// How many minutes until it is done.
    lasts: i64,
    fails: bool,
    /// Whether an owner calls it off as soon as it is planned.
    objected: bool,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = (1..50_i64, prop::bool::weighted(0.03), prop::bool::weighted(0.05));
    let fate = fate.prop_map(|(lasts, fails, objected)| Fate { lasts, fails, objected });
    proptest::collection::vec(fate, 24)
}

fn plans() -> impl Strategy<Value = RollingPlan> {
    let set = proptest::option::of((0..3_usize, proptest::option::of(0..3_u32)));
    let of = (set, proptest::option::weighted(0.3, 0..2_usize));
    let hours = prop::sample::select(vec![
        "always",
        "always",
        "MON-FRI 22:00-04:00",
        "TUE 09:00-10:00, SAT 20:00-08:00",
    ]);
    (proptest::collection::vec(of, 1..10), hours).prop_map(|(places, hours)| {
        let members = places.into_iter().enumerate().map(|(number, (set, cluster))| {
            let set = set.map(|(set, domain)| (["a", "b", "c"][set], domain));
            member(&format!("vm-{number}"), set, cluster.map(|cluster| ["x", "y"][cluster]))
        });
        plan(members.collect(), hours)
    })
}

/// A start of the plan in this state.
fn start(plan: &RollingPlan, id: &StartId, state: StartState) -> Start {
    let member = plan.members.iter().find(|member| member.start() == Some(id)).unwrap_or(&plan.members[0]);
    Start {
        id: id.clone(),
        window: member.window.clone(),
        revision: member.revision,
        by: plan.by.clone(),
        origin: StartOrigin::RollingPlan { plan: plan.id.clone() },
        decided: plan.made,
        begins: plan.made,
        latest: None,
        accepts: None,
        groups: Vec::new(),
        state,
        evidence: StartEvidence::default(),
    }
}

/// A world in which a plan is carried out as the jobs do it, minute by minute.
struct Life {
    plan: RollingPlan,
    facts: PlanFacts,
    now: DateTime<Utc>,
    attempts: u32,
    /// Member, when it began, and when it was over.
    begun: Vec<(usize, DateTime<Utc>, Option<DateTime<Utc>>)>,
}

impl Life {
    fn new(plan: RollingPlan) -> Self {
        let keys = plan.members.iter().flat_map(|member| member.groups.clone());
        let groups = keys.map(|key| (key, GroupState::default())).collect();
        let around = ConcurrentStarts { groups, ..ConcurrentStarts::default() };
        let facts = PlanFacts { starts: BTreeMap::new(), spacing: spacing(), around };
        Self { plan, facts, now: now(), attempts: 0, begun: Vec::new() }
    }

    fn put(&mut self, id: &StartId, state: StartState) {
        self.facts.starts.insert(id.clone(), start(&self.plan, id, state));
    }

    fn settle(&mut self, id: &StartId, outcome: StartOutcome) {
        self.put(id, StartState::Settled { at: self.now, outcome });
    }

    /// One run of the timer.
    fn tick(&mut self, fates: &[Fate]) {
        let over: Vec<(usize, usize)> = self
            .begun
            .iter()
            .enumerate()
            .filter(|(_, (member, began, over))| {
                over.is_none() && *began + minutes(fates[*member].lasts) <= self.now
            })
            .map(|(at, (member, ..))| (at, *member))
            .collect();
        for (at, member) in over {
            self.begun[at].2 = Some(self.now);
            let id = self.plan.members[member].start().unwrap().clone();
            let groups = self.plan.members[member].groups.clone();
            let resource = self.plan.members[member].window.resource.clone();
            for key in &groups {
                self.facts.around.groups.get_mut(key).unwrap().leave(&resource, true, self.now);
            }
            self.settle(&id, StartOutcome::Completed { well: !fates[member].fails });
        }
        for _ in 0..100 {
            let Some(next) = step(&self.plan, &self.facts, self.now) else { return };
            assert_eq!(
                step(&self.plan, &self.facts, self.now).as_ref(),
                Some(&next),
                "asked again it is the same"
            );
            let stored: RollingPlan =
                serde_json::from_value(serde_json::to_value(&self.plan).unwrap()).unwrap();
            assert_eq!(
                step(&stored, &self.facts, self.now).as_ref(),
                Some(&next),
                "another process takes the same"
            );
            if !self.take(next, fates) {
                return;
            }
        }
        panic!("a run takes no end: {:?}", self.plan);
    }

    fn take(&mut self, step: PlanStep, fates: &[Fate]) -> bool {
        match step {
            PlanStep::Note { member, state } => self.plan.members[member].state = state,
            PlanStep::End { state } => self.plan.state = state,
            PlanStep::Plan { member, begins } => {
                assert!(self.now <= begins && self.plan.times.has_room(begins));
                self.attempts += 1;
                let start = StartId::new(&self.plan.members[member].window, self.attempts);
                self.put(&start, StartState::Planned);
                if fates[member].objected {
                    self.settle(&start, StartOutcome::CalledOff);
                }
                self.plan.members[member].state = MemberState::Planned { start, begins };
            }
            PlanStep::Release { member, then, .. } => {
                let start = self.plan.members[member].start().unwrap().clone();
                let reason = StartRefusal::Halted { halt: Box::new(HaltReason::Late) };
                self.settle(&start, StartOutcome::NotBegun { reason });
                self.plan.members[member].state = then;
            }
            PlanStep::Begin { member } => {
                self.begin(member);
                return false;
            }
        }
        true
    }

    fn begin(&mut self, at: usize) {
        let member = &self.plan.members[at];
        let MemberState::Planned { start, begins } = &member.state else { panic!("{member:?}") };
        assert!(*begins <= self.now, "nobody begins before the time that their owners were given");
        assert!(self.plan.times.has_room(self.now), "{:?}", self.plan.times);
        for (other, began, over) in &self.begun {
            let Some(over) = over else { panic!("{other} is under way since {began}") };
            let other = &self.plan.members[*other];
            if other.groups.iter().any(|key| member.groups.contains(key)) {
                assert!(*over + minutes(30) <= self.now, "{member:?} within the gap after {other:?}");
            }
        }
        let domain = member.update_domain.as_ref();
        let before = self.plan.members.iter().filter(|other| !other.is_over());
        let lower = |other: &PlanMember| match (&other.update_domain, domain) {
            (Some(other), Some(own)) => other.set == own.set && other.number < own.number,
            _ => false,
        };
        assert_eq!(
            before.filter(|other| lower(other)).count(),
            0,
            "{member:?} begins before its update domain"
        );
        let start = start.clone();
        for key in &member.groups {
            let group = self.facts.around.groups.get_mut(key).unwrap();
            group.enter(member.window.resource.clone(), start.clone());
        }
        self.facts.around.recent.push(self.now);
        self.facts.starts.insert(
            start.clone(),
            self::start(&self.plan, &start, StartState::Recovering { since: self.now }),
        );
        self.begun.push((at, self.now, None));
        self.plan.began(&start, self.now);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_two_of_a_group_within_the_gap_no_domains_mixed_and_every_plan_ends(
        plan in plans(),
        fates in fates(),
        pauses in proptest::collection::vec((0..3_000_i64, 1..2_000_i64), 0..2),
        cancel in proptest::option::weighted(0.2, 0..1_500_i64),
    ) {
        let mut life = Life::new(plan);
        let by = life.plan.by.clone();
        // Self-service ends after ten days.
        for minute in 0..12 * 24 * 60 {
            if pauses.iter().any(|(from, _)| *from == minute) {
                life.plan.pause(by.clone(), life.now);
            }
            if pauses.iter().any(|(from, lasts)| from + lasts == minute) {
                life.plan.resume();
            }
            if cancel == Some(minute) {
                life.plan.cancel(by.clone(), life.now);
            }
            life.tick(&fates);
            if life.plan.is_over() {
                break;
            }
            life.now += minutes(1);
        }
        prop_assert!(life.plan.is_over(), "{:?}", life.plan);
        prop_assert_eq!(step(&life.plan, &life.facts, life.now), None);
        let failed = life.plan.members.iter().filter(|member| matches!(member.state, MemberState::Failed { .. })).count();
        prop_assert!(failed <= 1, "it stops on the first failure");
        prop_assert_eq!(failed == 1 && cancel.is_none(), matches!(life.plan.state, PlanState::Stopped { .. }) && cancel.is_none());
        // Each member begins once at most.
        let mut begun: Vec<usize> = life.begun.iter().map(|(member, ..)| *member).collect();
        begun.sort_unstable();
        begun.dedup();
        prop_assert_eq!(begun.len(), life.begun.len());
    }
}

#[test]
fn a_failure_takes_back_what_is_planned_and_says_because_of_whom() {
    let mut life = Life::new(twelve());
    let mut fates = vec![Fate { lasts: 5, fails: false, objected: false }; 12];
    let first = forecast(&life.plan, &spacing(), &ConcurrentStarts::default(), now())[0].member;
    fates[first].fails = true;
    for _ in 0..20 {
        life.tick(&fates);
        life.now += minutes(1);
    }
    assert_eq!(life.begun.len(), 1);
    assert!(life.plan.is_over());
    let left = MemberState::LeftOut { at: now() + minutes(5), why: ExclusionReason::Ended };
    assert_eq!(life.plan.members.iter().filter(|member| member.state == left).count(), 11);
    let halt = HaltReason::Stopped { failed: life.plan.members[first].window.resource.clone() };
    insta::assert_snapshot!(StartRefusal::Halted { halt: Box::new(halt) }, @"the rolling plan that it belongs to stopped, because a-1 did not come through well");
}
