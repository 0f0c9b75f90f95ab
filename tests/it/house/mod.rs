//! The house and its walls, read off the source: which room may use which, and that files do not use each other in
//! circles. `docs/ARCHITECTURE.md` says what each room is for.

mod circles;
mod documented;
mod imports;
mod sources;

use std::collections::BTreeSet;
use std::path::Path;

use circles::circles;
use imports::imports;
use sources::{Module, Sources, code};

/// The rooms from the ground up. Each uses only rooms that stand before it.
const ROOMS: [&str; 21] = [
    "clock",
    "private_file",
    "functions",
    "domain",
    "words",
    "metrics",
    "http",
    "config",
    "telemetry",
    "azure",
    "store",
    "render",
    "deliver",
    "probe",
    "services",
    "jobs",
    "web",
    "startup",
    "local",
    "demo",
    "cli",
];

fn room(module: &Module) -> &str {
    &module[0]
}

#[test]
fn every_room_uses_only_rooms_below_it() {
    let mut wrong = BTreeSet::new();
    for (module, used) in imports(&Sources::of_the_product()) {
        let Some(own) = module.first() else { continue };
        let place = ROOMS.iter().position(|name| name == own);
        let place = place.unwrap_or_else(|| panic!("the room {own} has no place in the order of rooms"));
        let wrongly = used.iter().filter(|used| room(used) != own && !ROOMS[..place].contains(&room(used)));
        wrong.extend(wrongly.map(|used| format!("{} uses {}", module.join("::"), used.join("::"))));
    }
    assert!(wrong.is_empty(), "a room uses one that does not stand below it:\n{}", lines(&wrong));
}

#[test]
fn no_files_use_each_other_in_circles() {
    let imports = imports(&Sources::of_the_product());
    let circles: Vec<String> = circles(&imports)
        .iter()
        .map(|circle| circle.iter().map(|module| module.join("::")).collect::<Vec<_>>().join(" "))
        .collect();
    println!("{} files, {} circles", imports.len(), circles.len());
    assert!(circles.is_empty(), "files use each other in circles:\n{}", lines(&circles));
}

#[test]
fn every_file_is_part_of_the_program_and_every_room_in_the_order_exists() {
    let sources = Sources::of_the_product();
    let declares = |module: &Module| {
        let Some((name, parent)) = module.split_last() else { return true };
        sources.0.get(parent).is_some_and(|text| text.contains(&format!("mod {name};")))
    };
    let forgotten: Vec<String> =
        sources.0.keys().filter(|module| !declares(module)).map(|module| module.join("::")).collect();
    assert_eq!(forgotten, Vec::<String>::new(), "no `mod` names these files");
    let rooms: BTreeSet<&str> =
        sources.0.keys().filter_map(|module| module.first()).map(String::as_str).collect();
    assert_eq!(rooms, ROOMS.into_iter().collect());
}

#[test]
fn the_map_names_every_room_in_its_order() {
    let map =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ARCHITECTURE.md")).unwrap();
    let (_, rooms) = map.split_once("\n## Rooms\n").unwrap();
    let (table, _) = rooms.split_once("\n\n`function_configs/`").unwrap();
    // Rooms that share a row have no order between them.
    let first_cells: Vec<&str> =
        table.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next()).collect();
    let row_of = |room: &&str| {
        let is_named = |cell: &&str| {
            cell.contains(&format!("src/{room}/`")) || cell.contains(&format!("src/{room}.rs`"))
        };
        first_cells.iter().position(is_named)
    };
    let rows: Vec<(&str, Option<usize>)> = ROOMS.iter().rev().map(|room| (*room, row_of(room))).collect();
    assert!(rows.iter().all(|(_, row)| row.is_some()), "{rows:?}");
    assert!(
        rows.is_sorted_by_key(|(_, row)| *row),
        "the map has rooms in another order than ROOMS: {rows:?}"
    );
}

