//! What a service says when it refuses.

use std::fmt;

use serde_json::Value;

use super::json;
use crate::domain::sanitize::one_line;

/// The most characters of another's words that are quoted.
const QUOTED: usize = 300;

/// A refusal. Its sentence is shown, never decided by.
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
    /// it throttles), with capitals, `{"Message":…}`, or Azure Tables' `{"odata.error":{"message":{"value":…}}}`. A body
    /// that is none of these is quoted when it is text.
    pub fn read(status: u16, body: &[u8]) -> Self {
        let (code, message) = match serde_json::from_slice::<Value>(body) {
            Ok(value) => {
                let wrapped = ["error", "odata.error"].iter().find_map(|name| json::field(&value, name));
                let error = wrapped.filter(|error| error.is_object()).unwrap_or(&value);
                let flat = json::field(&value, "error").and_then(Value::as_str);
                let code = json::text_at(error, &["code"]).or(flat);
                let message = json::text_at(error, &["message"])
                    .or_else(|| json::text_at(error, &["message", "value"]))
                    .or_else(|| json::text_at(&value, &["error_description"]));
                (code.map(quotable), message.map(quotable))
            }
            Err(_) => {
                let text = String::from_utf8_lossy(body);
                let printable = !text.trim().is_empty() && !text.trim_start().starts_with('<');
                (None, printable.then(|| quotable(&text)))
            }
        };
        Self { status, code, message }
    }

    /// A refusal of which only the code is kept: its sentence may repeat a secret.
    pub fn of_code(status: u16, code: &str) -> Self {
        Self { status, code: Some(quotable(code)).filter(|code| !code.is_empty()), message: None }
    }

    /// The service's word for it, or nothing.
    pub fn code(&self) -> &str {
        self.code.as_deref().unwrap_or_default()
    }

    /// Whether the same request may be answered in a minute.
    pub fn is_transient(&self) -> bool {
        self.status == 429 || self.status >= 500
    }
}

/// Another's words in one line of bounded length, so that they cannot pass for lines of ours.
pub fn quotable(text: &str) -> String {
    one_line(text, QUOTED)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_services_words_are_put_on_one_short_line() {
        assert_eq!(quotable("5.1.1 no such\r\nuser\u{7}here "), "5.1.1 no such user here");
        assert_eq!(quotable(&"x".repeat(5000)).chars().count(), 300);
    }

    #[test]
    fn every_service_writes_a_refusal_in_its_own_way() {
        let read = |body: &str| Refusal::read(409, body.as_bytes()).to_string();
        for body in [
            r#"{"error":{"code":"Busy","message":"later"}}"#,
            r#"{"code":"Busy","message":"later"}"#,
            r#"{"Code":"Busy","Message":"later"}"#,
            r#"{"error":"Busy","error_description":"later"}"#,
            r#"{"odata.error":{"code":"Busy","message":{"lang":"en-US","value":"later"}}}"#,
        ] {
            assert_eq!(read(body), "HTTP 409 Busy: later", "{body}");
        }
        assert_eq!(read("later"), "HTTP 409: later");
        assert_eq!(read("<html>later</html>"), "HTTP 409");
    }
}
