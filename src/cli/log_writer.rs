//! Where log lines go: what others named cannot hide in them, reorder them, or begin a line of its own.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::domain::visible_text::{for_terminal, in_json};

/// How an event is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogForm {
    /// For people: further lines of an event are set in.
    Lines,
    /// One JSON document each.
    Json,
}

/// A stream that gets whole events.
#[derive(Debug)]
pub struct LogWriter<W> {
    stream: W,
    form: LogForm,
}

impl<W> LogWriter<W> {
    /// Writes events of this form to `stream`.
    pub fn new(stream: W, form: LogForm) -> Self {
        Self { stream, form }
    }
}

impl<W: Write> Write for LogWriter<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let shown = match self.form {
            LogForm::Json => in_json(&text),
            LogForm::Lines => lines(&text),
        };
        self.stream.write_all(shown.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn lines(event: &str) -> Cow<'_, str> {
    let shown = for_terminal(event);
    match shown.trim_end_matches('\n') {
        inner if inner.contains('\n') => format!("{}\n", inner.replace('\n', "\n    ")).into(),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(event: &str, form: LogForm) -> String {
        let mut stream = Vec::new();
        LogWriter::new(&mut stream, form).write_all(event.as_bytes()).unwrap();
        String::from_utf8(stream).unwrap()
    }

    #[test]
    fn s16_an_event_is_what_it_says_and_looks_like_one() {
        let event = "WARN vm\u{202e}1 refused\u{1b}[2K\nERROR all is lost\n";
        assert_eq!(written(event, LogForm::Lines), "WARN vm1 refused [2K\n    ERROR all is lost\n");
        assert_eq!(written("INFO fine\n", LogForm::Lines), "INFO fine\n");
        let event = "{\"message\":\"vm\u{202e}1 \u{9b}\"}\n";
        assert_eq!(written(event, LogForm::Json), "{\"message\":\"vm\\u202e1 \\u009b\"}\n");
    }
}
