//! Messages for operators, and for those who only watch.

use chrono::{DateTime, Utc};
use maintenance_notifier::domain::email_address::EmailAddress;
use maintenance_notifier::domain::endpoint::Endpoint;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::{GoLiveReport, MessageContent};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::reason::Reason;
use maintenance_notifier::domain::refused_owner::RefusedOwner;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::summary::{RestartLine, Summary, SummaryCounts, TeamLine};
use maintenance_notifier::domain::tags::TagLevel;

use super::overlap;
use super::parts::{item, jane, message, now, usual, utc, vm_id};

/// A channel that was quiet for weeks.
pub(crate) fn heartbeat() -> MessageContent {
    let mut content = message(MessageKind::Heartbeat, Vec::new());
    content.recipient = "platform".parse().unwrap();
    content
}

/// The first look at a tenant.
pub(crate) fn go_live() -> MessageContent {
    let mut content = message(
        MessageKind::GoLive,
        vec![{
            let mut item = item("lab-01", Stage::Announced, usual());
            item.reasons = vec![Reason::Fallback {
                tried: vec!["no tag owner or technical-contact".to_owned(), "no route matches".to_owned()],
            }];
            item
        }],
    );
    content.go_live = Some(GoLiveReport {
        subscriptions: 14,
        machines: 42,
        owned: 17,
        recipients: 9,
        unowned: (1..=25).map(|number| format!("rg-lab/lab-{number:02}")).collect(),
    });
    content.introduce = true;
    content
}

/// Every kind of operator alert.
pub(crate) fn operator() -> MessageContent {
    let address: EmailAddress = "someone@fabrikam.com".parse().unwrap();
    let mut content = message(MessageKind::Operator, Vec::new());
    content.operator_alerts = vec![
        OperatorAlert::Unseen {
            scope: "Contoso Sandbox".to_owned(),
            reason: "HTTP 403 AuthorizationFailed: the client has no permission to read".to_owned(),
            cause: Default::default(),
        },
        OperatorAlert::Unreadable {
            what: "instance view of web-01".to_owned(),
            problem: "maintenanceWindowEndTime is no date: `soon`".to_owned(),
        },
        OperatorAlert::Undeliverable {
            recipient: "jane.doe@contoso.com".parse().unwrap(),
            endpoint: Endpoint::Email { address: jane() },
            error: "550 5.1.1 no such user".to_owned(),
            unknown: false,
        },
        OperatorAlert::Service {
            service: "the mail service".to_owned(),
            error: "535 5.7.8 authentication failed".to_owned(),
        },
        OperatorAlert::RefusedOwner {
            resource: vm_id("web-09").as_str().to_owned(),
            owner: RefusedOwner::OutsideDomain {
                tag: "owner".to_owned(),
                level: TagLevel::Resource,
                address,
            },
        },
        OperatorAlert::Configuration {
            problem: "notifier.toml:2:12: error: defaults.timezone: `Europe/Berln` is no time zone"
                .to_owned(),
        },
        OperatorAlert::Stale { since: utc("2025-12-01T20:00:00Z") },
        OperatorAlert::Poisoned {
            function: "deliver".to_owned(),
            payload: "{\"message\":\"5b1f\"}".to_owned(),
        },
    ];
    content
}

/// How things stand, for those who watch.
pub(crate) fn summary() -> MessageContent {
    let mut content = message(MessageKind::Summary, Vec::new());
    content.recipient = "management".parse().unwrap();
    content.summary = Some(status());
    content
}

/// How things stand.
pub(crate) fn status() -> Summary {
    let team = |name: &str| Some(name.parse().unwrap());
    let counts = |unanswered, acknowledged, planned, left_to_azure, done| SummaryCounts {
        done,
        planned,
        acknowledged,
        unanswered,
        left_to_azure,
    };
    let restart = |name: &str, whose: &str, from: DateTime<Utc>, until: &str| RestartLine {
        name: name.to_owned(),
        team: team(whose),
        earliest: from,
        latest: utc(until),
    };
    let own = (utc("2025-12-06T17:00:00Z"), "2025-12-13T17:00:00Z");
    Summary {
        total: counts(5, 2, 1, 4, 9),
        teams: vec![
            TeamLine {
                team: team("sap-basis"),
                counts: counts(4, 1, 0, 2, 3),
                next: Some(utc("2025-12-04T17:00:00Z")),
            },
            TeamLine {
                team: team("jane.doe@contoso.com"),
                counts: counts(1, 1, 1, 0, 6),
                next: Some(utc("2025-12-12T17:00:00Z")),
            },
            TeamLine { team: None, counts: counts(0, 0, 0, 2, 0), next: None },
        ],
        within_a_week: 4,
        within_two_weeks: 5,
        restarts: vec![
            restart("sap-app-01", "sap-basis", now(), "2025-12-05T17:00:00Z"),
            restart("sap-db-01", "sap-basis", own.0, own.1),
            restart("sap-db-02", "sap-basis", own.0, own.1),
        ],
        overlaps: vec![overlap("sap-db")],
        unread: None,
    }
}
