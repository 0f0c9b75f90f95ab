//! `maintenanceRedeployStatus`: the one place where both windows and the self-start flag are written.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::impact_words::impact_of_word;
use crate::azure::time::parse_timestamp;
use crate::domain::window::{Impact, Interval, LastResult, MaintenanceFacts, Schedule};
use crate::http::json;

/// What a `maintenanceRedeployStatus` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusRead {
    /// Nothing where nothing is planned.
    pub facts: Option<MaintenanceFacts>,
    /// What in it could not be understood. The rest is known, and counts.
    pub problems: Vec<String>,
    /// Whether nothing at all stands in it, which of a machine with maintenance is odd.
    pub is_blank: bool,
}

/// Reads a `maintenanceRedeployStatus` object. Every field of it is optional. What can be read of it counts: one date of
/// two, a flag alone. Where it names no date and no result and allows no start, nothing is planned; neither where it is empty.
///
/// # Errors
/// When it is no object, or when nothing in it can be read: that says nothing of what is planned.
pub fn parse_maintenance(status: &Value) -> Result<StatusRead, String> {
    if !status.is_object() {
        return Err("maintenanceRedeployStatus is no object".to_owned());
    }
    let mut problems = Vec::new();
    let self_service =
        dates(status, "preMaintenanceWindowStartTime", "preMaintenanceWindowEndTime", &mut problems);
    let scheduled = dates(status, "maintenanceWindowStartTime", "maintenanceWindowEndTime", &mut problems);
    let allowed = flag(status, "isCustomerInitiatedMaintenanceAllowed", &mut problems);
    let facts = MaintenanceFacts {
        schedule: schedule(self_service, scheduled),
        self_start_allowed: allowed == Some(true),
        is_start_unsaid: allowed.is_none(),
        last_result: last_result(json::text_at(status, &["lastOperationResultCode"])),
        last_message: json::text_at(status, &["lastOperationMessage"]).map(json::excerpt_of),
    };
    // Dates were given, and none of them can be read: what else it says is not believed alone.
    if !problems.is_empty() && facts.schedule == Schedule::default() {
        return Err(problems.join("; "));
    }
    let is_planned = facts.schedule != Schedule::default()
        || facts.self_start_allowed
        || facts.last_result != LastResult::None;
    let is_blank = status.as_object().is_some_and(|fields| fields.values().all(Value::is_null));
    Ok(StatusRead { facts: is_planned.then_some(facts), problems, is_blank })
}

/// When a window starts and ends, as far as Azure says.
type Dates = (Option<DateTime<Utc>>, Option<DateTime<Utc>>);

fn dates(status: &Value, start: &str, end: &str, problems: &mut Vec<String>) -> Dates {
    let mut moment = |name: &str| match json::field(status, name) {
        None => None,
        Some(Value::String(text)) => parse_timestamp(text).unwrap_or_else(|error| {
            problems.push(format!("{name}: {error}"));
            None
        }),
        Some(_) => {
            problems.push(format!("{name} is no text"));
            None
        }
    };
    match (moment(start), moment(end)) {
        (Some(from), Some(to)) if to <= from => {
            let wrong = Interval::new(from, to).map_or_else(|error| error.to_string(), |_| String::new());
            problems.push(format!("{start} to {end}: {wrong}"));
            (None, None)
        }
        dates => dates,
    }
}

/// Self-service comes before Azure's own window: where one date of either is missing, the other window bounds it.
pub(in crate::azure) fn schedule(self_service: Dates, scheduled: Dates) -> Schedule {
    let interval = |(start, end): Dates, earliest, latest| match (start, end) {
        (Some(start), Some(end)) => Interval::new(start, end).ok(),
        (Some(start), None) => Some(Interval::since(start, latest)),
        (None, Some(end)) => Some(Interval::until(end, earliest)),
        (None, None) => None,
    };
    Schedule {
        self_service: interval(self_service, None, scheduled.0),
        scheduled: interval(scheduled, self_service.1, None),
    }
}

