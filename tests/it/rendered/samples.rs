//! Messages with invented names, one for each thing of which a recipient can be notified.

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::response::{
    Response, ResponseRecord, StartStatus, StartSummary, WindowActions,
};
use maintenance_notifier::domain::advice::{Advice, advice};
use maintenance_notifier::domain::assignment::WithdrawnTo;
use maintenance_notifier::domain::calendar_entry::{CalendarEntry, CalendarMethod};
use maintenance_notifier::domain::email_address::EmailAddress;
use maintenance_notifier::domain::endpoint::Endpoint;
use maintenance_notifier::domain::forecast::ClusterOverlap;
use maintenance_notifier::domain::ids::{MessageId, StartId};
use maintenance_notifier::domain::machine::{Machine, PowerState};
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::{ContentItem, GoLiveReport, MessageContent, WaveEnd};
use maintenance_notifier::domain::operator_alert::OperatorAlert;
use maintenance_notifier::domain::reason::Reason;
use maintenance_notifier::domain::refused_owner::RefusedOwner;
use maintenance_notifier::domain::resource::ResourceId;
use maintenance_notifier::domain::scheduled_event::{ConfirmedEvent, ScheduledEvent};
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::summary::{RestartLine, Summary, SummaryCounts, TeamLine};
use maintenance_notifier::domain::tags::TagLevel;
use maintenance_notifier::domain::window::{
    EndReason, Impact, Interval, LastResult, MaintenanceFacts, MaintenanceWindow, Revision, RevisionRecord,
    Schedule, WindowId, WindowState,
};
use maintenance_notifier::render::{DeploymentInfo, Mailbox};

const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

/// A moment written as RFC 3339.
pub(crate) fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The moment at which every sample is frozen.
pub(crate) fn now() -> DateTime<Utc> {
    utc("2025-12-02T08:30:00Z")
}

/// The envelope address of every sample.
pub(crate) fn jane() -> EmailAddress {
    "jane.doe@contoso.com".parse().unwrap()
}

/// A deployment with pages of its own.
pub(crate) fn deployment() -> DeploymentInfo {
    DeploymentInfo {
        from: Mailbox {
            name: Some("Azure maintenance".to_owned()),
            address: "azure-maintenance@contoso.com".parse().unwrap(),
        },
        reply_to: Some(Mailbox { name: None, address: "platform@contoso.com".parse().unwrap() }),
        public_url: Some("https://maintenance.contoso.com".to_owned()),
        portal_url: "https://portal.azure.com".to_owned(),
    }
}

/// Self-service and Azure's own window, from these days of December 2025 on, at 17:00 UTC.
pub(crate) fn schedule(self_service: Option<(u32, u32)>, scheduled: (u32, u32)) -> Schedule {
    let first = utc("2025-12-01T17:00:00Z");
    let at = |day: u32| first + TimeDelta::days(i64::from(day) - 1);
    let interval = |(from, to)| Interval::new(at(from), at(to)).unwrap();
    Schedule { self_service: self_service.map(interval), scheduled: Some(interval(scheduled)) }
}

/// The schedule of most samples: open since yesterday until 12 December, then Azure from 15 to 22 December.
pub(crate) fn usual() -> Schedule {
    schedule(Some((1, 12)), (15, 22))
}

pub(crate) fn vm_id(name: &str) -> ResourceId {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachines/{name}")
        .parse()
        .unwrap()
}

/// A window of machine `name` that can be started now.
pub(crate) fn item(name: &str, stage: Stage, schedule: Schedule) -> ContentItem {
    let id = vm_id(name);
    let machine = Machine {
        subscription_name: Some("Contoso Production".to_owned()),
        region: Some("westeurope".to_owned()),
        zones: vec!["1".to_owned()],
        power: PowerState::Running,
        ephemeral_os_disk: Some(false),
        ..Machine::bare(id.clone())
    };
    ContentItem {
        stages: vec![stage],
        window: MaintenanceWindow {
            id: WindowId { resource: id, generation: 1 },
            revision: Revision::FIRST,
            facts: MaintenanceFacts {
                schedule,
                self_start_allowed: schedule.self_service.is_some_and(|interval| interval.contains(now())),
                is_start_unsaid: false,
                last_result: LastResult::None,
                last_message: None,
            },
            impact: Impact::Redeploy,
            tracking_ids: vec!["PYN_-ZL8".to_owned()],
            machine,
            state: WindowState::Open,
            first_seen: now(),
            changed: now(),
            history: vec![RevisionRecord { revision: Revision::FIRST, seen: now(), schedule }],
            elsewhere: None,
            scheduled_events: Vec::new(),
            missing_since: None,
            start_word: Default::default(),
        },
        previous: None,
        ended: None,
        withdrawn: None,
        again: false,
        advice: Vec::new(),
        reasons: vec![Reason::Tag {
            tag: "owner".to_owned(),
            level: TagLevel::ResourceGroup,
            value: "jane.doe".to_owned(),
        }],
        primary: true,
        others: Vec::new(),
        prior_notifications: Vec::new(),
        actions: WindowActions::default(),
        replaced: false,
        not_by_itself: None,
        last_read: None,
    }
}

