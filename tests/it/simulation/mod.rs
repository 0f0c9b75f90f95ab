//! Forty days of an invented tenant, played to the program and compared with an independent model of what must have
//! been sent, by recipient, window, revision and stage.
//!
//! A history ([`history`]) follows from a seed ([`generate`]). The driver ([`driver`]) plays it to the jobs, with looks
//! at an invented Azure ([`azure`]) and a store in memory ([`store`]). The model ([`model`]) reads the same history and
//! says what was to be sent, not before when and not after when. [`budget`] counts the mails. `make simulation` does
//! all of it for 2,000 recipients and 10,000 windows; the tests do it for small tenants.
//!
//! What the invented tenants do not have, because the model does not know of it: hours that people name and rolling
//! plans (starts are planned one by one), machines of other tenants, mailboxes that are gone for good. Of the weekly line the
//! model knows when it comes too early, not when it is missing; what operators get and how waves end has no items, and
//! is not compared.

mod azure;
pub(crate) mod budget;
pub(crate) mod driver;
pub(crate) mod generate;
pub(crate) mod history;
mod ledger;
pub(crate) mod log;
pub(crate) mod model;
mod people;
pub(crate) mod random;
mod setup;
pub(crate) mod store;
