//! Was anything begun that nobody agreed to, or promised and never ended?

use chrono::{DateTime, TimeDelta, Utc};

use super::{END_WITHIN, GRACE, Judge};
use crate::stories::heard::Heard;
use crate::stories::lives::life::Step;
use crate::stories::moment::{moment, written};

impl Judge<'_> {
    /// Starts that nobody agreed to, or of which two ran at once; and those of which nobody heard the end.
    pub(super) fn starts(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let starts: Vec<&Heard> =
            self.heard.iter().filter(|heard| heard.what.contains("is started")).collect();
        for (place, start) in starts.iter().enumerate() {
            let name = start.who.as_str();
            let agreed = self.steps_of(name).any(|step| {
                let words = step.words();
                match words.as_slice() {
                    [_, "starts", _] => step.at <= start.at && start.at <= step.at + TimeDelta::minutes(2),
                    [_, "plans", _, "for", time @ ..] => {
                        let at = moment(&time.join(" "));
                        let off = |other: &Step| {
                            step.at < other.at && other.at <= start.at && other.what.contains("calls")
                        };
                        let called_off = self.steps_of(name).any(off);
                        at <= start.at && start.at <= at + GRACE && !called_off
                    }
                    _ => false,
                }
            });
            if !agreed {
                wrong.push(format!("begun without anybody's word: {}", start.line()));
            }
            let again = starts[..place].iter().rev().find(|other| {
                other.who == start.who
                    && other.text.starts_with('2')
                    && start.at - other.at < TimeDelta::minutes(2)
            });
            if again.is_some() {
                wrong.push(format!("begun while the first still ran: {}", start.line()));
            }
            if start.at + END_WITHIN + self.away_after(start.at) < self.life.play.tenant.now()
                && start.text.starts_with('2')
            {
                // Whoever pressed it was promised to hear, whose the machine may be by then.
                let who = self.who_began(name, start.at).filter(|who| !self.is_refused(who, start.at));
                if who.is_some_and(|who| !self.was_told_of_end(Some(who), name, start.at)) {
                    wrong.push(format!("nobody heard how it ended who began it, {who:?}: {}", start.line()));
                } else if !self.was_told_of_end(None, name, start.at) {
                    wrong.push(format!("nobody heard how it ended: {}", start.line()));
                }
            }
        }
        wrong
    }

    /// Whose word a start began by: who pressed last, or planned it.
    fn who_began(&self, name: &str, at: DateTime<Utc>) -> Option<&str> {
        let decided = self.steps_of(name).filter(|step| step.at <= at).filter_map(|step| {
            match step.words().as_slice() {
                [who, "starts" | "plans", ..] => Some(*who),
                _ => None,
            }
        });
        decided.last()
    }

    /// Whether somebody's mailbox refused at any time since shortly before a moment.
    fn is_refused(&self, who: &str, since: DateTime<Utc>) -> bool {
        let mut refused = false;
        let mut ever = false;
        for step in &self.life.steps {
            if step.at >= since - TimeDelta::hours(1) {
                ever |= refused;
            }
            match step.words().as_slice() {
                ["mail", "refuses", whom] if *whom == who => refused = true,
                ["mail", "takes", whom] if *whom == who || *whom == "everybody" => refused = false,
                _ => {}
            }
        }
        ever || refused
    }

    /// Planned starts of which whoever planned them heard nothing once their moment had passed.
    pub(super) fn planned(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for step in self.life.steps.iter().filter(|step| step.taken) {
            let words = step.words();
            let [who, "plans", name, "for", time @ ..] = words.as_slice() else { continue };
            let at = moment(&time.join(" "));
            let off = |other: &Step| step.at < other.at && other.what.contains("calls");
            if self.steps_of(name).any(off)
                || at + END_WITHIN + self.away_after(step.at) > self.life.play.tenant.now()
                || self.mail_is_refused(self.life.play.tenant.now())
            {
                continue;
            }
            let ended = self.heard.iter().any(|heard| {
                let ends = ["completed", "failed", "skipped", "called off", "cancelled", "no longer"];
                let of_it = |what: &String| {
                    // It can be done another way before.
                    let is_end = ends.iter().any(|end| what.starts_with(end)) && heard.at >= step.at;
                    let is_later = heard.at >= at - TimeDelta::minutes(1) && !what.starts_with("planned");
                    what.ends_with(name) && (is_end || is_later)
                };
                heard.who == *who && heard.what.iter().any(of_it)
            });
            if !ended {
                wrong.push(format!("promised and never ended: {who} {} for {}", name, written(at)));
            }
        }
        wrong
    }

    /// How long mails and the program were away around the time after a moment, at most.
    pub(super) fn away_after(&self, at: DateTime<Utc>) -> TimeDelta {
        let around = at - TimeDelta::hours(42)..at + END_WITHIN;
        let breaks = self.life.steps.iter().filter(|step| {
            around.contains(&step.at) && (step.what.contains("is down") || step.what.starts_with("mail "))
        });
        TimeDelta::hours(42) * i32::try_from(breaks.count()).unwrap_or(0)
    }

    /// Whether somebody, or anybody, was told how a start ended.
    pub(super) fn was_told_of_end(&self, who: Option<&str>, name: &str, after: DateTime<Utc>) -> bool {
        let ends = ["completed", "failed", "skipped", "cancelled", "no longer planned", "not known"];
        self.heard.iter().any(|heard| {
            let tells = |what: &String| what.ends_with(name) && ends.iter().any(|end| what.starts_with(end));
            let is_theirs = who.is_none_or(|who| heard.who == who);
            heard.at >= after && is_theirs && heard.content.is_some() && heard.what.iter().any(tells)
        })
    }
}
