//! The rules of docs/NOTIFICATIONS.md: what of a window should be sent to whom, after what was sent before,
//! and by when.

use chrono::TimeDelta;

use super::attention::{Mood, deadline, is_for_owner, is_startable, mood};
use super::calendar::Calendar;
use super::seen::{Announced, Over, Progress, View};
use crate::simulation::history::{Attempt, Ending, Time, UserAction};
use crate::simulation::log::Item;

const DAY: TimeDelta = TimeDelta::days(1);

/// One thing that is to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Want {
    pub(crate) stage: &'static str,
    pub(crate) revision: u32,
    pub(crate) step: Option<i64>,
    pub(crate) start: Option<u32>,
    pub(crate) event: Option<u32>,
    /// Not before this.
    pub(crate) arises: Time,
    /// When it counts from for planning, where something else that changed meanwhile puts it off.
    pub(crate) counts: Time,
    pub(crate) waits: Waits,
    pub(crate) deadline: Option<Time>,
}

/// What it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waits {
    /// A wave to finish arriving, and then as news.
    TheWave,
    /// The person's hours, and another day when a message went out on this one.
    Hours,
    /// The person's hours.
    HoursOnly,
    /// The digest.
    TheDigest,
    /// Nothing.
    Nothing,
}

/// What somebody was sent about a window since it was announced to them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Knowledge {
    pub(crate) notified: Vec<(Time, Item)>,
    /// What they were sent before it was announced to them as theirs.
    pub(crate) before: Vec<(Time, Item)>,
}

impl Knowledge {
    fn has(&self, stage: &str, revision: u32) -> bool {
        self.notified.iter().any(|(_, item)| item.stage == stage && item.revision == revision)
    }

    fn has_of_azure(&self, stage: &str, revision: u32) -> bool {
        let fits = |item: &Item| item.stage == stage && item.revision == revision && item.start.is_none();
        self.notified.iter().any(|(_, item)| fits(item))
    }

    pub(crate) fn has_ever(&self, stage: &str) -> bool {
        self.notified.iter().any(|(_, item)| item.stage == stage)
    }

    /// A step as near to the deadline as this one, or nearer.
    fn has_step(&self, stage: &str, revision: u32, step: i64) -> bool {
        self.notified.iter().any(|(_, item)| {
            item.stage == stage
                && item.revision == revision
                && item.step.is_some_and(|notified| notified <= step)
        })
    }

    /// The dates that they were told last.
    fn told_dates(&self) -> u32 {
        self.dated().map(|(_, revision)| revision).last().unwrap_or(0)
    }

    /// Since when these are the dates that they know.
    fn dates_since(&self, revision: u32) -> Option<Time> {
        let dated: Vec<(Time, u32)> = self.dated().collect();
        let other = dated.iter().rposition(|(_, told)| *told != revision);
        dated[other.map_or(0, |other| other + 1)..].first().map(|(at, _)| *at)
    }

    /// What says something of the dates: of a start those are told for which it was decided.
    fn dated(&self) -> impl Iterator<Item = (Time, u32)> {
        self.notified.iter().filter(|(_, item)| item.start.is_none()).map(|(at, item)| (*at, item.revision))
    }

    pub(super) fn since(&self) -> Option<Time> {
        self.notified.iter().map(|(at, _)| *at).min()
    }

    fn last(&self, stage: &str) -> Option<Time> {
        self.notified.iter().filter(|(_, item)| item.stage == stage).map(|(at, _)| *at).max()
    }

    /// Whether something told since then says whether a start is accepted.
    fn read_of_a_start_since(&self, moment: Time) -> bool {
        const SILENT: [&str; 7] =
            ["imminent", "notice", "passed", "completed", "cancelled", "no longer planned", "reassigned"];
        self.notified.iter().any(|(at, item)| moment <= *at && !SILENT.contains(&item.stage.as_str()))
    }

