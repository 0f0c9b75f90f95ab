//! What happens to a group of machines: the heading, what it is about, and what comes if nobody does anything.

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Utc};

use super::super::groups::{MachineGroup, Outlook};
use super::super::times::{self, ZonedMoment};
use super::machine::NAME;
use super::numbers::choose;
use super::{loss, responses, status};
use crate::domain::action::duration::usual_duration;
use crate::domain::action::response::{StartStatus, StartSummary};
use crate::domain::action::start::{StartOutcome, StartRefusal};
use crate::domain::advice::Advice;
use crate::domain::assignment::WithdrawnTo;
use crate::domain::message_content::ContentItem;
use crate::domain::ownership::asked;
use crate::domain::recipient_name::RecipientName;
use crate::domain::sanitize::{list, one_line};
use crate::domain::stage::Stage;
use crate::domain::window::{EndReason, Impact};

/// The line over a group of which nobody knows what became.
const NOT_KNOWN: &str = "What became of the start is not known";

/// That nobody knows what became of a start.
pub(crate) fn not_known(this: &str) -> String {
    format!("A day has passed, and Azure has not said what became of the start of {this}. Look at it.")
}

/// The line over a group, and beside it in UTC the moment that it names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heading {
    pub(crate) text: String,
    pub(crate) utc: Option<String>,
}

impl Heading {
    fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), utc: None }
    }

    /// A line that names one moment: `before`, the moment, `after`.
    fn at(before: &str, zone: Tz, moment: DateTime<Utc>, after: &str) -> Self {
        let ZonedMoment { local, utc } = times::zoned(zone, moment);
        Self { text: format!("{before} {local}{after}"), utc }
    }

    /// Both in one line.
    pub(crate) fn line(self) -> String {
        match self.utc {
            Some(utc) => format!("{} ({utc})", self.text),
            None => self.text,
        }
    }
}

/// The line over a group: what to do, or that there is nothing to do.
pub(crate) fn heading(group: &MachineGroup<'_>, zone: Tz) -> Heading {
    let not_before = group.event.and_then(|event| event.not_before);
    let of_event = |after: &str, undated: &str| match not_before {
        Some(at) => Heading::at("Not before", zone, at, after),
        None => Heading::plain(undated),
    };
    match group.stage {
        Stage::Imminent => return of_event("", "Azure starts it by itself"),
        Stage::Notice => return of_event("", "Azure does it by itself"),
        Stage::Unconfirmed => {
            return of_event(", not yet confirmed by Azure", "Not yet confirmed by Azure");
        }
        Stage::AnnouncedElsewhere => return Heading::plain("The machine shows no dates yet"),
        Stage::Started if group.outlook == Outlook::NotKnown => return Heading::plain(NOT_KNOWN),
        Stage::Started => return Heading::plain("It is being carried out"),
        Stage::Reassigned => {
            return Heading::plain(match group.withdrawn {
                Some(WithdrawnTo::Others { recipients }) if !recipients.is_empty() => {
                    format!("With {} now", owners(recipients))
                }
                _ => "No longer with you".to_owned(),
            });
        }
        _ => {}
    }
    match group.outlook {
        Outlook::Over => Heading::plain("Nothing is left to do"),
        Outlook::Skipped => Heading::plain("Azure will plan new dates"),
        Outlook::Passed => Heading::plain("The time has passed, and nothing is known"),
        Outlook::Planned { begins } => {
            let loses = if loss::of_group(group).is_some() { ", and data is lost" } else { "" };
            Heading::at("Starts", zone, begins, loses)
        }
        Outlook::UnderWay => Heading::plain("It is being carried out"),
        Outlook::NotKnown => Heading::plain(NOT_KNOWN),
        Outlook::StartNow { until } if group.asks() => match until {
            Some(until) => Heading::at("Act by", zone, until, ""),
            None => Heading::plain("You can start it now"),
        },
        Outlook::StartLater { from, until } if group.asks() => match until {
            Some(until) => Heading::at("Act by", zone, until, ""),
            None => Heading::at("You can start it from", zone, from, " on"),
        },
        Outlook::Disabled => Heading::plain("Its subscription is disabled: nothing can be started in it"),
        Outlook::Refused => Heading::plain("Azure does not accept a start at the moment"),
        _ => Heading::plain("No action needed: Azure will take care of it"),
    }
}

