//! Shows how things stand, as plain strings for the templates. Nothing here changes anything.
//!
//! [`page`] is the page of a message: its machines, its forms, its hours and mutes, each a section of its own.

mod choice;
mod co_owners;
mod context;
mod drill;
mod forms;
mod hours;
mod machines;
mod mute;
mod notice;
mod offer;
mod page;
mod page_data;
mod pages;
mod plan;

pub(super) use drill::drill;
pub(super) use notice::PageNotice;
pub(super) use page::page;
pub(super) use plan::plan;