/// What a field says that is true or false; nothing where it says nothing.
fn flag(status: &Value, name: &str, problems: &mut Vec<String>) -> Option<bool> {
    match json::field(status, name)? {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
        Value::String(text) if text.trim().is_empty() => None,
        _ => {
            problems.push(format!("{name} is neither true nor false"));
            None
        }
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

/// What the words of an impacted resource say of its impact: a category, an impact type, a sentence about it. Where these
/// stand is not published, so they are looked for by name, among the properties and in lists of keys and values.
pub fn impact_of_words(properties: &Value) -> Impact {
    let mut impact = Impact::Unknown;
    for (name, word) in words_of(properties) {
        let name = name.to_ascii_lowercase().replace([' ', '_', '-'], "");
        let counts = (name.contains("impact") || name.contains("category"))
            && !["service", "region", "time", "date", "resource"].iter().any(|other| name.contains(other));
        let said = if counts { impact_of_word(word) } else { Impact::Unknown };
        let graver = |one: &Impact, other: &Impact| rank(one) > rank(other);
        if graver(&said, &impact) {
            impact = said;
        }
    }
    impact
}

fn rank(impact: &Impact) -> u8 {
    match impact {
        Impact::Unknown | Impact::Other(_) => 0,
        Impact::Freeze => 1,
        Impact::Reboot => 2,
        Impact::Redeploy => 3,
    }
}

/// Every text directly in an object, and those of its lists of `key` and `value`.
fn words_of(properties: &Value) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for (name, value) in properties.as_object().into_iter().flatten() {
        match value {
            Value::String(word) => found.push((name.as_str(), word.as_str())),
            Value::Array(pairs) => found.extend(pairs.iter().filter_map(|pair| {
                let key = json::text_at(pair, &["key"]).or_else(|| json::text_at(pair, &["name"]))?;
                Some((key, json::text_at(pair, &["value"])?))
            })),
            Value::Object(_) => found.extend(words_of(value)),
            _ => {}
        }
    }
    found
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

    /// What a status says of which all can be understood.
    fn facts(status: &Value) -> MaintenanceFacts {
        let read = parse_maintenance(status).unwrap();
        assert_eq!(read.problems, [""; 0]);
        read.facts.unwrap()
    }

    #[test]
    fn both_windows_are_read_and_need_not_touch() {
        let facts = facts(&announced());
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
            let facts = facts(&status);
            assert_eq!(facts.schedule.self_service, None);
            assert!(facts.schedule.scheduled.is_some());
        }
    }

    #[test]
    fn results_are_read_openly() {
        let read = |code: Value| facts(&with(json!({ "lastOperationResultCode": code }))).last_result;
        assert_eq!(read(json!(null)), LastResult::None);
        assert_eq!(read(json!("retryLater")), LastResult::RetryLater);
        assert_eq!(read(json!("MaintenanceAborted")), LastResult::MaintenanceAborted);
        assert_eq!(read(json!("MaintenanceCompleted")), LastResult::MaintenanceCompleted);
        assert_eq!(read(json!("MaintenancePaused")), LastResult::Other("MaintenancePaused".to_owned()));
    }

    #[test]
    fn f9_odd_dates_and_shapes_are_told_apart() {
        let problem = |changes: Value| {
            let read = parse_maintenance(&with(changes)).unwrap();
            assert!(read.facts.is_some(), "the rest counts");
            read.problems.join("; ")
        };
        insta::assert_snapshot!(
            [
                problem(json!({ "maintenanceWindowEndTime": "2026-12-12T16:30:00+00:00" })),
                problem(json!({ "maintenanceWindowEndTime": "2026-12-01T16:30:00+00:00" })),
                problem(json!({ "maintenanceWindowEndTime": "next week" })),
                problem(json!({ "maintenanceWindowEndTime": 1_796_000_000 })),
                problem(json!({ "isCustomerInitiatedMaintenanceAllowed": "perhaps" })),
                parse_maintenance(&json!({ "maintenanceWindowEndTime": "soon", "isCustomerInitiatedMaintenanceAllowed": false })).unwrap_err(),
                parse_maintenance(&json!("planned")).unwrap_err(),
            ]
            .join("\n"),
            @r"
            maintenanceWindowStartTime to maintenanceWindowEndTime: the window ends at 2026-12-12 16:30:00 UTC, which is not after its start at 2026-12-12 16:30:00 UTC
            maintenanceWindowStartTime to maintenanceWindowEndTime: the window ends at 2026-12-01 16:30:00 UTC, which is not after its start at 2026-12-12 16:30:00 UTC
            maintenanceWindowEndTime: `next week` is no date: expected a form such as 2026-12-01T08:00:00Z
            maintenanceWindowEndTime is no text
            isCustomerInitiatedMaintenanceAllowed is neither true nor false
            maintenanceWindowEndTime: `soon` is no date: expected a form such as 2026-12-01T08:00:00Z
            maintenanceRedeployStatus is no object
            "
        );
    }

    #[test]
    fn one_date_of_two_is_known_and_the_other_is_not() {
        let schedule = |changes: Value| facts(&with(changes)).schedule;
        let own = schedule(json!({ "preMaintenanceWindowStartTime": null })).self_service.unwrap();
        assert_eq!(
            (own.said_start(), own.said_end().unwrap().to_rfc3339()),
            (None, "2026-12-10T08:00:00.241871100+00:00".to_owned())
        );
        let own = schedule(json!({ "preMaintenanceWindowEndTime": "" })).self_service.unwrap();
        assert_eq!((own.said_end(), own.end().to_rfc3339()), (None, "2026-12-12T16:30:00+00:00".to_owned()));
        let azures = schedule(json!({ "maintenanceWindowStartTime": null })).scheduled.unwrap();
        assert_eq!(
            (azures.said_start(), azures.start().to_rfc3339()),
            (None, "2026-12-10T08:00:00.241871100+00:00".to_owned())
        );
        let azures =
            schedule(json!({ "maintenanceWindowEndTime": "0001-01-01T00:00:00" })).scheduled.unwrap();
        assert_eq!((azures.said_start().is_some(), azures.said_end()), (true, None));
    }

    #[test]
    fn a_flag_that_is_left_out_is_unsaid_and_not_refused() {
        for (flag, allowed, is_unsaid) in [
            (json!(null), false, true),
            (json!(""), false, true),
            (json!("perhaps"), false, true),
            (json!(1), false, true),
            (json!(false), false, false),
            (json!("False"), false, false),
            (json!("true"), true, false),
        ] {
            let read =
                parse_maintenance(&with(json!({ "isCustomerInitiatedMaintenanceAllowed": flag }))).unwrap();
            let facts = read.facts.unwrap();
            assert_eq!((facts.self_start_allowed, facts.is_start_unsaid), (allowed, is_unsaid), "{flag}");
        }
    }

    #[test]
    fn a_status_without_anything_in_it_is_nothing_planned() {
        for (status, is_blank) in [
            (json!({}), true),
            (
                json!({ "preMaintenanceWindowStartTime": null, "isCustomerInitiatedMaintenanceAllowed": null }),
                true,
            ),
            (json!({ "lastOperationResultCode": "None" }), false),
            (json!({ "lastOperationMessage": "" }), false),
        ] {
            let nothing = StatusRead { facts: None, problems: Vec::new(), is_blank };
            assert_eq!(parse_maintenance(&status), Ok(nothing), "{status}");
        }
    }

    #[test]
    fn without_dates_a_flag_says_whether_anything_is_planned() {
        let read = |status: Value| parse_maintenance(&status).unwrap().facts;
        assert_eq!(read(json!({ "isCustomerInitiatedMaintenanceAllowed": false })), None);
        assert_eq!(
            read(
                json!({ "isCustomerInitiatedMaintenanceAllowed": false, "lastOperationResultCode": "None" })
            ),
            None
        );
        assert_eq!(
            read(
                json!({ "isCustomerInitiatedMaintenanceAllowed": false, "preMaintenanceWindowStartTime": null, "additionalProperties": {} })
            ),
            None
        );
        let allowed = read(json!({ "isCustomerInitiatedMaintenanceAllowed": true })).unwrap();
        assert_eq!((allowed.status(), allowed.schedule), (MaintenanceStatus::StartNow, Schedule::default()));
    }

    #[test]
    fn fields_that_nobody_uses_break_nothing() {
        let odd = with(
            json!({ "lastOperationMessage": [1], "lastOperationResultCode": { "a": 1 }, "additionalProperties": 7, "newField": "x" }),
        );
        assert_eq!(facts(&odd).status(), MaintenanceStatus::StartNow);
    }

    #[test]
    fn a_result_without_dates_is_still_a_fact() {
        let facts = facts(&json!({ "lastOperationResultCode": "MaintenanceCompleted" }));
        assert_eq!(facts.status(), MaintenanceStatus::AlreadyUpdated);
    }

    #[test]
    fn the_words_of_an_impacted_resource_say_its_impact_wherever_they_stand() {
        for (properties, impact) in [
            (json!({ "impactType": "Resource Unavailable" }), Impact::Reboot),
            (json!({ "maintenanceImpactType": "Redeploy", "targetResourceType": "x" }), Impact::Redeploy),
            (json!({ "impactCategory": "VM Freeze", "impactDurationInSeconds": 9 }), Impact::Freeze),
            (json!({ "info": [{ "key": "Impact Type", "value": "Downtime Freeze" }] }), Impact::Freeze),
            (
                json!({ "info": [{ "key": "MaintenanceCategory", "value": "Resource unavailable (reboot or redeploy)" }] }),
                Impact::Reboot,
            ),
            (json!({ "maintenance": { "Impact_Type": "downtime reboot" } }), Impact::Reboot),
            (json!({ "impactType": "Freeze", "category": "Reboot" }), Impact::Reboot),
            (json!({ "impactType": "" }), Impact::Unknown),
            (json!({ "impactType": "Something new" }), Impact::Unknown),
            (
                json!({ "impactedService": "Restart Manager", "impactStartTime": "reboot", "status": "Redeploy" }),
                Impact::Unknown,
            ),
            (json!({ "impactType": 7, "info": "x" }), Impact::Unknown),
            (json!(null), Impact::Unknown),
        ] {
            assert_eq!(impact_of_words(&properties), impact, "{properties}");
        }
    }

    #[test]
    fn impacts_are_read_openly() {
        assert_eq!(parse_impact(Some("Restart")), Impact::Reboot);
        assert_eq!(parse_impact(Some("redeploy")), Impact::Redeploy);
        assert_eq!(parse_impact(Some("None")), Impact::Unknown);
        assert_eq!(parse_impact(Some("Teleport")), Impact::Other("Teleport".to_owned()));
    }
}
