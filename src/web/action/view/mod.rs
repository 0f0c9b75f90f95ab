//! Shows how things stand, as plain strings for the templates. Nothing here changes anything.
//!
//! [`page`] is the page of a message: [`banner`] says what became of a form, [`headline`] until when there is to choose,
//! [`row_group`] makes the table of its machines; its forms, hours and mutes are each a section of their own.

mod banner;
mod choice;
mod choice_box;
mod co_owners;
mod context;
mod drill;
mod forms;
mod headline;
mod hours;
mod label;
mod machines;
mod mute;
mod notice;
mod offer;
mod page;
mod page_data;
mod pages;
mod plan;
mod review;
mod row_group;
mod row_order;

pub(super) use drill::drill;
pub(super) use label::RowLabel;
pub(super) use notice::PageNotice;
pub(super) use page::page;
pub(super) use plan::plan;
pub(super) use review::review;
