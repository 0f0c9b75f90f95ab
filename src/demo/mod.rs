//! Simulated Azure: a small tenant served over HTTP, for the demo and for the tests of the whole product.
//!
//! The world (`world`, `build`) follows from a seed, its maintenance waves (`wave`) move by themselves as the clock
//! advances, calls such as `performMaintenance` change it, and [`Script`] changes it from a test: the script is the
//! hand that breaks things, [`Switches`] choose between the behaviours that nobody outside Azure can settle.
//! `arm` answers as Azure Resource Manager, `graph` as Azure Resource Graph, `directory` as Microsoft Graph, `identity`
//! as the managed identity.

mod accounts;
mod answer;
mod arm;
mod build;
mod configuration;
mod default_waves;
mod directory;
mod fault;
mod function_app;
mod graph;
mod identity;
mod names;
mod operation;
mod options;
mod random;
mod request;
mod scheduled_event;
mod script;
mod scripted_start;
mod server;
mod simulation;
mod state;
mod switches;
mod times;
mod wave;
mod workloads;
mod world;

pub use accounts::{Account, AccountGroup, RoleAssignment};
pub use configuration::configuration;
pub use fault::{Fault, FaultAnswer};
pub use function_app::SimulatedFunctionApp;
pub use identity::person_token;
pub use options::SimulationOptions;
pub use request::RecordedRequest;
pub use scheduled_event::SimulatedEvent;
pub use script::{Corruption, Script};
pub use scripted_start::ScriptedStart;
pub use simulation::Simulation;
pub use switches::{EventTimes, FractionDigits, GraphIds, ListPages, Switches, TableFormat, UpdateTimes};
pub use wave::{Listing, SimulatedResult, SimulatedWindow, Wave};
pub use world::{
    AvailabilitySet, OsDiskPlacement, ResourceGroup, ScaleSetInstance, ShutdownSchedule, SimulatedAgent,
    SimulatedHost, SimulatedMachine, SimulatedPower, SimulatedScaleSet, SimulatedSubscription, SimulatedTags,
};
