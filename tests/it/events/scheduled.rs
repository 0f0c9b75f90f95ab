//! Scheduled events, true and forged.

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::window::{EndReason, WindowState};
use serde_json::{Value, json};

use super::{Tenant, alert, scheduled_event};

/// What somebody with the key of the address can send about a machine: the shape is Azure's, the words are theirs.
pub(super) fn forged(machine: &str, id: &str, status: &str, at: DateTime<Utc>) -> Value {
    let mut event = scheduled_event(machine, id, "Reboot", status, at);
    let properties = &mut event["data"]["resourceInfo"]["properties"];
    properties["Description"] = "Call +49 30 1234 at once".into();
    properties["Resources"].as_array_mut().unwrap().push("<b>Call +49 30 1234</b>".into());
    event["subject"] = format!("{machine}/Call +49 30 1234").into();
    event
}

#[tokio::test]
async fn s20_a_forged_event_is_told_once_as_what_it_is_without_a_button() {
    let tenant = Tenant::start().await;
    let machine = tenant.machines().await[0].clone();
    let before = tenant.notified().await;
    let now = tenant.app.clock.now();
    tenant.events(&[forged(&machine, "f0", "Scheduled", now)]).await;
    assert_eq!(tenant.notified().await, before, "Azure has twenty seconds");
    tenant.clock.advance(TimeDelta::seconds(20));
    tenant.plan().await;
    let once = tenant.messages_about(&machine, Stage::Unconfirmed).await;
    let people = {
        let line = format!("{}#1 announced", machine.to_lowercase());
        before.iter().filter(|notified| notified.contains(&line) && notified.contains("email|")).count()
    };
    assert!(once > 0 && once <= people.max(1), "{once} of {people}");
    // Replays, others of the same kind, what is long over and what is years ahead.
    for number in 0..12 {
        let at = now + TimeDelta::seconds(number);
        let moment = [TimeDelta::zero(), TimeDelta::days(-400), TimeDelta::days(900), TimeDelta::zero()]
            [usize::try_from(number).unwrap() % 4];
        let event = forged(&machine, &format!("f{}", number / 2), "Scheduled", at + moment);
        tenant.events(&[event]).await;
        tenant.clock.advance(TimeDelta::seconds(40));
        tenant.plan().await;
    }
    assert_eq!(tenant.messages_about(&machine, Stage::Unconfirmed).await, once);
    assert_eq!(tenant.messages_about(&machine, Stage::Imminent).await, 0);
    let window = tenant.windows().await.into_iter().find(|one| one.id.resource.as_str() == machine).unwrap();
    assert!(window.scheduled_events.len() <= 8, "{}", window.scheduled_events.len());
    let mut read = 0;
    for row in tenant.app.repository.outbox_rows().await.unwrap().rows {
        let (recipient, sequence) = (row.value.recipient, row.value.sequence);
        let content = tenant.app.repository.content(&recipient, sequence).await.unwrap().unwrap();
        let is_only_this = content.items.iter().all(|item| item.stages == [Stage::Unconfirmed]);
        if content.items.is_empty() || !is_only_this {
            continue;
        }
        read += 1;
        assert_eq!(content.link, None);
        let mail = maintenance_notifier::render::mail(
            &content,
            &tenant.app.deployment,
            &"jane.doe@contoso.com".parse().unwrap(),
        )
        .unwrap();
        let text = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("Reported by an event, not yet confirmed by Azure"), "{text}");
        assert!(
            !text.contains("+49") && !mail.html.contains("+49") && !mail.subject.contains("+49"),
            "{text}"
        );
        assert!(!text.contains("perform-maintenance") && !text.contains("/a?t="), "{text}");
    }
    assert_eq!(read, once);
}

