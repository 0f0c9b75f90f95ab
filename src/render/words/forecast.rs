//! What happens if nobody acts, in words.

use crate::domain::time_zone::Tz;

use super::super::times;
use super::machine::{NAME, name};
use crate::domain::action::duration::usual_duration;
use crate::domain::forecast::{ClusterOverlap, Forecast};
use crate::domain::sanitize::one_line;
use crate::words::{Language, list};

/// How many machines of an overlap are named.
const NAMED: usize = 8;

/// What happens to one machine if nobody acts, as a sentence; `None` where nothing is left to happen by itself.
pub fn coming(coming: &Forecast, zone: Tz) -> Option<String> {
    let minutes = usual_duration().num_minutes();
    Some(match coming {
        Forecast::Nothing | Forecast::UnderWay => return None,
        Forecast::PlannedStart { at } => {
            format!("If nobody objects, it is started {}.", times::both(zone, *at))
        }
        Forecast::ByAzure { earliest, latest } => format!(
            "If nobody acts, Azure does it between {} and {}, at a moment of its own choosing; a restart usually takes \
             about {minutes} minutes.",
            times::both(zone, *earliest),
            times::both(zone, *latest)
        ),
        Forecast::NewDates => "Azure skips it in this window and will plan new dates.".to_owned(),
        Forecast::Passed { at } => format!(
            "The last date that Azure gave passed {}, and nothing is known of what became of it.",
            times::both(zone, *at)
        ),
        Forecast::Unknown => "Azure has not said when it does it by itself.".to_owned(),
    })
}

/// That Azure may take machines that stand in for each other at the same time, and a hint.
pub(crate) fn overlap(overlap: &ClusterOverlap, zone: Tz) -> String {
    let names: Vec<String> = overlap.members.iter().map(name).collect();
    format!(
        "{} belong to the cluster “{}”. Azure does not know that: if nobody acts, it may restart more than one of them at \
         the same time between {} and {}. Start them one after the other before, so that one of them is always up.",
        list(Language::default(), &names, NAMED),
        one_line(&overlap.cluster, NAME),
        times::both(zone, overlap.from),
        times::both(zone, overlap.until),
    )
}
