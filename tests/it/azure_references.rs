//! Feeds published and recorded payloads of Azure to the parsers, when a folder of them is at hand.
//!
//! The folder is not part of the project. `NOTIFIER_REFERENCE_DIR` names the one that has `azure/payloads`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use maintenance_notifier::azure::{ArmError, compute, graph, subscriptions, time};
use maintenance_notifier::domain::machine::PowerState;
use maintenance_notifier::domain::observation::Reading;
use maintenance_notifier::domain::resource::{ResourceId, ResourceKind};
use maintenance_notifier::domain::window::{Impact, MaintenanceStatus};
use maintenance_notifier::http::token;
use serde_json::Value;

const MACHINE: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-app/providers/Microsoft.Compute/virtualMachines/web-01";

/// The folder of payloads, or a word that the test was left out.
#[expect(clippy::print_stdout, reason = "who runs the tests should see what was left out")]
fn payloads() -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a test's own setting, which the program does not know")]
    let folder = std::env::var_os("NOTIFIER_REFERENCE_DIR").map(|dir| Path::new(&dir).join("azure/payloads"));
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("left out: NOTIFIER_REFERENCE_DIR names no folder with azure/payloads");
    }
    folder
}

/// The JSON files of a folder by name.
fn files(folder: &Path) -> BTreeMap<String, Value> {
    let files: BTreeMap<String, Value> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let value = serde_json::from_slice(&std::fs::read(&path).unwrap())
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, without_braces(value))
        })
        .collect();
    assert!(!files.is_empty(), "{} has no JSON files", folder.display());
    files
}

/// Examples write placeholders as `{subscription-id}`; the braces are no part of an id.
fn without_braces(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with('/') => Value::String(text.replace(['{', '}'], "")),
        Value::Array(items) => items.into_iter().map(without_braces).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, without_braces(value))).collect()
        }
        other => other,
    }
}

/// The body of an example's 200, or the whole file when it is a body itself.
fn body(file: &Value) -> &Value {
    file.pointer("/responses/200/body").unwrap_or(file)
}

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).unwrap()
}

#[test]
fn instance_views_say_power_and_maintenance() {
    let Some(folder) = payloads() else { return };
    let mut views = 0;
    for (name, file) in files(&folder.join("compute")) {
        let body = body(&file);
        if name.contains("InstanceView") {
            let view = compute::parse_instance_view(&id(MACHINE), body)
                .unwrap_or_else(|unreadable| panic!("{name}: {}", unreadable.problem));
            assert_eq!(view.reading, Reading::NothingPlanned, "{name}");
            assert_eq!(view.power, PowerState::Running, "{name}");
            views += 1;
        } else if name.contains("ListVirtualMachines") {
            for machine in body["value"].as_array().unwrap() {
                let id = id(machine["id"].as_str().unwrap());
                assert_eq!(id.kind(), ResourceKind::Vm, "{name}");
                // A list without instance views says nothing about maintenance, and must not be read as if it did.
                assert!(compute::parse_machine(&id, machine).is_err(), "{name}");
            }
        } else if name.contains("ListVirtualMachineScaleSets") {
            for set in body["value"].as_array().unwrap() {
                assert!(compute::is_scale_set(&id(set["id"].as_str().unwrap())), "{name}");
            }
        }
    }
    assert!(views >= 3, "{views}");
}

#[test]
fn composed_machines_show_both_windows() {
    let Some(folder) = payloads() else { return };
    let files = files(&folder.join("composed"));
    let machine = &files["vm_get_expand_instanceView_with_maintenance.json"];
    let asked = id(&machine["id"].as_str().unwrap().to_lowercase());
    let record = compute::parse_machine(&asked, machine).unwrap();
    assert_eq!(record.id.resource_group(), "TEST_VM");
    assert_eq!(record.region.as_deref(), Some("southcentralus"));
    assert_eq!(record.tags.get("TestTag"), Some("testvalue"));
    assert_eq!(record.view.power, PowerState::Running);
    let alone = &files["vm_instanceView_with_maintenance.json"];
    let view = compute::parse_instance_view(&asked, alone).unwrap();
    assert_eq!(view, record.view);
    let Reading::Maintenance(facts) = view.reading else { panic!("{view:?}") };
    assert_eq!(facts.status(), MaintenanceStatus::StartNow);
    let (own, azures) = (facts.schedule.self_service.unwrap(), facts.schedule.scheduled.unwrap());
    assert_eq!(own.start().to_rfc3339(), "2018-05-14T12:30:00+00:00");
    assert_eq!(azures.end().to_rfc3339(), "2018-06-04T16:30:00+00:00");
    assert!(own.end() < azures.start());
}

