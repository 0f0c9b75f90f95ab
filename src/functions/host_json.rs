//! What a handler has to know of `host.json`.

use std::time::Duration;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HostJson {
    function_timeout: Option<String>,
}

/// The `functionTimeout` in the text of a `host.json`: how long the host lets a function run before it kills the
/// process. `None` when it is unlimited, not set (the plan decides then) or unreadable.
pub fn function_timeout(host_json: impl AsRef<str>) -> Option<Duration> {
    let HostJson { function_timeout } = serde_json::from_str(host_json.as_ref()).ok()?;
    let text = function_timeout?;
    let (days, time) = text.split_once('.').unwrap_or(("0", &text));
    let parts: Vec<u64> = time.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts.as_slice() else { return None };
    let days: u64 = days.parse().ok()?;
    let seconds = ((days.checked_mul(24)? + hours) * 60 + minutes) * 60 + seconds;
    (seconds > 0).then(|| Duration::from_secs(seconds))
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
