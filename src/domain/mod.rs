//! What the product knows and decides. No IO, no clock, no randomness, nothing of HTTP, Azure's JSON or Functions.
//!
//! Read in this order: [`resource`], [`machine`] and [`window`] say what is maintained and when; [`observation`] is
//! what one look at Azure returned; [`mod@reconcile`] turns it into changed windows; [`routing`] finds the owners by
//! the [`policy`] and gives each [`reason`]; [`planning`] works out who is to be notified of what now; [`message`] is
//! what was decided, [`message_content`] what it says, and [`outbox`] its way to each [`endpoint`]; [`action`] is what
//! people do about it.
//!
//! Data that many use ([`ids`], [`reason`], [`policy`], [`matcher`], [`operator_alert`] and the like) stands in files
//! that use nothing of what decides, so that no two files need each other.

pub mod access;
pub mod action;
pub mod age;
mod as_text;
pub mod assign;
pub mod assignment;
pub mod brake;
pub mod calendar_entry;
pub mod config_version;
pub mod coverage;
pub mod data_loss;
pub mod directory;
pub mod drill;
pub mod email_address;
pub mod emission;
pub mod endpoint;
pub mod escalation;
pub mod escalation_steps;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod forecast;
pub mod former_ledgers;
pub mod held_for;
pub mod ids;
pub mod imminent;
pub mod ledger;
pub mod machine;
pub mod mail_bounce;
pub mod mail_limit;
pub mod matcher;
pub mod message;
pub mod message_content;
pub mod message_size;
pub mod observation;
pub mod operator_alert;
pub mod outbox;
pub mod outbox_guard;
pub mod overview;
pub mod owner_tags;
pub mod ownership;
pub mod person;
pub mod planning;
pub mod policy;
pub mod rate_limit;
pub mod reason;
pub mod recipient;
pub mod recipient_name;
pub mod recipient_settings;
pub mod reconcile;
pub mod refused_owner;
pub mod resource;
pub mod responsibility;
pub mod retention;
pub mod retention_rules;
pub mod routing;
pub mod sanitize;
pub mod schedule;
pub mod scheduled_event;
pub mod service_operation;
pub mod sign_in_rules;
pub mod stage;
pub mod start_cautions;
pub mod store_epoch;
pub mod summary;
pub mod tags;
pub mod time_zone;
pub mod transport_health;
pub mod unsettled_row;
pub mod urgency;
pub mod visible_text;
pub mod window;
