//! Public items that say nothing about themselves. Fields and variants may: a good name is enough for most of them, and
//! the lint `missing_docs` cannot tell them apart.

/// What an item begins with, after `pub`.
const ITEMS: [&str; 9] =
    ["fn", "struct", "enum", "trait", "type", "const", "static", "union", "macro_rules!"];
/// What may stand before that.
const QUALIFIERS: [&str; 3] = ["async", "unsafe", "extern"];

/// The first line of every public item of a file that has no documentation, and of every method of a public trait; the
/// file's own name, when it does not begin with what it is for.
pub(super) fn undocumented(name: &str, text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let product = lines.iter().position(|line| line.starts_with("#[cfg(test)]")).unwrap_or(lines.len());
    let mut found = Vec::new();
    if !text.starts_with("//! ") {
        found.push(name.to_owned());
    }
    let mut in_trait = false;
    for (number, line) in lines[..product].iter().enumerate() {
        in_trait = in_trait && *line != "}";
        let is_method = in_trait && line.strip_prefix("    ").is_some_and(is_item);
        if (is_method || line.trim_start().strip_prefix("pub ").is_some_and(is_item))
            && !is_documented(&lines[..number])
        {
            found.push(format!("{name}: {}", line.trim()));
        }
        in_trait = in_trait || line.starts_with("pub trait ") && line.ends_with('{');
    }
    found
}

fn is_item(line: &str) -> bool {
    let mut words = line.split([' ', '<', '(']).skip_while(|word| QUALIFIERS.contains(word));
    words.next().is_some_and(|word| ITEMS.contains(&word))
}

/// Whether the lines before an item end with its documentation, which attributes may follow.
fn is_documented(before: &[&str]) -> bool {
    let mut attribute_is_open = false;
    for line in before.iter().rev().map(|line| line.trim()) {
        // A macro passes on what stands before its call.
        if line.starts_with("///") || line.starts_with("$(#[") {
            return true;
        }
        match line {
            _ if line.starts_with("#[") => attribute_is_open = false,
            ")]" => attribute_is_open = true,
            _ if attribute_is_open => {}
            _ => return false,
        }
    }
    false
}

#[test]
fn items_without_documentation_are_found_and_fields_are_left_alone() {
    let text = "//! A file.\n\n/// Said.\n#[derive(Debug)]\n#[expect(\n    lint,\n    reason = \"why\"\n)]\npub struct Said {\n    \
                pub field: u8,\n}\n\npub enum Silent {\n    Variant,\n}\n\nimpl Said {\n    pub async fn method() {}\n\n    \
                fn private() {}\n}\n\n/// A trait.\npub trait Trait {\n    fn silent();\n\n    /// Said.\n    fn said();\n}\n\
                pub use other::Thing;\n#[cfg(test)]\nmod tests {\n    pub fn helper() {}\n}\n";
    let found = undocumented("a.rs", text);
    let expected = ["a.rs: pub enum Silent {", "a.rs: pub async fn method() {}", "a.rs: fn silent();"];
    assert_eq!(found, expected);
    assert_eq!(undocumented("b.rs", "use std::fs;\n"), ["b.rs"]);
}