#[tokio::test]
async fn s20_an_early_event_that_is_true_becomes_a_fact_with_azures_word_and_forging_changes_it_no_more() {
    let tenant = Tenant::start().await;
    let machine = tenant.machines().await[0].clone();
    let now = tenant.app.clock.now();
    tenant.events(&[scheduled_event(&machine, "e1", "Reboot", "Scheduled", now)]).await;
    tenant.clock.advance(TimeDelta::seconds(20));
    tenant.plan().await;
    let people = tenant.messages_about(&machine, Stage::Unconfirmed).await;
    assert!(people > 0);
    tenant.lists(&machine, "e1", "Reboot", "Scheduled", now);
    // The next look of the timer asks again: no second event is needed.
    tenant.collect().await;
    tenant.plan().await;
    assert!(tenant.messages_about(&machine, Stage::Imminent).await >= people);
    let later = TimeDelta::days(2);
    tenant
        .events(&[forged(&machine, "e1", "Canceled", now), forged(&machine, "e1", "Scheduled", now + later)])
        .await;
    tenant.collect().await;
    let window = tenant.windows().await.into_iter().find(|one| one.id.resource.as_str() == machine).unwrap();
    let told = window.next_event(Stage::Imminent, tenant.app.clock.now()).expect("Azure still lists it");
    assert_eq!(told.not_before(), Some(now + TimeDelta::minutes(15)));
    // An annotation of Resource Health is Azure's word too, where the list has nothing.
    let other = tenant.machines().await[1].clone();
    tenant.events(&[scheduled_event(&other, "e2", "Reboot", "Scheduled", now)]).await;
    let name = "VirtualMachineRebootInitiatedForPlannedMaintenance";
    tenant.simulation.script().annotate(&other, name, tenant.app.clock.now());
    tenant.collect().await;
    tenant.plan().await;
    assert!(tenant.messages_about(&other, Stage::Imminent).await > 0);
}

#[tokio::test]
async fn s20_an_event_days_ahead_is_a_notice_once_azure_lists_it() {
    let tenant = Tenant::start().await;
    let machine = tenant.machines().await[0].clone();
    let now = tenant.app.clock.now();
    let ahead = now + TimeDelta::days(3);
    tenant.events(&[scheduled_event(&machine, "e1", "Redeploy", "Scheduled", ahead)]).await;
    tenant.clock.advance(TimeDelta::hours(2));
    tenant.plan().await;
    assert_eq!(tenant.messages_about(&machine, Stage::Unconfirmed).await, 0);
    tenant.lists(&machine, "e1", "Redeploy", "Scheduled", ahead);
    tenant.collect().await;
    tenant.plan().await;
    let people = tenant.messages_about(&machine, Stage::Notice).await;
    assert!(people > 0);
    tenant.live_until(ahead - TimeDelta::hours(4)).await;
    assert_eq!(tenant.messages_about(&machine, Stage::Imminent).await, 0);
    tenant.clock.set(ahead);
    tenant.plan().await;
    assert_eq!(tenant.messages_about(&machine, Stage::Notice).await, people);
    assert!(tenant.messages_about(&machine, Stage::Imminent).await > 0);
    assert_eq!(tenant.messages_about(&machine, Stage::Unconfirmed).await, 0);
}

