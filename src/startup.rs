//! Builds the program from its settings: the one place where rooms are given their real counterparts.
//!
//! `main`, the demo and the tests all come through here; only the settings differ.

mod app_base;
mod clients;
mod config_source;
pub mod connectivity;
mod current;
mod deployment;
mod directory;
mod error;
mod functions;
mod last_valid;
mod loaded;
mod log_pseudonyms;
mod mail;
mod parts;
mod read_only_app;
mod rehearsal;
mod report_health;
mod storage;
mod telemetry;
mod time_limits;
mod unusable;
mod vault;

pub use app_base::{app, link_keys, mail_transport};
pub use clients::{arm_client, scope};
pub use config_source::{ConfigSource, SourceLook, SourceVersion, UnreadableSource};
pub use current::{Current, WhenUnusable, start};
pub use directory::directory_client;
pub use error::StartupError;
pub use functions::{functions, router};
pub use loaded::{LoadedSettings, load};
pub use log_pseudonyms::log_pseudonyms;
pub use mail::limit as mail_limit;
pub use parts::unusable_parts;
pub use read_only_app::{configuration_in_force, read_only_app};
pub use rehearsal::rehearsal;
pub use report_health::InsideReport;
pub use storage::{audit_container, open_store, open_store_to_look};
pub use vault::Vaults;
