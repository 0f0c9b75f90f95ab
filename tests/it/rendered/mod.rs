//! Whole mails, calendar entries and cards: as snapshots, with hostile content, and read back by others' code.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking, as tests do")]

mod budget;
mod cards;
mod hostile;
mod judges;
mod mails;
mod read_back;
mod responses;
mod samples;
mod settings;
mod shape;
mod status_summary;
