//! Whose turn it is when one is kept, and what stands beside a plan.

use super::*;

/// A plan whose members are all due, with their starts.
fn due(hours: &str) -> (RollingPlan, PlanFacts) {
    let mut plan = plan((0..3).map(|number| member(&format!("web-{number}"), None, None)).collect(), hours);
    let mut starts = BTreeMap::new();
    for at in 0..3 {
        let id = StartId::new(&plan.members[at].window, 1);
        plan.members[at].state = MemberState::Planned { start: id.clone(), begins: now() };
        let known = start(&plan, &id, StartState::Planned);
        starts.insert(id, known);
    }
    (plan, PlanFacts { starts, spacing: spacing(), around: ConcurrentStarts::default() })
}

fn keep(plan: &RollingPlan, facts: &mut PlanFacts, at: usize, until: Option<DateTime<Utc>>) {
    let start = facts.starts.get_mut(plan.members[at].start().unwrap()).unwrap();
    start.evidence.waits = Some(StartWait { why: StartRefusal::NoLongerExists, until });
}

#[test]
fn a_machine_that_cannot_be_read_keeps_no_other_waiting() {
    let (plan, mut facts) = due("always");
    assert_eq!(step(&plan, &facts, now()), Some(PlanStep::Begin { member: 0 }));
    keep(&plan, &mut facts, 0, None);
    assert_eq!(step(&plan, &facts, now()), Some(PlanStep::Begin { member: 1 }));
    keep(&plan, &mut facts, 1, None);
    assert_eq!(step(&plan, &facts, now()), Some(PlanStep::Begin { member: 2 }));
    // When all are kept each is tried in turn, but for those that are not to be tried yet.
    keep(&plan, &mut facts, 2, Some(now() + minutes(30)));
    let tried = |minute| step(&plan, &facts, now() + minutes(minute));
    let mut turns = [tried(1), tried(2)];
    turns.sort_by_key(|step| format!("{step:?}"));
    assert_eq!(turns, [Some(PlanStep::Begin { member: 0 }), Some(PlanStep::Begin { member: 1 })]);
}

#[test]
fn whoever_is_late_is_told_that_it_is_planned_anew_only_when_it_can_be() {
    let (mut plan, facts) = due("always");
    plan.times.latest = Some(now() + minutes(60));
    let Some(PlanStep::Release { reason, then, .. }) = step(&plan, &facts, now() + minutes(61)) else {
        panic!()
    };
    assert!(matches!(reason, StartRefusal::TooLate { .. }), "{reason:?}");
    assert!(matches!(then, MemberState::LeftOut { .. }), "{then:?}");
    let (plan, facts) = due("TUE+WED+THU 08:00-10:00");
    let Some(PlanStep::Release { reason, then, .. }) = step(&plan, &facts, now() + minutes(180)) else {
        panic!()
    };
    assert_eq!(reason, StartRefusal::Halted { halt: Box::new(HaltReason::Late) });
    assert_eq!(then, MemberState::Waiting);
}

#[test]
fn what_azure_refuses_at_once_leaves_that_machine_out_and_the_plan_goes_on() {
    let (plan, mut facts) = due("always");
    let outcome = StartOutcome::Refused { code: "OperationNotAllowed".to_owned(), message: "No.".to_owned() };
    let known = facts.starts.get_mut(plan.members[0].start().unwrap()).unwrap();
    known.state = StartState::Settled { at: now(), outcome };
    let came_to = |facts: &PlanFacts| match step(&plan, facts, now()) {
        Some(PlanStep::Note { member: 0, state }) => state,
        step => panic!("{step:?}"),
    };
    assert!(matches!(came_to(&facts), MemberState::LeftOut { .. }));
    // Found out by looking, it may have been down.
    let known = facts.starts.get_mut(plan.members[0].start().unwrap()).unwrap();
    let window = window("web-0", now());
    known.evidence.before = Some((&window.facts).into());
    assert!(matches!(came_to(&facts), MemberState::Failed { .. }));
}

#[test]
fn what_is_planned_beside_a_plan_keeps_its_members_apart() {
    let plan = plan(vec![member("sql-0", None, Some("sql"))], "always");
    let at = |planned| {
        let around = ConcurrentStarts { planned, ..ConcurrentStarts::default() };
        forecast(&plan, &spacing(), &around, now())[0].begins
    };
    assert_eq!(at(Vec::new()), Some(now()));
    let beside = OccupiedSlot { begins: now() + minutes(20), groups: plan.members[0].groups.clone() };
    let apart = at(vec![beside.clone()]).unwrap();
    assert!(beside.begins + minutes(30) <= apart, "{apart}");
    // Of another group it is in nobody's way.
    assert_eq!(at(vec![OccupiedSlot { groups: Vec::new(), ..beside }]), Some(now()));
}

#[test]
fn a_form_pauses_a_plan_once_and_a_member_goes_by_the_dates_of_now() {
    let mut plan = plan(vec![member("sql-0", None, None)], "always");
    assert!(plan.take_form("pause") && !plan.take_form("pause") && plan.take_form("resume"));
    let mut window = window("sql-0", now());
    window.revision = window.revision.next();
    let before = plan.members[0].self_service;
    let end = before.end() + minutes(120);
    window.facts.schedule.self_service = Interval::new(before.start(), end).ok();
    plan.members[0].takes_dates_of(&window);
    assert_eq!((plan.members[0].revision, plan.members[0].self_service.end()), (window.revision, end));
}
