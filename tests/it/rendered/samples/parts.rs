//! What messages are put together of.

use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::domain::action::Actor;
use maintenance_notifier::domain::action::response::{
    Response, ResponseRecord, StartStatus, StartSummary, WindowActions,
};
use maintenance_notifier::domain::calendar_entry::{CalendarEntry, CalendarMethod};
use maintenance_notifier::domain::email_address::EmailAddress;
use maintenance_notifier::domain::ids::{MessageId, StartId};
use maintenance_notifier::domain::machine::{Machine, PowerState};
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::{ContentItem, MessageContent};
use maintenance_notifier::domain::reason::Reason;
use maintenance_notifier::domain::resource::ResourceId;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::start_cautions::start_cautions;
use maintenance_notifier::domain::tags::TagLevel;
use maintenance_notifier::domain::window::{
    EndReason, Impact, Interval, LastResult, MaintenanceFacts, MaintenanceWindow, Revision, RevisionRecord,
    Schedule, WindowId, WindowState,
};
use maintenance_notifier::render::{DeploymentInfo, Mailbox};

pub(super) const SUBSCRIPTION: &str = "00000000-0000-0000-0000-000000000001";

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
        cautions: Vec::new(),
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
    item.cautions = start_cautions(&item.window.machine);
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
        feed: None,
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
