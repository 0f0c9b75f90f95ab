//! What operators do on the state, and the rows that differ after it.

use std::collections::BTreeMap;

use super::place::{Place, STATE, same};

#[test]
fn what_operators_do_changes_the_same_rows() {
    let place = Place::new();
    let commands: &[&[&str]] = &[
        &["outbox", "retry", "4a8f2842"],
        &["outbox", "retry", "af4d5472"],
        &["outbox", "retry", "--all", "--format", "json"],
        &["outbox", "forget", "706fbc2fe42a"],
        &["outbox", "release"],
        &["links", "revoke", "--recipient", "jane.doe@contoso.com"],
        &["links", "revoke", "--all", "--before", "2026-12-10", "--format", "json"],
        &["drill", "end"],
        &["drill", "--yes", "--recipient", "jane.doe@contoso.com"],
        &["audit", "verify"],
    ];
    let said = place.all(commands);
    let exported = place.run(&["export"]).stdout;
    same("acts", &(said + &differences(&lines(STATE), &lines(&exported))));
}

/// The rows of a document, by partition and line.
fn lines(document: &str) -> BTreeMap<(&str, &str), &str> {
    let mut partition = "";
    let mut rows = BTreeMap::new();
    for line in document.lines() {
        if let Some(rest) = line.strip_prefix("{\"partition\": \"") {
            partition = rest.split('"').next().unwrap();
        } else if let Some(rest) = line.strip_prefix("{\"row\":\"") {
            rows.insert((partition, rest.split('"').next().unwrap()), line.trim_end_matches(','));
        }
    }
    rows
}

fn differences(before: &BTreeMap<(&str, &str), &str>, now: &BTreeMap<(&str, &str), &str>) -> String {
    let mut text = String::new();
    let keys: std::collections::BTreeSet<_> = before.keys().chain(now.keys()).collect();
    for key in keys {
        let (before, now) = (before.get(key), now.get(key));
        if before != now {
            text +=
                &format!("{}\n- {}\n+ {}\n", key.0, before.unwrap_or(&"nothing"), now.unwrap_or(&"nothing"));
        }
    }
    text
}
