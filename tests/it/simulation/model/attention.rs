//! How much attention a window needs, and by when: from what people said of its dates, and what Azure says.

use super::seen::{Progress, Start, View};
use crate::simulation::history::{Attempt, Ending, Time, UserAction};

/// What is said of the dates decides how often anybody is reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    /// Nobody answered; what passed before this is past.
    Open(Option<Time>),
    Known,
    Later {
        until: Time,
        said: Time,
    },
    Taken,
}

pub(super) fn mood(view: &View) -> Mood {
    let of_dates = |start: &&Start| start.revision == view.revision;
    let busy = |start: &Start| match start.progress {
        Progress::Planned => start.revision == view.revision,
        Progress::UnderWay => true,
        Progress::Ended(_, Ending::Completed) => start.revision == view.revision,
        _ => false,
    };
    if view.starts.iter().any(busy) {
        return Mood::Taken;
    }
    let mut last = None;
    for word in view.words.iter().filter(|word| word.revision == view.revision) {
        match word.action {
            UserAction::Acknowledge | UserAction::Snooze(_) => last = Some(word),
            UserAction::Accept => last = None,
            UserAction::NotMine if last.is_some_and(|last| last.who == word.who) => last = None,
            _ => {}
        }
    }
    match last.map(|word| (&word.action, word.at)) {
        Some((UserAction::Snooze(until), said)) => Mood::Later { until: *until, said },
        Some(_) => Mood::Known,
        None => {
            let ends = view.starts.iter().filter(of_dates).filter_map(|start| match start.progress {
                Progress::Ended(at, _) | Progress::CalledOff(at) => Some(at),
                _ => None,
            });
            Mood::Open(ends.max())
        }
    }
}

/// Whether somebody can still start it themselves.
pub(super) fn is_startable(view: &View, now: Time) -> bool {
    view.over.is_none()
        && (view.allowed || view.attempt != Attempt::Aborted)
        && view.dates.own.is_some_and(|own| now < own.to)
}

/// Whether its deadline is the end of self-service.
pub(crate) fn is_for_owner(view: &View, now: Time) -> bool {
    is_startable(view, now) && !view.left_to_azure
}

/// By when to act, or when the reboot comes.
pub(crate) fn deadline(view: &View, now: Time) -> Option<Time> {
    let own = view.dates.own.filter(|_| is_startable(view, now) && !view.left_to_azure).map(|own| own.to);
    own.or(view.dates.azure.map(|azure| if now < azure.from { azure.from } else { azure.to }))
}
