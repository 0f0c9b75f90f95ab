//! The demo's world for forty days: seven waves in five subscriptions, by the timers alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use maintenance_notifier::demo;
use maintenance_notifier::domain::calendar_entry::CalendarMethod;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::MessageContent;
use maintenance_notifier::domain::recipient_name::RecipientName;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::window::WindowId;
use maintenance_notifier::store::SqliteStore;

use super::tenant::{Letter, Setup, TestTenant, default_world, start};

/// How often the tests look at Azure in these weeks.
const LOOK_EVERY: TimeDelta = TimeDelta::hours(12);

async fn begin() -> TestTenant {
    Setup::new(default_world()).configuration(demo::configuration(start())).begin().await
}

/// What each address was sent, in order.
async fn by_address(tenant: &TestTenant, letters: &[Letter]) -> BTreeMap<String, Vec<MessageContent>> {
    let mut all: BTreeMap<String, Vec<MessageContent>> = BTreeMap::new();
    for letter in letters {
        all.entry(letter.to.clone()).or_default().push(tenant.read(letter).await.0);
    }
    all
}

#[tokio::test]
async fn f17_forty_days_of_the_default_world_keep_every_promise() {
    let mut tenant = begin().await;
    tenant.look().await;
    let windows = tenant.windows().await;
    // What was over before anybody could be notified is not announced.
    let too_late: BTreeSet<WindowId> =
        windows.into_iter().filter(|row| row.window.is_over()).map(|row| row.window.id).collect();
    tenant.advance_with(TimeDelta::days(40), LOOK_EVERY).await;
    let letters = tenant.messages().await;
    let cards = tenant.cards();
    assert!(tenant.is_settled().await);
    assert!(!cards.is_empty());

    let distinct: BTreeSet<_> = letters.iter().map(|letter| (&letter.to, &letter.message_id)).collect();
    assert_eq!(distinct.len(), letters.len(), "no message is sent twice");
    let notified = by_address(&tenant, &letters).await;
    budget(&notified);
    nothing_twice(&notified);
    everybody_with_a_window(&tenant, &notified, &too_late).await;
    calendars_follow(&tenant, &notified).await;
}

/// At most eight mails a wave of 35 days for each recipient. What Azure completes on its own comes on top, in digests:
/// one on a morning after a day on which something was completed.
fn budget(notified: &BTreeMap<String, Vec<MessageContent>>) {
    let mut of: BTreeMap<(&str, &RecipientName), Vec<&MessageContent>> = BTreeMap::new();
    for (address, contents) in notified {
        let completed = |content: &&MessageContent| {
            let mut stages = content.items.iter().flat_map(|item| &item.stages);
            content.kind == MessageKind::Digest && stages.any(|stage| *stage == Stage::Completed)
        };
        for content in contents.iter().filter(|content| !completed(content)) {
            of.entry((address, &content.recipient)).or_default().push(content);
        }
    }
    for ((address, _), contents) in of {
        let waves: BTreeSet<_> = contents
            .iter()
            .flat_map(|content| &content.items)
            .flat_map(|item| item.window.tracking_ids.iter().cloned())
            .collect();
        let subjects: Vec<String> = contents
            .iter()
            .map(|content| {
                let stages: BTreeSet<&str> = content
                    .items
                    .iter()
                    .flat_map(|item| item.stages.iter().map(|stage| stage.as_str()))
                    .collect();
                format!("{} {} {stages:?}", content.frozen_at.format("%m-%dT%H:%M"), content.kind.as_str())
            })
            .collect();
        assert!(
            contents.len() <= 8 * waves.len().max(1),
            "{address} got {} mails for {waves:?}:\n{}",
            contents.len(),
            subjects.join("\n")
        );
    }
}

