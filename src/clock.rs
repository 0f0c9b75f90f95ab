//! Time as something that is handed in.
//!
//! Nothing but [`SystemClock`] asks the operating system what time it is; a lint holds that. The simulation runs
//! on a [`ScaledClock`], tests on a [`ManualClock`].

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};

/// A source of the current time.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The current instant.
    fn now(&self) -> DateTime<Utc>;
}

/// A clock that can be shared between rooms.
pub type SharedClock = Arc<dyn Clock>;

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// Runs `speed` times as fast as another clock, from the moment it was made.
#[derive(Debug, Clone)]
pub struct ScaledClock {
    inner: SharedClock,
    origin: DateTime<Utc>,
    speed: u32,
}

impl ScaledClock {
    /// A clock that agrees with `inner` now and then runs `speed` times as fast. Zero counts as one.
    pub fn new(inner: SharedClock, speed: u32) -> Self {
        let origin = inner.now();
        Self { inner, origin, speed: speed.max(1) }
    }
}

impl Clock for ScaledClock {
    fn now(&self) -> DateTime<Utc> {
        let elapsed = self.inner.now() - self.origin;
        let speed = i32::try_from(self.speed).unwrap_or(i32::MAX);
        self.origin + elapsed.checked_mul(speed).unwrap_or(TimeDelta::MAX)
    }
}

/// A clock that stands still until it is moved. For tests and for replay.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that shows `now` until it is moved.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock to `now`, forward or back.
    pub fn set(&self, now: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = now;
    }

    /// Moves the clock forward by `step` and returns the new time.
    pub fn advance(&self, step: TimeDelta) -> DateTime<Utc> {
        let mut now = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *now += step;
        *now
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
