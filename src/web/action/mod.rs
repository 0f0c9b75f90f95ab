//! `/a?t=TOKEN`: the page behind the link in a message. GET and HEAD show; only POST acts.
//!
//! `/a?t=TOKEN&plan=ID` is the page of a rolling plan, behind the same link and the same checks.
//!
//! [`routes`] puts four parts together, each of which uses only those before it and never one beside it:
//!
//! 1. [`link_target`] finds what a link is about.
//! 2. [`auth`] says whose request it is, whether a form is genuine, and who may start.
//! 3. [`submit`] does what a [`form`] asks, and [`view`] shows how things stand; neither knows of the other.
//!
//! [`feed`] is what calendars ask for, [`unsubscribe`] a page of its own, for digests, and [`mine`] one for whoever is signed in and has no link at hand. Nothing is remembered of a visitor: a form carries the dates that it
//! was shown with, so that what is decided is what was seen.

mod admission;
pub(super) mod auth;
mod date_words;
mod feed;
mod foreign;
mod form;
mod form_result;
mod limits;
mod link_target;
mod mine;
mod query;
mod reply;
mod routes;
mod submit;
mod unsubscribe;
mod view;
mod words;

pub(super) use admission::admit;
pub use auth::name_of_sign_in;
pub use foreign::texts_of_a_visit;
pub(super) use reply::{message, message_with};
pub(super) use routes::router;