/// No address hears the same stage of the same dates of a window twice. A digest may name a near deadline again.
fn nothing_twice(notified: &BTreeMap<String, Vec<MessageContent>>) {
    for (address, contents) in notified {
        let mut seen = BTreeSet::new();
        for (content, item) in
            contents.iter().flat_map(|content| content.items.iter().map(move |item| (content, item)))
        {
            for stage in item.stages.iter().filter(|stage| !stage_may_repeat(**stage)) {
                let first = seen.insert((&content.recipient, &item.window.id, *stage, item.window.revision));
                assert!(first, "{address} heard {} of {:?} twice", stage.as_str(), item.window.id);
            }
        }
    }
}

/// Steps of reminders follow one another.
fn stage_may_repeat(stage: Stage) -> bool {
    matches!(stage, Stage::Reminder | Stage::ScheduledSoon)
}

/// Everybody responsible was notified of each window, and of its end.
async fn everybody_with_a_window(
    tenant: &TestTenant,
    notified: &BTreeMap<String, Vec<MessageContent>>,
    too_late: &BTreeSet<WindowId>,
) {
    let mut announced: BTreeSet<(&str, &WindowId)> = BTreeSet::new();
    let mut ended: BTreeSet<(&str, &WindowId)> = BTreeSet::new();
    for (address, contents) in notified {
        for item in contents.iter().flat_map(|content| &content.items) {
            for stage in &item.stages {
                match stage {
                    Stage::Announced => _ = announced.insert((address, &item.window.id)),
                    Stage::Completed | Stage::Cancelled | Stage::NoLongerPlanned => {
                        _ = ended.insert((address, &item.window.id));
                    }
                    _ => {}
                }
            }
        }
    }
    let windows = tenant.windows().await;
    assert!(windows.len() >= 40, "{}", windows.len());
    let policy = tenant.app.policy();
    let mut checked = 0;
    for row in windows.iter().filter(|row| row.silenced.is_none()) {
        let id = &row.window.id;
        assert!(!row.holders.is_empty(), "nobody is responsible for {id:?}");
        for holder in row.holders.iter().filter(|holder| holder.withdrawn.is_none() && !holder.escalated) {
            let recipient = policy.recipient(&holder.recipient).unwrap();
            for address in &recipient.emails {
                let known = announced.contains(&(address.as_str(), id));
                let late = too_late.contains(id);
                assert!(known || late, "{address} was never told of {id:?}: {:?}", row.window);
                if known && row.window.is_over() {
                    assert!(
                        ended.contains(&(address.as_str(), id)),
                        "{address} never heard the end of {id:?}"
                    );
                }
                checked += usize::from(known);
            }
        }
    }
    assert!(checked > 40, "{checked}");
}

/// Each calendar entry counts up, and what is left in a calendar at the end belongs to a window that is open.
async fn calendars_follow(tenant: &TestTenant, notified: &BTreeMap<String, Vec<MessageContent>>) {
    let open: BTreeSet<WindowId> = tenant
        .windows()
        .await
        .into_iter()
        .filter(|row| row.window.is_open())
        .map(|row| row.window.id)
        .collect();
    let mut changes = 0;
    for (address, contents) in notified {
        let mut newest = BTreeMap::new();
        for entry in contents.iter().flat_map(|content| &content.calendar) {
            if let Some(before) = newest.insert(entry.uid.clone(), entry) {
                assert!(before.sequence < entry.sequence, "{address}: {entry:?}");
                changes += 1;
            }
        }
        for entry in newest.values().filter(|entry| entry.method == CalendarMethod::Request) {
            if entry.end > tenant.now() {
                assert!(entry.windows.iter().any(|id| open.contains(id)), "{address}: {entry:?}");
            }
        }
    }
    assert!(changes > 0, "entries are changed as facts change");
}