/// The news in one or two words, as a label.
pub(crate) fn label(group: &MachineGroup<'_>) -> &'static str {
    match (group.stage, group.outlook) {
        (_, Outlook::Disabled) => "Subscription disabled",
        (Stage::SelfServiceClosed, Outlook::Refused) => "No start now",
        (Stage::SelfServiceClosed, Outlook::StartNow { .. }) => "Not from here",
        (stage, _) => status::label(stage),
    }
}

/// What the news is, of the machines called `this`.
pub(crate) fn news(group: &MachineGroup<'_>, this: &str, zone: Tz) -> String {
    let one = group.items.len() == 1;
    let news = match group.stage {
        Stage::Announced => format!("Azure plans maintenance that {} {this}.", does(group)),
        Stage::Rescheduled => {
            format!("Azure moved the dates of the maintenance that {} {this}.", does(group))
        }
        Stage::SelfServiceOpen => "From now on you can start the maintenance yourself.".to_owned(),
        Stage::SelfServiceClosed if group.outlook == Outlook::Disabled => {
            format!("The subscription of {this} is disabled, so that no start is accepted there any more.")
        }
        Stage::SelfServiceClosed if group.outlook == Outlook::Refused => {
            format!("Azure does not accept a start of {this} any more, although self-service is not over.")
        }
        Stage::SelfServiceClosed if matches!(group.outlook, Outlook::StartNow { .. }) => format!(
            "{} not started from here any more: the operators of this service have switched that off. Azure’s portal still \
             starts {}.",
            if one { "This machine is" } else { "These machines are" },
            choose(group.items.len(), "it", "them")
        ),
        Stage::Reminder => "The time in which you can start the maintenance yourself runs out.".to_owned(),
        Stage::Escalated => format!(
            "Nobody has decided yet when {this} {} be restarted, and the time in which that can be chosen runs out.",
            choose(group.items.len(), "is to", "are to")
        ),
        Stage::SelfServiceClosed => {
            "The time in which you could start the maintenance yourself is over.".to_owned()
        }
        Stage::ScheduledSoon => "Azure’s own window opens soon.".to_owned(),
        Stage::ScheduledOpen => "Azure’s own window is open.".to_owned(),
        Stage::Passed => passed(group, this, zone),
        Stage::AnnouncedElsewhere => elsewhere(group, this, zone),
        Stage::Imminent => format!("Azure {} {this} within minutes.", does(group)),
        Stage::Notice => match not_before(group, zone) {
            Some(not_before) => format!("Azure {} {this} {not_before}.", does(group)),
            None => format!("Azure {} {this}.", does(group)),
        },
        Stage::Unconfirmed => reported(group, this, zone),
        Stage::Planned => format!("A start of the maintenance that {} {this} is planned.", does(group)),
        Stage::CalledOff if not_begun(group) => format!("The planned start of {this} was not begun."),
        Stage::CalledOff => format!("The planned start of {this} was called off."),
        Stage::Started if group.outlook == Outlook::NotKnown => not_known(this),
        Stage::Started => format!("The maintenance that {} {this} is under way.", does(group)),
        // Whether each of them runs again stands beside it.
        Stage::Completed if group.items.iter().any(|item| item.actions.last_settled().is_some()) => {
            format!("The maintenance of {this} is done.")
        }
        Stage::Completed => format!(
            "The maintenance of {this} is done. {} on an updated host.",
            if one { "It runs" } else { "They run" }
        ),
        Stage::Skipped => format!(
            "The start of {this} did not succeed, and Azure skips {} in this window.",
            if one { "it" } else { "them" }
        ),
        Stage::Failed if is_unknown(group) => format!("It is not known what became of the start of {this}."),
        Stage::Failed => format!("The start of {this} did not succeed."),
        Stage::Cancelled => format!("Azure called off the maintenance of {this}."),
        Stage::NoLongerPlanned => ended(group, this),
        Stage::Reassigned => withdrawn(group, this, zone),
        Stage::HandedOver => handed_over(group, this),
        Stage::HandedBack => {
            format!("Whom you asked did not take over {this}: you stay responsible.")
        }
    };
    news + &again(group)
}

/// That the last date has passed and nothing is known.
pub(crate) fn passed(group: &MachineGroup<'_>, this: &str, zone: Tz) -> String {
    let last = group.schedule.scheduled.or(group.schedule.self_service);
    let ended =
        last.and_then(|interval| interval.said_end()).map(|end| format!(" on {}", times::both(zone, end)));
    format!(
        "The last date for the maintenance of {this} passed{}, and Azure has not said what became of it.",
        ended.unwrap_or_default()
    )
}

/// That Azure announced something that the machine does not show.
fn elsewhere(group: &MachineGroup<'_>, this: &str, zone: Tz) -> String {
    let announced = group.items.first().and_then(|item| item.window.elsewhere.as_ref());
    let between = announced.and_then(|announced| {
        let until = times::both(zone, announced.until?);
        Some(match announced.from {
            Some(from) => format!(" between {} and {until}", times::both(zone, from)),
            None => format!(" until {until}"),
        })
    });
    let numbers = group.items.first().map(|item| item.window.tracking_ids.as_slice()).unwrap_or_default();
    let numbers: Vec<String> = numbers.iter().map(|id| one_line(id, 40)).collect();
    let under = if numbers.is_empty() { String::new() } else { format!(" under {}", list(&numbers, 3)) };
    format!(
        "Azure announced maintenance of {this}{}{under}, and {} no dates of it for a day.",
        between.unwrap_or_default(),
        choose(group.items.len(), "the machine itself shows", "the machines themselves show")
    )
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

/// What an event reports that Azure did not confirm: in our own words, and said to be that.
pub(crate) fn reported(group: &MachineGroup<'_>, this: &str, zone: Tz) -> String {
    let when = not_before(group, zone).map(|not_before| format!(", {not_before}")).unwrap_or_default();
    format!("Reported by an event, not yet confirmed by Azure: {this} {}{when}.", will_be(group))
}

/// That somebody was asked to take machines over, by whom, and what can be done about it.
fn handed_over(group: &MachineGroup<'_>, this: &str) -> String {
    let of = |item: &&ContentItem| {
        asked(&item.actions).map(|(to, record)| (one_line(to.as_str(), NAME), responses::name(&record.by)))
    };
    let first = group.items.first().and_then(of);
    let same = group.items.iter().all(|item| of(item) == first);
    let what = match first.filter(|_| same) {
        Some((to, by)) => format!("{by} asked {to} to take over {this}."),
        None => format!("Somebody was asked to take over {this}."),
    };
    format!(
        "{what} Until they accept, you stay responsible. If you did not want that, hand it over to somebody else, which \
         takes it back, and tell the operators of this service."
    )
}

/// Who planned the starts of a group, where it was one person and not hours that were named once.
pub(crate) fn planner(group: &MachineGroup<'_>) -> Option<String> {
    let mut starts = group.items.iter().filter_map(|item| item.actions.open_start());
    let first = starts.next().filter(|start| start.ordered.is_none())?;
    let same = |other: &StartSummary| other.ordered.is_none() && other.by.name() == first.by.name();
    starts.all(same).then(|| responses::name(&first.by))
}

/// Whether the same machines had dates before, which readers would otherwise take for a mistake of ours.
fn again(group: &MachineGroup<'_>) -> String {
    let new = matches!(group.stage, Stage::Announced | Stage::SelfServiceOpen);
    let count = group.items.iter().filter(|item| item.again).count();
    match (new, count) {
        (false, _) | (_, 0) => String::new(),
        (_, all) if all == group.items.len() => {
            " This is a new plan: an earlier one has already ended.".to_owned()
        }
        (_, some) => {
            format!(" For {some} of them this is a new plan after an earlier one that has already ended.")
        }
    }
}

fn ended(group: &MachineGroup<'_>, this: &str) -> String {
    match group.ended {
        Some(EndReason::Deleted) => {
            format!("In the meantime {this} ceased to exist.")
        }
        Some(EndReason::Moved) => format!(
            "In the meantime {this} moved to another host (after a stop, a resize or a redeploy), so the maintenance \
             is no longer needed."
        ),
        Some(EndReason::Completed) => format!("The maintenance of {this} is done."),
        Some(EndReason::Cancelled) => format!("Azure called off the maintenance of {this}."),
        Some(EndReason::NoLongerPlanned) if group.items.iter().all(|item| item.replaced) => format!(
            "Azure planned the maintenance of {this} anew, and never said what became of the earlier plan. That one is closed."
        ),
        Some(EndReason::NoLongerPlanned) | None => {
            format!("Azure no longer lists maintenance for {this} and does not say why.")
        }
    }
}

/// Who has machines now.
fn owners(recipients: &[RecipientName]) -> String {
    list(&recipients.iter().map(|name| one_line(name.as_str(), NAME)).collect::<Vec<_>>(), 5)
}

fn withdrawn(group: &MachineGroup<'_>, this: &str, zone: Tz) -> String {
    match group.withdrawn {
        Some(WithdrawnTo::Others { recipients }) if !recipients.is_empty() => {
            format!("From now on {} will be told about {this} instead of you.", owners(recipients))
        }
        Some(WithdrawnTo::Silenced { reason, until }) => {
            let until = until.map(|until| format!(" until {}", times::both(zone, until))).unwrap_or_default();
            format!("The configuration silences messages about {this}{until} (“{}”).", one_line(reason, 200))
        }
        Some(WithdrawnTo::Others { .. }) | None => format!("You are no longer responsible for {this}."),
    }
}

/// What happens if nobody does anything; `None` when nothing is left to happen.
pub(crate) fn otherwise(group: &MachineGroup<'_>, zone: Tz) -> Option<String> {
    let it = choose(group.items.len(), "it", "them");
    match (group.outlook, group.stage) {
        (_, Stage::Unconfirmed) | (Outlook::Over, _) => return None,
        (_, Stage::AnnouncedElsewhere) => {
            return Some(format!(
                "Nothing can be chosen yet. Dates that Azure shows on {it} are announced to you by themselves. If it was \
                 stopped, moved or redeployed lately, it may not need it any more. You are told this once."
            ));
        }
        (Outlook::Skipped, _) => {
            return Some(format!(
                "Azure leaves {it} alone in this window and plans new dates. You will hear of them."
            ));
        }
        (Outlook::NotKnown, _) => {
            return Some(format!(
                "Nothing else of {} group is started until Azure says how this one ended. You will hear of it.",
                choose(group.items.len(), "its", "their")
            ));
        }
        (Outlook::Passed, _) => {
            return Some(format!(
                "Nothing can be chosen any more. Look whether {it} restarted since then: that was it. When Azure says how \
                 it ended, or plans new dates, you will hear of it."
            ));
        }
        (Outlook::UnderWay, _) | (_, Stage::Started) => return None,
        (Outlook::Planned { .. }, _) => {
            let loss = loss::of_group(group).map(|loss| format!("{loss} ")).unwrap_or_default();
            return Some(format!(
                "{loss}It begins by itself, after everything was checked once more. Whoever objects can call it off \
                 until then. {}",
                duration(group)
            ));
        }
        (_, Stage::Imminent | Stage::Notice) => {
            let kind = group.event.and_then(|event| kind_of_event(event.impact));
            let kind = kind.map(|kind| format!(" {kind}")).unwrap_or_default();
            return Some(format!("Azure does it by itself.{kind} {}", duration(group)));
        }
        _ => {}
    }
    Some(format!("{} {}", by_itself(group, zone), duration(group)))
}

/// That Azure does it, and between which days. The moments stand beside it, among the dates.
pub(crate) fn by_itself(group: &MachineGroup<'_>, zone: Tz) -> String {
    let it = choose(group.items.len(), "it", "them");
    let does = does(group);
    match group.schedule.scheduled {
        Some(interval) if interval.said_end().is_none() => format!(
            "Azure {does} {it} at a moment of its own choosing, not before {}; it has not said until when.",
            times::day(zone, interval.start())
        ),
        Some(interval) if interval.contains(group.now) => format!(
            "Azure {does} {it} at a moment of its own choosing, from now until {}.",
            times::dated(zone, interval.end(), group.now)
        ),
        Some(interval) if interval.said_start().is_none() => format!(
            "Azure {does} {it} at a moment of its own choosing, by {} at the latest.",
            times::day(zone, interval.end())
        ),
        Some(interval) => format!(
            "Azure {does} {it} at a moment of its own choosing between {} and {}.",
            times::dated(zone, interval.start(), group.now),
            times::dated(zone, interval.end(), group.now)
        ),
        None => format!("Azure {does} {it} by itself; it has not said when."),
    }
}

/// How to start it, where there is something that should be started.
pub(crate) fn how_to_start(group: &MachineGroup<'_>, zone: Tz) -> Option<String> {
    if group.stage == Stage::Unconfirmed {
        return None;
    }
    if group.outlook == Outlook::Disabled {
        return Some(
            "Whoever is responsible for the subscription has to enable it again. When a start is accepted then, you will \
             hear of it."
                .to_owned(),
        );
    }
    if group.outlook == Outlook::Refused && !group.left_to_azure() {
        return Some("When Azure accepts a start, you will hear of it.".to_owned());
    }
    if !group.asks() {
        return None;
    }
    let asked = group.to_act_on().count();
    let which = if asked == group.items.len() {
        choose(asked, "it", "each of them").to_owned()
    } else {
        format!("{asked} of these {} machines", group.items.len())
    };
    let moved = if group.items.len() == 1 { "it" } else { "a machine" };
    let effect = format!(
        "That moves {moved} to an updated host at once: a restart of several minutes, and the temporary disk is lost."
    );
    Some(match group.outlook {
        Outlook::StartLater { from, .. } => format!(
            "From {} on you can start {which} yourself, at a time that suits you. {effect}",
            times::both(zone, from)
        ),
        _ => format!("You can start {which} now, in Azure’s portal or with the command below. {effect}"),
    })
}

/// The verb for what the maintenance does.
///
/// Self-service exists only for maintenance that restarts, so its presence says more than an impact left unsaid.
pub(crate) fn does(group: &MachineGroup<'_>) -> &'static str {
    if group.only_pauses() {
        "pauses"
    } else if group.event.is_none() && unsaid(group) {
        "may restart"
    } else {
        "restarts"
    }
}

/// The same for what is done to machines in the future.
pub(crate) fn will_be(group: &MachineGroup<'_>) -> &'static str {
    if group.only_pauses() {
        "will be paused for seconds"
    } else if group.event.is_none() && unsaid(group) {
        "may be restarted"
    } else {
        "will be restarted"
    }
}

/// Whether it is uncertain that anything restarts: Azure did not say, or nothing runs on a host.
fn unsaid(group: &MachineGroup<'_>) -> bool {
    let deallocated = |item: &&ContentItem| item.advice.contains(&Advice::Deallocated);
    group.items.iter().all(deallocated) || unsaid_by_azure(group)
}

fn unsaid_by_azure(group: &MachineGroup<'_>) -> bool {
    group.schedule.self_service.is_none()
        && group.items.iter().any(|item| matches!(item.window.impact, Impact::Unknown | Impact::Other(_)))
}

fn duration(group: &MachineGroup<'_>) -> String {
    match group.event.and_then(|event| event.seconds) {
        Some(seconds) => format!("Azure expects it to take {}.", times::length(Tz::UTC, seconds)),
        None if group.only_pauses() => "That takes some seconds.".to_owned(),
        None => format!("That usually takes about {} minutes.", usual_duration().num_minutes()),
    }
}

/// What Azure calls an event, and what that means, as a sentence.
fn kind_of_event(impact: &Impact) -> Option<String> {
    Some(match impact {
        Impact::Freeze => "It calls this a freeze: a pause of a few seconds.".to_owned(),
        Impact::Reboot => "It calls this a reboot: a restart, and what is in memory is lost.".to_owned(),
        Impact::Redeploy => {
            "It calls this a redeploy: a restart on another host, and the temporary disk is lost.".to_owned()
        }
        Impact::Other(word) => format!("It calls this “{}”.", one_line(word, 60)),
        Impact::Unknown => return None,
    })
}

/// When Azure acts at the earliest, for whom that is minutes away.
pub(crate) fn not_before(group: &MachineGroup<'_>, zone: Tz) -> Option<String> {
    let at = group.event?.not_before?;
    Some(format!("no earlier than {}", times::both(zone, at)))
}

/// That everything in a group had better be left to Azure although its owner could start it.
pub(crate) fn left_to_azure(group: &MachineGroup<'_>) -> Option<String> {
    let startable = matches!(group.outlook, Outlook::StartNow { .. } | Outlook::StartLater { .. });
    (startable && group.left_to_azure()).then(|| {
        "Starting it yourself would gain nothing or do harm; the reason stands with each machine.".to_owned()
    })
}
