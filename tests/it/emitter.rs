//! The emitter on a real store: who goes first when more is due than the mail service takes.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::deliver_fixtures::noon;
use maintenance_notifier::clock::{ManualClock, SharedClock};
use maintenance_notifier::config::Environment;
use maintenance_notifier::domain::brake::Hold;
use maintenance_notifier::domain::endpoint::Endpoint;
use maintenance_notifier::domain::ids::{MessageId, OutboxId};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::outbox::{OutboxRow, OutboxState};
use maintenance_notifier::domain::recipient_name::RecipientName;
use maintenance_notifier::services::App;
use maintenance_notifier::services::emit::emit;
use maintenance_notifier::startup;

fn row(name: &str, deadline: Option<TimeDelta>, due: DateTime<Utc>) -> OutboxRow {
    let recipient: RecipientName = name.parse().unwrap();
    let endpoint = Endpoint::Email { address: format!("{name}@contoso.com").parse().unwrap() };
    let message = MessageId::derive(&recipient, 1);
    OutboxRow {
        deadline: deadline.map(|left| noon() + left),
        ..OutboxRow::new(&message, &recipient, 1, endpoint, due)
    }
}

/// The program on a store of its own, with a mail service that takes `limit`.
async fn start(folder: &Path, limit: &str) -> (Arc<App>, Arc<ManualClock>) {
    let path = |name: &str| folder.join(name).display().to_string();
    std::fs::write(
        path("notifier.toml"),
        "[defaults]\nfallback = [\"platform\"]\n\n[[recipients]]\nname = \"platform\"\nemail = [\"platform@contoso.com\"]\n\
         \n[safety]\nmode = \"live\"\n",
    )
    .unwrap();
    let environment = Environment::from_pairs([
        ("NOTIFIER_CONFIG", path("notifier.toml")),
        ("NOTIFIER_STORE", format!("sqlite:{}", path("state.db"))),
        ("NOTIFIER_OUTBOX", path("outbox")),
        ("NOTIFIER_MAIL_LIMIT", limit.to_owned()),
    ]);
    let clock = Arc::new(ManualClock::new(noon()));
    let shared: SharedClock = clock.clone();
    let loaded = startup::load(&environment, &shared).await.unwrap();
    (startup::app(loaded, shared).await.unwrap(), clock)
}

fn calm(count: usize, due: DateTime<Utc>) -> Vec<OutboxRow> {
    (0..count).map(|number| row(&format!("calm{number}"), None, due)).collect()
}

#[tokio::test]
async fn a_near_deadline_is_not_overlooked_behind_thousands_of_older_mails() {
    let folder = tempfile::tempdir().unwrap();
    let (app, clock) = start(folder.path(), "30/min").await;
    let mut rows = calm(10_100, noon() - TimeDelta::hours(1));
    let urgent: Vec<OutboxRow> = (0..40)
        .map(|number| row(&format!("urgent{number}"), Some(TimeDelta::hours(2 + number)), noon()))
        .collect();
    rows.extend(urgent.clone());
    app.repository.add_to_outbox(&rows).await.unwrap();

    let urgent: BTreeSet<OutboxId> = urgent.into_iter().map(|row| row.id).collect();
    let mut emitted = Vec::new();
    for _ in 0..2 {
        let tickets = emit(&app).await.unwrap();
        emitted.push(tickets.iter().filter(|ticket| urgent.contains(&ticket.row)).count());
        assert_eq!(tickets.len(), 27, "three in a minute are kept for what is imminent");
        clock.advance(TimeDelta::minutes(1));
    }
    assert_eq!(emitted, [27, 13]);
}

