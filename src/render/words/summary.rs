//! How things stand, in words: for those who watch, and at the end of a wave.

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Utc};

use super::super::times;
use super::machine::NAME;
use super::numbers::{choose, machines};
use crate::domain::message_content::WaveEnd;
use crate::domain::recipient_name::RecipientName;
use crate::domain::sanitize::one_line;
use crate::domain::summary::{RestartLine, Summary, TeamLine};

/// The subject of a summary.
pub(crate) fn subject(summary: &Summary) -> String {
    match (summary.total.open(), summary.total.unanswered) {
        (0, _) => "Maintenance this week: nothing is planned".to_owned(),
        (open, 0) => format!("Maintenance this week: {} to come, all answered for", machines(open)),
        (open, silent) => {
            format!("Maintenance this week: {} to come, {silent} without an answer", machines(open))
        }
    }
}

/// What stands over a summary.
pub(crate) fn headline(summary: &Summary) -> String {
    match (summary.total.open(), summary.total.unanswered) {
        (0, _) => "No maintenance is planned at the moment".to_owned(),
        (open, 0) => format!("{} to come, all answered for", machines(open)),
        (open, silent) => format!("{} to come, {silent} without an answer", machines(open)),
    }
}

/// The first sentences of a summary, with the age of what is in it.
pub(crate) fn lead(summary: &Summary, zone: Tz) -> String {
    let unread = summary.unread.map(|unread| {
        format!(
            "{} could not be read since {}: what is said of {} is how it stood then. ",
            machines(unread.machines),
            times::local(zone, unread.since),
            choose(unread.machines, "it", "them"),
        )
    });
    format!("{}{}", unread.unwrap_or_default(), lead_of_what_was_read(summary))
}

fn lead_of_what_was_read(summary: &Summary) -> String {
    let done = match summary.total.done {
        0 => "No machine was done in the last five weeks.".to_owned(),
        done => format!("{} {} done in the last five weeks.", machines(done), choose(done, "was", "were")),
    };
    if summary.total.open() == 0 {
        return format!("{done} You need not do anything.");
    }
    let week = summary.within_a_week;
    let ahead = match (week, summary.within_two_weeks) {
        (0, 0) => "If nobody acts, Azure restarts none of them within two weeks.".to_owned(),
        (0, two) => format!("If nobody acts, Azure may restart {} within two weeks.", machines(two)),
        (one, two) if one == two => {
            format!("If nobody acts, Azure may restart {} within a week.", machines(one))
        }
        (one, two) => {
            format!("If nobody acts, Azure may restart {} within a week and {two} within two.", machines(one))
        }
    };
    format!("{ahead} {done} You need not do anything: the owners are told.")
}

/// A team, or that nobody is notified.
pub(crate) fn team(team: Option<&RecipientName>) -> String {
    team.map_or_else(|| "silenced".to_owned(), |name| one_line(name.as_str(), NAME))
}

/// Who has not answered, for how many machines, and until when it matters.
pub(crate) fn silent(line: &TeamLine, zone: Tz) -> String {
    let asked = machines(line.counts.unanswered);
    match line.next {
        Some(next) => format!("{asked}; the first can be started until {}", times::both(zone, next)),
        None => asked,
    }
}

/// When Azure restarts a machine if nobody acts.
pub(crate) fn between(line: &RestartLine, now: DateTime<Utc>, zone: Tz) -> String {
    if line.earliest <= now {
        return format!("at any moment until {}", times::both(zone, line.latest));
    }
    format!("between {} and {}", times::both(zone, line.earliest), times::both(zone, line.latest))
}

/// The subject of the message that ends a wave.
pub(crate) fn wave_subject(wave: &WaveEnd) -> String {
    match (wave.by_people + wave.by_azure, wave.handed_on) {
        (0, 0) => format!("No action needed: maintenance of your {} is over", machines(wave.machines)),
        (done, 0) if done == wave.machines => format!("Done: all of your {}", machines(done)),
        (done, 0) => format!("Done: {done} of your {}, and nothing is left to do", machines(wave.machines)),
        (0, _) => format!("No action needed: none of your {} is left with you", machines(wave.machines)),
        (done, others) => format!(
            "Done: {done} of your {}; {others} {} with others",
            machines(wave.machines),
            choose(others, "is", "are")
        ),
    }
}

/// The headline of the message that ends a wave.
pub(crate) fn wave_headline(wave: &WaveEnd) -> String {
    match (wave.by_people + wave.by_azure, wave.handed_on) {
        (done, 0) if done == wave.machines => format!("All of your {} are done", machines(done)),
        (_, 0) => format!("The maintenance of your {} is over", machines(wave.machines)),
        (_, others) => format!(
            "{others} of your {} {} with others now, and nothing is left for you",
            machines(wave.machines),
            choose(others, "is", "are")
        ),
    }
}

/// What became of the machines of a wave, with thanks to whoever did something.
pub(crate) fn wave_lead(wave: &WaveEnd) -> String {
    let parts = [
        (wave.by_people, "started by you or your colleagues"),
        (wave.by_azure, "restarted by Azure"),
        (wave.cancelled, "called off by Azure"),
        (wave.gone, "no longer planned"),
        (wave.handed_on, "with others now"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    // What others have is still to come, and who gave it away did nothing for it.
    let end = match (wave.handed_on, wave.by_people) {
        (0, _) => "Nothing is left to do. Thank you for looking after them.",
        (_, 0) => "Nothing is left for you to do.",
        _ => "Nothing is left for you to do. Thank you for looking after yours.",
    };
    format!(
        "This was the last of {} that were announced to you: {}. {end}",
        machines(wave.machines),
        parts.join(", ")
    )
}
