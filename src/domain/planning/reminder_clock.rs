//! The moments at which reminders are sent.

use std::cell::RefCell;
use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::recipient::Preferences;

/// The moments at which reminders are sent: quiet times and closed hours bring them forward, never back.
///
/// Machines of a wave share their dates, so each answer is worked out once.
#[derive(Debug)]
pub struct ReminderClock<'a> {
    preferences: &'a Preferences,
    known: RefCell<HashMap<DateTime<Utc>, DateTime<Utc>>>,
}

impl<'a> ReminderClock<'a> {
    /// By the hours of `preferences`.
    pub fn new(preferences: &'a Preferences) -> Self {
        Self { preferences, known: RefCell::default() }
    }

    /// The moment at which a reminder that belongs to `moment` is sent: at most three days earlier.
    pub fn moment(&self, moment: DateTime<Utc>) -> DateTime<Utc> {
        *self.known.borrow_mut().entry(moment).or_insert_with(|| self.preferences.last_allowed(moment))
    }
}
