//! What the page says of responses, starts and refusals. Foreign text enters through [`one_line`].

use crate::domain::time_zone::Tz;
use chrono::{DateTime, Utc};

use crate::config::nearest;
use crate::domain::action::Actor;
use crate::domain::action::anti_affinity::WaitReason;
use crate::domain::action::duration::usual_duration;
use crate::domain::action::response::{Response, ResponseRecord, StartStatus, StartSummary};
use crate::domain::action::start::{ReleasedBy, StartOutcome, StartRefusal};
use crate::domain::assignment::{Withdrawn, WithdrawnTo};
use crate::domain::ownership::is_for_lack_of_an_answer;
use crate::domain::sanitize::one_line;
use crate::domain::window::EndReason;
use crate::render::times::{both, local, span};
use crate::render::words::{hint, name, ordered};

pub(super) const NOT_OURS: &str = "This link is not one of ours, or it has been withdrawn. Open the newest message about the machine and \
     use the link in it; Azure’s portal shows the machine’s maintenance too.";
/// How it is done where it cannot be done from here.
pub(super) const PORTAL: &str = "To start it in Azure’s portal: open the machine (its name on this page leads there), follow the notice about \
     planned maintenance at the top, and press “Start maintenance”. Your own rights in Azure count there.";
pub(super) const FORBIDDEN: &str =
    "It cannot be started from here: Azure lately did not let this service do that in its resource group.";
pub(super) const ONLY_NOW: &str = "It is started with your own rights in Azure, and these are at hand only while you are here: a start at another \
     time cannot be planned.";
pub(super) const FORGOTTEN: &str = "The maintenance that this link was about ended long ago, or this service began anew since: nothing is kept of it here \
     any more. The newest message about a machine has a link that works.";
pub(super) const UNDATED: &str =
    "Azure has not said until when it accepts a start: one at another time cannot be planned.";
pub(super) const NO_SUCH_PLAN: &str = "No rolling plan of this kind belongs to this link. Open the newest message about the machines and use the link in it: \
     it leads to their plan.";
pub(super) const TOO_LONG: &str = "What was sent is longer than the form allows. Go back, shorten the note and send it again. Nothing was done.";
pub(super) const TOO_SLOW: &str =
    "What was sent did not arrive within ten seconds. Go back and send it again. Nothing was done.";
pub(super) const NOT_A_FORM: &str = "Only the form on the page itself is understood. Nothing was done.";
pub(super) const FOREIGN_FORM: &str = "This came from another site than the page itself, so nothing was done. Open the link in the message and use \
     the form there.";
pub(super) const TOO_LATE: &str = "that cannot be taken back any more: a day has passed, or somebody else accepted it since. Whoever has it now can \
     hand it over to you.";
pub(super) const SENT_BEFORE: &str =
    "nothing was done: this form was sent before. Below is how it stands now.";
/// The same, where it is about no machine.
pub(super) const FORM_SENT_BEFORE: &str =
    "Nothing was done: this form was sent before. Below is how it stands now.";
pub(super) const START_SENT_BEFORE: &str = "not started: this form was sent before, and was refused then. Sent again by a browser it starts nothing; use the form \
     below if you still want it.";
pub(super) const ACKNOWLEDGED: &str = "acknowledged.";
pub(super) const NOBODY_SIGNS_IN: &str = "Sign-in is not set up for this service, so it cannot know whose machines are yours. Use the link in the newest \
     message about the machine.";
pub(super) const SIGN_IN_FOR_MINE: &str = "This page shows the planned maintenance of your machines. Sign in with the account to whose address the messages go.";
pub(super) const NOT_KEPT: &str = "What is known of this maintenance is no longer kept with you.";
pub(super) const MOVED: &str = "Azure moved this maintenance after the message was sent. The dates here are the new ones, and what you decide here \
     is for them.";
pub(super) const TAKE_FIRST: &str = "It was handed to you: take it before you start it.";
pub(super) const BETTER_LEFT: &str = "Nothing to do: this is better left to Azure.";
pub(super) const NOTHING_TO_START: &str =
    "There is nothing to start here at the moment. You can still answer.";
