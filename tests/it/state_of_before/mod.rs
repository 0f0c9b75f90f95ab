//! A state that an earlier program wrote: whatever program is built reads it, and decides, says and sends the same.
//!
//! `state.json` is what `export` wrote in December 2026, at the end of three weeks of a simulated tenant in which mails
//! were refused and processes killed, and in which people acted. The snapshots beside it are what the program of then said of it.
//! Only commands are used here, so nothing inside the program can be renamed in a way that hides a change: what differs
//! from a snapshot differs for somebody. Words may be changed on purpose, and with `cargo insta review`; reasons, times,
//! ids and keys stay. The state itself is not to be made anew: an old state is what it is for.

mod acts;
mod carried;
mod place;
mod rows;

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use place::{Place, STATE, rows, same};

/// Machines of which somebody decided something: each reason, each answer, each end of a start, each state of a plan.
const MACHINES: &[&str] = &[
    "vm-accepted-1",
    "vm-cancel-0",
    "vm-claimed-1",
    "vm-deleted-1",
    "vm-doubt-1",
    "vm-done-1",
    "vm-drop-1",
    "vm-fab-01",
    "vm-finish-1",
    "vm-forbid-1",
    "vm-group-1",
    "vm-hosted-1",
    "vm-lab-1",
    "vm-late-1",
    "vm-left-1",
    "vm-mute-1",
    "vm-named-1",
    "vm-night-1",
    "vm-none-1",
    "vm-off-1",
    "vm-orphan-1",
    "vm-planned-1",
    "vm-recovering-1",
    "vm-redeployed-1",
    "vm-refused-1",
    "vm-retry-1",
    "vm-robot-1",
    "vm-role-1",
    "vm-run-1",
    "vm-say-known",
    "vm-say-later",
    "vm-say-taken",
    "vm-say-yours",
    "vm-soon-1",
    "vm-stop-2",
    "vm-wait-0",
    "vmss_0",
    "vmss-checkout_2",
];

/// Those of them of which the document for programs is compared too.
const AS_JSON: &[&str] =
    &["vm-done-1", "vm-fab-01", "vm-lab-1", "vm-named-1", "vm-run-1", "vm-say-taken", "vmss_0"];

/// When the state is replayed: at once, later in the day, the next morning, when reminders are due, and when all is over.
const TIMES: &[&str] = &[
    "2026-12-15T13:21:00Z",
    "2026-12-15T15:00:00Z",
    "2026-12-16T08:30:00Z",
    "2026-12-21T09:00:00Z",
    "2027-01-20T09:00:00Z",
];

#[test]
fn it_is_read_and_exported_again_byte_for_byte() {
    let place = Place::new();
    let exported = place.run(&["export"]).stdout;
    assert!(exported == STATE, "{}", place::first_difference(STATE, &exported));
}

#[test]
fn every_listing_says_the_same() {
    let place = Place::new();
    let listings: &[&[&str]] = &[
        &["check"],
        &["windows"],
        &["windows", "--subscription", "Fabrikam Production", "--format", "json"],
        &["windows", "--subscription", "Contoso Webshop", "--format", "json"],
        &["outbox"],
        &["outbox", "--format", "json"],
        &["audit"],
        &["audit", "--since", "2026-12-15", "--format", "json"],
        &["audit", "verify"],
        &["audit", "verify", "--format", "json"],
        &["links"],
        &["links", "--format", "json"],
        &["drill", "report"],
        &["drill", "report", "--format", "json"],
        &["preview"],
        &["preview", "--recipient", "jane.doe@contoso.com", "--format", "json"],
    ];
    same("listings", &place.all(listings));
}

#[test]
fn every_decision_is_explained_as_before() {
    let place = Place::new();
    let mut commands: Vec<Vec<&str>> = MACHINES.iter().map(|name| vec!["explain", name]).collect();
    commands.extend(AS_JSON.iter().map(|name| vec!["explain", name, "--format", "json"]));
    same("explain_machines", &place.all(&commands));

    // Of each kind of message, and of each state of one, the first.
    let mut first = BTreeMap::new();
    for row in rows("recipient", "m|") {
        let message = &row["d"];
        let what = (message["kind"].as_str().unwrap(), message["state"].as_str().unwrap());
        first.entry(what).or_insert_with(|| message["id"].as_str().unwrap().to_owned());
    }
    assert!(first.len() > 8, "{first:?}");
    let mut commands: Vec<Vec<&str>> = Vec::new();
    for id in first.values() {
        commands.extend([vec!["explain", id], vec!["explain", id, "--format", "json"]]);
    }
    same("explain_messages", &place.all(&commands));
}

#[test]
fn it_is_planned_and_rendered_byte_for_byte_at_any_time() {
    let place = Place::new();
    let mut said = String::new();
    for at in TIMES {
        let replay = ["replay", "--state", "state.json", "--at", at, "--out", at, "--format", "json"];
        said += &place.said(&replay);
        said += &hashes(&place, at);
    }
    said += &place.said(&["replay", "--state", "state.json", "--at", "2026-12-16T08:30:00Z"]);
    same("replay", &said);
}

#[test]
fn another_configuration_is_compared_and_planned_for_as_before() {
    let place = Place::new();
    let text = std::fs::read_to_string(place.path("notifier.toml")).unwrap();
    let other = text
        .replace("to    = [\"channel\"]", "to    = [\"management\"]")
        .replace("maintenance_hours = \"SAT 22:00-04:00\"\n", "")
        .replace("role_assignments = true", "role_assignments = false")
        .replace("reminders = [\"7d\", \"2d\"]", "reminders = [\"6d\", \"1d\"]");
    assert_eq!(other.lines().count(), text.lines().count() - 1);
    std::fs::write(place.path("other.toml"), other).unwrap();
    let at = "2026-12-16T08:30:00Z";
    let commands: &[&[&str]] = &[
        &["check", "--against", "notifier.toml"],
        &["check", "--against", "other.toml"],
        &["check", "--against", "other.toml", "--format", "json"],
        &[
            "replay",
            "--state",
            "state.json",
            "--config",
            "other.toml",
            "--at",
            at,
            "--out",
            "other",
            "--format",
            "json",
        ],
    ];
    same("another_configuration", &(place.all(commands) + &hashes(&place, "other")));
}

/// The files of a folder with their lengths and hashes: the very bytes of mails and cards.
fn hashes(place: &Place, folder: &str) -> String {
    let mut lines: Vec<String> = std::fs::read_dir(place.path(folder))
        .unwrap()
        .map(|file| file.unwrap().path())
        .map(|path| {
            let bytes = std::fs::read(&path).unwrap();
            let hash: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{hash} {:>6} {}\n", bytes.len(), path.file_name().unwrap().display())
        })
        .collect();
    lines.sort_by(|a, b| a[65..].cmp(&b[65..]));
    lines.concat() + "\n"
}

/// A value of a document by the names that lead to it; `*` is every entry of a list.
fn values<'a>(document: &'a Value, path: &str) -> Vec<&'a Value> {
    path.split('.').fold(vec![document], |found, name| {
        let next = found.into_iter().flat_map(|value| match name {
            "*" => value.as_array().into_iter().flatten().collect(),
            _ => value.get(name).into_iter().collect::<Vec<_>>(),
        });
        next.collect()
    })
}
