//! A `host.json` as it is written, and how long it lets a function run.

use std::time::Duration;

use serde::Deserialize;

/// The settings of the host, with its own defaults for what is not set.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HostJson {
    pub version: String,
    /// `hh:mm:ss`, or `-1` for no bound.
    pub function_timeout: Option<String>,
    pub extensions: HostExtensions,
    pub custom_handler: CustomHandler,
}

/// The settings of bindings.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HostExtensions {
    pub http: HostHttp,
    pub queues: HostQueues,
}

/// The settings of HTTP functions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HostHttp {
    /// What the paths of all functions begin with.
    pub route_prefix: String,
}

impl Default for HostHttp {
    fn default() -> Self {
        Self { route_prefix: "api".into() }
    }
}

/// The settings of queue functions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct HostQueues {
    /// How many messages are fetched at once.
    pub batch_size: u16,
    /// With how few under way the next ones are fetched; half a batch if not set.
    pub new_batch_threshold: Option<u16>,
    pub max_dequeue_count: u32,
    pub visibility_timeout: String,
    pub message_encoding: String,
}

impl Default for HostQueues {
    fn default() -> Self {
        Self {
            batch_size: 16,
            new_batch_threshold: None,
            max_dequeue_count: 5,
            visibility_timeout: "00:00:00".into(),
            message_encoding: "base64".into(),
        }
    }
}

/// The settings of our process.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CustomHandler {
    pub enable_forwarding_http_request: bool,
}

/// The `functionTimeout` in the text of a `host.json`: how long the host lets a function run before it kills the
/// process. `None` when it is unlimited, not set (the plan decides then) or unreadable.
pub fn function_timeout(host_json: impl AsRef<str>) -> Option<Duration> {
    let HostJson { function_timeout, .. } = serde_json::from_str(host_json.as_ref()).ok()?;
    time_span(&function_timeout?).filter(|span| !span.is_zero())
}

/// Reads a time span as .NET writes it: `hh:mm:ss`, with days and a point before it if need be.
pub fn time_span(text: &str) -> Option<Duration> {
    let (days, time) = text.split_once('.').unwrap_or(("0", text));
    let days: u32 = days.parse().ok()?;
    let parts: Vec<u32> = time.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours @ 0..24, minutes @ 0..60, seconds @ 0..60] = parts[..] else { return None };
    Some(Duration::from_secs(u64::from(days) * 86_400 + u64::from(hours * 3600 + minutes * 60 + seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_the_host_writes_them() {
        let read = |text: &str| function_timeout(format!(r#"{{"functionTimeout":"{text}"}}"#));
        assert_eq!(read("00:10:00"), Some(Duration::from_secs(600)));
        assert_eq!(read("1.01:00:05"), Some(Duration::from_secs(25 * 3600 + 5)));
        for unusable in ["-1", "-00:00:01", "10", "00:00:00", ""] {
            assert_eq!(read(unusable), None, "{unusable}");
        }
        assert_eq!(function_timeout(r#"{"version":"2.0"}"#), None);
        assert_eq!(function_timeout("not JSON"), None);
    }
}
