//! Measures runs of functions.

use tokio::time::Instant;

use super::record::with;

/// One run of a function. When it is dropped before it ended, the run was stopped or panicked.
#[derive(Debug)]
pub struct Run {
    function: String,
    started: Instant,
    result: &'static str,
}

impl Run {
    /// `function` begins to run.
    pub fn begin(function: &str) -> Self {
        Self { function: function.to_owned(), started: Instant::now(), result: "stopped" }
    }

    /// It came to its end.
    pub fn end(mut self, succeeded: bool) {
        self.result = if succeeded { "succeeded" } else { "failed" };
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        with(|instruments| instruments.run(&self.function, self.result, self.started.elapsed()));
    }
}
