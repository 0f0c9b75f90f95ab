//! How a start is followed: at Azure's own pace, and by whatever shows what became of it.

use chrono::TimeDelta;
use maintenance_notifier::demo::{Fault, FaultAnswer, ScriptedStart, SimulatedWindow};
use maintenance_notifier::domain::action::start::{StartRefusal, StartState};
use maintenance_notifier::domain::observation::Evidence;
use maintenance_notifier::services::start::{StartResult, start};

use super::janes_machine::{start_request, tenant};
use super::tenant::{WAVE, start as beginning};

#[tokio::test]
async fn f12_an_operation_is_asked_for_when_azure_wants_to_be_asked_and_not_before() {
    let (tenant, window) = tenant().await;
    let script = tenant.simulation.script();
    script.switch(|switches| switches.operation_retry_after = Some(180));
    script.next_start(window.id.resource.as_str(), ScriptedStart::NeverEnd);
    script.forget_requests();
    let answer = start(&tenant.app, &start_request(&window)).await.unwrap();
    let StartResult::Begun(begun) = answer else { panic!("{answer:?}") };
    let polls = || script.requests().iter().filter(|request| request.path.contains("/operations/")).count();
    let mut asked = Vec::new();
    for _ in 0..8 {
        tenant.clock.advance(TimeDelta::minutes(1));
        tenant.follow().await;
        asked.push(polls());
    }
    assert_eq!(asked, [0, 0, 1, 1, 1, 2, 2, 2]);
    let followed = tenant.repository.start(&begun.id).await.unwrap().unwrap();
    assert!(matches!(followed.state, StartState::Accepted { .. }), "{followed:?}");
    let trail = tenant.repository.audit_trail(1).await.unwrap();
    assert_eq!(trail.rows.len(), 3, "decided, claimed, accepted: waiting is no deed");
}

#[tokio::test]
async fn f12_an_annotation_shows_that_a_start_without_an_answer_was_begun() {
    let (tenant, window) = tenant().await;
    let script = tenant.simulation.script();
    script.next_start(window.id.resource.as_str(), ScriptedStart::NeverEnd);
    script.fail(Fault {
        path: "performMaintenance".to_owned(),
        graph_page: None,
        times: 1,
        answer: FaultAnswer::LostAnswer,
    });
    script.fail(Fault {
        path: "eventtypes/management".to_owned(),
        graph_page: None,
        times: 99,
        answer: FaultAnswer::Status {
            status: 403,
            code: "AuthorizationFailed".to_owned(),
            retry_after: None,
        },
    });
    let answer = start(&tenant.app, &start_request(&window)).await.unwrap();
    let StartResult::Begun(begun) = answer else { panic!("{answer:?}") };
    assert!(matches!(begun.state, StartState::Claimed { .. }), "{begun:?}");
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.follow().await;
    let state = tenant.repository.start(&begun.id).await.unwrap().unwrap().state;
    assert!(matches!(state, StartState::Claimed { .. }), "nothing shows it yet: {state:?}");
    let resource = window.id.resource.clone();
    let evidence = Evidence::Started { resource: resource.clone(), at: tenant.now() };
    tenant
        .repository
        .update_subscription(&resource.subscription(), |summary| summary.evidence.push(evidence.clone()))
        .await
        .unwrap();
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.follow().await;
    let state = tenant.repository.start(&begun.id).await.unwrap().unwrap().state;
    assert!(matches!(state, StartState::Accepted { .. }), "{state:?}");
    assert_eq!(script.starts().len(), 1);
}

#[tokio::test]
async fn dates_that_moved_since_the_last_look_are_not_started_unseen() {
    let (tenant, window) = tenant().await;
    let day = |day: i64| beginning() + TimeDelta::days(day);
    let script = tenant.simulation.script();
    script.reschedule(
        WAVE,
        Some(SimulatedWindow::new(day(-2), day(5))),
        SimulatedWindow::new(day(12), day(19)),
    );
    let answer = start(&tenant.app, &start_request(&window)).await.unwrap();
    let StartResult::Refused(StartRefusal::Moved { schedule }) = answer else { panic!("{answer:?}") };
    assert_eq!(schedule.self_service.unwrap().end(), day(5));
    assert_eq!(script.starts(), Vec::<String>::new());
}
