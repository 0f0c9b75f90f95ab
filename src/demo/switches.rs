//! The behaviours of Azure that its documentation does not settle, each as a switch.

use std::collections::BTreeMap;

use chrono::TimeDelta;

/// Which of the possible behaviours the simulation shows. [`Switches::default`] is the evidenced or likeliest one.
#[derive(Debug, Clone)]
pub struct Switches {
    /// Whether a list with `statusOnly=true` carries `maintenanceRedeployStatus`.
    pub status_only_carries_maintenance: bool,
    pub pages: ListPages,
    /// Whether ids in bodies of Microsoft.Compute spell the resource group in upper case, as was recorded.
    pub upper_case_resource_groups: bool,
    pub graph_ids: GraphIds,
    /// The fraction digits of times in instance views.
    pub fraction_digits: FractionDigits,
    /// The type of the times in service health events.
    pub event_times: EventTimes,
    /// The times a row of planned updates carries.
    pub update_times: UpdateTimes,
    /// What Resource Graph answers with when the question names no `resultFormat`.
    pub default_table_format: TableFormat,
    /// Whether `performMaintenance` answers 200 and is done, in place of 202 and a long-running operation.
    pub start_answers_at_once: bool,
    /// The seconds after which an operation under way wants to be asked again (`Retry-After`); recordings have none.
    pub operation_retry_after: Option<u64>,
    /// Whether stopping a machine so that it leaves its host takes it out of its wave once it runs again.
    pub moved_machines_lose_window: bool,
    /// Whether a request is known by the correlation id that its client sent, in answers and in the activity log.
    pub takes_correlation: bool,
    /// How long after it happened an entry of the activity log can be read.
    pub activity_log_delay: TimeDelta,
    /// Whether a 202 carries `Location` alone, as the specification's examples do.
    pub location_alone: bool,
    /// Whether a machine that is being maintained goes away for a while: its record shows no maintenance, its power is
    /// another, its agent is silent and Resource Health calls it unavailable.
    pub machines_go_away: bool,
    /// How far Resource Graph lags behind the truth about waves.
    pub graph_delay: TimeDelta,
    /// Whether Azure Resource Manager and Resource Graph keep their published quotas.
    pub throttling: bool,
    /// Subscriptions that another tenant has delegated to ours, by id, with that tenant's id and name.
    pub delegated: BTreeMap<String, (String, String)>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            status_only_carries_maintenance: false,
            pages: ListPages::default(),
            upper_case_resource_groups: true,
            graph_ids: GraphIds::Mixed,
            fraction_digits: FractionDigits::Mixed,
            event_times: EventTimes::Iso,
            update_times: UpdateTimes::EndOnly,
            default_table_format: TableFormat::Table,
            start_answers_at_once: false,
            operation_retry_after: None,
            moved_machines_lose_window: true,
            takes_correlation: true,
            activity_log_delay: TimeDelta::zero(),
            location_alone: false,
            machines_go_away: false,
            graph_delay: TimeDelta::zero(),
            throttling: true,
            delegated: BTreeMap::new(),
        }
    }
}

/// How a list is cut into pages.
#[derive(Debug, Clone, Copy)]
pub struct ListPages {
    /// The most items of one page.
    pub size: usize,
    /// Every second page has half the items.
    pub short: bool,
    /// An empty page with a `nextLink` stands before every page with items.
    pub empty: bool,
    /// The last page has an empty `nextLink`, where others have none.
    pub empty_link: bool,
}

impl Default for ListPages {
    fn default() -> Self {
        Self { size: 50, short: false, empty: false, empty_link: false }
    }
}

/// How Resource Graph spells resource ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphIds {
    /// As the resource was created.
    AsCreated,
    /// In lower case throughout.
    Lower,
    /// Different in each table: resources as created, updates in lower case, impacted resources with the group in upper case.
    Mixed,
}

/// The fraction digits of times in instance views.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FractionDigits {
    Zero,
    Seven,
    /// None for the start of a window, seven for its end.
    Mixed,
}

/// The type of the times in `servicehealthresources` events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventTimes {
    /// A string such as `2026-12-01T00:00:00Z`.
    Iso,
    /// Seconds since 1970 as a number.
    UnixSeconds,
    /// Hundreds of nanoseconds since the year 1, as a string.
    Ticks,
}

/// The times in a row of type `microsoft.maintenance/updates`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateTimes {
    /// Only `endTimeUtc`, the one that Microsoft's own questions read for machines.
    EndOnly,
    /// Also `startTimeUtc` and `notBefore`.
    Both,
    Absent,
}

/// The two forms of a Resource Graph answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFormat {
    Table,
    /// One object a row.
    ObjectArray,
}