    pub(super) fn of_start(&self, number: u32) -> impl Iterator<Item = &(Time, Item)> {
        let all = self.before.iter().chain(&self.notified);
        all.filter(move |(_, item)| item.start == Some(number))
    }

    pub(super) fn start_notified(&self, number: u32, stage: &str) -> Option<Time> {
        self.of_start(number).filter(|(_, item)| item.stage == stage).map(|(at, _)| *at).min()
    }
}

/// Somebody's place: who they are, since when the window is theirs, or since when no longer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) who: &'a str,
    pub(crate) calendar: &'a Calendar,
    pub(crate) since: Option<Time>,
    pub(crate) lost: Option<Time>,
    /// What they asked to hear nothing of: all of it covers the window's machine.
    pub(crate) silences: &'a [Silence],
    /// Everything of the window that they were ever told.
    pub(crate) told: &'a [(Time, Item)],
}

/// Somebody wants to hear nothing for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Silence {
    pub(crate) from: Time,
    pub(crate) until: Time,
}

impl Place<'_> {
    pub(crate) fn is_silenced(&self, moment: Time) -> bool {
        self.silences.iter().any(|silence| silence.from <= moment && moment < silence.until)
    }
}

/// Whether a digest names it again though nothing changed: the deadline is near, and nothing was sent about the machine
/// since it is, nor a step as near, nor that self-service is closed.
pub(crate) fn is_named_again(place: Place<'_>, view: &View, known: &Knowledge, now: Time) -> bool {
    if view.is_only_escalated_to(place.who) || place.is_silenced(now) {
        return false;
    }
    let rests = match mood(view) {
        Mood::Open(_) => false,
        Mood::Known | Mood::Taken => true,
        Mood::Later { until, .. } => now < until,
    };
    let near = deadline(view, now).is_some_and(|at| {
        let lately = known.notified.iter().any(|(notified, _)| at - DAY * 3 <= *notified);
        now < at && at - now <= DAY * 3 && !lately
    });
    let stage = if is_for_owner(view, now) { "reminder" } else { "scheduled soon" };
    let was_notified = known.has_step(stage, view.revision, (DAY * 3).num_minutes())
        || known.has("self-service closed", view.revision)
        || known.told_dates() != view.revision;
    let in_azures_hands = view.dates.azure.is_some_and(|azure| azure.from <= now);
    view.over.is_none() && !rests && near && !was_notified && !in_azures_hands
}

/// Every moment at which time alone makes a difference to the window.
pub(crate) fn moments(place: Place<'_>, view: &View, now: Time) -> Vec<Time> {
    let calendar = place.calendar;
    let mut moments: Vec<Time> =
        place.silences.iter().flat_map(|silence| [silence.from, silence.until]).collect();
    moments.extend(turns(place, view, now).into_iter().map(|(_, at)| at));
    moments.extend(view.events.values().filter_map(comes_until));
    if !place.silences.is_empty() {
        let spans = [view.dates.own, view.dates.azure].into_iter().flatten();
        let deadlines = spans.flat_map(|span| [span.from, span.to]).chain([now]);
        moments.extend(deadlines.filter_map(|at| last_call(place, view, at)));
    }
    let mut before: Vec<(Time, &[i64])> = Vec::new();
    before.extend(view.dates.own.map(|own| (own.to, calendar.manners.reminders.as_slice())));
    before.extend(view.dates.azure.map(|azure| (azure.from, calendar.manners.scheduled.as_slice())));
    for (end, hours) in before {
        moments.extend(hours.iter().map(|hours| calendar.struck(end - TimeDelta::hours(*hours))));
    }
    for start in view.starts.iter().filter(|start| start.progress == Progress::Planned) {
        moments.extend([48, 1].map(|hours| calendar.forward(start.begins - TimeDelta::hours(hours))));
        moments.push(start.begins);
    }
    if let Mood::Later { until, .. } = mood(view) {
        moments.extend([until, calendar.forward(until)]);
    }
    let spans = [view.dates.own, view.dates.azure].into_iter().flatten();
    moments.extend(spans.flat_map(|span| [span.from, span.to]));
    moments
}

