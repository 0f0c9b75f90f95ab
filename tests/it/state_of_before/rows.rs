//! That the state is a rich one: every kind of row, and every state of what has several.

use std::collections::{BTreeMap, BTreeSet};

use super::place::{partitions, rows};
use super::values;

/// Every partition with the kinds of rows in it; `*` stands for a name that is a hash or a time. A kind that is new belongs
/// into this list and, with a row that an earlier program would have written, into the state. `import` is never in a whole state.
const KINDS: &[(&str, &[&str])] = &[
    (
        "actions",
        &[
            "a|",
            "anchor",
            "checkpoint",
            "g|",
            "h|",
            "head",
            "o|",
            "p|",
            "q|",
            "recent",
            "revoked",
            "s|",
            "t|",
            "u|",
            "w|",
        ],
    ),
    ("configuration", &["valid|"]),
    ("directory", &["e|", "r|"]),
    ("drills", &["b|", "current", "k|"]),
    ("due", &["*"]),
    ("endpoints", &["*"]),
    ("forget", &["*"]),
    ("outbox", &["brake", "d|", "o|", "quota"]),
    ("poison", &["*"]),
    ("probe", &["*"]),
    ("recipient", &["a|", "c|", "head", "m|"]),
    ("tenant", &["coverage", "pulse", "retention", "s|", "sweep", "tenant"]),
    ("troubles", &["*"]),
    ("windows", &["*"]),
];

/// Kinds that came after the state was written.
const SINCE: &[(&str, &str)] =
    &[("tenant", "recipients"), ("outbox", "e|"), ("outbox", "f|"), ("outbox", "w|")];

/// What rows of a kind say in a place, at the least.
const SAID: &[(&str, &str, &str, &[&str])] = &[
    ("windows", "", "window.state.is", &["open", "ended"]),
    ("windows", "", "window.state.why", &["completed", "deleted", "moved", "no-longer-planned"]),
    ("windows", "", "window.id.generation", &["1", "2"]),
    ("windows", "", "window.revision", &["1", "2"]),
    ("windows", "", "window.machine.tenant.name", &["Fabrikam <Ltd>"]),
    ("windows", "", "silenced", &["the training lab is rebuilt before every course"]),
    (
        "recipient",
        "a|",
        "reasons.*.because",
        &[
            "tag",
            "route",
            "member",
            "manager",
            "role",
            "handed-over",
            "escalated",
            "declined",
            "fallback",
            "undeliverable",
        ],
    ),
    (
        "recipient",
        "m|",
        "kind",
        &["alert", "digest", "go-live", "coverage", "operator", "heartbeat", "summary", "drill"],
    ),
    ("recipient", "m|", "state", &["claimed", "frozen", "withdrawn"]),
    (
        "recipient",
        "m|",
        "items.*.stage",
        &[
            "announced",
            "rescheduled",
            "self-service open",
            "reminder",
            "escalated",
            "self-service closed",
            "scheduled soon",
            "scheduled open",
            "planned",
            "started",
            "completed",
            "skipped",
            "failed",
            "no longer planned",
            "reassigned",
        ],
    ),
    ("outbox", "o|", "state.is", &["waiting", "emitted", "sending", "delivered", "failed", "dropped"]),
    ("outbox", "o|", "endpoint.by", &["email", "teams"]),
    ("outbox", "o|", "doubtful", &["true", "false"]),
    ("actions", "o|", "state.is", &["planned", "claimed", "accepted", "recovering"]),
    ("actions", "o|", "origin.by", &["command-line", "rolling-plan", "standing-order"]),
    (
        "actions",
        "s|",
        "state.outcome.was",
        &[
            "called-off",
            "completed",
            "forbidden",
            "gone",
            "never-received",
            "not-begun",
            "refused",
            "retry-later",
            "skipped",
            "unknown",
        ],
    ),
    ("actions", "s|", "state.outcome.reason.why", &["halted", "moved", "not-allowed", "not-running"]),
    ("actions", "p|", "state.is", &["paused", "running"]),
    ("actions", "p|", "members.*.state.is", &["done", "planned", "under-way", "waiting"]),
    ("actions", "q|", "state.is", &["cancelled", "finished", "stopped"]),
    ("actions", "q|", "members.*.state.is", &["done", "failed", "left-out"]),
    (
        "actions",
        "w|",
        "actions.responses.*.response",
        &["accept", "acknowledge", "hand-over", "not-mine", "object", "snooze"],
    ),
    (
        "actions",
        "a|",
        "did",
        &[
            "accepted",
            "called-off",
            "checkpoint",
            "claimed",
            "decided",
            "declined",
            "digests",
            "ended-silence",
            "named-hours",
            "plan",
            "responded",
            "revoked",
            "settled",
            "silenced",
        ],
    ),
    ("directory", "e|", "entry.is", &["group", "nobody", "person"]),
    (
        "troubles",
        "",
        "trouble.trouble",
        &["look-up", "no-starts", "refused-owner", "unanchored", "undeliverable", "unreadable"],
    ),
];

#[test]
fn every_kind_of_row_is_in_the_state_and_in_this_list() {
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (partition, rows) in partitions() {
        let kinds = rows.iter().map(|row| kind(row["row"].as_str().unwrap()));
        found.entry(partition).or_default().extend(kinds);
    }
    let listed = KINDS
        .iter()
        .map(|(partition, kinds)| (*partition, kinds.iter().map(|kind| (*kind).to_owned()).collect()));
    assert_eq!(found, listed.collect());
}

#[test]
fn every_kind_of_row_that_the_documents_name_is_in_this_list() {
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/docs");
    let documents =
        std::fs::read_dir(docs).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file());
    let texts: Vec<String> = documents.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let text =
        texts.iter().find(|text| text.contains("\n| partition | row |")).expect("a table of the state");
    let mut partition = String::new();
    let mut count = 0;
    for line in text
        .split("\n| partition | row |")
        .nth(1)
        .unwrap()
        .lines()
        .skip(2)
        .take_while(|it| it.starts_with('|'))
    {
        // A bar within a cell is written `\|`.
        let line = line.replace("\\|", "\u{1}");
        let cells: Vec<String> = line.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect();
        if !cells[1].is_empty() {
            partition = cells[1].trim_matches('`').split('|').next().unwrap().to_owned();
        }
        for name in cells[2].split('`').skip(1).step_by(2) {
            let kind = kind(name);
            let known =
                KINDS.iter().any(|(known, kinds)| *known == partition && kinds.contains(&kind.as_str()));
            let is_newer = SINCE.contains(&(partition.as_str(), kind.as_str()));
            assert!(known || is_newer || partition == "import", "{partition} {kind}");
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}

#[test]
fn what_has_several_states_is_in_the_state_in_each_of_them() {
    for (partition, begins, path, wanted) in SAID {
        let found: BTreeSet<String> = rows(partition, begins)
            .into_iter()
            .flat_map(|row| values(&row["d"], path))
            .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            .collect();
        for wanted in *wanted {
            assert!(found.contains(*wanted), "{partition} {begins} {path}: {wanted} is not in {found:?}");
        }
    }
}

/// `a|` of a name that begins so, the name itself where it is a word, and `*` of a hash or a time.
fn kind(name: &str) -> String {
    let (first, rest) = name.split_once('|').map_or((name, None), |(first, rest)| (first, Some(rest)));
    let is_word = first.len() < 12 && first.chars().all(|c| c.is_ascii_lowercase());
    match (is_word, rest) {
        (true, Some(_)) => format!("{first}|"),
        (true, None) => first.to_owned(),
        (false, _) => "*".to_owned(),
    }
}
