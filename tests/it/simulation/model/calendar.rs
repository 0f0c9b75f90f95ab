//! Hours, quiet times and slots by the wall clock of one person, worked out day by day and minute by minute.

use std::cell::RefCell;
use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};

use crate::simulation::history::{Manners, Minutes, Time};

/// Somebody's calendar. What was worked out once is remembered.
#[derive(Debug)]
pub(crate) struct Calendar {
    pub(crate) manners: Manners,
    forward: RefCell<HashMap<Time, Time>>,
    permitted: RefCell<HashMap<Time, Time>>,
}

impl Calendar {
    pub(crate) fn new(manners: Manners) -> Self {
        Self { manners, forward: RefCell::default(), permitted: RefCell::default() }
    }

    fn wall(&self, moment: Time) -> NaiveDateTime {
        moment.with_timezone(&self.manners.zone).naive_local()
    }

    /// The date on the person's wall.
    pub(crate) fn date(&self, moment: Time) -> NaiveDate {
        self.wall(moment).date()
    }

    /// When the wall clock first shows this, or has just leapt over it.
    fn moment(&self, date: NaiveDate, minute: u32) -> Time {
        let midnight = date.and_time(NaiveTime::MIN);
        let shown = (0..36 * 60).find_map(|late| {
            let wall = midnight + TimeDelta::minutes(i64::from(minute + late));
            self.manners.zone.from_local_datetime(&wall).earliest()
        });
        shown.expect("no clock leaps over a day and a half").with_timezone(&Utc)
    }

    /// The next midnight.
    pub(crate) fn tomorrow(&self, moment: Time) -> Time {
        self.moment(self.date(moment) + Days::new(1), 0)
    }

    /// Whether news of no urgency may come.
    pub(crate) fn is_open(&self, moment: Time) -> bool {
        let wall = self.wall(moment);
        let day = wall.weekday().num_days_from_monday() as usize;
        let minute = wall.hour() * 60 + wall.minute();
        let in_hours = match self.manners.hours {
            None => true,
            Some((days, (from, to))) => days[day] && from <= minute && minute < to,
        };
        in_hours && !self.manners.holidays.contains(&wall.date())
    }

    /// Whether nobody wants to be woken.
    pub(crate) fn is_quiet(&self, moment: Time) -> bool {
        let wall = self.wall(moment);
        let minute = wall.hour() * 60 + wall.minute();
        self.manners.quiet.is_some_and(|range| within(range, minute))
    }

    /// Whether news may come.
    pub(crate) fn permits(&self, moment: Time) -> bool {
        self.is_open(moment) && !self.is_quiet(moment)
    }

    /// The first moment from here on at which news may come.
    pub(crate) fn permitted(&self, from: Time) -> Time {
        *self.permitted.borrow_mut().entry(from).or_insert_with(|| self.first(from, |at| self.permits(at)))
    }

    /// The first moment from here on at which nobody is asleep.
    pub(crate) fn awake(&self, from: Time) -> Time {
        self.first(from, |at| !self.is_quiet(at))
    }

    fn first(&self, from: Time, fits: impl Fn(Time) -> bool) -> Time {
        if fits(from) {
            return from;
        }
        let opens = self.manners.hours.map_or(0, |(_, (opens, _))| opens);
        let wakes = self.manners.quiet.map_or(0, |(_, wakes)| wakes);
        let today = self.date(from);
        for ahead in 0..30 {
            let mut candidates = [opens, wakes].map(|minute| self.moment(today + Days::new(ahead), minute));
            candidates.sort();
            if let Some(at) = candidates.into_iter().find(|at| from <= *at && fits(*at)) {
                return at;
            }
        }
        panic!("nobody is away for a month: {:?} {from}", self.manners)
    }

    /// The first time after `after` at which a digest goes out.
    pub(crate) fn slot_after(&self, after: Time) -> Option<Time> {
        let (days, minute) = self.manners.digest?;
        let today = self.date(after);
        (0..15).find_map(|ahead| {
            let date = today + Days::new(ahead);
            let slot = self.moment(date, minute);
            (days[date.weekday().num_days_from_monday() as usize] && after < slot).then_some(slot)
        })
    }

    /// When a reminder comes that belongs to `moment`: then, or in the hours before it, but at most three days early.
    pub(crate) fn forward(&self, moment: Time) -> Time {
        *self.forward.borrow_mut().entry(moment).or_insert_with(|| self.brought_forward(moment))
    }

    fn brought_forward(&self, moment: Time) -> Time {
        let mut at = moment;
        loop {
            if !self.is_open(at) {
                let Some(earlier) = self.late_in_the_hours_before(at) else { return moment };
                at = earlier;
            }
            if moment - at > TimeDelta::days(3) {
                return moment;
            }
            match self.manners.quiet {
                Some((from, _)) if self.is_quiet(at) => {
                    // The minute before everybody went to sleep, today or yesterday.
                    let today = self.moment(self.date(at), from);
                    let slept =
                        if today <= at { today } else { self.moment(self.date(at) - Days::new(1), from) };
                    at = slept - TimeDelta::minutes(1);
                }
                _ => return at,
            }
        }
    }

    /// An hour before the last hours before `at` ended; their beginning where they are shorter.
    fn late_in_the_hours_before(&self, at: Time) -> Option<Time> {
        let (opens, closes) = self.manners.hours.map_or((0, 24 * 60), |(_, minutes)| minutes);
        let today = self.date(at);
        (0..=7).find_map(|back| {
            let date = today - Days::new(back);
            let (from, to) = (self.moment(date, opens), self.moment(date, closes));
            (self.is_open(from) && from <= at).then(|| from.max(to - TimeDelta::hours(1)))
        })
    }
}

fn within((from, to): Minutes, minute: u32) -> bool {
    if from < to { from <= minute && minute < to } else { from <= minute || minute < to }
}