/// What should be sent to somebody in this place who knows this much.
pub(crate) fn wants(place: Place<'_>, view: &View, known: Option<&Knowledge>, now: Time) -> Vec<Want> {
    let rules = Rules { place, view, now, knowledge: known };
    let is_only_escalated_to = view.is_only_escalated_to(place.who);
    let mut wants = match (known, place.since) {
        (None, None) => rules.own_ends(),
        (None, Some(_)) if is_only_escalated_to => {
            rules.escalated_to().into_iter().chain(rules.own_ends()).collect()
        }
        (None, Some(since)) => rules.unknown(since),
        (Some(known), _) => rules.known(known),
    };
    wants.retain(|want| !rules.is_held(want));
    if place.lost.is_none() && place.since.is_some() && (known.is_some() || !is_only_escalated_to) {
        wants.extend(rules.imminent());
    }
    wants
}

/// Until when something that was announced minutes ahead is news.
fn comes_until(event: &Announced) -> Option<Time> {
    let at = event.at.filter(|_| event.said && !event.over)?;
    Some(event.not_before.unwrap_or(at) + TimeDelta::minutes(30))
}

/// When the recipient is to hear that nobody responds, with the step in minutes before the end of self-service.
fn turns(place: Place<'_>, view: &View, now: Time) -> Vec<(i64, Time)> {
    let Some(own) = view.dates.own.filter(|_| is_for_owner(view, now)) else { return Vec::new() };
    let (Some(since), Some(last)) = (place.since, view.escalation_steps.iter().map(|step| step.step).min())
    else {
        return Vec::new();
    };
    if !view.is_only_escalated_to(place.who) {
        return Vec::new();
    }
    let is_about_owners = |action: &UserAction| {
        matches!(action, UserAction::HandOver(_) | UserAction::Accept | UserAction::NotMine)
    };
    let hands = view.words.iter().filter(|word| is_about_owners(&word.action)).map(|word| word.at).max();
    let mood = mood(view);
    let failed = match mood {
        Mood::Open(after) => after,
        _ => None,
    };
    let since = since.max(view.revised).max(hands.unwrap_or(since)).max(failed.unwrap_or(since));
    let own_steps = view.escalation_steps.iter().filter(|step| step.to == place.who).map(|step| step.step);
    let comes = |step: i64| own.to - TimeDelta::minutes(step);
    let left = own_steps.filter(|step| match mood {
        Mood::Open(_) => true,
        Mood::Taken => false,
        Mood::Later { until, .. } => until < comes(*step),
        Mood::Known => {
            let said = view.words.iter().filter(|word| word.revision == view.revision);
            let said = said.filter(|word| word.action == UserAction::Acknowledge).map(|word| word.at).max();
            *step == last && said.is_none_or(|said| said < comes(*step) - DAY * 3)
        }
    });
    let moment = |step: i64| {
        let calendar = place.calendar;
        let mut come = match comes(step) {
            at if since < at => vec![calendar.struck(at), calendar.hour(at), at],
            // The last step is never dropped: it leaves the owners half of the time.
            _ if step == last && since < own.to => {
                let half = since + (own.to - since) / 2;
                let quarter = half - TimeDelta::seconds(half.timestamp().rem_euclid(900));
                match own.to - half > TimeDelta::hours(2) {
                    true => vec![calendar.struck(half), calendar.hour(half), half],
                    false if since < quarter => vec![calendar.forward(quarter), quarter],
                    false => vec![calendar.forward(half), half],
                }
            }
            _ => return None,
        };
        come.retain(|at| since < *at);
        Some((step, *come.first()?))
    };
    left.filter_map(moment).collect()
}

