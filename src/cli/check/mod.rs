//! `check`: everything that is wrong with the settings and the configuration file.

mod against;
mod conclusion;
mod live;
mod live_azure;
mod live_check;
mod run;

pub(super) use run::run;
