//! Time passes, and the functions run.

use chrono::DurationRound as _;
use chrono::{DateTime, TimeDelta, Utc};
use maintenance_notifier::domain::planning::Pace;

use super::TestTenant;

/// How often the tests look at Azure while time passes.
const LOOK_EVERY: TimeDelta = TimeDelta::minutes(15);

impl TestTenant {
    /// Looks at Azure, and works on what that put into the queues. Says whether all of it succeeded.
    pub(crate) async fn look(&self) -> bool {
        let collected = self.host.invoke_timer("CollectMaintenance").await.is_ok();
        collected & self.drain().await
    }

    /// Plans, and delivers what is due.
    pub(crate) async fn plan(&self) -> bool {
        let planned = self.host.invoke_timer("PlanNotifications").await.is_ok();
        planned & self.drain().await
    }

    /// Follows what was started, and works on what that put into the queues.
    pub(crate) async fn follow(&self) -> bool {
        let followed = self.host.invoke_timer("FollowStarts").await.is_ok();
        followed & self.drain().await
    }

    pub(crate) async fn drain(&self) -> bool {
        let report = self.host.drain_queues().await;
        assert!(self.poison_is_fine || report.poisoned.is_empty(), "{:?}", report.poisoned);
        report.failed == 0
    }

    /// A whole round without settling and without regard to working hours.
    pub(crate) async fn round(&self) {
        self.app.set_pace(Pace::Immediate);
        self.look().await;
        self.plan().await;
        self.plan().await;
        self.app.set_pace(Pace::Considerate);
    }

    /// Lets time pass, running the timers on the way. Minutes in which nothing is due are skipped.
    pub(crate) async fn advance(&self, by: TimeDelta) {
        self.advance_with(by, LOOK_EVERY).await;
    }

    /// The same with another interval between looks.
    pub(crate) async fn advance_with(&self, by: TimeDelta, look_every: TimeDelta) {
        let end = self.now() + by;
        loop {
            let now = self.now();
            let look_at = (now + look_every).duration_trunc(look_every).unwrap();
            let next = self.next_tick().await.map_or(look_at, |tick| tick.min(look_at));
            if next > end {
                break;
            }
            self.clock.set(next);
            if next == look_at {
                self.look().await;
            }
            if look_every > LOOK_EVERY {
                // Seldom looks save the test's time; they are not the trouble that operators are notified of.
                self.repository.update_tenant(|tenant| tenant.collected = Some(next)).await.unwrap();
            }
            self.plan().await;
        }
        self.clock.set(end);
    }

    /// The first whole minute to come at which planning would find something to do.
    pub(crate) async fn next_tick(&self) -> Option<DateTime<Utc>> {
        let minute = TimeDelta::minutes(1);
        let wake = self.repository.next_wake().await.unwrap();
        let attempt = self.repository.unsettled_outbox().await.unwrap();
        let attempt = attempt.values().map(|row| row.next_attempt).min();
        let due = [wake, attempt].into_iter().flatten().min()?;
        let soonest = (self.now() + minute).duration_trunc(minute).unwrap();
        let tick = due.duration_trunc(minute).unwrap();
        Some(if tick < due { tick + minute } else { tick }.max(soonest))
    }
}