pub(super) const SNOOZE_FOLLOWS: &str = "The other owners’ reminders wait as well.";
pub(super) const HAND_OVER_FOLLOWS: &str =
    "Until they take it, it stays with you. All owners are notified of it at once.";
pub(super) const ACCEPT_FOLLOWS: &str = "From now on you are notified of it, and you can start it.";
pub(super) const PLANNED_FOLLOWS: &str =
    "It begins by itself. Until then every owner can call it off; you are notified when it is done.";
pub(super) const CALLED_OFF_FOLLOWS: &str =
    "You can choose another time as long as self-service lasts. After that Azure restarts it by itself.";
pub(super) const MUTE_FOLLOWS: &str = "The other owners are notified as before. What happens within minutes, and what becomes of a start, still \
     reaches you.";
pub(super) const HOURS_FOLLOW: &str = "Starts are planned with the next look at Azure, within a quarter of an hour: a day ahead at least. You are notified \
     of each of them, and one click calls it off.";
pub(super) const STALE_FORM: &str =
    "Nothing was done: the form had been open for more than a quarter of an hour. Here is a fresh one.";
pub(super) const STALE_PAGE: &str =
    "Nothing was done: the page had been open for more than a quarter of an hour. Load it again.";
pub(super) const BROKEN: &str = "How things stand cannot be read at the moment. Try again in a minute. If you sent a form, look here again first: \
     what was decided is kept, and sending it again is safe.";
pub(super) const NOT_SHOWN: &str =
    "How things stand now cannot be shown at the moment. Look here again in a minute.";
pub(super) const LONG_ADDRESS: &str =
    "No page here has such a long address. Open the link in the message as it stands there.";
pub(super) const FULL: &str =
    "Too many people look at this at once. Wait a moment and load the page again. Nothing was done.";
pub(super) const TOO_OFTEN: &str =
    "Nothing was done: too much came with this link or from your network within minutes. Wait five minutes.";

/// That operators withdrew the link. Whose it was and what it was about is not said: somebody else may hold it.
pub(super) fn withdrawn(at: DateTime<Utc>, zone: Tz) -> String {
    format!(
        "The operators of this service withdrew this link on {}, so it shows and does nothing any more. What was decided \
         with it before still holds. The next message about the machine brings a fresh link; until then, Azure’s portal \
         shows the machine’s maintenance and can start it.",
        both(zone, at)
    )
}

/// What comes of an acknowledgement.
pub(super) fn acknowledge_follows(deadline: Option<DateTime<Utc>>, zone: Tz) -> String {
    match deadline {
        Some(deadline) => {
            format!("Reminders stop for every owner, but for the last one before {}.", local(zone, deadline))
        }
        None => "Reminders stop for every owner.".to_owned(),
    }
}

/// What comes of a start.
pub(super) fn started_follows() -> String {
    format!("It usually takes {}. You are notified when it is done.", usually())
}

/// That nobody is known by the name that was typed.
pub(super) fn unknown_recipient<'a>(
    typed: &str,
    domains: &[&str],
    known: impl IntoIterator<Item = &'a str>,
) -> String {
    let near = nearest(typed, known).map(|near| format!(" Did you mean {}?", one_line(near, 90)));
    format!(
        "Nothing was noted: we don’t know “{}”.{} Name a team of the configuration, or an address of {}.",
        one_line(typed, 90),
        near.unwrap_or_default(),
        one_line(&domains.join(", "), 300)
    )
}

/// How long a machine is away, as everything that is planned counts on.
pub(super) fn usually() -> String {
    format!("about {} minutes", usual_duration().num_minutes())
}

/// Who did something.
pub(super) fn who(actor: &Actor) -> String {
    match (&actor.principal, &actor.recipient) {
        (Some(principal), Some(recipient)) if !principal.eq_ignore_ascii_case(recipient.as_str()) => {
            format!("{} (with the link of {})", one_line(principal, 90), one_line(recipient.as_str(), 90))
        }
        _ => one_line(actor.name(), 90),
    }
}

