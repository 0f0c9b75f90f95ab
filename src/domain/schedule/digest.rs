//! When digests are sent.

use std::fmt;
use std::str::FromStr;

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds};

use super::cron_fields::{Dialect, in_numbers};
use super::invalid::{InvalidSchedule, invalid};
use super::local_time::instant;

/// So many slots of a schedule can be left out in a row: every minute of a day, and of an hour.
const LEFT_OUT: usize = 25 * 60;

/// When digests are sent: a five-field cron expression in the recipient's zone, or never.
#[derive(Debug, Clone, PartialEq)]
pub struct DigestSchedule(Option<(String, Box<Cron>)>);

impl DigestSchedule {
    /// No digests.
    pub const NEVER: Self = Self(None);

    /// The first slot after `after`; `None` when there is none.
    ///
    /// Slots are found on the local clock and turned into instants by [`instant`], so that a slot comes once whatever
    /// the clock does. A day that a zone leaves out has none.
    pub fn next_after(&self, zone: Tz, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (_, cron) = self.0.as_ref()?;
        let mut local = after.with_timezone(&zone).naive_local();
        // Left out are the slots of an hour that comes twice, and of a day that does not come.
        for _ in 0..LEFT_OUT {
            local = cron.find_next_occurrence(&local.and_utc(), false).ok()?.naive_utc();
            let slot = instant(zone, local);
            if after < slot && slot.with_timezone(&zone).date_naive() == local.date() {
                return Some(slot);
            }
        }
        None
    }

    /// Whether there are no digests.
    pub fn is_never(&self) -> bool {
        self.0.is_none()
    }
}

impl FromStr for DigestSchedule {
    type Err = InvalidSchedule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().eq_ignore_ascii_case("never") {
            return Ok(Self::NEVER);
        }
        let numbers = in_numbers(text, Dialect::Digest).map_err(|problem| {
            invalid(text, format!("{problem}; write it like `0 8 * * MON-FRI`, or `never`"))
        })?;
        let parser = CronParser::builder().seconds(Seconds::Disallowed).build();
        let cron = parser.parse(&numbers).map_err(|error| invalid(text, error.to_string()))?;
        Ok(Self(Some((text.to_owned(), Box::new(cron)))))
    }
}

impl fmt::Display for DigestSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref().map_or("never", |(text, _)| text))
    }
}
