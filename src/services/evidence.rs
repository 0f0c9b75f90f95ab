//! Evidence why windows end: what was found before, and what Azure says when it is asked.

use super::App;
use super::event_confirmation::confirmed_evidence;
use super::signals::drop_old_evidence;
use crate::domain::observation::{Evidence, Observation, ObservedResource, Reading};
use crate::domain::resource::ResourceId;

/// Whether a machine with an open window shows none any more: then it is asked why.
pub fn may_end(observation: &Observation, open: &[ResourceId]) -> bool {
    let shows_none = |one: &&ObservedResource| one.reading == Reading::NothingPlanned;
    observation.resources.iter().filter(shows_none).any(|one| open.contains(&one.machine.id))
}

/// Adds to `observation` why windows may end: what of `kept` was found at Azure, and what it says now of the machines with
/// open windows, where it is asked. Returns what it says now.
pub async fn add_evidence(
    app: &App,
    observation: &mut Observation,
    kept: Vec<Evidence>,
    asked_of: Option<&Vec<ResourceId>>,
) -> Vec<Evidence> {
    // That a wave was called off is an alert's word only. What else is kept was found at Azure.
    let (hints, known): (Vec<Evidence>, Vec<Evidence>) =
        kept.into_iter().partition(|one| matches!(one, Evidence::Cancelled { .. }));
    let found = match asked_of {
        Some(open) => confirmed_evidence(app, &observation.subscription, open, &hints, observation.at).await,
        None => Vec::new(),
    };
    observation.evidence.extend(known.into_iter().chain(found.iter().cloned()));
    drop_old_evidence(&mut observation.evidence, observation.at);
    found
}
