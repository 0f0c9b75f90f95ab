//! A simulated tenant, shared by the server and the script.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{options::SimulationOptions, state::State};

/// A simulated Azure tenant. Clones share it.
#[derive(Debug, Clone)]
pub struct Simulation {
    state: Arc<Mutex<State>>,
}

impl Simulation {
    /// Builds the world that follows from the options.
    pub fn new(options: SimulationOptions) -> Self {
        Self { state: Arc::new(Mutex::new(State::new(options))) }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
