//! How things stand, in words: for those who watch, and at the end of a wave.

use chrono::{DateTime, Utc};

use super::super::times;
use super::machine::NAME;
use super::sentences::sentences;
use crate::domain::message_content::WaveEnd;
use crate::domain::recipient_name::RecipientName;
use crate::domain::sanitize::one_line;
use crate::domain::summary::{RestartLine, Summary, TeamLine};
use crate::words::{self, Language, Locale};

/// The subject of a summary.
pub(crate) fn subject(summary: &Summary, language: Language) -> String {
    match (summary.total.open(), summary.total.unanswered) {
        (0, _) => words::summary_subject_none(language),
        (open, 0) => words::summary_subject_answered(language, &words::machines(language, open)),
        (open, silent) => words::summary_subject_silent(language, &words::machines(language, open), silent),
    }
}

/// What stands over a summary.
pub(crate) fn headline(summary: &Summary, language: Language) -> String {
    match (summary.total.open(), summary.total.unanswered) {
        (0, _) => words::summary_none(language),
        (open, 0) => words::summary_answered(language, &words::machines(language, open)),
        (open, silent) => words::summary_silent(language, &words::machines(language, open), silent),
    }
}

/// The first sentences of a summary, with the age of what is in it.
pub(crate) fn lead(summary: &Summary, reader: Locale) -> String {
    let unread = summary.unread.map(|unread| {
        words::summary_unread(reader.language, unread.machines, &times::local(reader, unread.since))
    });
    sentences(unread.into_iter().chain([lead_of_what_was_read(summary, reader.language)]))
}

fn lead_of_what_was_read(summary: &Summary, language: Language) -> String {
    let machines = |count| words::machines(language, count);
    let done = match summary.total.done {
        0 => words::summary_done_none(language),
        done => words::summary_done(language, done),
    };
    if summary.total.open() == 0 {
        return sentences([done, words::nothing_to_do(language)]);
    }
    let ahead = match (summary.within_a_week, summary.within_two_weeks) {
        (0, 0) => words::summary_ahead_none(language),
        (0, two) => words::summary_ahead_two(language, &machines(two)),
        (one, two) if one == two => words::summary_ahead_one(language, &machines(one)),
        (one, two) => words::summary_ahead_both(language, &machines(one), two),
    };
    sentences([ahead, words::summary_told(language), done])
}

/// A team, or that nobody is notified.
pub(crate) fn team(team: Option<&RecipientName>, language: Language) -> String {
    team.map_or_else(|| words::summary_silenced(language), |name| one_line(name.as_str(), NAME))
}

/// Who has not answered, for how many machines, and until when it matters.
pub(crate) fn silent(line: &TeamLine, reader: Locale) -> String {
    let asked = words::machines(reader.language, line.counts.unanswered);
    match line.next {
        Some(next) => words::summary_line(reader.language, &asked, &times::both(reader, next)),
        None => asked,
    }
}

/// When Azure restarts a machine if nobody acts.
pub(crate) fn between(line: &RestartLine, now: DateTime<Utc>, reader: Locale) -> String {
    let until = times::both(reader, line.latest);
    match line.earliest <= now {
        true => words::summary_at_any_moment(reader.language, &until),
        false => words::summary_between(reader.language, &times::both(reader, line.earliest), &until),
    }
}

/// The subject of the message that ends a wave.
pub(crate) fn wave_subject(wave: &WaveEnd, language: Language) -> String {
    let machines = words::machines(language, wave.machines);
    match (wave.by_people + wave.by_azure, wave.handed_on) {
        (0, 0) => words::wave_over(language, &machines),
        (done, 0) if done == wave.machines => words::wave_done_all(language, &machines),
        (done, 0) => words::wave_done(language, done, &machines),
        (0, _) => words::wave_none_left(language, &machines),
        (done, others) => words::wave_done_others(language, done, &machines, others),
    }
}

/// What became of the machines of a wave, with thanks to whoever started some.
pub(crate) fn wave_lead(wave: &WaveEnd, language: Language) -> String {
    let parts = [
        (wave.by_people, "people"),
        (wave.by_azure, "azure"),
        (wave.cancelled, "cancelled"),
        (wave.gone, "gone"),
        (wave.handed_on, "others"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, part)| words::wave_part(language, *count, part)).collect();
    // What others have is still to come, and nobody is thanked for what they did not do.
    let end = match (wave.handed_on, wave.by_people) {
        (0, 0) => words::nothing_left(language),
        (0, _) => words::wave_thanks(language),
        (_, 0) => words::wave_end_yours(language),
        _ => words::wave_thanks_yours(language),
    };
    let machines = words::machines(language, wave.machines);
    sentences([words::wave_lead(language, &machines, &parts.join(", ")), end])
}
