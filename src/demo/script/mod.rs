//! The hand that changes the simulated tenant while a test runs.

mod directory;
mod events;
mod faults;
mod hand;
mod waves;
mod world;

pub use faults::Corruption;
pub use hand::Script;
