//! The text of a configuration file, and where in it something stands.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::File;
use super::finding::{ConfigPath, Finding, PathStep};
use super::{schema, suggest};

/// A file that is well-formed TOML.
#[derive(Debug)]
pub struct SourceText<'text> {
    text: &'text str,
    table: Spanned<DeTable<'text>>,
}

impl<'text> SourceText<'text> {
    /// Reads `text` as TOML.
    ///
    /// # Errors
    /// When it is no TOML: says where.
    pub fn parse(text: &'text str) -> Result<Self, Finding> {
        match DeTable::parse(text) {
            Ok(table) => Ok(Self { text, table }),
            Err(error) => Err(at_span(text, error.span(), Finding::error("", error.message()))
                .hint("the file is TOML: https://toml.io")),
        }
    }

    /// Reads the file's keys into [`File`].
    ///
    /// # Errors
    /// Every unknown key, or else the first value of a wrong type.
    pub fn read(&self) -> Result<File, Vec<Finding>> {
        let unknown = self.unknown_keys();
        if !unknown.is_empty() {
            return Err(unknown);
        }
        toml::from_str(self.text).map_err(|error| {
            let problem = for_people(error.message());
            let finding = at_span(self.text, error.span(), Finding::error("", problem.clone()));
            vec![match type_hint(&problem) {
                Some(hint) => finding.hint(hint),
                None => finding,
            }]
        })
    }

    /// Says of `finding` where its path stands in the file: the deepest part of it that is there.
    pub fn place(&self, path: &ConfigPath, finding: Finding) -> Finding {
        let mut span = None;
        let mut value: Option<&DeValue<'_>> = None;
        for (depth, step) in path.steps().iter().enumerate() {
            let next = match step {
                PathStep::Key(key) => {
                    let table = if depth == 0 {
                        Some(self.table.get_ref())
                    } else {
                        value.and_then(DeValue::as_table)
                    };
                    table
                        .and_then(|table| table.get_key_value(key.as_str()))
                        .map(|(key, value)| (key.span(), value))
                }
                PathStep::Item { index, .. } => value
                    .and_then(DeValue::as_array)
                    .and_then(|array| array.get(*index))
                    .map(|value| (value.span(), value)),
            };
            let Some((found, below)) = next else { break };
            span = Some(found);
            value = Some(below.get_ref());
        }
        at_span(self.text, span, finding)
    }

    fn unknown_keys(&self) -> Vec<Finding> {
        let mut unknown = Vec::new();
        let root = schema::of_file();
        self.walk_table(self.table.get_ref(), &root, &root, &ConfigPath::default(), &mut unknown);
        unknown
    }

