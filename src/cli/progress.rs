//! Shows on a terminal what the functions are doing. A pipe gets nothing: the log says the same.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::domain::visible_text::for_terminal;
use crate::local::{HostEvent, InvocationOutcome};

/// One line that changes while the functions work.
#[derive(Debug, Clone)]
pub(super) struct ProgressLine(ProgressBar);

impl ProgressLine {
    /// A line on stderr, if somebody can see it.
    pub(super) fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Says what is being done.
    pub(super) fn step(&self, what: &str) {
        self.0.set_message(what.to_owned());
    }

    /// Says what a function came to.
    pub(super) fn event(&self, event: &HostEvent) {
        match &event.outcome {
            InvocationOutcome::Succeeded { log, .. } => {
                if let Some(line) = log.first() {
                    let line = format!("{}: {line}", event.function);
                    self.0.set_message(for_terminal(&line).replace('\n', " "));
                }
            }
            InvocationOutcome::Failed { reason } | InvocationOutcome::Poisoned { reason, .. } => {
                // The host sees a status; the reason behind it is what a person needs.
                let reason = reason.strip_prefix("500 Internal Server Error: ").unwrap_or(reason);
                self.0.suspend(|| super::output::note(&format!("{} failed: {reason}", event.function)));
            }
        }
    }

    /// Removes the line.
    pub(super) fn done(&self) {
        self.0.finish_and_clear();
    }
}
