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
    /// The service's sentence, in one line of bounded length. Where there are details, they come first: they say why,
    /// and the sentence around them may be a text for support.
    pub message: Option<String>,
    /// Whether its words are about subscriptions.
    pub about_subscriptions: bool,
}

impl Refusal {
    /// Reads the body of a refusal: `{"error":{…}}`, the same without the wrapper (as Microsoft.Compute writes it when
    /// it throttles), with capitals, `{"Message":…}`, or Azure Tables' `{"odata.error":{"message":{"value":…}}}`. A body
    /// that is none of these is quoted when it is text.
    pub fn read(status: u16, body: &[u8]) -> Self {
        let (code, message, about_subscriptions) = match serde_json::from_slice::<Value>(body) {
            Ok(value) => {
                let wrapped = ["error", "odata.error"].iter().find_map(|name| json::field(&value, name));
                let error = wrapped.filter(|error| error.is_object()).unwrap_or(&value);
                let flat = json::field(&value, "error").and_then(Value::as_str);
                let code = json::text_at(error, &["code"]).or(flat);
                let message = json::text_at(error, &["message"])
                    .or_else(|| json::text_at(error, &["message", "value"]))
                    .or_else(|| json::text_at(&value, &["error_description"]));
                let details = details(error);
                let names = |text: &str| text.to_ascii_lowercase().contains("subscription");
                let about = details.iter().map(String::as_str).chain(code).chain(message).any(names);
                let whole = details.into_iter().chain(message.map(str::to_owned)).collect::<Vec<_>>();
                (code.map(quotable), (!whole.is_empty()).then(|| quotable(&whole.join("; "))), about)
            }
            Err(_) => {
                let text = String::from_utf8_lossy(body);
                let printable = !text.trim().is_empty() && !text.trim_start().starts_with('<');
                (None, printable.then(|| quotable(&text)), false)
            }
        };
        Self { status, code, message, about_subscriptions }
    }

    /// A refusal of which only the code is kept: its sentence may repeat a secret.
    pub fn of_code(status: u16, code: &str) -> Self {
        Self { status, code: Some(quotable(code)).filter(|code| !code.is_empty()), ..Self::default() }
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

/// The reasons inside a refusal, as `Code: sentence`, the innermost last. What only repeats the outer sentence, and what
/// is for machines, is left out.
fn details(error: &Value) -> Vec<String> {
    const DEEPEST: usize = 4;
    let outer = json::text_at(error, &["message"]);
    let list = json::field(error, "details").and_then(Value::as_array);
    let mut found: Vec<&Value> = list.into_iter().flatten().take(3).collect();
    let mut inner = json::field(error, "innererror");
    for _ in 0..DEEPEST {
        let Some(next) = inner else { break };
        found.push(next);
        inner = json::field(next, "innererror");
    }
    let sentence = |detail: &&Value| {
        let message = json::text_at(detail, &["message"])
            .filter(|message| Some(*message) != outer && !message.starts_with('{'));
        match (json::text_at(detail, &["code"]), message) {
            (Some(code), Some(message)) => Some(format!("{code}: {}", message.trim_end_matches('.'))),
            (None, Some(message)) => Some(message.trim_end_matches('.').to_owned()),
            (_, None) => None,
        }
    };
    found.iter().filter_map(sentence).collect()
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
        let inner = r#"{"error":{"code":"BadRequest","message":"Please provide below info when asking for support: timestamp = 1",
            "details":[{"code":"NoValidSubscriptionsInQueryRequest","message":"There must be at least one subscription that is eligible to contain resources."},
                       {"code":"TooManyRequests","message":"{\"operationGroup\":\"HighCostGet30Min\"}"}],
            "innererror":{"code":"Why","message":"None is."}}}"#;
        assert_eq!(
            read(inner),
            "HTTP 409 BadRequest: NoValidSubscriptionsInQueryRequest: There must be at least one subscription that is \
             eligible to contain resources; Why: None is; Please provide below info when asking for support: timestamp = 1"
        );
        assert!(Refusal::read(400, inner.as_bytes()).about_subscriptions);
        assert_eq!(read("later"), "HTTP 409: later");
        assert_eq!(read("<html>later</html>"), "HTTP 409");
    }
}
