//! Small builders for tests: machines, windows and policies with invented names.

use chrono::{DateTime, TimeDelta, Utc};

use super::config_version::ConfigVersion;
use super::escalation_steps::Escalation;
use super::machine::{Machine, PowerState};
use super::policy::{OwnerRules, Policy};
use super::recipient::{Preferences, Recipient};
use super::resource::ResourceId;
use super::stage::Stage;
use super::tags::{TagChain, Tags};
use super::window::{
    Impact, Interval, LastResult, MaintenanceFacts, MaintenanceWindow, Revision, RevisionRecord, Schedule,
    WindowId, WindowState,
};

/// A moment written as RFC 3339.
pub(crate) fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The id of a machine in subscription 1, group `rg-app`.
pub(crate) fn vm_id(name: &str) -> ResourceId {
    format!("/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/{name}")
        .parse()
        .unwrap()
}

/// A running machine in West Europe.
pub(crate) fn machine(name: &str) -> Machine {
    Machine {
        subscription_name: Some("Contoso Production".to_owned()),
        region: Some("westeurope".to_owned()),
        power: PowerState::Running,
        tags: TagChain {
            resource: Tags::from_iter([("owner", "jane.doe@contoso.com")]),
            ..TagChain::default()
        },
        ephemeral_os_disk: Some(false),
        ..Machine::bare(vm_id(name))
    }
}

/// Self-service from `start` for ten days, a gap of two days, Azure's own window of seven days.
pub(crate) fn schedule(start: DateTime<Utc>) -> Schedule {
    let day = TimeDelta::days;
    Schedule {
        self_service: Interval::new(start, start + day(10)).ok(),
        scheduled: Interval::new(start + day(12), start + day(19)).ok(),
    }
}

/// Facts of a machine that can be started now.
pub(crate) fn facts(start: DateTime<Utc>) -> MaintenanceFacts {
    MaintenanceFacts {
        schedule: schedule(start),
        self_start_allowed: true,
        is_start_unsaid: false,
        last_result: LastResult::None,
        last_message: None,
    }
}

/// An open window of [`machine`], first seen at `start`, when self-service begins too.
pub(crate) fn window(name: &str, start: DateTime<Utc>) -> MaintenanceWindow {
    MaintenanceWindow {
        id: WindowId { resource: vm_id(name), generation: 1 },
        revision: Revision::FIRST,
        facts: facts(start),
        impact: Impact::Redeploy,
        tracking_ids: vec!["PYN_-ZL8".to_owned()],
        machine: machine(name),
        state: WindowState::Open,
        first_seen: start,
        changed: start,
        history: vec![RevisionRecord { revision: Revision::FIRST, seen: start, schedule: schedule(start) }],
        elsewhere: None,
        scheduled_events: Vec::new(),
        missing_since: None,
        start_word: Default::default(),
    }
}

/// A recipient with the address `NAME@contoso.com` and the default preferences in Berlin.
pub(crate) fn recipient(name: &str) -> Recipient {
    Recipient {
        name: name.parse().unwrap(),
        emails: vec![format!("{name}@contoso.com").parse().unwrap()],
        teams: false,
        chat: false,
        preferences: preferences(),
        summary: None,
    }
}

/// The defaults of the configuration, in Berlin.
pub(crate) fn preferences() -> Preferences {
    let immediate = [
        Stage::Announced,
        Stage::Rescheduled,
        Stage::Cancelled,
        Stage::SelfServiceOpen,
        Stage::SelfServiceClosed,
        Stage::Imminent,
        Stage::Failed,
        Stage::Skipped,
    ];
    Preferences {
        timezone: "Europe/Berlin".parse::<crate::domain::time_zone::Tz>().unwrap(),
        language: "en".to_owned(),
        digest: "0 8 * * MON-FRI".parse().unwrap(),
        immediate: immediate.into(),
        reminders: vec![TimeDelta::days(7), TimeDelta::days(2)],
        scheduled: vec![TimeDelta::days(3)],
        settle: TimeDelta::hours(2),
        hours: "MON-FRI 08:00-18:00".parse().unwrap(),
        quiet: vec!["22:00-07:00".parse().unwrap()],
        holidays: std::collections::BTreeSet::new(),
    }
}

/// Owners by tag inside contoso.com, with `platform` as the fallback.
pub(crate) fn policy() -> Policy {
    let platform = recipient("platform");
    Policy {
        version: ConfigVersion("test".to_owned()),
        owners: OwnerRules {
            tags: vec!["owner".to_owned(), "technical-contact".to_owned()],
            allowed_domains: ["contoso.com".to_owned()].into(),
            suffix: Some("@contoso.com".to_owned()),
            person_chat: false,
            directory: false,
            role_assignments: false,
        },
        recipients: [(platform.name.clone(), platform.clone())].into(),
        routes: Vec::new(),
        silences: Vec::new(),
        fallback: vec![platform.name],
        escalation: Escalation::default(),
        defaults: preferences(),
        diversion: None,
    }
}
