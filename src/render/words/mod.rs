//! Which message of the catalogue says what: no sentence is written here, only chosen and filled in.
//!
//! [`lead`] says what happens to a group of machines and [`subject`] what stands alone, [`mod@responses`] what people did
//! about one, [`mod@loss`] what a planned start takes away, [`settings`] the hours that a start was planned by,
//! [`mod@next_start`] when the next one is, [`prior_notifications`] what others were notified of, [`forecast`] what
//! happens if nobody does anything, [`summary`] how things stand for those who watch, [`why`] why someone is notified and
//! what speaks against a start, [`operator_alert`] what an operator should look at. Foreign text enters a sentence only
//! through [`one_line`](crate::domain::sanitize::one_line).

mod actor;
pub(super) mod alert_detail;
pub(super) mod content;
mod forecast;
mod frame;
pub(super) mod in_english;
pub(super) mod lead;
pub(super) mod loss;
pub(super) mod machine;
mod next_start;
pub(crate) mod operator_alert;
mod outcome;
pub(super) mod prior_notifications;
mod refusal;
pub(super) mod responses;
pub(super) mod rows;
mod sentences;
pub(super) mod settings;
pub(super) mod subject;
pub(super) mod summary;
pub(super) mod why;

pub use forecast::coming;
pub(crate) use forecast::overlap;
pub(super) use frame::{button, diverted, introduction, kind, missed, unchanged};
pub(crate) use in_english::{LANGUAGE, hint, impact, place, scope, subscription};
pub(crate) use machine::{last_read, name};
pub use next_start::next_start;
pub(crate) use outcome::settled;
pub(crate) use responses::phase;
pub use responses::responses;
pub(crate) use settings::{ordered, source};
