//! What counts as evidence of a start that is under way: Azure's answers of each kind, while the machine really goes away
//! and comes back.

use chrono::TimeDelta;
use maintenance_notifier::demo::{Fault, FaultAnswer, ScriptedStart, SimulatedAgent};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::start::{
    ReleasedBy, Start, StartOutcome, StartPhase, StartRefusal, StartState,
};
use maintenance_notifier::domain::window::MaintenanceWindow;
use maintenance_notifier::services::start::{StartResult, release_start, start};

use super::janes_machine::{start_request, tenant};
use super::tenant::{CONFIGURATION, Setup, TestTenant, WAVE, empty_world, subscription, wave};
use super::tenant::{SUBSCRIPTION, start as beginning};

const JANE: &str = "jane.doe@contoso.com";
const MINUTE: TimeDelta = TimeDelta::minutes(1);

async fn begin(tenant: &TestTenant, window: &MaintenanceWindow) -> Start {
    match start(&tenant.app, &start_request(window)).await.unwrap() {
        StartResult::Begun(start) => *start,
        answer => panic!("{answer:?}"),
    }
}

async fn stored(tenant: &TestTenant, start: &Start) -> Start {
    tenant.repository.start(&start.id).await.unwrap().unwrap()
}

/// Follows for so many minutes; the phases that were seen, each once, in order.
async fn phases(tenant: &TestTenant, start: &Start, minutes: i64) -> Vec<StartPhase> {
    let mut seen = vec![start.phase()];
    for _ in 0..minutes {
        tenant.clock.advance(MINUTE);
        tenant.follow().await;
        let phase = stored(tenant, start).await.phase();
        if seen.last() != Some(&phase) {
            seen.push(phase);
        }
    }
    seen
}

async fn outcome(tenant: &TestTenant, start: &Start) -> StartOutcome {
    match stored(tenant, start).await.state {
        StartState::Settled { outcome, .. } => outcome,
        state => panic!("{state:?}"),
    }
}

fn posts(tenant: &TestTenant) -> usize {
    let requests = tenant.simulation.script().requests();
    requests.iter().filter(|request| request.path.ends_with("/performMaintenance")).count()
}

fn fault(path: &str, times: u32, status: u16) -> Fault {
    let answer = FaultAnswer::Status { status, code: "NotNow".to_owned(), retry_after: None };
    Fault { path: path.to_owned(), graph_page: None, times, answer }
}

#[tokio::test]
async fn f12_a_machine_goes_away_and_comes_back_and_only_azures_word_ends_its_start() {
    let (tenant, window) = tenant().await;
    let script = tenant.simulation.script();
    script.switch(|switches| switches.machines_go_away = true);
    let begun = begin(&tenant, &window).await;
    // One read says 404 while it is away.
    tenant.clock.advance(MINUTE);
    script.fail(fault("virtualMachines/vm-web-01", 1, 404));
    tenant.follow().await;
    assert_eq!(stored(&tenant, &begun).await.phase(), StartPhase::Running);
    assert!(matches!(start(&tenant.app, &start_request(&window)).await.unwrap(), StartResult::Already(_)));
    let seen = phases(&tenant, &stored(&tenant, &begun).await, 10).await;
    assert_eq!(seen.first(), Some(&StartPhase::Running));
    assert_eq!(seen.last(), Some(&StartPhase::Ended), "{seen:?}");
    assert_eq!(outcome(&tenant, &begun).await, StartOutcome::Completed { well: true });
    let ended = stored(&tenant, &begun).await;
    assert!(ended.evidence.began.is_some() && ended.evidence.began <= ended.evidence.succeeded, "{ended:?}");
    assert_eq!(posts(&tenant), 1);
}

#[tokio::test]
async fn a_machine_without_an_agent_that_says_ready_is_well_when_it_runs_again() {
    for agent in [SimulatedAgent::NotReady, SimulatedAgent::Absent] {
        let (tenant, window) = tenant().await;
        let script = tenant.simulation.script();
        script.switch(|switches| switches.machines_go_away = true);
        script.set_agent(window.id.resource.as_str(), Some(agent));
        let begun = begin(&tenant, &window).await;
        phases(&tenant, &begun, 40).await;
        assert_eq!(outcome(&tenant, &begun).await, StartOutcome::Completed { well: true }, "{agent:?}");
    }
    // One that was ready before is waited for.
    let (tenant, window) = tenant().await;
    let begun = begin(&tenant, &window).await;
    tenant.simulation.script().set_agent(window.id.resource.as_str(), Some(SimulatedAgent::NotReady));
    phases(&tenant, &begun, 60).await;
    assert_eq!(outcome(&tenant, &begun).await, StartOutcome::Completed { well: false });
}

