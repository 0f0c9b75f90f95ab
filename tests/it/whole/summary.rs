//! Those who only watch: a summary for each slot, counted over the whole tenant.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use maintenance_notifier::demo;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::summary::SummaryCounts;
use maintenance_notifier::store::SqliteStore;

use super::tenant::{Setup, default_world, start};

/// How often these tests look at Azure.
const LOOK_EVERY: TimeDelta = TimeDelta::hours(12);

/// Management in Berlin watches everything, and the head of SAP what is SAP's.
fn configuration() -> String {
    let mut text = demo::configuration(start());
    text.push_str(
        r#"
[[recipients]]
name     = "management"
email    = ["management@contoso.com"]
timezone = "Europe/Berlin"
summary  = "0 8 * * MON"

[[recipients]]
name          = "head-of-sap"
email         = ["head-of-sap@contoso.com"]
timezone      = "Europe/Berlin"
summary       = "0 8 * * MON"
summary_match = { subscription = "Contoso SAP" }
"#,
    );
    text
}

#[tokio::test]
async fn who_watches_gets_one_summary_a_slot_of_what_they_asked_for() {
    let mut tenant = Setup::new(default_world()).configuration(configuration()).begin().await;
    // A Monday after the slot: the next one is a week later.
    tenant.look().await;
    tenant.advance_with(TimeDelta::days(15), LOOK_EVERY).await;
    let letters = tenant.messages().await;
    tenant.cards();
    let mut totals = Vec::new();
    for address in ["management@contoso.com", "head-of-sap@contoso.com"] {
        let mut slots = Vec::new();
        for letter in letters.iter().filter(|letter| letter.to == address) {
            let content = tenant.read(letter).await.0;
            assert_eq!((content.kind, content.items.len()), (MessageKind::Summary, 0));
            let summary = content.summary.unwrap();
            let of_teams: usize = summary.teams.iter().map(|line| line.counts.all()).sum();
            assert_eq!(of_teams, summary.total.all());
            totals.push(summary.total);
            slots.push(content.frozen_at.format("%m-%d %H").to_string());
        }
        assert_eq!(slots, ["11-30 07", "12-07 07"], "{address}");
    }
    let [all, _, sap, _] = <[SummaryCounts; 4]>::try_from(totals).unwrap();
    assert!(all.open() > sap.open() && sap.open() > 0, "{all:?} {sap:?}");
    assert!(all.unanswered > 0 && all.left_to_azure > 0, "{all:?}");
}

#[tokio::test]
async fn f6_two_processes_send_one_summary() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let open = async || Arc::new(SqliteStore::open(&path).await.unwrap());
    let mut tenant =
        Setup::new(default_world()).configuration(configuration()).store(open().await).begin().await;
    tenant.poison_is_fine();
    tenant.round().await;
    let (_, second) = tenant.another(open().await);
    tenant.messages().await;
    tenant.cards();
    // To the minute after the slot.
    tenant.clock.advance(TimeDelta::hours(7 * 24 - 2) + TimeDelta::minutes(1));
    for _ in 0..3 {
        // One of two may lose a race; the next run does what it left.
        let _ = tokio::join!(
            tenant.host.invoke_timer("PlanNotifications"),
            second.invoke_timer("PlanNotifications")
        );
        tokio::join!(tenant.host.drain_queues(), second.drain_queues());
        tenant.clock.advance(TimeDelta::minutes(1));
    }
    let letters = tenant.messages().await;
    tenant.cards();
    let ids: Vec<&str> = letters
        .iter()
        .filter(|letter| letter.to == "management@contoso.com")
        .map(|letter| letter.message_id.as_str())
        .collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 1);
}
