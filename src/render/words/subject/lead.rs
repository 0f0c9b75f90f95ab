//! The first sentences of a message.

use chrono::{DateTime, Utc};

use super::content::{
    main_group, of_report, only_ended_starts, only_notes, only_operator_alerts, only_summary,
};
use super::subject_line::many;
use crate::domain::message::MessageKind;
use crate::domain::message_content::MessageContent;
use crate::domain::stage::Stage;
use crate::domain::time_zone::Tz;
use crate::render::groups::{MachineGroup, Outlook};
use crate::render::times;
use crate::render::words::machine::name;
use crate::render::words::numbers::{choose, machines, plural};
use crate::render::words::{coverage, drill, loss, story, summary};

fn heartbeat_lead(content: &MessageContent) -> String {
    let planned = match (content.unchanged, content.unchanged_deadline) {
        (0, _) => "Nothing is planned for them at the moment.".to_owned(),
        (count, None) => format!("It was told of {} with planned maintenance.", machines(count)),
        (count, Some(deadline)) => format!(
            "It was told of {} with planned maintenance; the nearest deadline is {}.",
            machines(count),
            times::both(content.timezone, deadline)
        ),
    };
    format!(
        "This channel hears of Azure maintenance that is planned for its machines. {planned} In quiet times a card \
         like this comes once a month, and shows that the way here still works. You need not do anything."
    )
}

fn words_of_age(read: DateTime<Utc>, zone: Tz) -> String {
    format!("This is how it stood when Azure was last read, on {}.", times::both(zone, read))
}

