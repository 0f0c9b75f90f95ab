//! The lines that stand alone: a message's subject, its headline and its first sentences.

mod content;
mod headline;
mod lead;
mod subject_line;

pub(crate) use content::{only_notes, only_operator_alerts, only_summary};
pub(crate) use headline::{callout, headline};
pub(crate) use lead::lead;
pub(crate) use subject_line::subject;
