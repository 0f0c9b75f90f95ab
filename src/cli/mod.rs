//! The command line. Data goes to stdout, logs and progress to stderr; meaning never rests on colour.

mod account;
pub mod args;
mod audit;
mod check;
mod completions;
mod coverage;
mod demo;
mod drill;
pub mod explain;
mod export;
mod handler;
mod held;
mod interrupt;
mod links;
mod listing;
mod local;
pub mod log_writer;
mod moment;
mod outbox;
mod outcome;
mod output;
mod package;
mod parent;
mod preview;
mod progress;
mod rendered;
mod replay;
mod round;
mod run;
mod schema;
mod start;
mod tables;
mod windows;
mod words;

pub use outcome::CommandOutcome;
pub use run::{command, run};
