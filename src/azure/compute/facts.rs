//! `maintenanceRedeployStatus`: the one place where both windows and the self-start flag are written.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::azure::time::parse_timestamp;
use crate::domain::window::{Impact, Interval, LastResult, MaintenanceFacts, Schedule};
use crate::http::json;

/// Reads a `maintenanceRedeployStatus` object. Each window may be absent, but not half of it.
///
/// # Errors
/// When a date cannot be read, a window has one end only or ends before it starts, or when the object says nothing at
/// all. The whole record is then set aside: believing half of it would tell people of a change that nobody made.
pub fn parse_maintenance(status: &Value) -> Result<MaintenanceFacts, String> {
    if !status.is_object() {
        return Err("maintenanceRedeployStatus is no object".to_owned());
    }
    let schedule = Schedule {
        self_service: window(status, "preMaintenanceWindowStartTime", "preMaintenanceWindowEndTime")?,
        scheduled: window(status, "maintenanceWindowStartTime", "maintenanceWindowEndTime")?,
    };
    let last_result = last_result(json::text_at(status, &["lastOperationResultCode"]));
    if schedule == Schedule::default() && last_result == LastResult::None {
        return Err("maintenanceRedeployStatus names no window".to_owned());
    }
    Ok(MaintenanceFacts {
        schedule,
        self_start_allowed: flag(status, "isCustomerInitiatedMaintenanceAllowed")?,
        last_result,
        last_message: json::text_at(status, &["lastOperationMessage"]).map(json::excerpt_of),
    })
}

fn window(status: &Value, start: &str, end: &str) -> Result<Option<Interval>, String> {
    match (moment(status, start)?, moment(status, end)?) {
        (None, None) => Ok(None),
        (Some(from), Some(to)) => {
            Interval::new(from, to).map(Some).map_err(|error| format!("{start} to {end}: {error}"))
        }
        (Some(_), None) => Err(format!("{start} is given without {end}")),
        (None, Some(_)) => Err(format!("{end} is given without {start}")),
    }
}

fn moment(status: &Value, name: &str) -> Result<Option<DateTime<Utc>>, String> {
    match json::field(status, name) {
        None => Ok(None),
        Some(Value::String(text)) => parse_timestamp(text).map_err(|error| format!("{name}: {error}")),
        Some(_) => Err(format!("{name} is no text")),
    }
}

fn flag(status: &Value, name: &str) -> Result<bool, String> {
    match json::field(status, name) {
        None => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err(format!("{name} is neither true nor false")),
    }
}

fn last_result(code: Option<&str>) -> LastResult {
    let Some(code) = code else { return LastResult::None };
    match code.to_ascii_lowercase().as_str() {
        "none" => LastResult::None,
        "retrylater" => LastResult::RetryLater,
        "maintenanceaborted" => LastResult::MaintenanceAborted,
        "maintenancecompleted" => LastResult::MaintenanceCompleted,
        _ => LastResult::Other(code.to_owned()),
    }
}

