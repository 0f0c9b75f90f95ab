//! Rolling plans: the maintenance of many machines, started one after the other.
//!
//! ```text
//! running ──a member fails──▶ stopped        ┐
//!   │  ▲                                     │ once no member is under way, nothing is left to do
//!   │  └─resume──┐                           │
//!   ├──pause──▶ paused ──cancel──▶ cancelled ┤
//!   └──every member has come to its end──▶ finished
//! ```
//!
//! A plan is no other way to start anything: each member has a start of its own, which is planned ahead so that its
//! owners hear of it and can object, and begins through the same code as any other, with the same checks. The plan only
//! says whose turn it is ([`step`](step())), and when that is expected to be ([`forecast`]).
//!
//! One member is on its way at a time, and the next one begins when the last is seen to be well. Between members of one
//! availability set, one zone of a scale set or one cluster lies `min_gap` besides, counted from then. A set goes
//! update domain by update domain; two machines of one update domain keep the same pause, because it is promised for
//! members of a set, whichever domain they are in.

mod forecast;
mod halt;
mod plan;
mod review;
mod step;
mod times;

pub use forecast::{ConcurrentStarts, ExpectedMember, forecast};
pub use halt::HaltReason;
pub use plan::{
    ExclusionReason, MOST_MEMBERS, MemberState, PlanMember, PlanState, RollingPlan, UpdateDomain,
};
pub use review::{PlanReview, ReviewedTurn, first_moment, review};
pub use step::{PlanFacts, PlanStep, step};
pub use times::StartTimes;

#[cfg(test)]
mod tests;