#[tokio::test]
async fn f12_a_poll_without_an_answer_changes_nothing_and_is_repeated_less_and_less_often() {
    for status in [403, 404, 503] {
        let (tenant, window) = tenant().await;
        let script = tenant.simulation.script();
        script.next_start(window.id.resource.as_str(), ScriptedStart::NeverEnd);
        let begun = begin(&tenant, &window).await;
        script.fail(fault("/operations/", 9999, status));
        script.fail(fault("eventtypes/management", 9999, 503));
        script.forget_requests();
        let seen = phases(&tenant, &begun, 120).await;
        assert_eq!(seen, [StartPhase::Accepted], "{status}");
        let polls = script.requests();
        let polls = polls.iter().filter(|request| request.path.contains("/operations/")).count();
        // Each question is tried more than once by the client itself.
        assert!(polls < 50, "{status}: {polls}");
    }
}

#[tokio::test]
async fn f12_an_operation_known_by_location_alone_and_lost_for_a_while_is_followed_to_its_end() {
    let (tenant, window) = tenant().await;
    let script = tenant.simulation.script();
    script.switch(|switches| switches.location_alone = true);
    let begun = begin(&tenant, &window).await;
    script.fail(fault("/operations/", 3, 404));
    let seen = phases(&tenant, &begun, 60).await;
    assert_eq!(seen.last(), Some(&StartPhase::Ended), "{seen:?}");
    assert_eq!(outcome(&tenant, &begun).await, StartOutcome::Completed { well: true });
}

#[tokio::test]
async fn f12_what_azure_calls_done_and_no_machine_shows_is_told_as_that() {
    let (mut tenant, window) = tenant().await;
    tenant.simulation.script().next_start(window.id.resource.as_str(), ScriptedStart::Unshown);
    let begun = begin(&tenant, &window).await;
    let seen = phases(&tenant, &begun, 60).await;
    assert!(seen.contains(&StartPhase::Recovering), "{seen:?}");
    assert_eq!(outcome(&tenant, &begun).await, StartOutcome::Unconfirmed);
    let text = letters(&mut tenant, JANE).await;
    assert!(text.contains("Azure says that it is done; the machine does not show it yet."), "{text}");
    assert!(text.contains("Azure worked on it from"), "{text}");
    assert!(!text.contains("failed"), "{text}");
}

