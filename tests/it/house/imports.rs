//! Which module uses which: its `use` lines and the paths in its code. A re-export counts as the module that it names.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::{Module, Sources, code};

/// For every module those that it uses, without itself and the crate's root.
pub(super) type Imports = BTreeMap<Module, BTreeSet<Module>>;

/// No chain of re-exports is longer.
const LONGEST_CHAIN: usize = 8;

/// Reads who uses whom.
pub(super) fn imports(sources: &Sources) -> Imports {
    let parsed: BTreeMap<&Module, Vec<Path>> =
        sources.0.iter().map(|(module, text)| (module, paths(&code(text)))).collect();
    let mut reexports: BTreeMap<(&Module, &str), Module> = BTreeMap::new();
    for (module, paths) in &parsed {
        for path in paths.iter().filter(|path| path.is_public_use) {
            if let Some(target) = absolute(sources, module, &path.parts) {
                reexports.insert((module, &path.name), target);
            }
        }
    }
    let resolve = |mut target: Module| {
        for _ in 0..LONGEST_CHAIN {
            let module = longest_module(sources, &target);
            let next = target.get(module.len()).and_then(|name| {
                let reexported = reexports.get(&(&module, name.as_str()))?;
                Some([reexported.as_slice(), &target[module.len() + 1..]].concat())
            });
            match next {
                Some(next) => target = next,
                None => return module,
            }
        }
        panic!("{target:?} is re-exported in a circle")
    };
    let mut imports = Imports::new();
    for (module, paths) in &parsed {
        let targets = paths.iter().filter_map(|path| absolute(sources, module, &path.parts));
        let targets = targets.map(resolve).filter(|target| target != *module && !target.is_empty());
        imports.insert((*module).clone(), targets.collect());
    }
    imports
}

/// The longest part of a path that is a module.
fn longest_module(sources: &Sources, path: &[String]) -> Module {
    let lengths = (0..=path.len()).rev();
    lengths
        .map(|length| path[..length].to_vec())
        .find(|part| sources.0.contains_key(part))
        .unwrap_or_default()
}

/// A path of `module` from the crate's root; nothing for what other crates have.
fn absolute(sources: &Sources, module: &Module, parts: &[String]) -> Option<Module> {
    let mut base = module.clone();
    let mut parts = parts;
    match parts.first()?.as_str() {
        "crate" => return Some(parts[1..].to_vec()),
        "self" => parts = &parts[1..],
        "super" => {
            while parts.first().is_some_and(|part| part == "super") {
                base.pop();
                parts = &parts[1..];
            }
        }
        child => {
            base.push(child.to_owned());
            let is_child = sources.0.contains_key(&base);
            base.pop();
            is_child.then_some(())?;
        }
    }
    Some([base.as_slice(), parts].concat())
}

/// A path as it is written.
#[derive(Debug, PartialEq, Eq)]
struct Path {
    parts: Vec<String>,
    /// The name under which it is known here.
    name: String,
    is_public_use: bool,
}

/// Every path in `code`, in `use` lines and elsewhere.
fn paths(code: &str) -> Vec<Path> {
    let mut paths = Vec::new();
    let mut rest = String::new();
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let Some((is_public, tree)) = use_tree(line.trim_start()) else {
            rest.push_str(line);
            rest.push('\n');
            continue;
        };
        let mut tree = tree.to_owned();
        while !tree.ends_with(';') {
            tree.push_str(lines.next().unwrap().trim());
        }
        expand("", tree.trim_end_matches(';'), &mut |path| {
            let (path, name) =
                path.split_once(" as ").map_or((path, None), |(path, name)| (path, Some(name)));
            let mut parts: Vec<String> = path.split("::").map(str::to_owned).collect();
            if parts.len() > 1 && parts.last().unwrap() == "self" {
                parts.pop();
            }
            let name = name.map_or_else(|| parts.last().unwrap().clone(), str::to_owned);
            paths.push(Path { parts, name, is_public_use: is_public });
        });
    }
    // `pub(in crate::room)` uses nothing.
    for written in
        rest.replace("pub(in crate::", "").split(|c: char| !(c.is_alphanumeric() || "_:".contains(c)))
    {
        let parts: Vec<String> = written.trim_end_matches(':').split("::").map(str::to_owned).collect();
        if parts.len() > 1 && !parts[0].is_empty() {
            paths.push(Path { name: parts.last().unwrap().clone(), parts, is_public_use: false });
        }
    }
    paths
}

/// What a `use` line imports, and whether it is visible elsewhere.
fn use_tree(line: &str) -> Option<(bool, &str)> {
    if let Some(tree) = line.strip_prefix("use ") {
        return Some((false, tree));
    }
    let (visibility, tree) = line.split_once("use ")?;
    let visibility = visibility.trim_end();
    let is_visibility = visibility == "pub" || visibility.starts_with("pub(") && visibility.ends_with(')');
    is_visibility.then_some((true, tree))
}

/// Calls `found` with every path of a tree such as `a::{b, c::{self, d as e}}`.
fn expand(before: &str, tree: &str, found: &mut impl FnMut(&str)) {
    let Some((prefix, rest)) = tree.split_once('{') else {
        return found(&format!("{before}{}", tree.trim()));
    };
    let before = format!("{before}{}", prefix.trim());
    let (mut depth, mut start) = (0, 0);
    let inside = &rest[..rest.rfind('}').unwrap()];
    for (at, character) in inside.char_indices().chain([(inside.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                if !inside[start..at].trim().is_empty() {
                    expand(&before, &inside[start..at], found);
                }
                start = at + 1;
            }
            _ => {}
        }
    }
}

#[test]
fn every_way_to_name_another_module_is_found() {
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    let sources = Sources::new([
        file("lib.rs", "pub mod a;\npub mod b;\npub mod c;\n"),
        file("a/mod.rs", "//! See [`crate::c`].\nmod leaf;\nmod other;\npub use leaf::{One, Two as Deux};\n"),
        file("a/leaf.rs", "pub struct One;\n"),
        file("a/other.rs", "use super::One;\nfn f() -> super::super::c::Three {}\n"),
        file(
            "b.rs",
            "use std::{fs, io};\nuse crate::{\n    a::{self, Deux},\n    c::deep,\n};\nfn f() { deep::g() }\n",
        ),
        file(
            "c/mod.rs",
            "pub(crate) mod deep;\npub(in crate::b) struct Three;\nfn f() { deep::g::<u8>() }\n",
        ),
        file("c/deep.rs", "pub fn g() {}\n#[cfg(test)]\nmod tests {\n    use crate::b;\n}\n"),
    ]);
    let imports = imports(&sources);
    let uses = |module: &str| -> Vec<String> {
        let module: Module = module.split("::").map(str::to_owned).collect();
        imports[&module].iter().map(|used| used.join("::")).collect()
    };
    assert_eq!(uses("a"), ["a::leaf"]);
    assert_eq!(uses("a::leaf"), Vec::<String>::new());
    assert_eq!(uses("a::other"), ["a::leaf", "c"]);
    assert_eq!(uses("b"), ["a", "a::leaf", "c::deep"]);
    assert_eq!(uses("c"), ["c::deep"]);
    assert_eq!(uses("c::deep"), Vec::<String>::new());
}
