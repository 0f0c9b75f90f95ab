//! The product's source: every file under `src` without its tests, as the module that it is.

use std::collections::BTreeMap;
use std::path::Path;

/// The path of a module, from the crate's root: `["domain", "window"]`. The root itself is empty.
pub(super) type Module = Vec<String>;

/// The code of every module.
pub(super) struct Sources(pub(super) BTreeMap<Module, String>);

impl Sources {
    /// Those of this crate.
    pub(super) fn of_the_product() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files = Vec::new();
        collect(&root, &root, &mut files);
        Self::new(files)
    }

    /// Those of files with these paths under `src`. Test files are left out.
    pub(super) fn new(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let product = files.into_iter().filter(|(path, _)| !is_of_tests(path) && path != "main.rs");
        Self(product.map(|(path, text)| (module(&path), text)).collect())
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn is_of_tests(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap();
    name.ends_with("_tests.rs")
        || ["tests.rs", "testing.rs", "fixtures.rs"].contains(&name)
        || path.contains("/tests/")
}

fn module(path: &str) -> Module {
    let mut parts: Module = path.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if ["mod", "lib"].contains(&parts.last().unwrap().as_str()) {
        parts.pop();
    }
    parts
}

/// The code of a file: without comments, and without what is compiled for tests only.
pub(super) fn code(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim_start() == "#[cfg(test)]" {
            skip_item(&mut lines);
            continue;
        }
        code.push_str(line.split("//").next().unwrap());
        code.push('\n');
    }
    code
}

/// Passes over one item: up to the `;` of its first line, or up to its closing brace.
fn skip_item<'text>(lines: &mut impl Iterator<Item = &'text str>) {
    let mut lines = lines.skip_while(|line| line.trim_start().starts_with("#["));
    let Some(first) = lines.next() else { return };
    if first.ends_with('{') {
        let indentation = &first[..first.len() - first.trim_start().len()];
        let _ = lines.find(|line| line.strip_prefix(indentation).is_some_and(|rest| rest.starts_with('}')));
    }
}

#[test]
fn what_is_for_tests_only_and_what_is_no_code_is_left_out() {
    let text = "//! a::b\nuse x; // c::d\n#[cfg(test)]\nmod testing;\nfn f() {\n    #[cfg(test)]\n    \
                #[expect(x)]\n    fn g() {\n        h();\n    }\n    i();\n}\n#[cfg(test)]\nmod tests {\n    \
                use y;\n}\nfn last() {}\n";
    assert_eq!(code(text), "\nuse x; \nfn f() {\n    i();\n}\nfn last() {}\n");
    let paths = ["lib.rs", "main.rs", "a/mod.rs", "a/b.rs", "a/b_tests.rs", "a/tests.rs", "a/tests/c.rs"];
    let sources = Sources::new(paths.map(|path| (path.to_owned(), String::new())));
    let modules: Vec<String> = sources.0.into_keys().map(|module| module.join("::")).collect();
    assert_eq!(modules, ["", "a", "a::b"]);
}
