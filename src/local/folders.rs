//! The function folders as the local host understands them.

use std::collections::BTreeMap;

use super::LocalHostError;
use crate::domain::schedule::{InvalidSchedule, TimerSchedule};
use crate::functions::FunctionJson;

/// One function, with every `%SETTING%` in place.
#[derive(Debug)]
pub(super) struct LocalFunction {
    pub(super) name: String,
    pub(super) trigger: LocalTrigger,
    /// Queue names by the names of the output bindings.
    pub(super) outputs: BTreeMap<String, String>,
    /// The name of the HTTP output of a function that is called by HTTP without being forwarded.
    pub(super) reply: Option<String>,
}

#[derive(Debug)]
pub(super) enum LocalTrigger {
    Timer {
        binding: String,
        schedule: TimerSchedule,
        monitored: bool,
    },
    Queue {
        binding: String,
        queue: String,
    },
    Web {
        methods: Vec<String>,
    },
    /// Nothing here calls these but who asks for it.
    EventGrid {
        binding: String,
        many: bool,
    },
    Hook {
        binding: String,
        /// Without slashes at its ends.
        route: String,
        methods: Vec<String>,
    },
}

impl LocalFunction {
    /// Reads a `function.json`; `setting` knows the app settings.
    pub(super) fn parse(
        name: &str,
        text: &str,
        setting: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, LocalHostError> {
        let refuse = |reason: String| LocalHostError::FunctionJson { function: name.to_owned(), reason };
        let json: FunctionJson = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        if json.retry.is_some() {
            return Err(refuse("a retry policy is not supported here".into()));
        }
        let required = |value: Option<String>, key: &str| match value {
            Some(value) => resolve(name, &value, setting),
            None => Err(refuse(format!("`{key}` is missing"))),
        };
        let queue = |value: Option<String>| {
            let queue = required(value, "queueName")?;
            if is_queue_name(&queue) {
                Ok(queue)
            } else {
                Err(refuse(format!(
                    "`{queue}` cannot be the name of a queue: 3 to 63 lowercase letters, digits and single hyphens"
                )))
            }
        };
        let mut trigger = None;
        let mut outputs = BTreeMap::new();
        let mut reply = None;
        for binding in json.bindings {
            let new_trigger = match (binding.kind.as_str(), binding.direction.as_str()) {
                ("timerTrigger", "in") => LocalTrigger::Timer {
                    binding: binding.name,
                    schedule: required(binding.schedule, "schedule")?
                        .parse()
                        .map_err(|problem: InvalidSchedule| refuse(problem.to_string()))?,
                    monitored: binding.use_monitor.unwrap_or(true),
                },
                ("queueTrigger", "in") => {
                    LocalTrigger::Queue { binding: binding.name, queue: queue(binding.queue_name)? }
                }
                ("httpTrigger", "in") => {
                    let route = required(binding.route, "route")?;
                    let methods = binding.methods.unwrap_or_default();
                    if route.starts_with("{*") && route.ends_with('}') {
                        LocalTrigger::Web { methods }
                    } else if route.contains('{') {
                        return Err(refuse(format!(
                            "the route `{route}` has parameters, which is not supported here"
                        )));
                    } else {
                        let route = route.trim_matches('/').to_owned();
                        LocalTrigger::Hook { binding: binding.name, route, methods }
                    }
                }
                ("eventGridTrigger", "in") => LocalTrigger::EventGrid {
                    binding: binding.name,
                    many: binding.cardinality.as_deref() == Some("many"),
                },
                ("queue", "out") => {
                    outputs.insert(binding.name, queue(binding.queue_name)?);
                    continue;
                }
                ("http", "out") => {
                    reply = Some(binding.name);
                    continue;
                }
                (other, direction) => {
                    return Err(refuse(format!("a binding `{other}` ({direction}) is not supported here")));
                }
            };
            if trigger.replace(new_trigger).is_some() {
                return Err(refuse("there are two triggers".into()));
            }
        }
        let trigger = trigger.ok_or_else(|| refuse("there is no trigger".into()))?;
        let (is_web, is_hook) = match &trigger {
            LocalTrigger::Web { .. } => (true, false),
            LocalTrigger::Hook { .. } => (false, true),
            _ => (false, false),
        };
        if (is_web || is_hook) != reply.is_some() {
            return Err(refuse(
                "an `http` output belongs to an `httpTrigger`, and the other way round".into(),
            ));
        }
        if is_web && !outputs.is_empty() {
            return Err(refuse(
                "the function that takes every route has one `http` output and nothing else here".into(),
            ));
        }
        if is_hook && outputs.is_empty() {
            return Err(refuse(
                "only the function that takes every route is forwarded here; others need a queue output"
                    .into(),
            ));
        }
        Ok(Self { name: name.to_owned(), trigger, outputs, reply: reply.filter(|_| is_hook) })
    }
}

/// Puts settings in the place of `%NAME%`. A single `%` stays.
fn resolve(
    function: &str,
    text: &str,
    setting: &dyn Fn(&str) -> Option<String>,
) -> Result<String, LocalHostError> {
    let mut resolved = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        let Some((name, after)) = after.split_once('%') else {
            break;
        };
        let value = setting(name).ok_or_else(|| LocalHostError::MissingSetting {
            function: function.to_owned(),
            setting: name.to_owned(),
        })?;
        resolved.push_str(before);
        resolved.push_str(&value);
        rest = after;
    }
    resolved.push_str(rest);
    Ok(resolved)
}

