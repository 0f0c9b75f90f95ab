//! `check`: everything that is wrong with the settings and the configuration file.

mod against;
mod conclusion;
mod deployment;
mod deployment_page;
mod live;
mod run;

pub(super) use run::run;
