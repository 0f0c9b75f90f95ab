//! Every sentence that a message says and a template does not: the one place where another language would go.
//!
//! [`subject`] has the lines that stand alone, [`story`] what happens to a group of machines, [`mod@responses`] what
//! people did about one, [`mod@loss`] what a planned start takes away, [`settings`] the hours that a start was planned by, [`mod@next_start`] when the next one is, [`prior_notifications`] what others were
//! notified of, [`forecast`] what happens if nobody does anything, [`summary`] how things stand for those who watch,
//! [`drill`] what a fire drill says, [`why`] why someone is notified and what speaks against a start,
//! [`operator_alert`] what an operator should look at. Foreign text enters a sentence only through
//! [`one_line`](crate::domain::sanitize::one_line).

pub(super) mod coverage;
pub(super) mod drill;
mod forecast;
mod frame;
pub(super) mod loss;
mod machine;
mod next_start;
mod numbers;
pub(crate) mod operator_alert;
pub(super) mod prior_notifications;
pub(super) mod responses;
pub(super) mod settings;
mod status;
pub(super) mod story;
pub(super) mod subject;
pub(super) mod summary;
pub(super) mod why;

pub use forecast::coming;
pub(crate) use forecast::overlap;
pub(crate) use frame::LANGUAGE;
pub(super) use frame::{diverted, missed, respond, what_to_respond};
pub use loss::{loss, planned_loss};
pub(crate) use machine::{impact, last_read, name, place, subscription};
pub use next_start::next_start;
pub(super) use numbers::{choose, counted, machines, plural};
pub use responses::responses;
pub(crate) use responses::{phase, settled, way_out};
pub(crate) use settings::{ordered, scope, source};
pub(super) use status::{last_message, status};
pub use why::{advice, reason};