#[tokio::test]
async fn f7_an_event_is_told_of_a_machine_of_which_nothing_else_is_announced() {
    let tenant = Tenant::start().await;
    let known: Vec<String> =
        tenant.windows().await.iter().map(|window| window.id.resource.as_str().to_lowercase()).collect();
    let script = tenant.simulation.script();
    let machines = script.machines().into_iter().map(|machine| machine.id());
    let mut quiet = machines.filter(|id| !id.contains("ScaleSets") && !known.contains(&id.to_lowercase()));
    let (machine, other, forged) = (quiet.next().unwrap(), quiet.next().unwrap(), quiet.next().unwrap());
    let now = tenant.app.clock.now();
    let ahead = now + TimeDelta::days(3);

    // Azure lists one of hardware that degrades, and one within minutes; the third is nobody's word.
    tenant.lists(&machine, "e1", "Redeploy", "Scheduled", ahead);
    tenant.lists(&other, "e2", "Reboot", "Scheduled", now);
    let sent = [
        scheduled_event(&machine, "e1", "Redeploy", "Scheduled", ahead),
        scheduled_event(&other, "e2", "Reboot", "Scheduled", now),
        scheduled_event(&forged, "e3", "Reboot", "Scheduled", now),
    ];
    tenant.events(&sent).await;
    tenant.plan().await;
    let people = tenant.messages_about(&machine, Stage::Notice).await;
    assert!(people > 0);
    assert!(tenant.messages_about(&other, Stage::Imminent).await > 0);
    assert!(!tenant.notified().await.iter().any(|line| line.contains(&forged.to_lowercase())));

    // A day later it is not told again in other words.
    for _ in 0..3 {
        tenant.clock.advance(TimeDelta::hours(20));
        tenant.collect().await;
        tenant.plan().await;
    }
    assert_eq!(tenant.messages_about(&machine, Stage::AnnouncedElsewhere).await, 0);
    let told = tenant.notified_of(std::slice::from_ref(&machine)).await;
    let told: Vec<&str> = told.iter().filter_map(|line| line.split("#1 ").nth(1)).collect();
    // Two days before it comes a reminder is due.
    assert_eq!(told, ["notice r1 None", "notice r1 Some(2880)"].repeat(people));
    tenant.clock.set(ahead);
    tenant.plan().await;
    assert!(tenant.messages_about(&machine, Stage::Imminent).await > 0);

    // It happened. Nothing says that it was called off.
    script.unlist_event("e1");
    tenant.clock.advance(TimeDelta::hours(2));
    for _ in 0..3 {
        tenant.collect().await;
        tenant.plan().await;
        tenant.clock.advance(TimeDelta::hours(2));
    }
    let window = tenant.windows().await.into_iter().find(|it| it.id.resource.as_str() == machine).unwrap();
    assert!(matches!(window.state, WindowState::Ended { why: EndReason::Completed, .. }), "{window:?}");
    assert_eq!(tenant.messages_about(&machine, Stage::NoLongerPlanned).await, 0);
}

#[tokio::test]
async fn s20_why_a_window_ended_is_asked_of_azure_and_not_taken_from_what_was_sent() {
    let tenant = Tenant::start().await;
    let machine = tenant.machines().await[0].clone();
    let window = tenant.windows().await.into_iter().find(|one| one.id.resource.as_str() == machine).unwrap();
    let subscription = window.id.resource.subscription();
    let mut called_off = alert(subscription.as_str(), "Canceled");
    called_off["data"]["alertContext"]["properties"]["trackingId"] = window.tracking_ids[0].clone().into();
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.alert(&called_off).await;
    let annotated = json!({
        "id": "a", "source": "/subscriptions/x", "subject": machine, "specversion": "1.0",
        "type": "Microsoft.ResourceNotifications.HealthResources.ResourceAnnotated",
        "data": { "resourceInfo": { "properties": {
            "targetResourceId": machine, "annotationName": "VirtualMachineMigrationInitiatedForPlannedMaintenance",
            "occurredTime": tenant.app.clock.now().to_rfc3339(),
        }}},
    });
    tenant.events(&[annotated]).await;
    // The machine leaves its wave for a reason that nobody gives.
    for wave in tenant.simulation.script().waves() {
        tenant.simulation.script().leave_wave(&wave.tracking_id, &machine);
    }
    tenant.clock.advance(TimeDelta::minutes(1));
    tenant.collect().await;
    tenant.clock.advance(TimeDelta::hours(1));
    tenant.collect().await;
    let window = tenant.windows().await.into_iter().find(|one| one.id == window.id).unwrap();
    assert!(
        matches!(window.state, WindowState::Ended { why: EndReason::NoLongerPlanned, .. }),
        "{:?}",
        window.state
    );
}