#[test]
fn every_function_says_which_of_its_errors_pass_by_themselves() {
    let mut functions = 0;
    for (module, text) in &Sources::of_the_product().0 {
        if module.first().is_none_or(|room| room != "jobs") {
            continue;
        }
        for rest in text.split("-> Result<Outputs, HandlerError> {\n").skip(1) {
            let body = rest.split("\n}\n").next().unwrap();
            assert!(
                !body.contains(".await?"),
                "{} has an error without `failed`:\n{body}",
                module.join("::")
            );
            functions += 1;
        }
    }
    assert!(functions >= 10, "{functions}");
}

/// The lines of a room's code that name a path in this crate.
fn crate_paths(room: &str) -> Vec<String> {
    let sources = Sources::of_the_product();
    let of_room = sources.0.iter().filter(|(module, _)| module.first().is_some_and(|first| first == room));
    let code: Vec<String> = of_room.map(|(_, text)| code(text)).collect();
    let lines = code.iter().flat_map(|code| code.lines());
    lines.filter(|line| line.contains("crate::")).map(|line| line.trim().to_owned()).collect()
}

#[test]
fn the_custom_handler_needs_nothing_else_of_this_crate() {
    assert_eq!(crate_paths("functions"), Vec::<String>::new());
}

#[test]
fn the_local_host_shares_only_the_reading_of_the_hosts_files_and_schedules_with_the_handler() {
    let mut paths = crate_paths("local");
    paths.sort();
    let files = ["use crate::functions::FunctionJson;", "use crate::functions::{HostJson, time_span};"];
    let schedules = "use crate::domain::schedule::{InvalidSchedule, TimerSchedule};";
    assert_eq!(paths, ["use crate::clock::SharedClock;", schedules, files[0], files[1]]);
}

/// The four parts of the page behind a link, and which of them each may use.
const PAGE_PARTS: [(&str, &[&str]); 4] = [
    ("link_target", &[]),
    ("auth", &["link_target"]),
    ("submit", &["link_target", "auth"]),
    ("view", &["link_target", "auth"]),
];

#[test]
fn the_page_acts_without_showing_and_shows_without_acting() {
    let part = |module: &Module| match module.as_slice() {
        [web, action, part, ..] if web == "web" && action == "action" => Some(part.clone()),
        _ => None,
    };
    let parts: Vec<&str> = PAGE_PARTS.iter().map(|(part, _)| *part).collect();
    let (mut wrong, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for (module, used) in imports(&Sources::of_the_product()) {
        let own = part(&module);
        let Some((own, allowed)) = PAGE_PARTS.iter().find(|(name, _)| own.as_deref() == Some(name)) else {
            continue;
        };
        seen.insert(*own);
        for used in used {
            let other = part(&used);
            let other = other.as_deref().filter(|other| parts.contains(other) && other != own);
            if other.is_some_and(|other| !allowed.contains(&other)) {
                wrong.insert(format!("{} uses {}", module.join("::"), used.join("::")));
            }
        }
    }
    assert_eq!(wrong, BTreeSet::new());
    assert_eq!(seen.len(), PAGE_PARTS.len(), "{seen:?}");
}

#[test]
fn every_public_item_says_what_it_is() {
    let mut found = Vec::new();
    for (module, text) in &Sources::of_the_product().0 {
        found.extend(documented::undocumented(&module.join("::"), text));
    }
    assert!(found.is_empty(), "{} items say nothing about themselves:\n{}", found.len(), lines(&found));
}

#[test]
fn unit_tests_stand_in_the_folder_of_their_module() {
    let sources = Sources::of_the_product();
    let elsewhere =
        sources.0.iter().filter(|(_, text)| text.contains("#[path")).map(|(module, _)| module.join("::"));
    assert_eq!(elsewhere.collect::<Vec<_>>(), Vec::<String>::new());
}

fn lines<'a>(lines: impl IntoIterator<Item = &'a String>) -> String {
    lines.into_iter().map(String::as_str).collect::<Vec<_>>().join("\n")
}