/// A start, as a sentence.
pub(super) fn start(start: &StartSummary, zone: Tz) -> String {
    let (who, at) = (who(&start.by), both(zone, start.begins));
    match &start.status {
        StartStatus::Planned => match &start.ordered {
            Some(hours) => {
                format!("It starts by itself on {at}, in the maintenance hours {}.", ordered(hours, zone))
            }
            None => {
                let waits = start.progress.waits.as_ref();
                let waits = waits.map(|why| format!(" It waits: {}", refusal(why, zone))).unwrap_or_default();
                format!("A start is planned for {at}, by {who}.{waits}")
            }
        },
        StartStatus::UnderWay => {
            let phase = crate::render::words::phase(start, zone);
            format!("Under way: started by {who} at {at}. That usually takes {}.{phase}", usually())
        }
        StartStatus::Settled { at: ended, outcome } => {
            format!(
                "Start by {who}, {at}: {} (Known since {}.)",
                self::outcome(outcome, zone),
                local(zone, *ended)
            )
        }
    }
}

/// How a start ended, as a sentence.
pub(super) fn outcome(outcome: &StartOutcome, zone: Tz) -> String {
    let words = |message: &Option<String>| {
        let said = message.as_deref().map(|message| one_line(message, 300)).filter(|said| !said.is_empty());
        said.map(|said| format!(" Azure says: “{said}”")).unwrap_or_default()
    };
    match outcome {
        StartOutcome::Completed { well: true } => "done, and the machine runs.".to_owned(),
        StartOutcome::Completed { well: false } => {
            "done, but the machine was not seen running afterwards. Have a look at it.".to_owned()
        }
        StartOutcome::Unconfirmed => {
            "Azure says that it is done; the machine does not show it yet. Look at it in Azure’s portal."
                .to_owned()
        }
        StartOutcome::RetryLater { message, again } => {
            let again = match (again.at_once, again.until) {
                (true, Some(until)) => format!("it can be tried again now, until {}.", both(zone, until)),
                (false, Some(until)) => format!(
                    "it can be tried again as soon as Azure accepts that, until {}; this page says when it does.",
                    both(zone, until)
                ),
                (_, None) => "it can be tried again.".to_owned(),
            };
            format!("Azure could not do it then; {again}{}", words(message))
        }
        StartOutcome::Skipped { message } => format!(
            "Azure broke it off, leaves the machine out of its own window and plans new dates.{}",
            words(message)
        ),
        StartOutcome::Forbidden { code, message } => format!(
            "Azure does not let whoever asked start it ({}): “{}” {}",
            one_line(code, 60),
            one_line(message, 300),
            hint(code).as_deref().unwrap_or(PORTAL)
        ),
        StartOutcome::Refused { code, message } => {
            format!("Azure refused it ({}): “{}”", one_line(code, 60), one_line(message, 300))
        }
        StartOutcome::NotBegun { reason } => format!("it was not begun: {}", refusal(reason, zone)),
        StartOutcome::CalledOff => "called off before it began.".to_owned(),
        StartOutcome::NeverReceived => {
            "no answer came from Azure, and it shows no sign of a start. It can be tried again.".to_owned()
        }
        StartOutcome::Gone => "the machine is gone.".to_owned(),
        StartOutcome::NotKnown { released } => match released {
            ReleasedBy::Status => {
                "it is not known what became of it. Azure lets it be started again.".to_owned()
            }
            ReleasedBy::Window => "it is not known what became of it, and its window is over.".to_owned(),
            ReleasedBy::Operator { name } => format!(
                "it is not known what became of it. {} says that nothing runs any more.",
                one_line(name, 90)
            ),
        },
        StartOutcome::Unknown => {
            "what became of it could not be found out. Look at the machine in Azure’s portal.".to_owned()
        }
    }
}

