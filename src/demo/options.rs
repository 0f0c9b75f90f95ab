//! What a simulated tenant is made from.

use chrono::{DateTime, TimeDelta, Utc};

use super::Switches;

/// How large a world to make, from which seed, beginning when.
#[derive(Debug, Clone)]
pub struct SimulationOptions {
    /// The world follows from it: the same seed, size and start give the same world.
    pub seed: u64,
    /// Virtual machines outside scale sets. Scale set instances come on top.
    pub machines: usize,
    /// The moment the waves are laid around.
    pub start: DateTime<Utc>,
    /// How long self-service maintenance takes from the accepted call to Azure's final word.
    pub self_start_duration: TimeDelta,
    /// The value of `IDENTITY_HEADER` that the identity endpoint expects.
    pub identity_header: String,
    /// Which of the possible behaviours of Azure to show.
    pub switches: Switches,
}

impl SimulationOptions {
    /// The demo's world, laid around `start`.
    pub fn new(start: DateTime<Utc>) -> Self {
        Self {
            seed: 1,
            machines: 40,
            start,
            self_start_duration: TimeDelta::minutes(2),
            identity_header: "simulated-identity".to_owned(),
            switches: Switches::default(),
        }
    }
}
