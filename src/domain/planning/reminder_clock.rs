//! The moments at which reminders are sent.

use std::cell::RefCell;
use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Timelike, Utc};

use crate::domain::recipient::Preferences;

/// The moments at which reminders are sent: quiet times and closed hours bring them forward, never back. Machines whose dates
/// differ by minutes share their moments, so that somebody who has many of them gets one message an hour at most.
///
/// Machines of a wave share their dates, so each answer is worked out once.
#[derive(Debug)]
pub struct ReminderClock<'a> {
    preferences: &'a Preferences,
    known: RefCell<HashMap<DateTime<Utc>, DateTime<Utc>>>,
    steps: RefCell<HashMap<DateTime<Utc>, DateTime<Utc>>>,
}

impl<'a> ReminderClock<'a> {
    /// By the hours of `preferences`.
    pub fn new(preferences: &'a Preferences) -> Self {
        Self { preferences, known: RefCell::default(), steps: RefCell::default() }
    }

    /// The moment at which a reminder that belongs to `moment` is sent: at most three days earlier.
    pub fn moment(&self, moment: DateTime<Utc>) -> DateTime<Utc> {
        *self.known.borrow_mut().entry(moment).or_insert_with(|| self.preferences.last_allowed(moment))
    }

    /// The moment at which a step before a deadline is sent that belongs to `moment`: at the whole hour before it, by the
    /// recipient's clock, where that is allowed.
    pub fn step(&self, moment: DateTime<Utc>) -> DateTime<Utc> {
        *self.steps.borrow_mut().entry(moment).or_insert_with(|| {
            let hour = self.whole_hour(moment);
            if self.moment(hour) == hour { hour } else { self.moment(moment) }
        })
    }

    /// The whole hour before a moment, by the recipient's clock.
    pub fn whole_hour(&self, moment: DateTime<Utc>) -> DateTime<Utc> {
        let local = moment.with_timezone(&self.preferences.timezone);
        let since =
            TimeDelta::minutes(i64::from(local.minute())) + TimeDelta::seconds(i64::from(local.second()));
        moment - since - TimeDelta::nanoseconds(i64::from(local.nanosecond()))
    }
}
