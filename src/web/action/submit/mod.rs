//! Does what a form asks. Shows nothing: what became of it is said in lines, and the page says the rest.

mod draft;
mod drill;
mod hours;
mod moment;
mod mute;
mod plan;
mod responses;
mod start;
mod submission;
mod submit_form;

pub(super) use drill::confirm_drill;
pub(super) use plan::change_plan;
pub(super) use submit_form::submit_form;
