//! What Azure sends by itself: Event Grid events in both schemas, and the alerts of Service Health.
//!
//! None of it is believed for more than a hint where to look, with two exceptions that only Event Grid tells: that a
//! machine goes down within minutes, and what became of a mail. What cannot be read is set aside with the reason.

mod alert;
mod annotation;
mod envelope;
mod event;
mod mail;
mod read;
mod scheduled;
#[cfg(test)]
mod tests;

pub use alert::{Alert, ServiceHealthAlert, read_alert};
pub use event::{Annotation, Event, MailFate, MailReport};
pub use read::read_event;
