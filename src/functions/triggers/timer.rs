//! `timerTrigger`.

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use serde::{Deserialize, Deserializer};

use super::super::{DecodeError, InvocationEnvelope, Trigger, TriggerKind};

/// A timer that fired. Runs of one timer never overlap, and a failed run is not repeated before the next tick.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TimerTrigger {
    /// Whether this run makes up for one that was missed.
    #[serde(default)]
    pub is_past_due: bool,
    /// Absent when the schedule is not monitored, or fires more often than once a minute.
    #[serde(default)]
    pub schedule_status: Option<ScheduleStatus>,
}

/// What the host remembers of a timer's runs. A time that it does not know, or that cannot be read, is `None`: a
/// timer is never kept from running by what it hears of the past.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScheduleStatus {
    /// When it last ran; `None` before the first run.
    #[serde(default, deserialize_with = "known_time")]
    pub last: Option<DateTime<Utc>>,
    /// When this run was due.
    #[serde(default, deserialize_with = "known_time")]
    pub next: Option<DateTime<Utc>>,
    /// When this status was written.
    #[serde(default, deserialize_with = "known_time")]
    pub last_updated: Option<DateTime<Utc>>,
}

impl Trigger for TimerTrigger {
    const KIND: TriggerKind = TriggerKind::Timer;

    fn decode(envelope: &InvocationEnvelope) -> Result<Self, DecodeError> {
        let value = envelope.input_json()?;
        if !value.is_object() {
            return Err(DecodeError("the timer's value in `Data` is not an object".into()));
        }
        serde_json::from_value(value)
            .map_err(|error| DecodeError(format!("the timer cannot be read: {error}")))
    }
}

/// Reads a time with or without offset and sub-seconds. .NET writes year 1 for "never".
fn known_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = serde_json::Value::deserialize(deserializer)?;
    let time = text.as_str().and_then(|text| {
        let with_offset = DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
        let without = || text.parse::<NaiveDateTime>().map(|time| time.and_utc());
        with_offset.or_else(|_| without()).ok()
    });
    Ok(time.filter(|time| time.year() > 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(timer: &str) -> Result<TimerTrigger, DecodeError> {
        let body = format!(r#"{{"Data":{{"timer":{timer}}},"Metadata":{{"sys":{{"MethodName":"Tick"}}}}}}"#);
        TimerTrigger::decode(&InvocationEnvelope::from_slice(body.as_bytes())?)
    }

    fn time(text: &str) -> Option<DateTime<Utc>> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn a_regular_run_says_when_it_was_due_and_when_the_last_one_was() {
        let timer = decode(
            r#"{"Schedule":{"AdjustForDST":true},"ScheduleStatus":{"Last":"2030-03-04T05:00:00.0096035+00:00",
               "Next":"2030-03-04T07:15:00+02:00","LastUpdated":"2030-03-04T05:00:00Z"},"IsPastDue":false}"#,
        )
        .unwrap();
        let status = timer.schedule_status.unwrap();
        assert_eq!(status.last, time("2030-03-04T05:00:00.0096035Z"));
        assert_eq!(status.next, time("2030-03-04T05:15:00Z"));
        assert_eq!(status.last_updated, time("2030-03-04T05:00:00Z"));
        assert!(!timer.is_past_due);
    }

    #[test]
    fn the_first_run_has_no_last_one() {
        let timer = decode(
            r#"{"ScheduleStatus":{"Last":"0001-01-01T00:00:00+00:00","Next":"2030-03-04T05:15:00",
               "LastUpdated":"0001-01-01T00:00:00"},"IsPastDue":true}"#,
        )
        .unwrap();
        let expected = ScheduleStatus { last: None, next: time("2030-03-04T05:15:00Z"), last_updated: None };
        assert_eq!(timer, TimerTrigger { is_past_due: true, schedule_status: Some(expected) });
    }

    #[test]
    fn an_unmonitored_timer_and_an_unreadable_past_do_not_keep_it_from_running() {
        let bare = TimerTrigger { is_past_due: false, schedule_status: None };
        assert_eq!(decode(r#"{"Schedule":{},"ScheduleStatus":null,"IsPastDue":false}"#).unwrap(), bare);
        assert_eq!(decode("{}").unwrap(), bare);
        let odd = decode(r#"{"ScheduleStatus":{"Last":"yesterday","Next":5}}"#).unwrap();
        assert_eq!(odd.schedule_status, Some(ScheduleStatus { last: None, next: None, last_updated: None }));
    }

    #[test]
    fn what_is_not_a_timer_is_refused() {
        insta::assert_snapshot!(decode("[]").unwrap_err(), @"the timer's value in `Data` is not an object");
        insta::assert_snapshot!(decode(r#"{"IsPastDue":"perhaps"}"#).unwrap_err(), @r#"the timer cannot be read: invalid type: string "perhaps", expected a boolean"#);
    }
}
