use super::*;

#[test]
fn only_final_words_end_an_operation() {
    let document =
        |status: &str| of_document(&json!({ "status": status, "error": { "code": "C", "message": "m" } }));
    let failed = |code: &str| OperationProgress::Failed { code: code.to_owned(), message: "m".to_owned() };
    let running = OperationProgress::Running { since: None };
    assert_eq!(document("Succeeded"), OperationProgress::Succeeded { since: None, at: None });
    assert_eq!(document("InProgress"), running);
    assert_eq!(document("Preparing something new"), running);
    assert_eq!(document("Failed"), failed("C"));
    assert_eq!(document("Canceled"), failed("Canceled"));
    assert_eq!(of_document(&json!([])), OperationProgress::Unanswered);
}

#[test]
fn f12_a_location_that_answers_with_the_document_of_a_failed_operation_is_not_done() {
    let done = OperationProgress::Succeeded { since: None, at: None };
    let failed = of_result(&json!({ "status": "Failed", "error": { "code": "C", "message": "m" } }));
    assert_eq!(failed, OperationProgress::Failed { code: "C".to_owned(), message: "m".to_owned() });
    assert!(matches!(of_result(&json!({ "status": "Canceled" })), OperationProgress::Failed { .. }));
    assert_eq!(of_result(&json!({ "status": "InProgress" })), OperationProgress::Running { since: None });
    for other in [json!({}), json!(null), json!({ "status": "Enabled" }), json!({ "status": 200 })] {
        assert_eq!(of_result(&other), done, "{other}");
    }
}

#[test]
fn f12_what_began_nothing_and_passes_by_itself_is_not_now() {
    let answer = |status: u16, body: &str| {
        refusal(&AzureError::Refused(Box::new(ArmError::from_body(status, body.as_bytes()))))
    };
    let said =
        |code: &str, message: &str| json!({ "error": { "code": code, "message": message } }).to_string();
    let busy = said("OperationNotAllowed", "Another operation is in progress on this virtual machine.");
    let expired = said("ExpiredAuthenticationToken", "The access token expiry is in the past.");
    for (status, body) in [(409, ""), (409, "{}"), (409, busy.as_str()), (401, expired.as_str()), (401, "")] {
        assert!(matches!(answer(status, body), PostedStart::NotNow { .. }), "{status} {body}");
    }
    // What stays until somebody does something ends it, in Azure's words.
    let stays = said("OperationNotAllowed", "Maintenance is not allowed on this virtual machine.");
    assert!(matches!(answer(409, &stays), PostedStart::Refused { .. }));
    assert!(matches!(answer(409, &said("ScopeLocked", "Locked.")), PostedStart::Forbidden { .. }));
    assert!(matches!(answer(403, &said("AuthorizationFailed", "No.")), PostedStart::Forbidden { .. }));
    assert!(matches!(answer(500, ""), PostedStart::NoAnswer { .. }));
}

#[test]
fn f12_a_refused_start_is_not_sent_again_before_azure_wants_that() {
    let now = crate::domain::fixtures::utc("2026-12-01T10:00:00Z");
    assert_eq!(again_from(Duration::from_secs(7200), now), now + TimeDelta::hours(2));
    assert!(again_from(Duration::MAX, now) > now + TimeDelta::days(35));
}

#[test]
fn f12_a_log_entry_counts_by_its_status_and_for_its_own_request_only() {
    let entry = |number: &str, status: &str| json!({ "correlationId": number, "status": { "value": status }, "eventTimestamp": "2026-12-01T10:00:00Z" });
    let read = |entries: &[Value]| read_entries(&entries.iter().collect::<Vec<_>>(), &["our-1".to_owned()]);
    let at = Some(crate::domain::fixtures::utc("2026-12-01T10:00:00Z"));
    assert_eq!(read(&[]), LogEntry::Nothing);
    assert_eq!(read(&[entry("OUR-1", "Started")]), LogEntry::Begun);
    assert_eq!(read(&[entry("our-1", "Started"), entry("our-1", "Accepted")]), LogEntry::Begun);
    assert_eq!(read(&[entry("our-1", "Succeeded"), entry("our-1", "Started")]), LogEntry::Succeeded { at });
    let failed = LogEntry::Failed { code: "Failed".to_owned(), message: String::new() };
    assert_eq!(read(&[entry("our-1", "Failed"), entry("our-1", "Started")]), failed);
    // Somebody else's start is no proof of ours, and somebody else's failure no proof of any.
    assert_eq!(read(&[entry("another", "Accepted")]), LogEntry::Another);
    assert_eq!(read(&[entry("another", "Failed")]), LogEntry::Nothing);
    let by_client = json!({ "correlationId": "x", "httpRequest": { "clientRequestId": "our-1" }, "status": { "value": "Accepted" } });
    assert_eq!(read(&[by_client]), LogEntry::Begun);
}