#[tokio::test]
async fn f6_emitters_at_the_same_time_hand_out_each_mail_once_and_none_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (app, _) = start(folder.path(), "30/min").await;
    let mut handed_out = BTreeSet::new();
    for round in 0..5 {
        let rows: Vec<OutboxRow> =
            (0..5).map(|number| row(&format!("someone{round}-{number}"), None, noon())).collect();
        app.repository.add_to_outbox(&rows).await.unwrap();
        let (one, two, three) = tokio::join!(emit(&app), emit(&app), emit(&app));
        let tickets: Vec<_> = [one, two, three].into_iter().flat_map(Result::unwrap).collect();
        assert_eq!(tickets.len(), rows.len());
        handed_out.extend(tickets.into_iter().map(|ticket| ticket.row));
    }
    assert_eq!(handed_out.len(), 25, "within the quota of 27");
}

#[tokio::test]
async fn deadlines_under_72_hours_go_first_with_a_reserve_for_imminent_all_notified_within_15_minutes_at_30_a_minute()
 {
    let folder = tempfile::tempdir().unwrap();
    let (app, clock) = start(folder.path(), "30/min").await;
    let pressing: Vec<OutboxRow> = (0..380)
        .map(|number| row(&format!("pressing{number}"), Some(TimeDelta::hours(2 + number % 69)), noon()))
        .collect();
    let mut rows = calm(1_000, noon() - TimeDelta::hours(1));
    rows.extend(pressing.clone());
    app.repository.add_to_outbox(&rows).await.unwrap();
    // Eight minutes later something is about to happen to twenty more.
    let imminent: Vec<OutboxRow> = (0..20)
        .map(|number| OutboxRow {
            imminent: true,
            ..row(&format!("imminent{number}"), None, noon() + TimeDelta::minutes(8))
        })
        .collect();

    let ids = |rows: &[OutboxRow]| rows.iter().map(|row| row.id.clone()).collect::<BTreeSet<_>>();
    let (pressing, urgent) = (ids(&pressing), ids(&imminent));
    let mut notified = BTreeSet::new();
    for minute in 0..15 {
        if minute == 8 {
            app.repository.add_to_outbox(&imminent).await.unwrap();
        }
        let now: BTreeSet<OutboxId> =
            emit(&app).await.unwrap().into_iter().map(|ticket| ticket.row).collect();
        assert!(now.len() <= 30, "the quota is kept");
        assert!(minute != 8 || urgent.is_subset(&now), "what is imminent goes at once");
        let calm = now.iter().filter(|id| !pressing.contains(id) && !urgent.contains(id)).count();
        for id in &now {
            let stored = app.repository.outbox_row(id).await.unwrap().unwrap();
            let state = OutboxState::Delivered { at: app.clock.now(), reference: "250".to_owned() };
            let delivered = OutboxRow { state, ..stored.value.clone() };
            app.repository.replace_outbox(&stored, &delivered).await.unwrap();
        }
        notified.extend(now);
        assert!(calm == 0 || pressing.is_subset(&notified), "what can wait goes after what is urgent");
        clock.advance(TimeDelta::minutes(1));
    }
    assert!(pressing.is_subset(&notified), "{} of 380 were told", notified.intersection(&pressing).count());
}