/// Why something is not done, as a sentence.
pub(super) fn refusal(refusal: &StartRefusal, zone: Tz) -> String {
    match refusal {
        StartRefusal::Gap { wait: WaitReason::Member { resource } } => format!(
            "{}, another member of its group, is under way. Wait until it is well again, or choose a time: a planned \
             start waits its turn by itself.",
            name(resource)
        ),
        StartRefusal::Gap { wait: WaitReason::Until { at } } => format!(
            "another member of its group was just started; the next one may be started from {} on.",
            both(zone, *at)
        ),
        StartRefusal::Limit { until } => format!(
            "as many starts as the operators allow were made lately; the next one may be made from {} on.",
            both(zone, *until)
        ),
        StartRefusal::Moved { schedule } => match schedule.self_service {
            Some(interval) => format!(
                "its dates have changed. Self-service is now {}. Look at them below and decide again.",
                span(zone, interval).local
            ),
            None => "its dates have changed, and it cannot be started by its owner any more.".to_owned(),
        },
        StartRefusal::Unseen { .. } => {
            "Azure does not say how the machine is. Try again in a minute.".to_owned()
        }
        // Some name somebody, or say what Azure says.
        other => format!("{}.", one_line(&other.to_string(), 300)),
    }
}

/// A response, as a sentence.
pub(super) fn response(record: &ResponseRecord, zone: Tz) -> String {
    let (who, at) = (who(&record.by), local(zone, record.at));
    match &record.response {
        Response::Acknowledge { note, change } => {
            let change = change.as_ref().map(|change| format!(" Change {}.", one_line(change, 60)));
            let note = note.as_ref().map(|note| format!(" “{}”", one_line(note, 300)));
            format!(
                "{who} acknowledged it on {at}.{}{}",
                change.unwrap_or_default(),
                note.unwrap_or_default()
            )
        }
        Response::Snooze { until } => {
            format!("{who} asked on {at} to be reminded at {}.", both(zone, *until))
        }
        Response::HandOver { to } => {
            format!("{who} wants to hand it over to {} (asked on {at}).", one_line(to.as_str(), 90))
        }
        Response::Accept => format!("{who} took it over on {at}."),
        Response::NotMine if is_for_lack_of_an_answer(record) => {
            format!("{who} was asked to take it over and gave no answer, so it came back on {at}.")
        }
        Response::NotMine => format!("{who} said on {at} that it is not theirs."),
        Response::TakeBack => format!("{who} said on {at} that it is theirs after all."),
        Response::Object { .. } => format!("{who} called off a planned start on {at}."),
    }
}

/// Why a machine is no longer the reader's.
pub(super) fn withdrawn_to(withdrawn: &Withdrawn, zone: Tz) -> String {
    match &withdrawn.now {
        WithdrawnTo::Silenced { reason, until } => {
            let until = until.map(|until| format!(" until {}", both(zone, until)));
            format!(
                "The configuration silences messages about it{} (“{}”).",
                until.unwrap_or_default(),
                one_line(reason, 200)
            )
        }
        WithdrawnTo::Others { recipients } if !recipients.is_empty() => {
            let names: Vec<String> =
                recipients.iter().take(5).map(|name| one_line(name.as_str(), 90)).collect();
            format!("Since {} it is with {}.", local(zone, withdrawn.at), names.join(", "))
        }
        WithdrawnTo::Others { .. } => "You are no longer responsible for it.".to_owned(),
    }
}

/// Why nothing can be started, although self-service is not over.
pub(super) fn no_start_now(is_disabled: bool, is_unsaid: bool) -> &'static str {
    if is_disabled {
        "Its subscription is disabled: nothing can be started in it until it is enabled again."
    } else if is_unsaid {
        "Azure does not say whether it accepts a start of this machine. When it does, you are notified."
    } else {
        "Azure does not accept a start of this machine at the moment. When it does, you are notified."
    }
}

/// That a machine is another tenant's.
pub(super) fn other_tenant(tenant: &str) -> String {
    format!(
        "It belongs to the tenant {}, in which nothing is started from here: start it in Azure’s portal, signed in there.",
        one_line(tenant, 90)
    )
}

/// Why a window ended.
pub(super) fn ended(why: EndReason) -> &'static str {
    match why {
        EndReason::Completed => "The maintenance is done.",
        EndReason::Cancelled => "Azure called the maintenance off.",
        EndReason::Deleted => "The machine was deleted.",
        EndReason::Moved => "The machine was moved; its maintenance is found under its new name.",
        EndReason::NoLongerPlanned => "Azure no longer lists this maintenance and does not say why.",
    }
}
