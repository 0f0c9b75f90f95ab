//! Turns [`MessageContent`](crate::domain::message_content::MessageContent) into mails and Teams cards. Pure: no IO, no
//! clock.
//!
//! [`mail()`] and [`card()`] sort the windows of a message into `groups`, say what there is to say with `words` and
//! `times`, and fill templates or structs. Foreign text becomes one visible line in `sanitize` before anything else
//! sees it, and is escaped once more by what writes the format.

mod adaptive;
mod calendar;
mod card;
mod csv;
mod deployment;
mod error;
mod feed;
mod group_view;
mod groups;
mod links;
mod mail;
mod mail_budget;
mod mail_view;
mod rendered_card;
mod rendered_mail;
mod status_summary;
mod templates;
pub(crate) mod times;
mod view;
pub(crate) mod words;
mod wrap;

pub use card::{card, card_of};
pub use csv::{machines as machines_csv, unowned as unowned_csv};
pub use deployment::{DeploymentInfo, Mailbox};
pub use error::RenderError;
pub use feed::{Feed, as_atom, as_calendar};
pub use links::portal as portal_link;
pub use mail::{mail, mail_if_smaller, mail_of, message_id};
pub use rendered_card::RenderedCard;
pub use rendered_mail::{Attachment, CalendarPart, RenderedMail};
pub use times::needs_year;
pub use words::in_english::{caution_sentence, loss_sentence, planned_loss, reason_sentence};
pub(crate) use words::ordered as ordered_sentence;
pub use words::{coming as coming_sentence, next_start, responses as response_sentences};
