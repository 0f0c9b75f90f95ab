//! How one thing went that `check --live` tried, in a line.

use std::time::Duration;

use serde::Serialize;
use tokio::time::timeout;

use crate::cli::words::plain;

/// No service is waited for longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// How one thing went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CheckState {
    Ok,
    Failed,
    NotTried,
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct LiveCheck {
    what: String,
    pub(super) state: CheckState,
    found: String,
}

impl LiveCheck {
    pub(super) fn not_tried(what: &str, why: &str) -> Self {
        Self { what: what.to_owned(), state: CheckState::NotTried, found: why.to_owned() }
    }

    /// What came of trying, in one line whatever others said.
    pub(super) fn of(what: impl Into<String>, tried: Result<String, String>) -> Self {
        let (state, found) = match tried {
            Ok(found) => (CheckState::Ok, found),
            Err(problem) => (CheckState::Failed, problem),
        };
        let found = found.lines().map(str::trim).collect::<Vec<_>>().join("; ");
        Self { what: what.into(), state, found: plain(&found) }
    }

    pub(super) fn render(&self) -> String {
        let state = match self.state {
            CheckState::Ok => "ok",
            CheckState::Failed => "failed",
            CheckState::NotTried => "not tried",
        };
        format!("{state:<9}  {}: {}", self.what, self.found)
    }
}

/// Waits for an answer, but not for ever.
pub(super) async fn bounded<T>(answer: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    timeout(PATIENCE, answer)
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} seconds", PATIENCE.as_secs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_whatever_others_say() {
        let line = LiveCheck::of("store", Err("no\n  hint: try\r\n\u{1b}[31magain".to_owned()));
        insta::assert_snapshot!(line.render(), @"failed     store: no; hint: try;  [31magain");
    }
}
