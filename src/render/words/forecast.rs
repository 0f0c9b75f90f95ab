//! What happens if nobody acts, in words.

use super::super::times::both;
use super::machine::{NAME, name};
use crate::domain::action::duration::usual_duration;
use crate::domain::forecast::{ClusterOverlap, Forecast};
use crate::domain::sanitize::one_line;
use crate::words::{self, Locale, list};

/// How many machines of an overlap are named.
const NAMED: usize = 8;

/// How many minutes maintenance usually takes.
pub(super) fn usual_minutes() -> String {
    usual_duration().num_minutes().to_string()
}

/// What happens to one machine if nobody acts, as a sentence; `None` where nothing is left to happen by itself.
pub fn coming(coming: &Forecast, reader: impl Into<Locale>) -> Option<String> {
    let reader = reader.into();
    let language = reader.language;
    Some(match coming {
        Forecast::Nothing | Forecast::UnderWay => return None,
        Forecast::PlannedStart { at } => words::coming_planned(language, &both(reader, *at)),
        Forecast::ByAzure { earliest, latest } => {
            words::coming_azure(language, &both(reader, *earliest), &usual_minutes(), &both(reader, *latest))
        }
        Forecast::NewDates => words::coming_new_dates(language),
        Forecast::Passed { at } => words::coming_passed(language, &both(reader, *at)),
        Forecast::Unknown => words::coming_unknown(language),
    })
}

/// That Azure may take machines that stand in for each other at the same time, and a hint.
pub(crate) fn overlap(overlap: &ClusterOverlap, reader: Locale) -> String {
    let names: Vec<String> = overlap.members.iter().map(name).collect();
    words::overlap(
        reader.language,
        &one_line(&overlap.cluster, NAME),
        &both(reader, overlap.from),
        &list(reader.language, &names, NAMED),
        &both(reader, overlap.until),
    )
}
