//! Where a start stands and how it ended, in words.

use crate::cli::moment;
use crate::cli::words::plain;
use crate::domain::action::anti_affinity::WaitReason;
use crate::domain::action::start::{Start, StartOutcome as End, StartPhase, StartRefusal, StartState};
use crate::domain::resource::ResourceId;
use crate::domain::time_zone::Tz;
use crate::render::loss_sentence;

/// Where a start stands, in words.
pub(super) fn state(start: &Start, zone: Tz) -> String {
    if let StartPhase::NotKnown { since } = start.phase() {
        return format!(
            "error: what became of it is not known since {}; Azure is asked on. `maintenance-notifier start {} --release` \
             counts it as over",
            moment::in_zone(since, zone),
            start.window.resource.display_name()
        );
    }
    match &start.state {
        StartState::Planned => format!(
            "Planned: it begins at {}. The deployed app or `local` must run then; everything is checked again.{}",
            moment::in_zone(start.begins, zone),
            start.accepts.map(|loss| format!(" {}", loss_sentence(loss))).unwrap_or_default()
        ),
        StartState::Accepted { .. } if start.phase() == StartPhase::Running => {
            "Azure works on it; it takes several minutes.".to_owned()
        }
        StartState::Claimed { .. } => {
            "Azure did not answer. What became of it is found out by looking; it is not sent again."
                .to_owned()
        }
        StartState::Accepted { .. } => "Azure accepted the start; it takes several minutes.".to_owned(),
        StartState::Recovering { .. } => {
            "Azure is done; the machine is not seen running and well yet.".to_owned()
        }
        StartState::Settled { outcome, .. } => end(outcome, &start.window.resource, zone),
    }
}

/// How a start ended, in words. What Azure says is foreign text.
fn end(outcome: &End, machine: &ResourceId, zone: Tz) -> String {
    let quoted = |message: &Option<String>| {
        message.as_deref().map(|text| format!(" Azure says: {}", plain(text))).unwrap_or_default()
    };
    match outcome {
        End::Completed { well: true } => {
            "Completed: the maintenance is done and the machine is running.".to_owned()
        }
        End::Completed { well: false } => {
            "Completed, but the machine was not seen running and well within half an hour: look at it."
                .to_owned()
        }
        End::Unconfirmed => {
            "error: Azure says that it is done; the machine does not show it yet: look at it.".to_owned()
        }
        End::RetryLater { message, again } => {
            let again = match (again.at_once, again.until) {
                (true, Some(until)) => {
                    format!("it can be tried again until {}", moment::in_zone(until, zone))
                }
                (false, Some(until)) => {
                    format!(
                        "it may be tried again once Azure accepts that, until {}",
                        moment::in_zone(until, zone)
                    )
                }
                (_, None) => "it may be tried again later".to_owned(),
            };
            format!("error: Azure could not do it now; {again}.{}", quoted(message))
        }
        End::Skipped { message } => format!(
            "error: Azure broke it off, leaves this machine out of its own window and plans anew.{}",
            quoted(message)
        ),
        End::Forbidden { code, message } => format!(
            "error: Azure does not let this identity start it: {}: {}\nhint: it needs \
             Microsoft.Compute/virtualMachines/performMaintenance/action on the machine; docs/DEPLOYING.md has the role. \
             Azure's portal starts it with your own rights",
            plain(code),
            plain(message)
        ),
        End::Refused { code, message } => {
            format!("error: Azure refused the start: {}: {}", plain(code), plain(message))
        }
        End::NotBegun { reason } => {
            format!("error: not started: {}{}", plain(&reason.to_string()), detail(reason, machine, zone))
        }
        End::CalledOff => "error: somebody called it off before it began.".to_owned(),
        End::NeverReceived => {
            "error: Azure never got the start: nothing was begun, and it can be started again.".to_owned()
        }
        End::Gone => "error: the machine is gone.".to_owned(),
        End::NotKnown { .. } => {
            "error: it is not known what became of it, and nobody waits for it any more; look at the machine."
                .to_owned()
        }
        End::Unknown => {
            "error: what became of it was not to be found out in six hours; look at the machine.".to_owned()
        }
    }
}

/// What a refusal leaves open.
pub(super) fn detail(refusal: &StartRefusal, machine: &ResourceId, zone: Tz) -> String {
    match refusal {
        StartRefusal::Gap { wait: WaitReason::Member { resource } } => {
            format!(": {} is on its way", resource.display_name())
        }
        StartRefusal::Gap { wait: WaitReason::Until { at } } => {
            format!("; the pause ends at {}", moment::in_zone(*at, zone))
        }
        StartRefusal::Limit { until } => format!("; the next may begin at {}", moment::in_zone(*until, zone)),
        StartRefusal::Unseen { problem } => format!(": {}", plain(problem)),
        StartRefusal::DataLoss { .. } => {
            let name = machine.display_name();
            format!("\nhint: `--accept-data-loss {name}` agrees to it, for {name} alone")
        }
        StartRefusal::Moved { .. } => "; `maintenance-notifier local --once` reads them".to_owned(),
        _ => String::new(),
    }
}
