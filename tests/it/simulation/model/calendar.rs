//! Hours, quiet times and slots by the wall clock of one person, worked out day by day and minute by minute; and when
//! the mail service was there.

use std::cell::RefCell;
use std::collections::HashMap;

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};

use crate::simulation::history::{History, Manners, Minutes, Span, Time};

/// How long a message that fails is left alone at most before it is tried again, with what that is spread by.
const RETRY: TimeDelta = TimeDelta::minutes(67);

/// When nothing can be sent to somebody.
fn closed<'a>(history: &'a History, who: &str) -> impl Iterator<Item = &'a Span> {
    let place = history.places.get(who).copied();
    let own =
        history.refusals.iter().filter(move |(index, ..)| Some(*index) == place).map(|(_, span, _)| span);
    history.outages.iter().chain(own)
}

/// When what is due at `moment` can be sent to somebody: after their mailbox and the mail service take something again and
/// the next attempt has come.
pub(crate) fn deliverable(history: &History, who: &str, moment: Time, slack: TimeDelta) -> Time {
    let mut at = moment;
    // One can begin before the other is over.
    while let Some(open) = closed(history, who)
        .filter(|span| span.from <= at + slack && at < span.to + RETRY)
        .map(|span| span.to + RETRY)
        .filter(|open| at < *open)
        .max()
    {
        at = open;
    }
    at
}

/// Whether what is sent at `moment` may have been held back by a mailbox or a mail service.
pub(crate) fn is_late(history: &History, who: &str, moment: Time) -> bool {
    closed(history, who).any(|span| span.from <= moment && moment <= span.to + RETRY)
}

/// Everybody's calendars, under each configuration.
#[derive(Debug)]
pub(crate) struct Calendars<'a> {
    begins: Vec<Time>,
    /// For each person one for every configuration.
    of: HashMap<&'a str, Vec<Calendar>>,
    looks: Vec<Time>,
}

impl<'a> Calendars<'a> {
    pub(crate) fn new(history: &'a History) -> Self {
        let of = history.people.iter().enumerate().map(|(index, person)| {
            let manners = history.configurations.iter().map(|known| {
                let changed = known.manners.iter().find(|(who, _)| *who == index);
                Calendar::new(changed.map_or(&person.manners, |(_, manners)| manners).clone())
            });
            (person.name.as_str(), manners.collect())
        });
        Self {
            begins: history.configurations.iter().map(|known| known.from).collect(),
            of: of.collect(),
            looks: history.configurations.iter().map(|known| history.look_after(known.from)).collect(),
        }
    }

    pub(crate) fn at(&self, who: &str, moment: Time) -> &Calendar {
        let number = self.begins.iter().take_while(|begins| **begins <= moment).count();
        &self.of[who][number.saturating_sub(1)]
    }

    /// Whether there was no look yet under the newest configuration.
    pub(crate) fn is_new(&self, moment: Time) -> bool {
        self.begins.iter().zip(&self.looks).any(|(begins, look)| *begins <= moment && moment < *look)
    }

    /// The first look under each configuration.
    pub(crate) fn looks(&self) -> &[Time] {
        &self.looks
    }
}

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

    /// When a step before a deadline comes that belongs to `moment`: when the wall clock last struck the hour, if that may be,
    /// so that machines whose dates differ by minutes come together.
    pub(crate) fn struck(&self, moment: Time) -> Time {
        let struck = self.hour(moment);
        if self.forward(struck) == struck { struck } else { self.forward(moment) }
    }

    /// When the wall clock last struck the hour.
    pub(crate) fn hour(&self, moment: Time) -> Time {
        let wall = self.wall(moment);
        moment - TimeDelta::seconds(i64::from(wall.minute() * 60 + wall.second()))
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