#[tokio::test]
async fn the_brake_holds_a_flood_but_nothing_that_is_urgent_and_asks_once() {
    let folder = tempfile::tempdir().unwrap();
    let (app, clock) = start(folder.path(), "1000/min").await;
    // For three weeks fifty messages a day were usual.
    for day in 1..=21 {
        app.repository
            .update_brake(|brake| brake.note(50, noon() - TimeDelta::days(22 - day)))
            .await
            .unwrap();
    }
    let mut rows = calm(200, noon());
    rows.push(row("pressing", Some(TimeDelta::hours(70)), noon()));
    rows.push(OutboxRow { imminent: true, ..row("imminent", None, noon()) });
    rows.push(OutboxRow { for_operators: true, ..row("operators", None, noon()) });
    rows.push(OutboxRow { attempt: 1, ..row("tried", None, noon()) });
    app.repository.add_to_outbox(&rows).await.unwrap();

    let emitted = async || -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        for ticket in emit(&app).await.unwrap() {
            found.push(rows.iter().position(|row| row.id == ticket.row).unwrap());
        }
        found.sort();
        found
    };
    assert_eq!(emitted().await, [200, 201, 202, 203]);
    clock.advance(TimeDelta::minutes(1));
    assert!(emitted().await.is_empty());
    let operator_alerts = async || -> Vec<OperatorAlert> {
        app.repository
            .operator_alerts()
            .await
            .unwrap()
            .values()
            .map(|row| row.operator_alert.clone())
            .collect()
    };
    let hold = Hold { since: noon(), waiting: 202, sent: 0, usual: 50, allowed: 150 };
    assert_eq!(operator_alerts().await, [OperatorAlert::Held { hold }]);
    insta::assert_snapshot!(health(&app).await, @r#"{"healthy":false,"problems":[{"code":"collection-is-stale","text":"Azure was not asked yet"},{"code":"planning-stands-still","text":"nothing was planned yet"},{"code":"messages-are-held","text":"far more is to be sent than usual: what can wait is held since 2026-12-01 12:00 UTC, until `maintenance-notifier outbox release`"}]}"#);

    app.repository.update_brake(|brake| brake.release(app.clock.now())).await.unwrap();
    assert_eq!(emitted().await.len(), 200);
    assert!(operator_alerts().await.is_empty());
    assert!(!health(&app).await.contains("held"));
}

/// What `/health` answers.
async fn health(app: &Arc<App>) -> String {
    let request = axum::http::Request::get("/health").body(axum::body::Body::empty()).unwrap();
    let answer =
        tower::ServiceExt::oneshot(maintenance_notifier::web::router(app.clone()), request).await.unwrap();
    let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn what_waits_for_an_earlier_message_is_not_handed_out_counted_or_taken_from_the_quota() {
    let folder = tempfile::tempdir().unwrap();
    let (app, clock) = start(folder.path(), "4/min").await;
    let earlier = OutboxRow {
        attempt: 3,
        next_attempt: noon() + TimeDelta::minutes(30),
        ..row("jane", Some(TimeDelta::hours(5)), noon())
    };
    let behind = |sequence: u64| {
        let message = MessageId::derive(&earlier.recipient, sequence);
        let id = OutboxId::derive(&message, &earlier.endpoint);
        OutboxRow {
            id,
            message,
            sequence,
            after: Some(earlier.id.clone()),
            ..row("jane", Some(TimeDelta::hours(1)), noon())
        }
    };
    let waiting: Vec<OutboxRow> = (2..12).map(behind).collect();
    let mut rows = calm(3, noon());
    rows.push(earlier.clone());
    rows.extend(waiting.clone());
    app.repository.add_to_outbox(&rows).await.unwrap();
    // More urgent than the others, and far more than the quota: they hold back nothing, now and for half an hour.
    assert_eq!(emit(&app).await.unwrap().len(), 3);
    for _ in 0..29 {
        clock.advance(TimeDelta::minutes(1));
        emit(&app).await.unwrap();
    }
    for row in &waiting {
        assert_eq!(app.repository.outbox_row(&row.id).await.unwrap().unwrap().value, *row);
    }
    clock.advance(TimeDelta::minutes(1));
    let tickets = emit(&app).await.unwrap();
    assert!(tickets.iter().any(|ticket| (&ticket.row, ticket.attempt) == (&earlier.id, 4)), "{tickets:?}");
    let stored = app.repository.outbox_row(&earlier.id).await.unwrap().unwrap();
    let settled = OutboxRow { state: OutboxState::Dropped { at: noon() }, ..stored.value.clone() };
    app.repository.replace_outbox(&stored, &settled).await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    let freed = emit(&app).await.unwrap();
    assert!(freed.iter().any(|ticket| waiting.iter().any(|row| row.id == ticket.row)), "{freed:?}");
}