/// `item` after somebody said something of it.
pub(crate) fn said(mut item: ContentItem, who: &str, response: Response) -> ContentItem {
    let revision = item.window.revision;
    let by = Actor { principal: Some(who.to_owned()), ..Actor::default() };
    item.actions.respond(ResponseRecord { response, by, at: now(), revision });
    item
}

/// `item` with a start that `who` decided, as it stands.
pub(crate) fn started(
    mut item: ContentItem,
    who: &str,
    begins: DateTime<Utc>,
    status: StartStatus,
) -> ContentItem {
    item.actions.attempts += 1;
    item.actions.note_start(StartSummary {
        id: StartId::new(&item.window.id, item.actions.attempts),
        by: Actor { principal: Some(who.to_owned()), ..Actor::default() },
        decided: now(),
        begins,
        revision: item.window.revision,
        plan: None,
        status,
        ordered: None,
        accepts: None,
        progress: Default::default(),
    });
    item
}

/// `item` after its window ended.
pub(crate) fn ended(mut item: ContentItem, why: EndReason) -> ContentItem {
    item.ended = Some(why);
    item.window.state = WindowState::Ended { at: now(), why };
    item
}

/// `item` as a member of an availability set.
pub(crate) fn in_set(mut item: ContentItem, set: &str) -> ContentItem {
    let set: ResourceId = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop/providers/Microsoft.Compute/availabilitySets/{set}"
    )
    .parse()
    .unwrap();
    item.window.machine.availability_set = Some(set);
    item.advice = advice(&item.window.machine);
    item
}

/// A message with these items and nothing else.
pub(crate) fn message(kind: MessageKind, items: Vec<ContentItem>) -> MessageContent {
    let recipient = (&jane()).into();
    MessageContent {
        id: MessageId::derive(&recipient, 1),
        kind,
        recipient,
        timezone: "Europe/Berlin".parse::<maintenance_notifier::domain::time_zone::Tz>().unwrap(),
        language: "en".to_owned(),
        frozen_at: now(),
        diverted: false,
        introduce: false,
        items,
        unchanged: 0,
        unchanged_deadline: None,
        calendar: Vec::new(),
        operator_alerts: Vec::new(),
        go_live: None,
        unsubscribe: None,
        wave: None,
        summary: None,
        overlaps: Vec::new(),
        coverage: None,
        missed: None,
        unread_since: None,
        link: None,
    }
}

/// The calendar entry for the end of self-service of `items`.
pub(crate) fn entry(items: &[ContentItem], method: CalendarMethod) -> CalendarEntry {
    let end = utc("2025-12-12T17:00:00Z");
    CalendarEntry {
        uid: format!("{}@maintenance", "5b1f0c3e7a9d5e0c8f3a2b1c4d5e6f70"),
        sequence: 0,
        method,
        start: end - TimeDelta::minutes(30),
        end,
        self_service: true,
        planned: false,
        windows: items.iter().map(|item| item.window.id.clone()).collect(),
        loses: Vec::new(),
    }
}

/// The first message to a person: one machine, announced, with a calendar entry.
pub(crate) fn single() -> MessageContent {
    let items = vec![item("web-01", Stage::Announced, usual())];
    MessageContent {
        diverted: false,
        introduce: true,
        calendar: vec![entry(&items, CalendarMethod::Request)],
        ..message(MessageKind::Alert, items)
    }
}

