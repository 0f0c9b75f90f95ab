//! What Azure sends by itself: Event Grid events in both schemas, and the alerts of Service Health.
//!
//! None of it is believed for more than a hint where to look. What a scheduled event says is told as a fact once Azure
//! says the same when asked, and a report on a mail counts only for a mail that was sent from here. What cannot be read
//! is set aside with the reason.

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
pub(in crate::azure) use annotation::annotation_of;
pub use event::{Annotation, Event, MailFate, MailRefusal, MailReport};
pub use read::read_event;
pub(in crate::azure) use scheduled::notice_of;