#[tokio::test]
async fn f11_calendar_entries_move_with_the_dates_and_go_with_the_wave() {
    let mut tenant = begin().await;
    tenant.round().await;
    let first = tenant.messages().await;
    tenant.cards();
    let wave =
        tenant.simulation.script().waves().into_iter().find(|wave| wave.region == "northeurope").unwrap();
    let targets: BTreeSet<String> = wave.targets().iter().map(|id| id.to_lowercase()).collect();
    let is_target = |id: &WindowId| targets.contains(&id.resource.to_string().to_lowercase());
    let mut entries: BTreeMap<(String, String), u32> = BTreeMap::new();
    for letter in &first {
        for entry in tenant.read(letter).await.0.calendar {
            if entry.windows.iter().all(is_target) {
                entries.insert((letter.to.clone(), entry.uid), entry.sequence);
            }
        }
    }
    assert!(!entries.is_empty());
    let script = tenant.simulation.script();
    let move_by = TimeDelta::days(2);
    script.change_wave(&wave.tracking_id, |wave| {
        wave.self_service.as_mut().unwrap().end += move_by;
        wave.scheduled.start += move_by;
        wave.scheduled.end += move_by;
    });
    tenant.clock.advance(TimeDelta::hours(1));
    tenant.round().await;
    let moved = tenant.messages().await;
    tenant.cards();
    let script = tenant.simulation.script();
    script.cancel(&wave.tracking_id, tenant.now());
    // One look without it is no verdict.
    for _ in 0..2 {
        tenant.clock.advance(TimeDelta::hours(1));
        tenant.round().await;
    }
    let gone = tenant.messages().await;
    tenant.cards();
    let mut cancelled = 0;
    for ((address, uid), sequence) in entries {
        for (letters, sequence) in [(&moved, sequence + 1), (&gone, sequence + 2)] {
            let mut found = Vec::new();
            for letter in letters.iter().filter(|letter| letter.to == address) {
                let calendar = tenant.read(letter).await.0.calendar;
                assert!(calendar.len() <= 1, "{address}: a mail carries one entry");
                found.extend(calendar.into_iter().filter(|entry| entry.uid == uid));
            }
            let [entry] = &found[..] else { panic!("{address} {uid}: {found:?}") };
            assert_eq!(entry.sequence, sequence, "{address} {uid}");
            // The nearest date that is left, whatever wave it belongs to.
            let is_gone = entry.method == CalendarMethod::Cancel;
            assert!(sequence < 2 || is_gone || !entry.windows.iter().any(is_target), "{address} {entry:?}");
            cancelled += usize::from(is_gone);
        }
    }
    assert!(cancelled > 0, "where nothing else is open the entry goes with the wave");
}

#[tokio::test]
async fn f6_two_processes_on_one_store_send_each_message_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let open = async || Arc::new(SqliteStore::open(&path).await.unwrap());
    let mut tenant = Setup::new(default_world())
        .configuration(demo::configuration(start()))
        .store(open().await)
        .begin()
        .await;
    tenant.poison_is_fine();
    let (other, second) = tenant.another(open().await);
    for _ in 0..4 {
        for app in [&tenant.app, &other] {
            app.set_pace(maintenance_notifier::domain::planning::Pace::Immediate);
        }
        for timer in ["CollectMaintenance", "PlanNotifications", "PlanNotifications"] {
            // One of two may lose a race; the next run does what it left.
            let _ = tokio::join!(tenant.host.invoke_timer(timer), second.invoke_timer(timer));
            tokio::join!(tenant.host.drain_queues(), second.drain_queues());
        }
        tenant.clock.advance(TimeDelta::minutes(15));
    }
    let letters = tenant.messages().await;
    let cards = tenant.cards();
    assert!(tenant.is_settled().await);
    let ids: BTreeSet<_> = letters.iter().map(|letter| (&letter.to, &letter.message_id)).collect();
    assert_eq!(ids.len(), letters.len());
    assert_eq!(cards.iter().map(|card| &card.json).collect::<BTreeSet<_>>().len(), cards.len());

    let mut alone = begin().await;
    alone.round().await;
    let expected = alone.messages().await;
    alone.cards();
    // An address that belongs to two recipients hears from both, so the lists are compared as they are.
    let announced = |notified: Vec<String>| -> Vec<String> {
        notified.into_iter().filter(|line| line.ends_with(" announced")).collect()
    };
    assert_eq!(announced(tenant.notified(&letters).await), announced(alone.notified(&expected).await));
}
