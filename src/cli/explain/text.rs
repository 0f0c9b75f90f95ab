//! What `explain` prints of a window for people.

use std::fmt::Write;

use chrono::{DateTime, Utc};

use super::super::words::moment;
use super::endpoints::outcomes_sentence;
use super::window::{ExplainedWindow, WindowRecipient};
use crate::domain::sanitize::one_line;
use crate::domain::stage::Stage;
use crate::domain::window::{EndReason, MaintenanceWindow, WindowState};
use crate::render::{reason_sentence, response_sentences};

/// Since when it is over.
fn ended(window: &MaintenanceWindow, at: DateTime<Utc>) -> String {
    match was_past(window, at) {
        true => format!("date passed, first seen {}", moment(at)),
        false => format!("ended {}", moment(at)),
    }
}

/// Whether its dates had passed when it was first seen.
fn was_past(window: &MaintenanceWindow, at: DateTime<Utc>) -> bool {
    at == window.first_seen && window.is_past(at)
}

fn why_ended(window: &MaintenanceWindow, at: DateTime<Utc>, why: EndReason) -> &'static str {
    match why {
        EndReason::Completed => "the maintenance is done",
        EndReason::Deleted => "the machine was deleted",
        EndReason::Moved => "the machine moved to another host",
        EndReason::Cancelled => "Azure called it off",
        EndReason::NoLongerPlanned if was_past(window, at) => {
            "it was over before it was seen, and nobody is told of it"
        }
        EndReason::NoLongerPlanned => "Azure no longer lists it and does not say why",
    }
}

/// The window in lines.
pub(super) fn text(explained: &ExplainedWindow, now: DateTime<Utc>) -> String {
    let mut text = String::new();
    write_status(&mut text, explained, now);
    write_dates(&mut text, &explained.window, now);
    write_decisions(&mut text, explained);
    for recipient in &explained.recipients {
        write_recipient(&mut text, recipient);
    }
    text
}

// Writing to a string cannot fail: below, results of `writeln!` are left alone.

/// What Azure says of the machine, and when.
fn write_status(text: &mut String, explained: &ExplainedWindow, now: DateTime<Utc>) {
    let window = &explained.window;
    let _ = writeln!(text, "{}", window.place());
    let state = match window.state {
        WindowState::Open => format!("{} ({})", window.word(now), window.impact.as_str()),
        WindowState::Ended { at, why } => format!("{}: {}", ended(window, at), why_ended(window, at, why)),
    };
    let _ = writeln!(
        text,
        "  maintenance   {} of this resource, revision {}",
        ordinal(window.id.generation),
        window.revision.0
    );
    let _ = writeln!(text, "  status        {state}");
    if let Some(read) = explained.last_read {
        let _ = writeln!(text, "  last read     {}; what changed since is not known", moment(read));
    }
    if let Some(tenant) = &window.machine.tenant {
        let name = one_line(tenant.display_name(), 90);
        let _ = writeln!(text, "  tenant        {name} ({}); nothing is started there from here", tenant.id);
    }
    if let Some(elsewhere) = window.elsewhere.filter(|_| window.is_open()) {
        let at = |at: Option<DateTime<Utc>>| at.map_or_else(|| "?".to_owned(), moment);
        let _ = writeln!(
            text,
            "  announced     {} to {} by Azure; the machine shows nothing of it since {}",
            at(elsewhere.from),
            at(elsewhere.until),
            moment(elsewhere.since)
        );
    }
    for (event, news) in window.event_news(now).filter(|_| window.is_open()) {
        let at = event
            .not_before()
            .map_or_else(|| "at a moment not said".to_owned(), |at| format!("not before {}", moment(at)));
        let word = match news.stage {
            Stage::Unconfirmed => "reported by an event, not yet confirmed by Azure",
            _ => "confirmed by Azure",
        };
        let _ = writeln!(text, "  event         {} by Azure {at}; {word}", event.impact().as_str());
    }
}

