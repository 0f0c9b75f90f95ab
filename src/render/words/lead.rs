//! The first sentences about a group of machines: what, when, and what happens if nobody does anything.

use super::super::groups::{MachineGroup, Outlook};
use super::super::times::{self, both};
use super::machine::{NAME, name};
use super::sentences::sentences;
use super::{actor, loss, outcome};
use crate::domain::action::response::{StartStatus, StartSummary};
use crate::domain::action::start::{StartOutcome, StartRefusal};
use crate::domain::assignment::WithdrawnTo;
use crate::domain::message_content::ContentItem;
use crate::domain::ownership::asked;
use crate::domain::recipient_name::RecipientName;
use crate::domain::sanitize::one_line;
use crate::domain::stage::Stage;
use crate::domain::start_cautions::StartCaution;
use crate::domain::window::{EndReason, Impact};
use crate::words::{self, Language, Locale, list};

/// The machines of a group: the one by its name, several as the reader's own, but for those of others.
pub(crate) fn whom(group: &MachineGroup<'_>, language: Language) -> String {
    match (group.items.as_slice(), group.stage) {
        ([item], _) => one_line(&name(item.window.place()), 60),
        (several, Stage::Escalated) => words::machines(language, several.len()),
        (several, _) if group.asked_by.is_some() => words::machines(language, several.len()),
        (several, _) => words::whom_yours(language, several.len()),
    }
}

