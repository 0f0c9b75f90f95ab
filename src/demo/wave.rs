//! Maintenance waves: what is planned for which resources, and how it stands at a given moment.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::{SimulatedPower, world::fold};

/// How long Azure takes to maintain one machine in its own window.
const AZURE_TAKES: TimeDelta = TimeDelta::minutes(25);

/// A stretch of time; the end is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimulatedWindow {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
}

impl SimulatedWindow {
    /// The window between two instants.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Self {
        Self { start, end }
    }

    /// Whether the window is open.
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.start <= at && at < self.end
    }
}

/// In which tables of Resource Graph a wave is listed. The instance views tell of it in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    pub updates: bool,
    /// The service health event.
    pub event: bool,
    pub impacted_resources: bool,
}

/// The outcome of the last attempt on one resource, as the instance view shows it.
#[derive(Debug, Clone)]
pub struct SimulatedResult {
    /// From when on it is shown.
    pub at: DateTime<Utc>,
    /// `None`, `RetryLater`, `MaintenanceAborted`, `MaintenanceCompleted`, or anything else.
    pub code: String,
    pub message: Option<String>,
}

/// One resource in a wave.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) id: String,
    /// Its place in the wave, for waves that arrive little by little.
    order: usize,
    /// What was tried, each shown from its moment on.
    pub(super) results: Vec<SimulatedResult>,
    /// While an attempt runs, and when none shows an end it never ends.
    pub(super) running: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    /// Overrides whether self-service is allowed.
    pub(super) allowed: Option<bool>,
    /// It is no longer part of the wave.
    pub(super) left: bool,
    /// Resource Graph has no row for it.
    pub(super) unlisted: bool,
}

/// One planned maintenance of many resources in one region.
#[derive(Debug, Clone)]
pub struct Wave {
    /// The service health tracking id, such as `PYN_-ZL8`.
    pub tracking_id: String,
    /// The identifier that updates and the event share (`plannedMaintenanceId`, `ExternalIncidentId`).
    pub maintenance_id: String,
    /// The region, such as `westeurope`.
    pub region: String,
    /// When Azure begins to tell of it.
    pub announced: DateTime<Utc>,
    /// The resources appear one after another over this long.
    pub trickle: TimeDelta,
    /// When owners may start it.
    pub self_service: Option<SimulatedWindow>,
    /// When Azure does it.
    pub scheduled: SimulatedWindow,
    /// `Redeploy`, `Restart`, `Freeze` or `None`.
    pub impact: String,
    pub listing: Listing,
    /// From when on it is called off.
    pub cancelled: Option<DateTime<Utc>>,
    pub(super) targets: BTreeMap<String, Target>,
}

impl Wave {
    /// A wave without resources that redeploys machines and is listed everywhere.
    pub fn new(
        tracking_id: &str,
        region: &str,
        announced: DateTime<Utc>,
        self_service: Option<SimulatedWindow>,
        scheduled: SimulatedWindow,
    ) -> Self {
        Self {
            tracking_id: tracking_id.to_owned(),
            maintenance_id: format!("PM-{tracking_id}"),
            region: region.to_owned(),
            announced,
            trickle: TimeDelta::zero(),
            self_service,
            scheduled,
            impact: "Redeploy".to_owned(),
            listing: Listing { updates: true, event: true, impacted_resources: true },
            cancelled: None,
            targets: BTreeMap::new(),
        }
    }