    fn walk_table(
        &self,
        table: &DeTable<'_>,
        schema: &serde_json::Value,
        root: &serde_json::Value,
        path: &ConfigPath,
        unknown: &mut Vec<Finding>,
    ) {
        // A table with free keys, such as tags, has no properties.
        let Some(properties) = schema.get("properties").and_then(|value| value.as_object()) else {
            return;
        };
        let known: Vec<&str> = properties.keys().map(String::as_str).collect();
        for (key, value) in table {
            let name: &str = key.get_ref();
            let Some(property) = properties.get(name) else {
                let place = if path.steps().is_empty() { String::new() } else { format!(" in {path}") };
                let finding = Finding::error("", format!("unknown key `{name}`{place}"));
                let finding = at_span(self.text, Some(key.span()), finding);
                unknown.push(match suggest::hint(name, &known) {
                    Some(hint) => finding.hint(hint),
                    None => finding,
                });
                continue;
            };
            let property = schema::resolve(property, root);
            let path = path.key(name);
            match value.get_ref() {
                DeValue::Table(below) => self.walk_table(below, property, root, &path, unknown),
                DeValue::Array(items) => {
                    let item_schema = property.get("items").map(|items| schema::resolve(items, root));
                    for (index, item) in items.iter().enumerate() {
                        if let (Some(schema), DeValue::Table(below)) = (item_schema, item.get_ref()) {
                            let name = below.get("name").and_then(|name| name.get_ref().as_str());
                            let path = match name {
                                Some(name) => path.named_item(index, name),
                                None => path.item(index),
                            };
                            self.walk_table(below, schema, root, &path, unknown);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

fn at_span(text: &str, span: Option<std::ops::Range<usize>>, mut finding: Finding) -> Finding {
    let before = span.and_then(|span| text.get(..span.start));
    if let Some(before) = before {
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        finding.line = Some(before.matches('\n').count() + 1);
        finding.column = Some(before.get(line_start..).unwrap_or_default().chars().count() + 1);
    }
    finding
}

/// A message about a wrong type quotes the value, and the value may be a webhook address. What it expects is named as
/// the program's types are, which means nothing to whoever writes the file.
fn for_people(message: &str) -> String {
    let (found, expected) = message.rsplit_once(", expected ").unwrap_or((message, ""));
    let found = match found.split_once("string \"") {
        Some((before, _)) => format!("{before}text"),
        None => found.replace("type: map", "type: table"),
    };
    let expected = match expected {
        "" => return found,
        "a sequence" => "a list",
        "f64" => "a number",
        "a boolean" => "true or false",
        "a string" => "text in quotes",
        name if name.starts_with("struct ") || name == "a map" => "a table",
        other => other,
    };
    format!("{found}, expected {expected}")
}

fn type_hint(problem: &str) -> Option<&'static str> {
    if problem.contains("table, expected a list") {
        Some("a section that may occur several times is written with two brackets: [[recipients]]")
    } else if problem.ends_with("expected a list") {
        Some("a list is written in brackets: [\"one\", \"two\"]")
    } else if problem.contains("datetime") {
        Some("dates and times are written without quotes: 2027-01-31 or 2027-01-31T00:00:00Z")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> String {
        let findings = match SourceText::parse(text) {
            Ok(source) => source.read().err().unwrap_or_default(),
            Err(finding) => vec![finding],
        };
        let lines: Vec<_> = findings.iter().map(|finding| finding.render(Some("n.toml"))).collect();
        lines.join("\n")
    }

    #[test]
    fn broken_toml_is_placed() {
        insta::assert_snapshot!(problems("[defaults]\ntimezone = Europe/Berlin\n"), @"
        n.toml:2:12: error: string values must be quoted, expected literal string
          hint: the file is TOML: https://toml.io
        ");
    }

    #[test]
    fn every_unknown_key_is_found_at_once_with_the_near_one() {
        let text = r#"
colour = "red"
[default]
timezone = "UTC"
[[recipients]]
name = "a"
emial = ["a@contoso.com"]
teams = { webhok = "env:A" }
[[routes]]
match = { resource-group = "x", tags = { anything = "goes" } }
"#;
        insta::assert_snapshot!(problems(text), @r#"
        n.toml:2:1: error: unknown key `colour`
          hint: known here: access, defaults, owners, recipients, retention, routes, safety, silences, start
        n.toml:3:2: error: unknown key `default`
          hint: did you mean `defaults`?
        n.toml:7:1: error: unknown key `emial` in recipients[1] "a"
          hint: did you mean `email`?
        n.toml:8:11: error: unknown key `webhok` in recipients[1] "a": teams
          hint: did you mean `webhook`?
        n.toml:10:11: error: unknown key `resource-group` in routes[1].match
          hint: did you mean `resource_group`?
        "#);
    }

    #[test]
    fn a_value_of_a_wrong_type_is_placed_and_never_quoted() {
        let text = "[[recipients]]\nname = \"a\"\nteams = \"https://flows.contoso.com/?sig=secret\"\n";
        insta::assert_snapshot!(problems(text), @"n.toml:3:9: error: invalid type: text, expected a table");
        insta::assert_snapshot!(problems("[defaults]\nfallback = \"platform\"\n"), @r#"
        n.toml:2:12: error: invalid type: text, expected a list
          hint: a list is written in brackets: ["one", "two"]
        "#);
        insta::assert_snapshot!(problems("[defaults]\nholidays = [\"2026-12-25\"]\n"), @"
        n.toml:2:13: error: invalid type: text, expected a TOML datetime
          hint: dates and times are written without quotes: 2027-01-31 or 2027-01-31T00:00:00Z
        ");
        insta::assert_snapshot!(problems("[recipients]\nname = \"a\"\n"), @"
        n.toml:1:1: error: invalid type: table, expected a list
          hint: a section that may occur several times is written with two brackets: [[recipients]]
        ");
        insta::assert_snapshot!(problems("[safety]\nbrake = \"high\"\n"), @"n.toml:2:9: error: invalid type: text, expected a number");
        insta::assert_snapshot!(problems("[[recipients]]\nname = \"a\"\nemail = [7]\n"), @"n.toml:3:10: error: invalid type: integer `7`, expected text in quotes");
        insta::assert_snapshot!(problems("[[recipients]]\nemail = []\n"), @"n.toml:1:1: error: missing field `name`");
    }
}
