//! Modules that use each other, directly or by way of others.

use std::collections::BTreeSet;

use super::imports::Imports;
use super::sources::Module;

/// Every circle: the modules of each can reach all others of it.
pub(super) fn circles(imports: &Imports) -> Vec<BTreeSet<Module>> {
    let modules: Vec<&Module> = imports.keys().collect();
    let number = |module: &Module| modules.binary_search(&module).unwrap();
    let edges: Vec<Vec<usize>> = imports.values().map(|used| used.iter().map(number).collect()).collect();
    let reached: Vec<Vec<bool>> = (0..modules.len()).map(|from| reachable(&edges, from)).collect();
    let mut circles: Vec<BTreeSet<Module>> = Vec::new();
    for one in 0..modules.len() {
        if circles.iter().any(|circle| circle.contains(modules[one])) {
            continue;
        }
        let others = (0..modules.len()).filter(|other| reached[one][*other] && reached[*other][one]);
        let circle: BTreeSet<Module> = others.map(|other| modules[other].clone()).collect();
        if circle.len() > 1 {
            circles.push(circle);
        }
    }
    circles
}

/// For every module whether one of them uses it, directly or by way of others.
fn reachable(edges: &[Vec<usize>], from: usize) -> Vec<bool> {
    let mut reached = vec![false; edges.len()];
    let mut open = vec![from];
    while let Some(one) = open.pop() {
        for &used in &edges[one] {
            if !reached[used] {
                reached[used] = true;
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
