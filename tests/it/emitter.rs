//! The emitter on a real store: who goes first when more is due than the mail service takes.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::clock::{ManualClock, SharedClock};
use maintenance_notifier::config::Environment;
use maintenance_notifier::domain::message::MessageId;
use maintenance_notifier::domain::outbox::{OutboxId, OutboxRow, OutboxState};
use maintenance_notifier::domain::recipient::{Endpoint, RecipientName};
use maintenance_notifier::jobs::emit::emit;
use maintenance_notifier::startup;

use crate::deliver_fixtures::noon;

fn row(name: &str, deadline: Option<TimeDelta>, due: DateTime<Utc>) -> OutboxRow {
    let recipient: RecipientName = name.parse().unwrap();
    let endpoint = Endpoint::Email { address: format!("{name}@contoso.com").parse().unwrap() };
    let message = MessageId::derive(&recipient, 1);
    OutboxRow {
        id: OutboxId::derive(&message, &endpoint),
        message,
        recipient,
        sequence: 1,
        endpoint,
        deadline: deadline.map(|left| noon() + left),
        imminent: false,
        after: None,
        created: due,
        state: OutboxState::Waiting,
        attempt: 0,
        next_attempt: due,
        last_error: None,
        doubtful: false,
    }
}

#[tokio::test]
async fn a_near_deadline_is_not_overlooked_behind_thousands_of_older_mails() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
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
        ("NOTIFIER_MAIL_LIMIT", "30/min".to_owned()),
    ]);
    let clock = Arc::new(ManualClock::new(noon()));
    let shared: SharedClock = clock.clone();
    let loaded = startup::load(&environment, &shared).await.unwrap();
    let app = startup::app(loaded, shared).await.unwrap();

    let earlier = noon() - TimeDelta::hours(1);
    let mut rows: Vec<OutboxRow> =
        (0..2500).map(|number| row(&format!("calm{number}"), None, earlier)).collect();
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
