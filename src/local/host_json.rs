//! The part of host.json that matters in one process.

use std::time::Duration;

use chrono::TimeDelta;

use super::LocalHostError;
use crate::functions::{HostJson, time_span};

/// The settings in force, with the host's defaults for what is not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostJsonSettings {
    pub(super) function_timeout: Duration,
    /// How many messages of one queue are worked on at once.
    pub(super) parallel_messages: usize,
    pub(super) max_dequeue_count: u32,
    /// How long a failed message stays invisible.
    pub(super) visibility_timeout: TimeDelta,
}

impl HostJsonSettings {
    pub(super) fn parse(text: &str) -> Result<Self, LocalHostError> {
        let json: HostJson =
            serde_json::from_str(text).map_err(|error| LocalHostError::HostJson(error.to_string()))?;
        let refuse = |reason: &str| Err(LocalHostError::HostJson(reason.to_owned()));
        let queues = json.extensions.queues;
        if json.version != "2.0" {
            return refuse("`version` must be \"2.0\"");
        }
        if !json.extensions.http.route_prefix.is_empty() {
            return refuse("only an empty `extensions.http.routePrefix` is supported here");
        }
        if !json.custom_handler.enable_forwarding_http_request {
            return refuse("`customHandler.enableForwardingHttpRequest` must be true");
        }
        if !queues.message_encoding.eq_ignore_ascii_case("base64") {
            return refuse("only `base64` is supported here as `extensions.queues.messageEncoding`");
        }
        if !(1..=32).contains(&queues.batch_size) || queues.max_dequeue_count == 0 {
            return refuse("`extensions.queues`: `batchSize` is 1 to 32, `maxDequeueCount` at least 1");
        }
        let threshold = queues.new_batch_threshold.unwrap_or(queues.batch_size / 2);
        let timeout = json.function_timeout.as_deref().unwrap_or("00:30:00");
        Ok(Self {
            function_timeout: time_span(timeout).ok_or_else(|| {
                LocalHostError::HostJson(format!("`functionTimeout` \"{timeout}\" is not hh:mm:ss"))
            })?,
            parallel_messages: usize::from(queues.batch_size) + usize::from(threshold),
            max_dequeue_count: queues.max_dequeue_count,
            visibility_timeout: time_span(&queues.visibility_timeout)
                .and_then(|span| TimeDelta::from_std(span).ok())
                .ok_or_else(|| {
                    LocalHostError::HostJson("`extensions.queues.visibilityTimeout` is not hh:mm:ss".into())
                })?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_has_the_host_s_defaults() {
        let json = r#"{"version":"2.0","extensions":{"http":{"routePrefix":""}},
            "customHandler":{"enableForwardingHttpRequest":true}}"#;
        let expected = HostJsonSettings {
            function_timeout: Duration::from_secs(1800),
            parallel_messages: 24,
            max_dequeue_count: 5,
            visibility_timeout: TimeDelta::zero(),
        };
        assert_eq!(HostJsonSettings::parse(json), Ok(expected));
    }

    #[test]
    fn the_deployed_settings_are_understood() {
        let settings = HostJsonSettings::parse(super::super::HOST_JSON).unwrap();
        assert_eq!(settings.function_timeout, Duration::from_secs(1800));
        assert_eq!(settings.parallel_messages, 12);
        assert_eq!(settings.visibility_timeout, TimeDelta::seconds(30));
    }

    #[test]
    fn what_cannot_be_done_here_is_refused() {
        let error = |from: &str, to: &str| {
            HostJsonSettings::parse(&super::super::HOST_JSON.replace(from, to)).unwrap_err().to_string()
        };
        let errors = [
            error("\"2.0\"", "\"1.0\""),
            error("\"routePrefix\": \"\"", "\"routePrefix\": \"api\""),
            error("\"base64\"", "\"none\""),
            error("00:30:00", "600"),
            error("00:00:30", "00:61:00"),
            error("\"batchSize\": 8", "\"batchSize\": 33"),
            error("\"batchSize\": 8", "\"batchSize\": \"8\""),
            error("true\n  }", "false\n  }"),
        ];
        insta::assert_snapshot!(errors.join("\n"), @r#"
        host.json: `version` must be "2.0"
        host.json: only an empty `extensions.http.routePrefix` is supported here
        host.json: only `base64` is supported here as `extensions.queues.messageEncoding`
        host.json: `functionTimeout` "600" is not hh:mm:ss
        host.json: `extensions.queues.visibilityTimeout` is not hh:mm:ss
        host.json: `extensions.queues`: `batchSize` is 1 to 32, `maxDequeueCount` at least 1
        host.json: invalid type: string "8", expected u16 at line 32 column 22
        host.json: `customHandler.enableForwardingHttpRequest` must be true
        "#);
    }
}