/// Everything that was sent to somebody since the last time.
async fn letters(tenant: &mut TestTenant, to: &str) -> String {
    tenant.advance(TimeDelta::hours(1)).await;
    let mut texts = String::new();
    for letter in tenant.messages().await.iter().filter(|letter| letter.to == to) {
        let (_, mail) = tenant.read(letter).await;
        texts += &mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    texts
}

#[tokio::test]
async fn f12_not_known_is_told_to_owner_and_operators_and_keeps_a_second_request_away() {
    let (mut tenant, window) = tenant().await;
    tenant.simulation.script().next_start(window.id.resource.as_str(), ScriptedStart::NeverEnd);
    let begun = begin(&tenant, &window).await;
    let seen = phases(&tenant, &begun, 23 * 60).await;
    assert_eq!(seen.last(), Some(&StartPhase::Running), "{seen:?}");
    assert_eq!(release_start(&tenant.app, &window.id, &Actor::default()).await.unwrap(), None);
    let seen = phases(&tenant, &begun, 2 * 60).await;
    assert!(matches!(seen.last(), Some(StartPhase::NotKnown { .. })), "{seen:?}");
    assert!(matches!(start(&tenant.app, &start_request(&window)).await.unwrap(), StartResult::Already(_)));
    tenant.advance(TimeDelta::hours(12)).await;
    let mut texts = std::collections::BTreeMap::new();
    for letter in tenant.messages().await {
        let (_, mail) = tenant.read(&letter).await;
        *texts.entry(letter.to.clone()).or_insert_with(String::new) +=
            &mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    let jane = texts.get(JANE).unwrap();
    assert!(jane.contains("What became of it is not known since"), "{jane}");
    assert!(!jane.contains("failed"), "{jane}");
    let operators = texts.get("platform@contoso.com").unwrap();
    assert!(operators.contains("It is not known what became of the start of vm-web-01"), "{operators}");
    let operator = Actor { principal: Some("command line: root".to_owned()), ..Actor::default() };
    let released = release_start(&tenant.app, &window.id, &operator).await.unwrap().unwrap();
    let expected =
        StartOutcome::NotKnown { released: ReleasedBy::Operator { name: "command line: root".to_owned() } };
    assert!(matches!(released.state, StartState::Settled { outcome, .. } if outcome == expected));
    assert_eq!(posts(&tenant), 1);
}

#[tokio::test]
async fn f12_while_it_is_not_known_its_set_waits_and_azures_late_word_is_a_correction() {
    let simulation = empty_world();
    let script = simulation.script();
    script.add_subscription(subscription(SUBSCRIPTION, "Contoso Test"));
    let mut ids = Vec::new();
    for name in ["vm-sql-01", "vm-sql-02"] {
        let mut machine = maintenance_notifier::demo::SimulatedMachine::new(
            SUBSCRIPTION,
            "rg-test",
            name,
            "westeurope",
            beginning(),
        );
        machine.tags.insert("cluster".to_owned(), "sql".to_owned());
        machine.tags.insert("owner".to_owned(), "jane.doe".to_owned());
        ids.push(script.add_machine(machine));
    }
    script.announce(wave(WAVE).with_targets(ids));
    let mut tenant =
        Setup { configuration: CONFIGURATION.to_owned(), ..Setup::new(simulation) }.begin().await;
    tenant.round().await;
    tenant.messages().await;
    let mut windows: Vec<_> = tenant.windows().await.into_iter().map(|row| row.window).collect();
    windows.sort_by(|a, b| a.id.cmp(&b.id));
    let script = tenant.simulation.script();
    script.switch(|switches| switches.machines_go_away = true);
    script.next_start(windows[0].id.resource.as_str(), ScriptedStart::NeverEnd);
    let begun = begin(&tenant, &windows[0]).await;
    phases(&tenant, &begun, 25 * 60).await;
    let second = start(&tenant.app, &start_request(&windows[1])).await.unwrap();
    assert!(matches!(second, StartResult::Refused(StartRefusal::Gap { .. })), "{second:?}");
    letters(&mut tenant, JANE).await;
    // Azure's status says at last that it is done.
    let result = maintenance_notifier::demo::SimulatedResult {
        at: tenant.now(),
        code: "MaintenanceCompleted".to_owned(),
        message: None,
    };
    tenant.simulation.script().switch(|switches| switches.machines_go_away = false);
    tenant.simulation.script().set_last_result(WAVE, windows[0].id.resource.as_str(), result);
    phases(&tenant, &begun, 60).await;
    assert_eq!(outcome(&tenant, &begun).await, StartOutcome::Completed { well: true });
    let text = letters(&mut tenant, JANE).await;
    assert!(text.contains("Correction: we said that what became of it was not known."), "{text}");
}

#[tokio::test]
async fn f12_a_start_whose_answer_was_lost_is_found_in_a_lagging_log_by_its_own_number() {
    let (tenant, window) = tenant().await;
    let script = tenant.simulation.script();
    script.switch(|switches| {
        switches.activity_log_delay = TimeDelta::minutes(15);
        switches.machines_go_away = true;
    });
    script.next_start(window.id.resource.as_str(), ScriptedStart::NeverEnd);
    let lost = FaultAnswer::LostAnswer;
    script.fail(Fault { path: "performMaintenance".to_owned(), graph_page: None, times: 1, answer: lost });
    let begun = begin(&tenant, &window).await;
    assert_eq!(begun.phase(), StartPhase::Unanswered);
    let seen = phases(&tenant, &begun, 20).await;
    assert_eq!(seen, [StartPhase::Unanswered, StartPhase::Accepted]);
    assert_eq!(posts(&tenant), 1);
}

#[tokio::test]
async fn f12_a_log_entry_that_says_failed_is_no_proof_of_a_start() {
    let (tenant, window) = tenant().await;
    let script = tenant.simulation.script();
    let message = "Another operation is in progress.".to_owned();
    let refuse = ScriptedStart::RefuseWith { status: 409, code: "Conflict".to_owned(), message };
    script.next_start(window.id.resource.as_str(), refuse);
    let lost = FaultAnswer::LostAnswer;
    script.fail(Fault { path: "performMaintenance".to_owned(), graph_page: None, times: 1, answer: lost });
    let begun = begin(&tenant, &window).await;
    let seen = phases(&tenant, &begun, 3).await;
    assert_eq!(seen, [StartPhase::Unanswered, StartPhase::Ended]);
    assert!(matches!(outcome(&tenant, &begun).await, StartOutcome::Refused { .. }));
    // Nothing was begun, so it may be started.
    assert!(matches!(start(&tenant.app, &start_request(&window)).await.unwrap(), StartResult::Begun(_)));
}
