//! Starts self-service maintenance, now or at a time, for links, standing orders and the command line alike.
//!
//! The machine's own record is read just before; the decision, its group, the limit and the audit trail are one
//! batch; then the start is posted, once, by whoever wrote that batch. A process killed in between leaves a start
//! that is claimed: [`step`] finds out by looking what became of it, and posts nothing.

mod answer;
mod answered;
mod begin;
mod checks;
mod planned;
mod post;
mod progress;
mod queue;
mod release;
mod request;
mod spacing;
mod taken_over;
mod transaction;

pub use begin::{StartOptions, start, start_with};
pub(super) use checks::may_be_planned;
pub(crate) use checks::rules_allow;
pub(super) use planned::begin_planned;
pub use progress::{follow_start, step};
pub use release::release_start;
pub use request::{StartRequest, StartResult};
pub use spacing::spacing;
pub(super) use transaction::{change, event, new_start, note};

pub use self::answer::StartAnswer;
pub(super) use self::answered::record_answer;
