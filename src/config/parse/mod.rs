//! From the file as written to a [`Configuration`](super::configuration::Configuration): everything is parsed,
//! everything that is wrong is said at once.

mod collector;
mod configuration;
mod names;
mod preferences;
mod recipients;
mod routes;
mod secrets;
mod sections;
mod time_zone;

pub(super) use collector::Collector;
pub use configuration::build;
pub(super) use recipients::path_of as recipients_path;
pub use secrets::Secrets;

#[cfg(test)]
mod tests;