/// The window's dates, with the deadline while it lies ahead.
fn write_dates(text: &mut String, window: &MaintenanceWindow, now: DateTime<Utc>) {
    for (name, interval) in
        [("self-service", window.facts.schedule.self_service), ("scheduled", window.facts.schedule.scheduled)]
    {
        if let Some(interval) = interval {
            let said = |at: Option<_>| at.map_or_else(|| "a moment not said".to_owned(), moment);
            let _ = writeln!(
                text,
                "  {name:<13} {} to {}",
                said(interval.said_start()),
                said(interval.said_end())
            );
        }
    }
    if let Some(deadline) = window.deadline(now).filter(|at| window.is_open() && now < *at) {
        let _ = writeln!(text, "  deadline      {}", moment(deadline));
    }
}

/// Under which configuration it was decided, what holds it, what comes next, and what people did.
fn write_decisions(text: &mut String, explained: &ExplainedWindow) {
    let _ = writeln!(text, "  decided by    configuration {}", explained.decided_by);
    if let Some(reason) = &explained.silenced {
        let until = explained.silenced_until.map(|until| format!(" until {}", moment(until)));
        let _ = writeln!(text, "  silenced      nobody is told{}: {reason}", until.unwrap_or_default());
    }
    if let Some(hours) = &explained.hours {
        let _ = writeln!(text, "  hours         {hours}");
    }
    if let Some(next) = &explained.next_start {
        let _ = writeln!(text, "  by itself     it {next}");
    }
    if let Some(why) = &explained.held {
        let _ = writeln!(text, "  held          the planned start does not begin while this is so: {why}");
    }
    for (number, sentence) in explained.forecast.lines().iter().enumerate() {
        let _ = writeln!(text, "  {:<13} {sentence}", if number == 0 { "forecast" } else { "" });
    }
    let acts = response_sentences(&explained.actions, &explained.window, crate::domain::time_zone::Tz::UTC);
    for (number, act) in acts.iter().enumerate() {
        let _ = writeln!(text, "  {:<13} {act}", if number == 0 { "done" } else { "" });
    }
}

/// Why a recipient has it, what they were sent, and what comes next for them.
fn write_recipient(text: &mut String, recipient: &WindowRecipient) {
    let role = if recipient.withdrawn.is_some() {
        " (no longer)"
    } else if recipient.primary {
        " (primary)"
    } else {
        ""
    };
    let _ = writeln!(text, "\n  {}{role}, since {}", recipient.recipient, moment(recipient.since));
    for reason in &recipient.reasons {
        let _ = writeln!(text, "    why: {}", reason_sentence(reason));
    }
    if let Some(mute) = &recipient.mute {
        let _ = writeln!(
            text,
            "    silent until {}: {} asked for it on {}, because “{}”",
            moment(mute.until),
            mute.by.name(),
            moment(mute.at),
            mute.reason
        );
    }
    if let Some(said) = &recipient.without_digests {
        let _ = writeln!(text, "    gets no digests since {}", moment(said.at));
    }
    if recipient.messages.is_empty() {
        let _ = writeln!(text, "    was not told anything yet");
    }
    for item in &recipient.messages {
        let _ = writeln!(
            text,
            "    {}  {} (revision {}) in {} · {} · configuration {} · {}",
            moment(item.at),
            item.stage,
            item.revision.0,
            item.message,
            item.kind.as_str(),
            item.decided_by,
            outcomes_sentence(&item.outcomes)
        );
        // What is true now was said above.
        if !item.reasons.is_empty() && item.reasons != recipient.reasons {
            for reason in &item.reasons {
                let _ = writeln!(text, "      it said why: {}", reason_sentence(reason));
            }
        }
    }
    for item in &recipient.next {
        let _ = writeln!(text, "    {}  {} (if nothing changes)", moment(item.at), item.stage);
    }
}

fn ordinal(number: u32) -> String {
    match number {
        1 => "first".to_owned(),
        2 => "second".to_owned(),
        3 => "third".to_owned(),
        other => format!("number {other}"),
    }
}