/// The first sentences: what, when, and what happens if nobody does anything.
pub(crate) fn lead(content: &MessageContent, groups: &[MachineGroup<'_>]) -> String {
    if let Some(wave) = &content.wave {
        return summary::wave_lead(wave);
    }
    if let Some(summary) = only_summary(content) {
        return summary::lead(summary, content.timezone);
    }
    match content.kind {
        MessageKind::GoLive => go_live_lead(content),
        MessageKind::Coverage => of_report(content, coverage::lead),
        MessageKind::Heartbeat => heartbeat_lead(content),
        MessageKind::Drill => drill::lead(content),
        _ if only_notes(content) => {
            "After that messages about these machines come again. You are told once, and need not do anything."
                .to_owned()
        }
        _ if only_ended_starts(content) => {
            "You are told how it ended because it was started on the command line, where nobody may wait for it."
                .to_owned()
        }
        _ if only_operator_alerts(content) => {
            "The notifier ran into trouble that it cannot solve by itself. You are told once.".to_owned()
        }
        _ => match main_group(groups) {
            Some(main) => main_lead(main, content),
            None => match content.unread_since {
                Some(since) => not_read(since, content),
                None => "Nothing changed since you were last told.".to_owned(),
            },
        },
    }
}

/// That nothing is known since then, and what changed is not known.
fn not_read(since: DateTime<Utc>, content: &MessageContent) -> String {
    format!(
        "Azure could not be read since {}, so it is not known what changed.",
        times::both(content.timezone, since)
    )
}

fn go_live_lead(content: &MessageContent) -> String {
    let Some(report) = &content.go_live else {
        return "From now on owners are told about planned maintenance of their machines.".to_owned();
    };
    let subscriptions = plural(report.subscriptions, "subscription", "subscriptions");
    let first = format!("Azure plans maintenance of {} in {subscriptions}.", machines(report.machines));
    match (report.machines, report.unowned.len()) {
        (0, _) => format!(
            "Azure plans no maintenance in {subscriptions} at the moment. As soon as it does, the owners will be told."
        ),
        (_, 0) => format!("{first} All of them have an owner, who is told now."),
        (_, missing) => format!(
            "{first} {} {} an owner, who is told now. For {missing} nobody was found: until that changes, you are \
             told.",
            report.owned,
            choose(report.owned, "has", "have")
        ),
    }
}

fn main_lead(group: &MachineGroup<'_>, content: &MessageContent) -> String {
    let zone = content.timezone;
    let whom = match (group.items.len(), group.items.first()) {
        (1, Some(item)) => name(item.window.place()),
        (several, _) => many(group, several),
    };
    let does = story::does(group);
    let asked = group.to_act_on().count();
    let some = if asked < group.items.len() { format!(" for {asked} of them") } else { String::new() };
    let plans = match group.stage {
        Stage::Rescheduled
        | Stage::Failed
        | Stage::CalledOff
        | Stage::HandedOver
        | Stage::HandedBack
        | Stage::Escalated => story::news(group, &whom, zone),
        Stage::SelfServiceClosed
            if matches!(group.outlook, Outlook::Refused | Outlook::Disabled | Outlook::StartNow { .. }) =>
        {
            story::news(group, &whom, zone)
        }
        _ => format!("Azure plans maintenance that {does} {whom}."),
    };
    let first = match (group.stage, group.outlook) {
        (Stage::Imminent, _) => match story::not_before(group, zone) {
            Some(not_before) => format!("Azure {does} {whom} within minutes, {not_before}."),
            None => format!("Azure {does} {whom} within minutes."),
        },
        (_, Outlook::NotKnown) => story::not_known(&whom),
        (Stage::Notice, _) => story::news(group, &whom, zone),
        (Stage::AnnouncedElsewhere, _) => {
            format!("{} You need not do anything yet.", story::news(group, &whom, zone))
        }
        (Stage::Unconfirmed, _) => format!(
            "{} You need not do anything. If Azure confirms it, you will be told.",
            story::reported(group, &whom, zone)
        ),
        (Stage::Started, _) | (_, Outlook::UnderWay) => {
            format!("The maintenance that {does} {whom} has been started.")
        }
        (Stage::Reassigned, _) => format!("{} You need not do anything.", story::news(group, &whom, zone)),
        (_, Outlook::Over) => format!("{} Nothing is left to do.", story::news(group, &whom, zone)),
        (_, Outlook::Skipped) => story::news(group, &whom, zone),
        (Stage::Passed, Outlook::Passed) => story::news(group, &whom, zone),
        (Stage::Announced | Stage::Reminder | Stage::ScheduledSoon, Outlook::Passed) => {
            story::passed(group, &whom, zone)
        }
        (_, Outlook::Passed) => {
            format!("{} {}", story::news(group, &whom, zone), story::passed(group, &whom, zone))
        }
        (stage, Outlook::Planned { begins }) => {
            let news = match stage {
                Stage::Planned => String::new(),
                _ => format!("{} ", story::news(group, &whom, zone)),
            };
            let at = times::both(zone, begins);
            match story::planner(group) {
                Some(who) => format!("{news}{who} planned the maintenance that {does} {whom} for {at}."),
                None => format!("{news}The maintenance that {does} {whom} is planned for {at}."),
            }
        }
        (_, Outlook::StartNow { until: Some(until) }) if group.asks() => {
            format!("{plans} Until {} you can choose the moment yourself{some}.", times::both(zone, until))
        }
        (_, Outlook::StartNow { until: None }) if group.asks() => {
            format!("{plans} You can choose the moment yourself{some}; Azure has not said until when.")
        }
        (_, Outlook::StartLater { from, until: Some(until) }) if group.asks() => format!(
            "{plans} From {} until {} you can choose the moment yourself{some}.",
            times::both(zone, from),
            times::both(zone, until)
        ),
        (_, Outlook::StartLater { from, until: None }) if group.asks() => format!(
            "{plans} From {} on you can choose the moment yourself{some}; Azure has not said until when.",
            times::both(zone, from)
        ),
        (stage, Outlook::Disabled) if stage != Stage::SelfServiceClosed => {
            format!("{plans} The subscription is disabled, so nothing can be started there.")
        }
        _ => format!("{plans} You need not do anything."),
    };
    let otherwise = match (group.outlook, group.stage) {
        (Outlook::Over | Outlook::UnderWay | Outlook::NotKnown, _)
        | (
            _,
            Stage::AnnouncedElsewhere | Stage::Imminent | Stage::Notice | Stage::Unconfirmed | Stage::Started,
        ) => String::new(),
        (Outlook::Planned { .. }, _) => match loss::of_group(group) {
            Some(loss) => format!(" {loss} Whoever does not want that calls it off until then."),
            None => " You need not do anything.".to_owned(),
        },
        (Outlook::Passed, _) => " When Azure says how it ended, you will hear of it.".to_owned(),
        (Outlook::Skipped, _) => " New dates will follow, and you will hear of them.".to_owned(),
        _ if group.asks() => format!(" If nobody does, {}", story::by_itself(group, zone)),
        _ => format!(" {}", story::by_itself(group, zone)),
    };
    let others = content.items.len() - group.items.len();
    let more = match others {
        0 => String::new(),
        1 => " One more machine follows below.".to_owned(),
        several => format!(" {several} more machines follow below."),
    };
    // What was not read for long is said as of then.
    let old = group.last_read().map(|read| format!("{} ", words_of_age(read, zone))).unwrap_or_default();
    format!("{old}{first}{otherwise}{more}")
}
