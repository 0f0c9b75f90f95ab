//! What the product knows and decides. No IO, no clock, no randomness, nothing of HTTP, Azure's JSON or Functions.
//!
//! Read in this order: [`resource`], [`machine`] and [`window`] say what is maintained and when; [`observation`] is
//! what one look at Azure returned; `reconcile` turns it into changed windows; `routing` finds the owners; `plan`
//! works out who should hear what now; [`message`] is what was decided to tell.

pub mod action;
pub mod advice;
pub mod assignment;
pub mod brake;
pub mod coverage;
pub mod directory;
pub mod drill;
pub mod emission;
pub mod escalation;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod forecast;
pub mod imminent;
pub mod ledger;
pub mod machine;
pub mod message;
pub mod observation;
pub mod outbox;
pub mod owner_tags;
pub mod ownership;
pub mod planning;
pub mod recipient;
pub mod recipient_settings;
pub mod reconcile;
pub mod resource;
pub mod retention;
pub mod routing;
pub mod schedule;
pub mod stage;
pub mod summary;
pub mod tags;
pub mod window;
