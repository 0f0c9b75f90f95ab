//! What a service says when it refuses.

use std::fmt;

use serde_json::Value;

use super::json;

/// The words of a refusal. They are shown, never decided by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status, by which decisions are made.
    pub status: u16,
    /// The service's word for it, such as `AuthorizationFailed`.
    pub code: Option<String>,
    /// The service's sentence, in one line of bounded length.
    pub message: Option<String>,
}

impl Refusal {
    /// Reads the body of a refusal: `{"error":{…}}`, the same without the wrapper (as Microsoft.Compute writes it when
    /// it throttles), with capitals, or `{"Message":…}`. A body that is none of these is quoted when it is text.
    pub fn read(status: u16, body: &[u8]) -> Self {
        let (code, message) = match serde_json::from_slice::<Value>(body) {
            Ok(value) => {
                let error = json::field(&value, "error").filter(|error| error.is_object()).unwrap_or(&value);
                let flat = json::field(&value, "error").and_then(Value::as_str);
                let code = json::text_at(error, &["code"]).or(flat);
                let message = json::text_at(error, &["message"])
                    .or_else(|| json::text_at(&value, &["error_description"]));
                (code.map(one_line), message.map(one_line))
            }
            Err(_) => {
                let text = String::from_utf8_lossy(body);
                let printable = !text.trim().is_empty() && !text.trim_start().starts_with('<');
                (None, printable.then(|| one_line(&text)))
            }
        };
        Self { status, code, message }
    }
}

/// Another's words in one line of bounded length, so that they cannot pass for lines of ours.
fn one_line(text: &str) -> String {
    json::excerpt_of(&text.split_whitespace().collect::<Vec<_>>().join(" ").replace(char::is_control, ""))
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, " {code}")?;
        }
        match &self.message {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}
