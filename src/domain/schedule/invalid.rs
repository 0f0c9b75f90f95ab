//! Texts that are no schedule.

/// A text that is no schedule, no hours or no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not understood: {problem}")]
pub struct InvalidSchedule {
    text: String,
    problem: String,
}

pub(super) fn invalid(text: &str, problem: impl Into<String>) -> InvalidSchedule {
    InvalidSchedule { text: text.chars().take(120).collect(), problem: problem.into() }
}
