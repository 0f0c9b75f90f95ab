//! Modules that use each other, directly or by way of others.

use std::collections::BTreeSet;

use super::imports::Imports;
use super::sources::Module;

/// Every circle: the modules of each can reach all others of it.
pub(super) fn circles(imports: &Imports) -> Vec<BTreeSet<Module>> {
    let mut circles: Vec<BTreeSet<Module>> = Vec::new();
    for module in imports.keys() {
        if circles.iter().any(|circle| circle.contains(module)) {
            continue;
        }
        let reached = reachable(imports, module);
        let circle: BTreeSet<Module> =
            reached.into_iter().filter(|other| reachable(imports, other).contains(module)).collect();
        if circle.len() > 1 {
            circles.push(circle);
        }
    }
    circles
}

/// What a module uses, directly or by way of others.
fn reachable(imports: &Imports, module: &Module) -> BTreeSet<Module> {
    let mut reached = BTreeSet::new();
    let mut open = vec![module];
    while let Some(module) = open.pop() {
        for used in &imports[module] {
            if reached.insert(used.clone()) {
                open.push(used);
            }
        }
    }
    reached
}

#[test]
fn a_circle_is_whoever_reaches_each_other_and_nobody_else() {
    let module = |name: &str| vec![name.to_owned()];
    let edges =
        [("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("d", "e"), ("f", "f"), ("e", "g"), ("g", "d")];
    let mut imports: Imports =
        ["a", "b", "c", "d", "e", "f", "g"].map(|name| (module(name), BTreeSet::new())).into();
    for (from, to) in edges {
        imports.get_mut(&module(from)).unwrap().insert(module(to));
    }
    let found = circles(&imports);
    let found: Vec<String> =
        found.iter().map(|circle| circle.iter().flatten().map(String::as_str).collect()).collect();
    assert_eq!(found, ["bc", "deg"]);
}