fn is_queue_name(name: &str) -> bool {
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<LocalFunction, LocalHostError> {
        LocalFunction::parse("Tick", text, &|name| match name {
            "TICK_SCHEDULE" => Some("0 * * * * *".into()),
            "PREFIX" => Some("test".into()),
            _ => None,
        })
    }

    #[test]
    fn settings_take_their_places() {
        let function = parse(
            r#"{"bindings":[{"type":"timerTrigger","direction":"in","name":"timer","schedule":"%TICK_SCHEDULE%"},
               {"type":"queue","direction":"out","name":"orders","queueName":"%PREFIX%-orders"}]}"#,
        )
        .unwrap();
        assert_eq!(function.outputs["orders"], "test-orders");
        let LocalTrigger::Timer { schedule, monitored: true, .. } = function.trigger else { panic!() };
        assert_eq!(schedule.to_string(), "0 * * * * *");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let binding =
            |binding: &str| parse(&format!(r#"{{"bindings":[{binding}]}}"#)).unwrap_err().to_string();
        let errors = [
            parse("{").unwrap_err().to_string(),
            parse(r#"{"bindings":[]}"#).unwrap_err().to_string(),
            parse(r#"{"bindings":[],"retry":{"strategy":"fixedDelay"}}"#).unwrap_err().to_string(),
            binding(r#"{"type":"timerTrigger","direction":"in","name":"timer","schedule":"%OTHER%"}"#),
            binding(r#"{"type":"timerTrigger","direction":"in","name":"timer"}"#),
            binding(r#"{"type":"timerTrigger","direction":"in","name":"timer","schedule":"* * * * *"}"#),
            binding(r#"{"type":"queueTrigger","direction":"in","name":"message","queueName":"Orders"}"#),
            binding(r#"{"type":"blobTrigger","direction":"in","name":"blob"}"#),
            binding(r#"{"type":"httpTrigger","direction":"in","name":"request","route":"{*path}"}"#),
            binding(r#"{"type":"httpTrigger","direction":"in","name":"request","route":"hooks/{name}"}"#),
        ];
        insta::assert_snapshot!(errors.join("\n"), @r#"
        Tick/function.json: EOF while parsing an object at line 1 column 1
        Tick/function.json: there is no trigger
        Tick/function.json: a retry policy is not supported here
        Tick/function.json: the setting `OTHER` is not set
        Tick/function.json: `schedule` is missing
        Tick/function.json: `* * * * *` is not understood: it needs 6 fields (second minute hour day month weekday), and has 5
        Tick/function.json: `Orders` cannot be the name of a queue: 3 to 63 lowercase letters, digits and single hyphens
        Tick/function.json: a binding `blobTrigger` (in) is not supported here
        Tick/function.json: an `http` output belongs to an `httpTrigger`, and the other way round
        Tick/function.json: the route `hooks/{name}` has parameters, which is not supported here
        "#);
    }
}
