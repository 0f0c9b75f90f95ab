//! Shows on a terminal what the functions are doing. A pipe gets nothing: the log says the same.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::domain::visible_text::for_terminal;
use crate::local::{HostEvent, InvocationOutcome};

/// One line that changes while the functions work.
#[derive(Debug, Clone)]
pub(super) struct ProgressLine {
    bar: ProgressBar,
    /// The step under way with its beginning, where each is shown with how long it took.
    step: Option<StepUnderWay>,
}

/// What is under way and since when, if anything is.
type StepUnderWay = Arc<Mutex<Option<(String, Instant)>>>;

impl ProgressLine {
    /// A line on stderr, if somebody can see it.
    pub(super) fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden(), step: None };
        }
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, step: None }
    }

    /// The same, which says of every step how long it took, terminal or not.
    pub(super) fn timed() -> Self {
        Self { step: Some(Arc::default()), ..Self::new() }
    }

    /// Says how long the step took that is over.
    fn end_step(&self) {
        let Some(step) = &self.step else { return };
        let ended = step.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((what, since)) = ended {
            let seconds = since.elapsed().as_secs_f64();
            self.bar.suspend(|| super::output::note(&format!("{seconds:5.1} s  {what}")));
        }
    }

    /// Says what is being done.
    pub(super) fn step(&self, what: &str) {
        self.end_step();
        self.bar.set_message(what.to_owned());
        if let Some(step) = &self.step {
            *step.lock().unwrap_or_else(PoisonError::into_inner) = Some((what.to_owned(), Instant::now()));
        }
    }

    /// Prints the result of a function.
    pub(super) fn event(&self, event: &HostEvent) {
        match &event.outcome {
            InvocationOutcome::Succeeded { log, .. } => {
                if let Some(line) = log.first() {
                    let line = format!("{}: {line}", event.function);
                    self.bar.set_message(for_terminal(&line).replace('\n', " "));
                }
            }
            InvocationOutcome::Failed { reason } | InvocationOutcome::Poisoned { reason, .. } => {
                // The host sees a status; the reason behind it is what a person needs.
                let reason = reason.strip_prefix("500 Internal Server Error: ").unwrap_or(reason);
                self.bar.suspend(|| super::output::note(&format!("{} failed: {reason}", event.function)));
            }
        }
    }

    /// Removes the line.
    pub(super) fn done(&self) {
        self.end_step();
        self.bar.finish_and_clear();
    }
}