/// Whether all of `items` say how starts of this one ended.
pub(crate) fn tell_own_ends<'a>(
    place: Place<'_>,
    view: &View,
    now: Time,
    mut items: impl Iterator<Item = &'a Item>,
) -> bool {
    let rules = Rules { place, view, now, knowledge: None };
    items.all(|item| rules.is_own_end(item))
}

/// The last step before the next deadline.
fn last_call(place: Place<'_>, view: &View, now: Time) -> Option<Time> {
    let manners = &place.calendar.manners;
    let steps = if is_for_owner(view, now) { &manners.reminders } else { &manners.scheduled };
    let end = deadline(view, now).filter(|end| now < *end)?;
    Some(place.calendar.struck(end - TimeDelta::hours(*steps.iter().min()?)))
}

pub(super) struct Rules<'a> {
    pub(super) place: Place<'a>,
    pub(super) view: &'a View,
    pub(super) now: Time,
    knowledge: Option<&'a Knowledge>,
}

impl Rules<'_> {
    pub(super) fn want(&self, stage: &'static str, arises: Time) -> Want {
        let digests = !self.place.calendar.manners.immediate.contains(&stage);
        Want {
            stage,
            revision: self.view.revision,
            step: None,
            start: None,
            event: None,
            arises,
            counts: arises,
            waits: if digests { Waits::TheDigest } else { Waits::Hours },
            deadline: deadline(self.view, self.now),
        }
    }

    /// Nobody responded, and the recipient is escalated to.
    fn escalated_to(&self) -> Option<Want> {
        let came = turns(self.place, self.view, self.now).into_iter().filter(|(_, at)| *at <= self.now);
        let (step, at) = came.min_by_key(|(step, _)| *step)?;
        let notified =
            self.knowledge.is_some_and(|known| known.has_step("escalated", self.view.revision, step));
        (!notified).then(|| Want { step: Some(step), waits: Waits::Nothing, ..self.want("escalated", at) })
    }

    /// What Azure announced minutes ahead.
    fn imminent(&self) -> Vec<Want> {
        let open = self.view.events.iter().filter(|_| self.view.over.is_none());
        let comes = open.filter(|(_, event)| comes_until(event).is_some_and(|until| self.now < until));
        let known = |number: u32| {
            self.knowledge
                .is_some_and(|known| known.notified.iter().any(|(_, item)| item.event == Some(number)))
        };
        let untold = comes.filter(|(number, _)| !known(**number));
        let want = |(number, event): (&u32, &Announced)| {
            let arises = event.at.unwrap_or(self.now);
            Want { event: Some(*number), waits: Waits::Nothing, ..self.want("imminent", arises) }
        };
        untold.map(want).collect()
    }

    /// Whether the recipient asked to hear nothing of it.
    fn is_held(&self, want: &Want) -> bool {
        if want.start.is_some() {
            return false;
        }
        let is_end = matches!(want.stage, "completed" | "cancelled" | "no longer planned");
        if !self.place.is_silenced(self.now) {
            return is_end && DAY * 7 < self.now - want.counts && self.place.is_silenced(want.counts);
        }
        match want.stage {
            "reassigned" | "handed over" | "handed back" => false,
            "announced" | "rescheduled" | "reminder" | "scheduled soon" => !self.is_last_call(),
            _ => true,
        }
    }

    /// Whether the first of the owners hears it in spite of a silence: the last step before the deadline has come.
    fn is_last_call(&self) -> bool {
        let is_first = self.view.owners.first().is_some_and(|first| first == self.place.who);
        is_first && last_call(self.place, self.view, self.now).is_some_and(|last| last <= self.now)
    }

    /// That it is theirs, unless it is over or past.
    fn announced(&self, since: Time) -> Option<Want> {
        let dates = self.view.dates;
        let end = [dates.own, dates.azure].into_iter().flatten().map(|span| span.to).max();
        if self.view.over.is_some() || self.is_done() || end.is_some_and(|end| end <= self.now) {
            return None;
        }
        let announced = self.want("announced", since);
        let waits = if announced.waits == Waits::Hours { Waits::TheWave } else { announced.waits };
        Some(Want { waits, ..announced })
    }

    /// Somebody who does not know of it hears that it is there, and what has happened to it already.
    fn unknown(&self, since: Time) -> Vec<Want> {
        let ends = self.own_ends();
        let Some(announced) = self.announced(since) else { return ends };
        let mut wants = vec![announced.clone()];
        // What becomes of a start that is under way is still to come.
        let under_way = self.view.starts.iter().any(|start| start.progress == Progress::UnderWay);
        let attempted = self.attempted().filter(|_| !under_way);
        let attempted = attempted.filter(|stage| !ends.iter().any(|end| end.stage == *stage));
        wants.extend(attempted.map(|stage| Want { stage, ..announced.clone() }));
        let open = self
            .view
            .starts
            .iter()
            .rev()
            .find(|start| matches!(start.progress, Progress::Planned | Progress::UnderWay));
        wants.extend(open.map(|start| Want {
            stage: if start.progress == Progress::Planned { "planned" } else { "started" },
            start: Some(start.number),
            revision: start.revision,
            ..announced
        }));
        wants.extend(ends);
        wants
    }

    fn known(&self, known: &Knowledge) -> Vec<Want> {
        let ends = ["completed", "cancelled", "no longer planned"];
        if self.view.over.is_some() && ends.iter().any(|stage| known.has_ever(stage)) {
            return Vec::new();
        }
        let is_lost = self.place.lost.is_some();
        let mut wants: Vec<Want> = if is_lost { self.own_ends() } else { self.starts(known) };
        if let Some((at, why)) = self.view.over {
            let stage = match why {
                Over::Done => "completed",
                Over::CalledOff => "cancelled",
                Over::Away => "no longer planned",
            };
            // While a start is under way its end is still to come, and says this too.
            let under_way = self.view.starts.iter().any(|start| start.progress == Progress::UnderWay);
            let reported_by_start = wants.iter().any(|want| want.stage == "completed");
            wants.retain(|want| want.stage != "planned");
            if !reported_by_start && (is_lost || !under_way) {
                let counts = if self.view.ended { at } else { self.view.changed };
                wants.push(Want { counts, ..self.want(stage, at) });
            }
            return wants;
        }
        // Whose it was and who is only escalated to from now on has lost it too.
        let is_only_escalated_to = self.view.is_only_escalated_to(self.place.who);
        let escalated = self.place.since.filter(|_| is_only_escalated_to && known.has_ever("announced"));
        if let Some(at) = self.place.lost.or(escalated) {
            let want = self.want("reassigned", at);
            let waits = match want.waits {
                _ if self.gave_away() => Waits::Nothing,
                // Without a digest nothing would ever take it along.
                Waits::TheDigest if self.place.calendar.slot_after(at).is_none() => Waits::HoursOnly,
                waits => waits,
            };
            // That it is somebody else's now is not pressing.
            return std::iter::once(Want { waits, deadline: None, ..want }).chain(self.own_ends()).collect();
        }
        let mut changed = false;
        if !known.has_ever("announced") && !is_only_escalated_to {
            let announced = self.place.since.and_then(|since| self.announced(since));
            changed = announced.is_some();
            wants.extend(announced);
        } else if known.told_dates() != self.view.revision {
            wants.push(self.want("rescheduled", self.view.revised));
            changed = true;
        }
        // Azure speaks of the last attempt, and of one attempt there is one outcome.
        let mut attempts = self.view.starts.iter().rev().map(|start| start.progress);
        let of_start = attempts
            .find(|it| matches!(it, Progress::UnderWay | Progress::Ended(..)))
            .is_some_and(|it| !matches!(it, Progress::Ended(_, Ending::Completed | Ending::NotKnown)));
        let attempted = self.attempted();
        if let Some(stage) =
            attempted.filter(|stage| !known.has_of_azure(stage, self.view.revision) && !of_start)
        {
            // It was seen at some time up to the last change.
            let arises = known.since().unwrap_or(self.view.changed).min(self.view.changed);
            wants.push(Want { arises, counts: self.view.changed, ..self.want(stage, arises) });
            changed = true;
        }
        if is_only_escalated_to {
            // What comes with time alone is for those whose it is.
            wants.extend(self.escalated_to());
        } else if !changed {
            wants.extend(self.passed(known));
            self.with_time(known, &mut wants);
        }
        if let Some(at) = self.handed_back()
            && known.last("handed back").max(known.since()) < Some(at)
        {
            wants.push(Want { waits: Waits::HoursOnly, ..self.want("handed back", at) });
        }
        if let Some(at) = self.handed_over()
            && known.last("handed over").max(known.since()) < Some(at)
        {
            wants.push(Want { waits: Waits::Nothing, ..self.want("handed over", at) });
        }
        wants
    }

    fn attempted(&self) -> Option<&'static str> {
        match (self.view.attempt, self.view.allowed) {
            (Attempt::Aborted, false) => Some("skipped"),
            (Attempt::Aborted | Attempt::Later, _) => Some("failed"),
            _ => None,
        }
    }

    /// A day after the last date nothing is known of what became of it.
    fn passed(&self, known: &Knowledge) -> Option<Want> {
        let dates = [self.view.dates.own, self.view.dates.azure];
        let at = dates.into_iter().flatten().map(|span| span.to).max()? + DAY;
        let mut starts = self.view.starts.iter().map(|start| start.progress);
        let is_under_way = starts.any(|it| matches!(it, Progress::Planned | Progress::UnderWay));
        let found_out = self.attempted() == Some("skipped")
            || self.is_done()
            || is_under_way
            || known.has("passed", self.view.revision);
        let is_news = at <= self.now && self.now < at + DAY * 14;
        (is_news && !found_out).then(|| Want { waits: Waits::Hours, ..self.want("passed", at) })
    }

    /// What comes with time alone.
    fn with_time(&self, known: &Knowledge, wants: &mut Vec<Want>) {
        let (view, now) = (self.view, self.now);
        let mood = mood(view);
        let mut since = known.dates_since(view.revision).unwrap_or(now);
        match mood {
            Mood::Taken => return,
            Mood::Open(Some(after)) => since = since.max(after),
            _ => {}
        }
        let startable = is_startable(view, now);
        if let Some(own) = view.dates.own.filter(|_| !view.left_to_azure) {
            let opens = since < own.from && own.from <= now && startable && view.allowed;
            if opens && !known.read_of_a_start_since(own.from) {
                wants.push(self.want("self-service open", own.from));
            }
            if startable {
                let steps = self.steps(mood, &self.place.calendar.manners.reminders, own.to);
                wants.extend(self.nearest("reminder", steps, since, own.to));
            }
            let azure_comes = view.dates.azure.is_some_and(|azure| now < azure.to);
            let closed = since < own.to && own.to <= now && azure_comes;
            if closed
                && !known.has("self-service closed", view.revision)
                && !known.read_of_a_start_since(own.to)
            {
                wants.push(self.want("self-service closed", own.to));
            }
        }
        if let Some(azure) = view.dates.azure {
            if now < azure.from && (view.left_to_azure || !startable) {
                let closed = view.dates.own.filter(|own| !view.left_to_azure && own.to <= now);
                // The end of self-service named these dates.
                let since = closed.map_or(since, |own| since.max(own.to + DAY * 3));
                // What came while it could still be started was no step; and that it cannot be is told first.
                let ended_early = view.dates.own.is_some_and(|own| now < own.to) && !view.left_to_azure;
                let early = known.last("skipped").max(known.last("self-service closed"));
                let since = if ended_early { early.map(|early| since.max(early)) } else { Some(since) };
                let steps = self.steps(mood, &self.place.calendar.manners.scheduled, azure.from);
                let soon = since.and_then(|since| self.nearest("scheduled soon", steps, since, azure.from));
                wants.extend(soon);
            }
            let own = view.dates.own.filter(|_| !view.left_to_azure);
            let was_notified = own.is_some_and(|own| since < own.to && azure.from - own.to <= DAY * 3);
            let opens = since < azure.from && azure.from <= now && now < azure.to;
            if opens && !was_notified && !known.has("scheduled open", view.revision) {
                wants.push(self.want("scheduled open", azure.from));
            }
        }
    }

    /// The steps before `end` that are left, in minutes, with their moments.
    fn steps(&self, mood: Mood, hours: &[i64], end: Time) -> Vec<(i64, Time)> {
        let calendar = self.place.calendar;
        let at = |hours: i64| (hours * 60, calendar.struck(end - TimeDelta::hours(hours)));
        match mood {
            Mood::Taken => Vec::new(),
            Mood::Open(_) => hours.iter().map(|hours| at(*hours)).collect(),
            Mood::Known => hours.iter().min().map(|hours| at(*hours)).into_iter().collect(),
            Mood::Later { until, said } => {
                let left = hours.iter().filter(|hours| until < end - TimeDelta::hours(**hours));
                let mut steps: Vec<(i64, Time)> = left.map(|hours| at(*hours)).collect();
                if until < end {
                    let early = calendar.forward(until);
                    steps.push(((end - until).num_minutes(), if said < early { early } else { until }));
                }
                steps
            }
        }
    }

    /// Of the steps that have come only the nearest, and only when it came after the dates were known.
    fn nearest(&self, stage: &'static str, steps: Vec<(i64, Time)>, since: Time, end: Time) -> Option<Want> {
        let came = steps.into_iter().filter(|(_, at)| *at <= self.now && self.now < end);
        let (step, at) = came.min_by_key(|(step, _)| *step)?;
        let notified = self.knowledge.is_some_and(|known| known.has_step(stage, self.view.revision, step));
        (since < at && !notified).then(|| Want {
            step: Some(step),
            waits: Waits::Nothing,
            ..self.want(stage, at)
        })
    }

    /// When somebody else was asked to take the window over, who has not answered, within the last day.
    fn handed_over(&self) -> Option<Time> {
        let mut asked: Option<(&String, Time)> = None;
        for word in &self.view.words {
            match &word.action {
                UserAction::HandOver(to) if *to != word.who => asked = Some((to, word.at)),
                UserAction::Accept | UserAction::NotMine if asked.is_some_and(|(to, _)| *to == word.who) => {
                    asked = None
                }
                _ => {}
            }
        }
        let (to, at) = asked?;
        let owns = to != self.place.who && !self.view.is_only_escalated_to(self.place.who);
        (owns && self.now - at < DAY).then_some(at)
    }

    /// Whether somebody took over what this one asked them to.
    fn gave_away(&self) -> bool {
        let mut to_whom: Option<&String> = None;
        self.view.words.iter().any(|word| match &word.action {
            UserAction::HandOver(to) => {
                to_whom = (word.who == self.place.who).then_some(to);
                false
            }
            UserAction::Accept => to_whom == Some(&word.who),
            _ => false,
        })
    }

    /// When somebody last refused to take the window from this one.
    fn handed_back(&self) -> Option<Time> {
        let mut asked: Option<&String> = None;
        let mut back = None;
        for word in &self.view.words {
            match &word.action {
                UserAction::HandOver(to) => asked = (word.who == self.place.who).then_some(to),
                UserAction::NotMine if asked == Some(&word.who) => {
                    back = Some(word.at);
                    asked = None;
                }
                UserAction::Accept if asked == Some(&word.who) => asked = None,
                _ => {}
            }
        }
        back
    }
}
