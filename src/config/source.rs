//! The text of a configuration file, and where in it something stands.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::file::File;
use super::finding::{ConfigPath, Finding, PathStep};
use super::span::at_span;
use super::structure::misfits;

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
    /// Everything that is no TOML, and on the other lines everything that does not fit.
    pub fn parse(text: &'text str) -> Result<Self, Vec<Finding>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        if errors.is_empty() {
            return Ok(Self { text, table });
        }
        let mut findings: Vec<Finding> = Vec::new();
        for error in errors {
            let finding = at_span(text, error.span(), Finding::error("", error.message()));
            // What follows from an error on its line is no other error.
            if findings.last().is_none_or(|last| last.line != finding.line) {
                let at = error.span().map_or(0, |span| span.start);
                findings.push(finding.hint(syntax_hint(error.message(), line_at(text, at))));
            }
        }
        let broken: Vec<_> = findings.iter().map(|finding| finding.line).collect();
        let misfits = misfits(text, &table).into_iter();
        findings.extend(misfits.filter(|misfit| misfit.line.is_some() && !broken.contains(&misfit.line)));
        Err(findings)
    }

    /// Reads the file's keys into [`File`].
    ///
    /// # Errors
    /// Every unknown key, every missing one, and every value of a wrong type.
    pub fn read(&self) -> Result<File, Vec<Finding>> {
        let misfits = misfits(self.text, &self.table);
        if !misfits.is_empty() {
            return Err(misfits);
        }
        toml::from_str(self.text).map_err(|error| {
            let problem = for_people(error.message());
            vec![at_span(self.text, error.span(), Finding::error("", problem)).hint(TOML)]
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
}

/// Where to read on when nothing nearer helps.
const TOML: &str = "the file is TOML: https://toml.io";

/// The line in which a place of `text` lies.
fn line_at(text: &str, at: usize) -> &str {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let end = after.find('\n').map_or(text.len(), |newline| at + newline);
    text.get(start..end).unwrap_or_default()
}

/// The hint for what is no TOML.
fn syntax_hint(message: &str, line: &str) -> &'static str {
    const TYPOGRAPHIC: [char; 9] = ['“', '”', '„', '‟', '«', '»', '‘', '’', '‚'];
    if line.contains(TYPOGRAPHIC) {
        return "an office program has made other quotes of yours: write straight ones, \"…\"";
    }
    let knows = |words: &str| message.contains(words);
    if knows("must be quoted") {
        "write texts in quotes: timezone = \"Europe/Berlin\""
    } else if knows("extra") {
        "one sign is enough: key = \"value\""
    } else if knows("duplicate") {
        "a key stands once in its section: keep one of them, or make it a list"
    } else if knows("basic string") || knows("literal string") {
        "close the text with the quote that it began with, on the same line"
    } else if knows("array") {
        "close the list: [\"one\", \"two\"]"
    } else if knows("inline table") {
        "close the table: { key = \"value\" }"
    } else if knows("key with no value") || knows("missing value") {
        "give the key a value: key = \"value\"; comments begin with #"
    } else {
        TOML
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> String {
        let mut findings = match SourceText::parse(text) {
            Ok(source) => source.read().err().unwrap_or_default(),
            Err(findings) => findings,
        };
        findings.sort_by_key(|finding| (finding.line, finding.column));
        let lines: Vec<_> = findings.iter().map(|finding| finding.render(Some("n.toml"))).collect();
        lines.join("\n")
    }

    #[test]
    fn broken_toml_is_placed() {
        insta::assert_snapshot!(problems("[defaults]\ntimezone = Europe/Berlin\n"), @r#"
        n.toml:2:12: error: string values must be quoted, expected literal string
          hint: write texts in quotes: timezone = "Europe/Berlin"
        "#);
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
        n.toml:8:9: error: recipients[1] "a": teams: has no `webhook`
          hint: add webhook = "…"
        n.toml:8:11: error: unknown key `webhok` in recipients[1] "a": teams
          hint: did you mean `webhook`?
        n.toml:10:11: error: unknown key `resource-group` in routes[1].match
          hint: did you mean `resource_group`?
        "#);
    }

    #[test]
    fn everything_that_does_not_fit_is_said_at_once_with_a_hint() {
        let text = r#"
[defaults]
fallback = "platform"
holidays = ["2026-12-25"]
[[owners]]
tags = "owner"
[[recipients]]
email = [7, "a@contoso.com"]
teams = "https://flows.contoso.com/?sig=S3cret"
[[recipients]]
name = "b"
teams = { webhook = true }
summary_match = { tags = { app = 7 } }
[[silences]]
match = { region = ["a"] }
[start]
enabled = "yes"
[safety]
brake = "high"
colour = "red"
[access]
viewer = "a"
"#;
        insta::assert_snapshot!(problems(text), @r#"
        n.toml:3:12: error: defaults.fallback: invalid type: text, expected a list
          hint: a list is written in brackets: ["one", "two"]
        n.toml:4:13: error: defaults.holidays[1]: invalid type: text, expected a TOML datetime
          hint: dates and times are written without quotes: 2027-01-31 or 2027-01-31T00:00:00Z
        n.toml:5:1: error: owners: invalid type: list, expected a table
          hint: a section that occurs once is written with one bracket: [owners]
        n.toml:7:1: error: recipients[1]: has no `name`
          hint: add name = "…"
        n.toml:8:10: error: recipients[1].email[1]: invalid type: integer `7`, expected text in quotes
          hint: write it in quotes: "…"
        n.toml:9:9: error: recipients[1].teams: invalid type: text, expected a table
          hint: a table is written in braces: { key = "value" }
        n.toml:12:21: error: recipients[2] "b": teams.webhook: invalid type: boolean `true`, expected text in quotes
          hint: write it in quotes: "…"
        n.toml:13:34: error: recipients[2] "b": summary_match.tags.app: invalid type: integer `7`, expected text in quotes
          hint: write it in quotes: "…"
        n.toml:14:1: error: silences[1]: has no `until`
          hint: add until = 2027-01-31T00:00:00Z
        n.toml:14:1: error: silences[1]: has no `reason`
          hint: add reason = "…"
        n.toml:15:20: error: silences[1].match.region: invalid type: list, expected text in quotes
          hint: write it in quotes: "…"
        n.toml:17:11: error: start.enabled: invalid type: text, expected true or false
          hint: write true or false, without quotes
        n.toml:19:9: error: safety.brake: invalid type: text, expected a number
          hint: write a number, without quotes: 3.0
        n.toml:20:1: error: unknown key `colour` in safety
          hint: known here: brake, divert_to, mode, pause, pilot
        n.toml:22:10: error: access.viewer: invalid type: text, expected a list
          hint: a list is written in brackets: ["one", "two"]
        "#);
        assert!(!problems(text).contains("S3cret"));
        insta::assert_snapshot!(problems("[recipients]\nname = \"a\"\n"), @r#"
        n.toml:1:1: error: recipients: invalid type: table, expected a list
          hint: a section that may occur several times is written with two brackets: [[recipients]]
        "#);
    }

    #[test]
    fn every_line_that_is_no_toml_is_said_and_so_is_what_does_not_fit_on_the_others() {
        let text = "[defaults]\ntimezone = Europe/Berlin\nfallback = \"platform\"\nlanguage = \"en\ndigest == \"never\"\nsettle = \"0m\"\n\
                    settle = \"1h\"\ncolour = 1\n";
        insta::assert_snapshot!(problems(text), @r#"
        n.toml:2:12: error: string values must be quoted, expected literal string
          hint: write texts in quotes: timezone = "Europe/Berlin"
        n.toml:3:12: error: defaults.fallback: invalid type: text, expected a list
          hint: a list is written in brackets: ["one", "two"]
        n.toml:4:15: error: invalid basic string, expected `"`
          hint: close the text with the quote that it began with, on the same line
        n.toml:5:9: error: extra `=`, expected nothing
          hint: one sign is enough: key = "value"
        n.toml:7:1: error: duplicate key
          hint: a key stands once in its section: keep one of them, or make it a list
        n.toml:8:1: error: unknown key `colour` in defaults
          hint: known here: digest, escalate, fallback, holidays, hours, immediate, language, quiet, reminders, scheduled, settle, timezone
        "#);
    }
}