    /// The wave with these resources added.
    #[must_use]
    pub fn with_targets<I: Into<String>>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        for id in ids {
            self.add_target(id.into());
        }
        self
    }

    /// The ids of the resources that are in the wave, in the order in which they appear.
    pub fn targets(&self) -> Vec<String> {
        let mut targets: Vec<&Target> = self.targets.values().filter(|target| !target.left).collect();
        targets.sort_by_key(|target| target.order);
        targets.into_iter().map(|target| target.id.clone()).collect()
    }

    /// Whether Resource Graph knows that a resource is in the wave.
    pub(super) fn lists(&self, id: &str) -> bool {
        self.targets.get(&fold(id)).is_some_and(|target| !target.unlisted)
    }

    pub(super) fn add_target(&mut self, id: String) {
        let order = self.targets.len();
        let target = Target {
            id,
            order,
            results: Vec::new(),
            running: None,
            allowed: None,
            left: false,
            unlisted: false,
        };
        self.targets.insert(fold(&target.id), target);
    }

    /// Whether the wave as a whole is known and not over.
    fn is_active(&self, now: DateTime<Utc>) -> bool {
        self.announced <= now && now < self.scheduled.end && !self.is_cancelled(now)
    }

    pub(super) fn is_cancelled(&self, now: DateTime<Utc>) -> bool {
        self.cancelled.is_some_and(|at| at <= now)
    }

    /// How the maintenance of one resource stands; none when nothing is planned for it, or no longer.
    pub(super) fn status(
        &self,
        id: &str,
        power: Option<SimulatedPower>,
        now: DateTime<Utc>,
    ) -> Option<SimulatedStatus> {
        let target = self.targets.get(&fold(id)).filter(|target| !target.left)?;
        if !self.is_active(now) || now < self.appears(target) {
            return None;
        }
        let last = self.last_result(target, now);
        let code = last.as_ref().map_or("None", |last| last.code.as_str());
        let started =
            target.running.is_some_and(|(start, end)| start <= now && end.is_none_or(|end| now < end));
        let underway = started || !is_settled(code) && self.azure_acts(target).contains(now);
        let open = self.self_service.is_some_and(|window| window.contains(now));
        let may_start = open && power == Some(SimulatedPower::Running) && code == "None";
        Some(SimulatedStatus {
            allowed: target.allowed.unwrap_or(may_start),
            underway,
            code: code.to_owned(),
            message: last.and_then(|last| last.message),
        })
    }

    /// When a resource appears: with the wave, or later when the wave arrives little by little.
    fn appears(&self, target: &Target) -> DateTime<Utc> {
        let count = i32::try_from(self.targets.len().max(1)).unwrap_or(i32::MAX);
        let order = i32::try_from(target.order).unwrap_or(i32::MAX);
        self.announced + (self.trickle / count).checked_mul(order).unwrap_or(self.trickle)
    }

    /// When Azure maintains a resource that its owner did not: the resources take turns over the window.
    fn azure_acts(&self, target: &Target) -> SimulatedWindow {
        let room = (self.scheduled.end - self.scheduled.start - AZURE_TAKES).max(TimeDelta::zero());
        let count = i32::try_from(self.targets.len().max(1)).unwrap_or(i32::MAX);
        let order = i32::try_from(target.order).unwrap_or(i32::MAX);
        let start = self.scheduled.start + (room / count).checked_mul(order).unwrap_or(room);
        SimulatedWindow::new(start, start + AZURE_TAKES)
    }

    fn last_result(&self, target: &Target, now: DateTime<Utc>) -> Option<SimulatedResult> {
        let latest = target.results.iter().filter(|result| result.at <= now).max_by_key(|result| result.at);
        let settled = latest.is_some_and(|last| is_settled(&last.code));
        let azure_done = self.azure_acts(target).end;
        if !settled && azure_done <= now {
            return Some(SimulatedResult {
                at: azure_done,
                code: "MaintenanceCompleted".to_owned(),
                message: None,
            });
        }
        latest.cloned()
    }
}

/// Whether Azure has nothing left to do: a machine is done, or its attempt was aborted, after which Azure leaves it
/// alone until a new schedule comes.
fn is_settled(code: &str) -> bool {
    matches!(code, "MaintenanceCompleted" | "MaintenanceAborted")
}

/// How the maintenance of one resource stands at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SimulatedStatus {
    pub(super) allowed: bool,
    pub(super) underway: bool,
    pub(super) code: String,
    pub(super) message: Option<String>,
}