#[test]
fn composed_announcements_give_candidates() {
    let Some(folder) = payloads() else { return };
    let files = files(&folder.join("composed"));
    let page = |name: &str| {
        let page = graph::parse_page(&files[name]).unwrap();
        assert_eq!((page.skip_token, page.truncated), (None, false), "{name}");
        page.rows
    };
    let mut events = page("arg_servicehealthresources_events.response.json");
    for event in &mut events {
        // Our question projects these out of `properties`.
        for (alias, property) in [
            ("trackingId", "TrackingId"),
            ("status", "Status"),
            ("start", "ImpactStartTime"),
            ("end", "ImpactMitigationTime"),
        ] {
            let value = event["properties"][property].clone();
            event.insert(alias.to_owned(), value);
        }
    }
    let found = graph::candidates_of(
        &page("arg_maintenanceresources_updates.response.json"),
        &events,
        &page("arg_servicehealthresources_impactedresources.response.json"),
    );
    assert_eq!(found.unreadable, []);
    assert_eq!(found.candidates.len(), 2);
    let web = &found.candidates[&id(MACHINE)];
    assert_eq!((&web.impact, web.tracking_ids.as_slice()), (&Impact::Redeploy, &["PYN_-ZL8".to_owned()][..]));
    let kinds: Vec<ResourceKind> = found.candidates.keys().map(ResourceId::kind).collect();
    assert!(kinds.contains(&ResourceKind::ScaleSetInstance), "{kinds:?}");
    assert_eq!(found.events[0].end.unwrap().to_rfc3339(), "2026-12-28T00:00:00+00:00");
}

#[test]
fn resource_graph_examples_are_pages() {
    let Some(folder) = payloads() else { return };
    let mut with_token = 0;
    for (name, file) in files(&folder.join("resourcegraph")) {
        let body = body(&file);
        if body.get("data").is_none() {
            assert!(graph::parse_page(body).is_err(), "{name}");
            continue;
        }
        let page = graph::parse_page(body).unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert_eq!(Some(page.rows.len()), body["data"].as_array().map(Vec::len), "{name}");
        assert!(!page.truncated, "{name}");
        with_token += usize::from(page.skip_token.is_some());
    }
    assert!(with_token >= 3, "pages with a token and `resultTruncated` \"false\": {with_token}");
}

#[test]
fn refusals_are_read_in_every_envelope() {
    let Some(folder) = payloads() else { return };
    let arm = files(&folder.join("arm"));
    let composed = files(&folder.join("composed"));
    let read = |status, body: &Value| {
        let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        let error = ArmError::from_body(status, text.as_bytes());
        assert!(error.message.is_some(), "{text}");
        error.code.unwrap_or_else(|| panic!("no code in {text}"))
    };
    assert_eq!(read(429, &arm["documented_compute_429_body.json"]), "OperationNotAllowed");
    let recorded = &arm["recorded_performMaintenance_409.json"];
    assert_eq!(read(409, &recorded["ResponseBody"]), "OperationNotAllowed");
    assert_eq!(read(403, &composed["arm_403_AuthorizationFailed.json"]), "AuthorizationFailed");
    assert_eq!(read(404, &composed["arm_404_ResourceNotFound.json"]), "ResourceNotFound");
}

#[test]
fn subscriptions_and_tokens_are_read() {
    let Some(folder) = payloads() else { return };
    let list = &files(&folder.join("arm"))["2021-01-01_GetSubscriptions.json"];
    let names: Vec<Option<String>> = body(list)["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| subscriptions::parse_subscription(value).unwrap().name)
        .collect();
    assert_eq!(names, [Some("Example Subscription".to_owned()), Some("Example Subscription2".to_owned())]);
    let answer = &files(&folder.join("identity"))["appservice_token_response.json"];
    assert!(token::is_token_answer(answer.to_string().as_bytes()));
}

#[test]
fn every_date_of_resource_health_and_compute_is_read() {
    let Some(folder) = payloads() else { return };
    let (mut read, mut not_set) = (0, 0);
    for place in ["resourcehealth", "compute", "composed"] {
        for (name, file) in files(&folder.join(place)) {
            each_text(&file, &mut |member, text| {
                let is_date = member.to_lowercase().ends_with("time") && member != "occuredTime";
                if is_date && text.starts_with(|first: char| first.is_ascii_digit()) {
                    match time::parse_timestamp(text) {
                        Ok(Some(_)) => read += 1,
                        // `queryStartTime` is a parameter of a request, in another form.
                        Err(_) if member == "queryStartTime" => {}
                        Ok(None) => not_set += 1,
                        Err(error) => panic!("{name}: {member}: {error}"),
                    }
                } else if member == "targetResourceId" {
                    assert_eq!(id(text).kind(), ResourceKind::Vm, "{name}");
                }
            });
        }
    }
    assert!(read > 50 && not_set > 0, "{read} read, {not_set} not set");
}

fn each_text(value: &Value, visit: &mut impl FnMut(&str, &str)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if let Some(text) = value.as_str() {
                    visit(name, text);
                }
                each_text(value, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| each_text(item, visit)),
        _ => {}
    }
}
