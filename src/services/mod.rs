//! What the registered functions, the pages and the commands do: one service a file.
//!
//! Services decide little of their own: the rules are pure functions of the domain, and a service reads, asks them and
//! writes. Each is safe to run twice and to be killed anywhere: it writes before it answers and claims before it sends,
//! and the next run finds and finishes what is half done. An error in one item is counted and logged and does not stop
//! the rest.

pub mod ages;
pub mod alarms;
pub mod all_recipients;
mod app;
pub mod assign;
mod attempt_outcome;
pub mod audit_anchor;
mod binding;
pub mod candidates;
pub mod coverage;
mod dead_endpoints;
pub mod delivery;
mod delivery_outcome;
pub mod delivery_report;
pub mod drill;
pub mod emit;
pub mod endpoint_health;
mod equal_refusals;
mod error;
mod escalation_history;
pub mod event_confirmation;
pub mod event_signals;
pub mod event_wait;
pub mod evidence;
mod fallback_mail;
pub mod go_live;
pub mod hand_overs;
pub mod health_snapshot;
pub mod imminent;
pub mod known_outcome;
pub mod links;
pub mod look_result;
pub mod machine_health;
pub mod mail_reports;
pub mod moves;
pub mod observation_alerts;
pub mod observe_and_assign;
pub mod outbox_rows;
pub mod overdue;
pub mod overview;
pub mod owner_lookup;
pub mod page_slots;
pub mod parked;
pub mod parked_looks;
pub mod person;
pub mod plan_round;
pub mod planning;
pub mod planning_input;
pub mod provider_operations;
pub mod rate_limit;
pub mod recipient_renames;
pub mod recipient_settings;
pub mod replay;
pub mod respond;
pub mod retention;
pub mod retry;
pub mod revoke_links;
pub mod rolling_plans;
pub mod rounds;
pub mod signals;
mod silence_ends;
pub mod standing_orders;
pub mod start;
pub mod start_permissions;
mod status_summary;
pub mod sweep;
pub mod sync_assignments;
mod tenant_watch;
pub mod ticket;
mod transports;
mod unreadable;
pub mod unwritten;

pub use app::{App, LiveState};
pub use error::ServiceError;
pub use unreadable::log_unreadable;
