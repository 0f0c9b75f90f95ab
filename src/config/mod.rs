//! Settings from the environment and the configuration file, read once, checked, and turned into types.
//!
//! [`environment`] is the only place of the program that reads the environment; [`settings`] gives it types.
//! [`mod@file`] is the configuration file as people write it; [`parse`] turns it into a [`Configuration`] or says
//! everything that is wrong with it; [`lint`] adds what is legal but surely not meant. [`load`] ties them together.

pub mod built_in;
pub mod checked_file;
pub mod configuration;
pub mod documentation;
pub mod environment;
pub mod excerpt;
pub mod file;
pub mod finding;
pub mod lint;
pub mod load;
pub mod log_filter;
pub mod parse;
pub mod quoted;
pub mod reference;
pub mod schema;
pub mod settings;
pub mod settings_table;
pub mod source;
mod span;
mod structure;
mod suggest;
pub mod vault;
pub mod vault_secret;
pub mod version;

pub use configuration::Configuration;
pub use environment::Environment;
pub use finding::{Finding, InvalidConfiguration, Severity};
pub use settings::Settings;
pub(crate) use suggest::nearest;
