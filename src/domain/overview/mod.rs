//! The overview: one short line for each machine, kept ready so that looking at a whole tenant reads little.

mod burndown;
mod collisions;
mod entry;
mod filter;
mod line;
mod state;

pub use self::burndown::{Burndown, BurndownPoint, burndown};
pub use self::collisions::{Collision, collisions};
pub use self::entry::OverviewEntry;
pub use self::filter::{OverviewFilter, OverviewSort, sort};
pub use self::line::{LineInput, OverviewLine, OverviewPart, WordTable};
pub use self::state::{OverviewState, StateCounts};

#[cfg(test)]
mod tests;
