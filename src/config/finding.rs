//! What is wrong, where, and a hint.

use std::fmt;

use serde::Serialize;

use super::quoted::{without_addresses, without_queries};

/// Whether the program refuses to run because of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The program does not run with it.
    Error,
    /// It runs, but surely not as meant.
    Warning,
}

impl Severity {
    /// The word shown to people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A place in the configuration file, from the top: `recipients[2] "sap-basis": digest`. Items count from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigPath(Vec<PathStep>);

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PathStep {
    Key(String),
    Item { index: usize, label: Option<String> },
}

impl ConfigPath {
    /// The path of a key at the top of the file.
    pub fn of(key: &str) -> Self {
        Self::default().key(key)
    }

    /// The path of a key below this one.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.with(PathStep::Key(key.to_owned()))
    }

    /// The path of an item of this list; `index` counts from 0.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        self.with(PathStep::Item { index, label: None })
    }

    /// The path of an item that has a name.
    #[must_use]
    pub fn named_item(&self, index: usize, name: &str) -> Self {
        let label = Some(name.to_owned());
        self.with(PathStep::Item { index, label })
    }

    pub(super) fn steps(&self) -> &[PathStep] {
        &self.0
    }

    fn with(&self, step: PathStep) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

impl fmt::Display for ConfigPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for step in &self.0 {
            match step {
                PathStep::Key(key) => {
                    write!(f, "{separator}{key}")?;
                    separator = ".";
                }
                PathStep::Item { index, label: None } => {
                    write!(f, "[{}]", index + 1)?;
                    separator = ".";
                }
                PathStep::Item { index, label: Some(label) } => {
                    write!(f, "[{}] \"{label}\"", index + 1)?;
                    separator = ": ";
                }
            }
        }
        Ok(())
    }
}

/// One thing that is wrong with the settings or the configuration file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whether the program refuses to run because of it.
    pub severity: Severity,
    /// The setting's name, or the path in the file. Empty when the whole file is meant.
    pub path: String,
    /// The line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column in the file, in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// What is wrong. Never contains a secret.
    pub problem: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// An error at `path`, with no place in a file. Whatever it quotes, no address with a secret is among it.
    pub fn error(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            path: without_addresses(&path.into()),
            line: None,
            column: None,
            problem: without_addresses(&problem.into()),
            hint: None,
        }
    }

    /// A warning at `path`, with no place in a file.
    pub fn warning(path: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(path, problem) }
    }

    /// The same finding with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(without_queries(&hint.into()));
        self
    }

    /// The finding as people read it: `FILE:LINE:COLUMN: error: PATH: PROBLEM` and a `hint:` line.
    ///
    /// `file` is left out for a setting, whose path says it all.
    pub fn render(&self, file: Option<&str>) -> String {
        let mut text = String::new();
        if let Some(file) = file {
            text.push_str(file);
            for number in [self.line, self.column].into_iter().flatten() {
                text.push_str(&format!(":{number}"));
            }
            text.push_str(": ");
        }
        text.push_str(self.severity.as_str());
        text.push_str(": ");
        if !self.path.is_empty() {
            text.push_str(&format!("{}: ", self.path));
        }
        text.push_str(&self.problem);
        if let Some(hint) = &self.hint {
            text.push_str(&format!("\n  hint: {hint}"));
        }
        text
    }
}

/// The settings or the configuration file cannot be used. Says everything that is wrong at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidConfiguration {
    /// The file's name; `None` for the environment.
    pub file: Option<String>,
    /// What is wrong; at least one error, and the warnings beside it.
    /// In the order of the file.
    pub findings: Vec<Finding>,
}

impl fmt::Display for InvalidConfiguration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> =
            self.findings.iter().map(|finding| finding.render(self.file.as_deref())).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for InvalidConfiguration {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_where_what_and_gives_a_hint() {
        let path = ConfigPath::of("recipients").named_item(1, "sap-basis").key("digest");
        let mut finding =
            Finding::error(path.to_string(), "`daily` is no schedule").hint("write `0 8 * * *`");
        (finding.line, finding.column) = (Some(12), Some(3));
        insta::assert_snapshot!(finding.render(Some("notifier.toml")), @r#"
        notifier.toml:12:3: error: recipients[2] "sap-basis": digest: `daily` is no schedule
          hint: write `0 8 * * *`
        "#);
        assert_eq!(ConfigPath::of("routes").item(0).key("to").to_string(), "routes[1].to");
    }
}