/// Reads an `impactType`. `None` is Azure's word for "nothing to say", and an unknown word is kept.
pub fn parse_impact(word: Option<&str>) -> Impact {
    let Some(word) = word else { return Impact::Unknown };
    match word.to_ascii_lowercase().as_str() {
        "none" | "unknown" => Impact::Unknown,
        "freeze" => Impact::Freeze,
        "restart" | "reboot" => Impact::Reboot,
        "redeploy" => Impact::Redeploy,
        _ => Impact::Other(word.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::window::MaintenanceStatus;

    fn announced() -> Value {
        json!({
            "isCustomerInitiatedMaintenanceAllowed": true,
            "preMaintenanceWindowStartTime": "2026-12-01T08:00:00+00:00",
            "preMaintenanceWindowEndTime": "2026-12-10T08:00:00.2418711+00:00",
            "maintenanceWindowStartTime": "2026-12-12T16:30:00+00:00",
            "maintenanceWindowEndTime": "2026-12-26T16:30:00+00:00",
            "lastOperationResultCode": "None",
        })
    }

    fn with(changes: Value) -> Value {
        let mut status = announced();
        for (name, value) in changes.as_object().unwrap() {
            status[name] = value.clone();
        }
        status
    }

    #[test]
    fn both_windows_are_read_and_need_not_touch() {
        let facts = parse_maintenance(&announced()).unwrap();
        assert_eq!(facts.status(), MaintenanceStatus::StartNow);
        let (own, azures) = (facts.schedule.self_service.unwrap(), facts.schedule.scheduled.unwrap());
        assert_eq!(own.end().to_rfc3339(), "2026-12-10T08:00:00.241871100+00:00");
        assert_eq!(azures.start().to_rfc3339(), "2026-12-12T16:30:00+00:00");
    }

    #[test]
    fn a_window_that_is_not_set_is_absent() {
        for not_set in [json!(null), json!(""), json!("0001-01-01T00:00:00")] {
            let status = with(json!({
                "preMaintenanceWindowStartTime": not_set,
                "preMaintenanceWindowEndTime": not_set,
            }));
            let facts = parse_maintenance(&status).unwrap();
            assert_eq!(facts.schedule.self_service, None);
            assert!(facts.schedule.scheduled.is_some());
        }
    }

    #[test]
    fn results_are_read_openly() {
        let read = |code: Value| {
            parse_maintenance(&with(json!({ "lastOperationResultCode": code }))).unwrap().last_result
        };
        assert_eq!(read(json!(null)), LastResult::None);
        assert_eq!(read(json!("retryLater")), LastResult::RetryLater);
        assert_eq!(read(json!("MaintenanceAborted")), LastResult::MaintenanceAborted);
        assert_eq!(read(json!("MaintenanceCompleted")), LastResult::MaintenanceCompleted);
        assert_eq!(read(json!("MaintenancePaused")), LastResult::Other("MaintenancePaused".to_owned()));
    }

    #[test]
    fn f9_odd_dates_and_shapes_are_told_apart() {
        let problem = |changes: Value| parse_maintenance(&with(changes)).unwrap_err();
        insta::assert_snapshot!(
            [
                problem(json!({ "preMaintenanceWindowEndTime": null })),
                problem(json!({ "maintenanceWindowStartTime": "" })),
                problem(json!({ "maintenanceWindowEndTime": "2026-12-12T16:30:00+00:00" })),
                problem(json!({ "maintenanceWindowEndTime": "2026-12-01T16:30:00+00:00" })),
                problem(json!({ "maintenanceWindowEndTime": "next week" })),
                problem(json!({ "maintenanceWindowEndTime": 1_796_000_000 })),
                problem(json!({ "isCustomerInitiatedMaintenanceAllowed": "perhaps" })),
                parse_maintenance(&json!({})).unwrap_err(),
                parse_maintenance(&json!("planned")).unwrap_err(),
            ]
            .join("\n"),
            @r"
            preMaintenanceWindowStartTime is given without preMaintenanceWindowEndTime
            maintenanceWindowEndTime is given without maintenanceWindowStartTime
            maintenanceWindowStartTime to maintenanceWindowEndTime: the window ends at 2026-12-12 16:30:00 UTC, which is not after its start at 2026-12-12 16:30:00 UTC
            maintenanceWindowStartTime to maintenanceWindowEndTime: the window ends at 2026-12-01 16:30:00 UTC, which is not after its start at 2026-12-12 16:30:00 UTC
            maintenanceWindowEndTime: `next week` is no date: expected a form such as 2026-12-01T08:00:00Z
            maintenanceWindowEndTime is no text
            isCustomerInitiatedMaintenanceAllowed is neither true nor false
            maintenanceRedeployStatus names no window
            maintenanceRedeployStatus is no object
            "
        );
    }

    #[test]
    fn a_result_without_dates_is_still_a_fact() {
        let facts = parse_maintenance(&json!({ "lastOperationResultCode": "MaintenanceCompleted" })).unwrap();
        assert_eq!(facts.status(), MaintenanceStatus::AlreadyUpdated);
    }

    #[test]
    fn impacts_are_read_openly() {
        assert_eq!(parse_impact(Some("Restart")), Impact::Reboot);
        assert_eq!(parse_impact(Some("redeploy")), Impact::Redeploy);
        assert_eq!(parse_impact(Some("None")), Impact::Unknown);
        assert_eq!(parse_impact(Some("Teleport")), Impact::Other("Teleport".to_owned()));
    }
}