/// Five machines in two groups, with different reasons, advice and kinds.
pub(crate) fn two_groups() -> MessageContent {
    let later = schedule(Some((8, 20)), (22, 29));
    let mut one = item("web-02", Stage::Announced, usual());
    one.again = true;
    one.others = vec!["platform".parse().unwrap(), "ops@contoso.com".parse().unwrap()];
    one.reasons = vec![Reason::Route { number: 2, matches: "resource_group = rg-shop*".to_owned() }];
    let mut instance = item("x", Stage::Announced, usual());
    let id: ResourceId = format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-shop/providers/Microsoft.Compute/virtualMachineScaleSets/front/virtualMachines/3").parse().unwrap();
    instance.window.id.resource = id.clone();
    instance.window.machine.id = id;
    instance.window.machine.subscription_name = None;
    let mut stopped = item("batch-07", Stage::Announced, later);
    stopped.advice = vec![Advice::AutoShutdown, Advice::Deallocated];
    let items = vec![
        item("web-01", Stage::Announced, usual()),
        one,
        instance,
        item("batch-06", Stage::Announced, later),
        stopped,
    ];
    MessageContent {
        calendar: vec![entry(&items[..3], CalendarMethod::Request)],
        ..message(MessageKind::Alert, items)
    }
}

/// New dates for one machine.
pub(crate) fn rescheduled() -> MessageContent {
    let mut moved = item("sql-01", Stage::Rescheduled, schedule(Some((3, 17)), (19, 26)));
    moved.previous = Some(usual());
    moved.window.facts.self_start_allowed = false;
    moved.window.revision = Revision(2);
    let items = vec![moved];
    let mut entry = entry(&items, CalendarMethod::Request);
    entry.sequence = 1;
    MessageContent { calendar: vec![entry], ..message(MessageKind::Alert, items) }
}

/// Machines that are done, called off, deleted, moved and handed to others.
pub(crate) fn over() -> MessageContent {
    let mut handed = item("app-05", Stage::Reassigned, usual());
    handed.withdrawn = Some(WithdrawnTo::Others { recipients: vec!["shop-team".parse().unwrap()] });
    let items = vec![
        ended(item("app-02", Stage::Cancelled, usual()), EndReason::Cancelled),
        ended(item("app-03", Stage::NoLongerPlanned, usual()), EndReason::Deleted),
        ended(item("app-04", Stage::NoLongerPlanned, usual()), EndReason::Moved),
        handed,
        ended(item("app-01", Stage::Completed, usual()), EndReason::Completed),
    ];
    MessageContent {
        calendar: vec![entry(&items[..1], CalendarMethod::Cancel)],
        ..message(MessageKind::Alert, items)
    }
}

/// A start that failed for good, and one that can be tried again.
pub(crate) fn failed() -> MessageContent {
    let mut skipped = item("web-01", Stage::Skipped, usual());
    skipped.window.facts.self_start_allowed = false;
    skipped.window.facts.last_result = LastResult::MaintenanceAborted;
    skipped.window.facts.last_message = Some("Maintenance aborted: allocation failed.".to_owned());
    let mut again = item("web-02", Stage::Failed, usual());
    again.window.facts.last_result = LastResult::RetryLater;
    again.window.facts.last_message = Some("Try again later.".to_owned());
    message(MessageKind::Alert, vec![skipped, again])
}

/// A digest: a change first, then a reminder, and some that are as they were.
pub(crate) fn digest() -> MessageContent {
    let near = schedule(Some((1, 4)), (6, 13));
    let items = vec![
        ended(item("app-02", Stage::Cancelled, usual()), EndReason::Cancelled),
        item("web-01", Stage::Reminder, near),
        item("web-02", Stage::Reminder, near),
    ];
    MessageContent {
        unchanged: 7,
        unchanged_deadline: Some(utc("2025-12-12T17:00:00Z")),
        ..message(MessageKind::Digest, items)
    }
}

/// Members of an availability set only: nothing to do, nothing to press.
pub(crate) fn set_only() -> MessageContent {
    let items =
        ["dc-01", "dc-02"].map(|name| in_set(item(name, Stage::Announced, usual()), "as-dc")).to_vec();
    message(MessageKind::Alert, items)
}

/// Self-service is over: Azure's own window is next.
pub(crate) fn closed() -> MessageContent {
    let mut item = item("web-01", Stage::SelfServiceClosed, schedule(Some((1, 2)), (6, 13)));
    item.window.facts.self_start_allowed = false;
    let mut content = message(MessageKind::Alert, vec![item]);
    content.frozen_at = utc("2025-12-02T17:05:00Z");
    content
}