/// What is done to them: `restart`, `maybe` where that is uncertain, or `pause`.
pub(crate) fn does(group: &MachineGroup<'_>) -> &'static str {
    if group.only_pauses() {
        "pause"
    } else if group.event.is_none() && unsaid(group) {
        "maybe"
    } else {
        "restart"
    }
}

/// Whether it is uncertain that anything restarts: Azure did not say, or nothing runs on a host.
///
/// Self-service exists only for maintenance that restarts, so its presence says more than an impact left unsaid.
fn unsaid(group: &MachineGroup<'_>) -> bool {
    let deallocated = |item: &&ContentItem| item.cautions.contains(&StartCaution::Deallocated);
    let by_azure = |item: &&ContentItem| matches!(item.window.impact, Impact::Unknown | Impact::Other(_));
    group.items.iter().all(deallocated)
        || group.schedule.self_service.is_none() && group.items.iter().any(by_azure)
}

/// That they will be restarted: `web-01 will be restarted`.
pub(crate) fn will_be(group: &MachineGroup<'_>, language: Language) -> String {
    words::will_be(language, group.items.len(), does(group), &whom(group, language))
}

/// The first sentences about a group. `pages` says whether a time can be chosen on a page of ours.
pub(crate) fn lead(group: &MachineGroup<'_>, reader: Locale, pages: bool) -> String {
    let language = reader.language;
    // What was not read for long is said as of then.
    let old = group.last_read().map(|read| words::as_of_sentence(language, &both(reader, read)));
    sentences([of_group(group, reader, pages), again(group, language)].into_iter().chain(old))
}

fn of_group(group: &MachineGroup<'_>, reader: Locale, pages: bool) -> String {
    let language = reader.language;
    let whom = whom(group, language);
    let news = news(group, &whom, reader);
    match (group.stage, group.outlook) {
        (Stage::Imminent, _) => sentences([news, words::lead_imminent_end(language)]),
        (Stage::Unconfirmed, _) => sentences([news, words::lead_unconfirmed_end(language)]),
        (Stage::AnnouncedElsewhere, _) => sentences([news, words::lead_elsewhere_end(language)]),
        (_, Outlook::NotKnown) => words::lead_not_known(language, &whom),
        (Stage::Started, _) | (_, Outlook::UnderWay) => sentences(
            [Some(words::lead_started(language, &whom)), loss::of_group(group, language)]
                .into_iter()
                .flatten(),
        ),
        (Stage::Notice | Stage::Reassigned, _) => sentences([news, words::nothing_to_do(language)]),
        (_, Outlook::Over) => sentences([news, words::nothing_left(language)]),
        (_, Outlook::Skipped) => words::lead_skipped(language, &whom),
        (_, Outlook::Passed) => sentences([news, passed(group, &whom, reader)]),
        (_, Outlook::Planned { begins }) => sentences([news, planned(group, &whom, begins, reader)]),
        (_, Outlook::Disabled | Outlook::Refused | Outlook::Unsaid) if !group.is_left => {
            sentences([news, limits(group, &whom, language), by_itself(group, &whom, reader)])
        }
        _ if group.asks() => {
            let them = words::whom_again(language, group.items.len());
            let nothing = words::if_you_do_nothing(language, &by_itself(group, &them, reader));
            sentences([news, choose(group, &whom, reader, pages), nothing])
        }
        _ => sentences([news, by_itself(group, &whom, reader), words::nothing_to_do(language)]),
    }
}

/// What is new, where that is more than that maintenance is planned.
fn news(group: &MachineGroup<'_>, whom: &str, reader: Locale) -> String {
    let language = reader.language;
    let not_before = group.event.and_then(|event| event.not_before).map(|at| both(reader, at));
    let does = does(group);
    match group.stage {
        _ if let Some(by) = group.asked_by => words::lead_asked(language, &one_line(by.as_str(), NAME), whom),
        Stage::Imminent => match not_before {
            Some(at) => words::lead_imminent_from(language, &at, does, whom),
            None => words::lead_imminent(language, does, whom),
        },
        Stage::Notice => match not_before {
            Some(at) => words::lead_notice_from(language, &at, does, whom),
            None => words::lead_notice(language, does, whom),
        },
        Stage::Unconfirmed => match not_before {
            Some(at) => words::lead_unconfirmed_from(language, &at, &will_be(group, language)),
            None => words::lead_unconfirmed(language, &will_be(group, language)),
        },
        Stage::AnnouncedElsewhere => elsewhere(group, whom, reader),
        Stage::Rescheduled => words::lead_rescheduled(language, whom),
        Stage::Escalated => words::lead_escalated(language, whom),
        Stage::SelfServiceClosed if matches!(group.outlook, Outlook::StartNow { .. }) => {
            words::lead_switched_off(language, whom)
        }
        Stage::SelfServiceClosed
            if !matches!(group.outlook, Outlook::Refused | Outlook::Unsaid | Outlook::Disabled) =>
        {
            words::lead_closed(language, whom)
        }
        Stage::CalledOff if not_begun(group) => words::lead_not_begun(language, whom),
        Stage::CalledOff => words::lead_called_off(language, whom),
        Stage::Failed if is_unknown(group) => words::lead_failed_unknown(language, whom),
        Stage::Failed => words::lead_failed(language, whom),
        Stage::HandedOver => handed_over(group, whom, language),
        Stage::HandedBack => words::lead_handed_back(language, whom),
        Stage::Completed => done(group, whom, language),
        Stage::Cancelled => words::lead_cancelled(language, whom),
        Stage::NoLongerPlanned => ended(group, whom, language),
        Stage::Reassigned => withdrawn(group, whom, reader),
        _ if group.outlook == Outlook::Over => words::lead_over(language, whom),
        _ => String::new(),
    }
}

/// What to choose, and until when.
fn choose(group: &MachineGroup<'_>, whom: &str, reader: Locale, pages: bool) -> String {
    let language = reader.language;
    let until = group.until().map(|until| times::by(reader, until, group.now));
    match (group.outlook, until) {
        _ if group.asked_by.is_some() || group.stage == Stage::SelfServiceClosed => String::new(),
        (Outlook::StartLater { from, .. }, until) => {
            let from = times::dated(reader, from, group.now);
            match until {
                Some(until) => words::choose_later(language, &from, &until, whom),
                None => words::choose_later_open(language, &from, whom),
            }
        }
        (_, Some(until)) if pages => words::choose_by(language, &until, whom),
        (_, Some(until)) => words::choose_portal_by(language, &until, whom),
        (_, None) => words::choose_open(language, whom),
    }
}

/// What keeps anything from being started.
fn limits(group: &MachineGroup<'_>, whom: &str, language: Language) -> String {
    match group.outlook {
        Outlook::Disabled => words::lead_disabled(language, whom),
        Outlook::Unsaid => words::lead_unsaid(language, whom),
        _ => words::lead_refused(language, whom),
    }
}

/// That Azure does it, and between which days. The moments stand below, among the dates.
fn by_itself(group: &MachineGroup<'_>, whom: &str, reader: Locale) -> String {
    let language = reader.language;
    let does = does(group);
    let Some(interval) = group.schedule.scheduled else {
        return words::azure_undated(language, does, whom);
    };
    let from = times::dated(reader, interval.start(), group.now);
    let until = times::dated(reader, interval.end(), group.now);
    if interval.said_end().is_none() {
        words::azure_from(language, does, &from, whom)
    } else if interval.contains(group.now) {
        words::azure_until(language, does, &until, whom)
    } else if interval.said_start().is_none() {
        words::azure_by(language, does, &until, whom)
    } else {
        words::azure_between(language, does, &from, &until, whom)
    }
}

/// That the last date has passed and nothing is known.
fn passed(group: &MachineGroup<'_>, whom: &str, reader: Locale) -> String {
    let last = group.schedule.scheduled.or(group.schedule.self_service);
    let passed = match last.and_then(|interval| interval.said_end()) {
        Some(end) => words::lead_passed_on(reader.language, &both(reader, end), whom),
        None => words::lead_passed(reader.language, whom),
    };
    sentences([passed, words::lead_passed_end(reader.language)])
}

fn planned(
    group: &MachineGroup<'_>,
    whom: &str,
    begins: chrono::DateTime<chrono::Utc>,
    reader: Locale,
) -> String {
    let language = reader.language;
    let at = both(reader, begins);
    let planned = match planner(group) {
        Some(by) => words::lead_planned_by(language, &at, &by, whom),
        None => words::lead_planned(language, &at, whom),
    };
    let loss = loss::of_group(group, language);
    sentences([Some(planned), loss, Some(words::lead_planned_end(language))].into_iter().flatten())
}

/// Who planned the starts of a group, where it was one person and not hours that were named once.
fn planner(group: &MachineGroup<'_>) -> Option<String> {
    let mut starts = group.items.iter().filter_map(|item| item.actions.open_start());
    let first = starts.next().filter(|start| start.ordered.is_none())?;
    let same = |other: &StartSummary| other.ordered.is_none() && other.by.name() == first.by.name();
    starts.all(same).then(|| actor::name(&first.by))
}

/// That it is done, and how long it took where that is known of the one machine.
fn done(group: &MachineGroup<'_>, whom: &str, language: Language) -> String {
    let started = match group.items.as_slice() {
        [item] => item.actions.last_settled(),
        _ => None,
    };
    let took = started.and_then(|start| outcome::length(start, language));
    let took = took.map(|length| words::lead_took(language, &length));
    sentences([words::lead_done(language, whom)].into_iter().chain(took))
}

/// That Azure announced something that the machine does not show.
fn elsewhere(group: &MachineGroup<'_>, whom: &str, reader: Locale) -> String {
    let language = reader.language;
    let when = group.elsewhere.and_then(|(announced, _)| {
        let until = both(reader, announced.until?);
        Some(match announced.from {
            Some(from) => words::elsewhere_between(language, &both(reader, from), &until),
            None => words::elsewhere_until(language, &until),
        })
    });
    let numbers = group.elsewhere.map(|(_, numbers)| numbers).unwrap_or_default();
    let numbers: Vec<String> = numbers.iter().map(|id| one_line(id, 40)).collect();
    let under = match numbers.as_slice() {
        [] => String::new(),
        numbers => words::elsewhere_under(language, &list(language, numbers, 3)),
    };
    words::lead_elsewhere(language, group.items.len(), &under, &when.unwrap_or_default(), whom)
}

/// Whether the starts of a group were not begun, though nobody called them off.
pub(crate) fn not_begun(group: &MachineGroup<'_>) -> bool {
    let mut last = group.items.iter().filter_map(|item| item.actions.last_settled());
    let is_not_begun = |start: &StartSummary| match &start.status {
        StartStatus::Settled { outcome: StartOutcome::NotBegun { reason }, .. } => {
            !matches!(reason, StartRefusal::Halted { .. })
        }
        _ => false,
    };
    last.all(is_not_begun) && group.items.iter().any(|item| item.actions.last_settled().is_some())
}

/// Whether nobody knows how the starts of a group ended.
pub(crate) fn is_unknown(group: &MachineGroup<'_>) -> bool {
    let unknown = |start: &StartSummary| {
        matches!(
            start.status,
            StartStatus::Settled { outcome: StartOutcome::NotKnown { .. } | StartOutcome::Unknown, .. }
        )
    };
    group.items.iter().all(|item| item.actions.last_settled().is_some_and(unknown))
}

/// That somebody was asked to take machines over, by whom, and what can be done about it.
fn handed_over(group: &MachineGroup<'_>, whom: &str, language: Language) -> String {
    let of = |item: &&ContentItem| {
        asked(&item.actions).map(|(to, record)| (one_line(to.as_str(), NAME), actor::name(&record.by)))
    };
    let first = group.items.first().and_then(of);
    let same = group.items.iter().all(|item| of(item) == first);
    match first.filter(|_| same) {
        Some((to, by)) => words::lead_handed_over(language, &by, &to, whom),
        None => words::lead_handed_over_by_somebody(language, whom),
    }
}

/// Whether the same machines had dates before, which readers would otherwise take for a mistake of ours.
fn again(group: &MachineGroup<'_>, language: Language) -> String {
    let new = matches!(group.stage, Stage::Announced | Stage::SelfServiceOpen);
    let count = group.items.iter().filter(|item| item.again).count();
    match (new, count) {
        (false, _) | (_, 0) => String::new(),
        (_, all) if all == group.items.len() => words::lead_again(language),
        (_, some) => words::lead_again_some(language, some),
    }
}

fn ended(group: &MachineGroup<'_>, whom: &str, language: Language) -> String {
    match group.ended {
        Some(EndReason::Deleted) => words::lead_deleted(language, group.items.len(), whom),
        Some(EndReason::Moved) => words::lead_moved(language, group.items.len(), whom),
        Some(EndReason::Completed) => words::lead_done(language, whom),
        Some(EndReason::Cancelled) => words::lead_cancelled(language, whom),
        Some(EndReason::NoLongerPlanned) if group.items.iter().all(|item| item.replaced) => {
            words::lead_replaced(language, whom)
        }
        Some(EndReason::NoLongerPlanned) | None => words::lead_unlisted(language, whom),
    }
}

/// Who has machines now.
fn owners(recipients: &[RecipientName], language: Language) -> String {
    list(language, &recipients.iter().map(|name| one_line(name.as_str(), NAME)).collect::<Vec<_>>(), 5)
}

fn withdrawn(group: &MachineGroup<'_>, whom: &str, reader: Locale) -> String {
    let language = reader.language;
    match group.withdrawn {
        Some(WithdrawnTo::Others { recipients }) if !recipients.is_empty() => {
            words::lead_with_others(language, &owners(recipients, language), whom)
        }
        Some(WithdrawnTo::Silenced { reason, until }) => {
            let reason = one_line(reason, 200);
            match until {
                Some(until) => words::lead_silenced_until(language, &reason, &both(reader, *until), whom),
                None => words::lead_silenced(language, &reason, whom),
            }
        }
        Some(WithdrawnTo::Others { .. }) | None => words::lead_not_yours(language, whom),
    }
}
