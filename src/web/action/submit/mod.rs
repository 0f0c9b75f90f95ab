//! Does what a form asks. Shows nothing: what became of it is said in lines, and the page says the rest.

mod act;
mod draft;
mod drill;
mod hours;
mod moment;
mod mute;
mod plan;
mod responses;
mod start;
mod submission;

pub(super) use act::act;
pub(super) use drill::confirm_drill;
pub(super) use plan::change_plan;