impl SimulatedStatus {
    /// The word that rows of Resource Graph use.
    pub(super) fn planned_maintenance_status(&self) -> &'static str {
        match (self.code.as_str(), self.underway, self.allowed) {
            ("MaintenanceCompleted", _, _) => "Completed",
            (_, true, _) => "InProgress",
            ("RetryLater" | "MaintenanceAborted", _, true) => "RetryNow",
            ("RetryLater" | "MaintenanceAborted", _, false) => "RetryLater",
            _ => "Pending",
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    fn day(day: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 12, day, 0, 0, 0).unwrap()
    }

    fn wave() -> Wave {
        let (self_service, scheduled) =
            (SimulatedWindow::new(day(5), day(10)), SimulatedWindow::new(day(12), day(14)));
        Wave::new("PYN_-ZL8", "westeurope", day(2), Some(self_service), scheduled)
            .with_targets(["/subscriptions/s/A", "/subscriptions/s/B"])
    }

    fn words(wave: &Wave, id: &str, day_of_month: u32) -> String {
        match wave.status(id, Some(SimulatedPower::Running), day(day_of_month)) {
            Some(status) => {
                format!("{} {} {}", status.allowed, status.code, status.planned_maintenance_status())
            }
            None => "nothing planned".to_owned(),
        }
    }

    #[test]
    fn a_wave_moves_through_its_phases_as_time_goes_by() {
        let wave = wave();
        let life: Vec<String> =
            [1, 2, 5, 9, 10, 12, 13, 14].map(|day| words(&wave, "/SUBSCRIPTIONS/s/a", day)).into();
        insta::assert_snapshot!(life.join("\n"), @"
        nothing planned
        false None Pending
        true None Pending
        true None Pending
        false None Pending
        false None InProgress
        false MaintenanceCompleted Completed
        nothing planned
        ");
    }

    #[test]
    fn a_stopped_machine_may_not_be_started_and_a_cancelled_wave_is_gone() {
        let mut wave = wave();
        let stopped = wave.status("/subscriptions/s/a", Some(SimulatedPower::Deallocated), day(6)).unwrap();
        assert!(!stopped.allowed);
        wave.cancelled = Some(day(7));
        assert_ne!(words(&wave, "/subscriptions/s/a", 6), "nothing planned");
        assert_eq!(words(&wave, "/subscriptions/s/a", 7), "nothing planned");
    }

    #[test]
    fn an_aborted_machine_is_left_alone_by_azure_and_a_later_one_is_not() {
        let mut wave = wave();
        for (id, code) in [("/subscriptions/s/a", "MaintenanceAborted"), ("/subscriptions/s/b", "RetryLater")]
        {
            let result = SimulatedResult { at: day(6), code: code.to_owned(), message: None };
            wave.targets.get_mut(id).unwrap().results.push(result);
        }
        assert_eq!(words(&wave, "/subscriptions/s/a", 7), "false MaintenanceAborted RetryLater");
        assert_eq!(words(&wave, "/subscriptions/s/a", 13), "false MaintenanceAborted RetryLater");
        assert_eq!(words(&wave, "/subscriptions/s/b", 7), "false RetryLater RetryLater");
        let end = wave.status("/subscriptions/s/b", None, day(13) + TimeDelta::hours(1)).unwrap();
        assert_eq!(end.code, "MaintenanceCompleted");
    }

    #[test]
    fn a_wave_can_arrive_little_by_little() {
        let mut wave = wave();
        wave.trickle = TimeDelta::hours(48);
        assert_ne!(words(&wave, "/subscriptions/s/a", 2), "nothing planned");
        assert_eq!(words(&wave, "/subscriptions/s/b", 2), "nothing planned");
        assert_ne!(words(&wave, "/subscriptions/s/b", 3), "nothing planned");
    }
}