/// It happens within minutes.
pub(crate) fn imminent() -> MessageContent {
    let mut item = item("web-01", Stage::Imminent, schedule(None, (1, 8)));
    item.window.impact = Impact::Unknown;
    item.window.scheduled_events = vec![ScheduledEvent {
        id: "3da1b9aa".to_owned(),
        impact: Impact::Redeploy,
        by_azure: true,
        not_before: Some(now() + TimeDelta::minutes(14)),
        seconds: Some(540),
        at: now(),
        scheduled: true,
        over: false,
        heard: Some(now()),
        confirmed: Some(ConfirmedEvent {
            at: now(),
            impact: Impact::Redeploy,
            by_azure: true,
            not_before: Some(now() + TimeDelta::minutes(14)),
            seconds: Some(540),
            over: false,
        }),
    }];
    message(MessageKind::Alert, vec![item])
}

/// An event reports that it happens, and Azure has not confirmed it.
pub(crate) fn unconfirmed() -> MessageContent {
    let mut content = imminent();
    content.frozen_at = now() + TimeDelta::seconds(20);
    content.items[0].stages = vec![Stage::Unconfirmed];
    content.items[0].window.scheduled_events[0].confirmed = None;
    content
}

/// Azure confirmed that it happens in some days.
pub(crate) fn notice() -> MessageContent {
    let mut content = imminent();
    content.items[0].stages = vec![Stage::Notice];
    if let Some(known) = &mut content.items[0].window.scheduled_events[0].confirmed {
        known.not_before = Some(now() + TimeDelta::days(3));
    }
    content
}

/// It happens within minutes, and Azure has not said when or for how long.
pub(crate) fn imminent_without_time() -> MessageContent {
    let mut content = imminent();
    let event = content.items[0].window.scheduled_events[0].confirmed.as_mut().unwrap();
    (event.impact, event.not_before, event.seconds) = (Impact::Reboot, None, None);
    content
}

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

/// Two members of a cluster that Azure may take together.
pub(crate) fn overlap(name: &str) -> ClusterOverlap {
    ClusterOverlap {
        cluster: "SAP DB".to_owned(),
        members: vec![vm_id(&format!("{name}-01")), vm_id(&format!("{name}-02"))],
        from: utc("2025-12-06T17:00:00Z"),
        until: utc("2025-12-13T17:00:00Z"),
    }
}

/// An announcement of machines that stand in for each other.
pub(crate) fn overlapping() -> MessageContent {
    let items = ["sap-db-01", "sap-db-02"].map(|name| item(name, Stage::Announced, usual())).to_vec();
    MessageContent { overlaps: vec![overlap("sap-db")], ..message(MessageKind::Alert, items) }
}

/// The last outcomes of a wave.
pub(crate) fn wave_end() -> MessageContent {
    let items = ["web-01", "web-02"]
        .map(|name| ended(item(name, Stage::Completed, usual()), EndReason::Completed))
        .to_vec();
    let wave = WaveEnd { machines: 12, by_people: 8, by_azure: 3, cancelled: 1, gone: 0, handed_on: 0 };
    MessageContent { wave: Some(wave), ..message(MessageKind::Digest, items) }
}

/// More machines than a mail lists, in three groups.
pub(crate) fn many(count: usize) -> MessageContent {
    let schedules = [usual(), schedule(Some((8, 20)), (22, 29)), schedule(None, (10, 17))];
    let items: Vec<ContentItem> = (0..count)
        .map(|number| item(&format!("node-{number:03}"), Stage::Announced, schedules[number % 3]))
        .collect();
    MessageContent {
        calendar: vec![entry(&items, CalendarMethod::Request)],
        ..message(MessageKind::Alert, items)
    }
}

/// Every sample with its name.
pub(crate) fn all() -> Vec<(&'static str, MessageContent)> {
    vec![
        ("single", single()),
        ("two-groups", two_groups()),
        ("rescheduled", rescheduled()),
        ("over", over()),
        ("failed", failed()),
        ("digest", digest()),
        ("set-only", set_only()),
        ("closed", closed()),
        ("imminent", imminent()),
        ("imminent without a time", imminent_without_time()),
        ("notice", notice()),
        ("unconfirmed", unconfirmed()),
        ("heartbeat", heartbeat()),
        ("go-live", go_live()),
        ("operator", operator()),
        ("summary", summary()),
        ("overlapping", overlapping()),
        ("end of a wave", wave_end()),
        ("fifty", many(50)),
        ("many", many(120)),
    ]
}
