//! Messages with invented names, one for each thing of which a recipient can be notified.

mod for_operators;
mod near;
mod parts;

use maintenance_notifier::domain::assignment::WithdrawnTo;
use maintenance_notifier::domain::calendar_entry::CalendarMethod;
use maintenance_notifier::domain::forecast::ClusterOverlap;
use maintenance_notifier::domain::message::MessageKind;
use maintenance_notifier::domain::message_content::{ContentItem, MessageContent, WaveEnd};
use maintenance_notifier::domain::reason::Reason;
use maintenance_notifier::domain::resource::ResourceId;
use maintenance_notifier::domain::stage::Stage;
use maintenance_notifier::domain::start_cautions::StartCaution;
use maintenance_notifier::domain::window::{EndReason, LastResult, Revision};

pub(crate) use self::for_operators::{go_live, heartbeat, operator, status, summary};
pub(crate) use self::near::{closed, imminent, imminent_without_time, notice, unconfirmed};
use self::parts::SUBSCRIPTION;
pub(crate) use self::parts::{
    deployment, ended, entry, in_set, item, jane, message, now, said, schedule, started, usual, utc, vm_id,
};

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
    stopped.cautions = vec![StartCaution::AutoShutdown, StartCaution::Deallocated];
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
