//! Collects what is wrong, so that one run says all of it.

use std::fmt::Display;
use std::str::FromStr;

use chrono::TimeDelta;

use super::names::Names;
use crate::config::finding::{ConfigPath, Finding};
use crate::config::source::SourceText;
use crate::config::suggest;
use crate::domain::recipient_name::RecipientName;
use crate::domain::schedule::parse_span;

/// The findings so far.
pub(in crate::config) struct Collector<'source> {
    source: &'source SourceText<'source>,
    findings: Vec<Finding>,
}

impl<'source> Collector<'source> {
    pub(in crate::config) fn new(source: &'source SourceText<'source>) -> Self {
        Self { source, findings: Vec::new() }
    }

    pub(in crate::config) fn error(&mut self, path: &ConfigPath, problem: impl Into<String>) {
        self.add(path, Finding::error(path.to_string(), problem));
    }

    pub(in crate::config) fn error_with_hint(
        &mut self,
        path: &ConfigPath,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.add(path, Finding::error(path.to_string(), problem).hint(hint));
    }

    pub(in crate::config) fn warn(
        &mut self,
        path: &ConfigPath,
        problem: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.add(path, Finding::warning(path.to_string(), problem).hint(hint));
    }

    /// Parses `text`, or notes why it cannot be.
    pub(in crate::config) fn parse<T>(&mut self, path: &ConfigPath, text: &str) -> Option<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        text.parse().map_err(|error: T::Err| self.error(path, error.to_string())).ok()
    }

    /// Parses each of `texts`; leaves out those that cannot be, with a note.
    pub(in crate::config) fn parse_each<T>(&mut self, path: &ConfigPath, texts: &[String]) -> Vec<T>
    where
        T: FromStr,
        T::Err: Display,
    {
        let parsed = texts.iter().enumerate();
        parsed.filter_map(|(index, text)| self.parse(&path.item(index), text)).collect()
    }

    /// Parses a length of time.
    pub(in crate::config) fn span(&mut self, path: &ConfigPath, text: &str) -> Option<TimeDelta> {
        parse_span(text).map_err(|error| self.error(path, error.to_string())).ok()
    }

    /// Parses a length of time that cannot be none; `instead` says how to have none.
    pub(in crate::config) fn real_span(
        &mut self,
        path: &ConfigPath,
        text: &str,
        instead: &str,
    ) -> Option<TimeDelta> {
        let span = self.span(path, text)?;
        if span.is_zero() {
            self.error_with_hint(path, format!("`{}` is no time at all", text.trim()), instead);
            return None;
        }
        Some(span)
    }

    /// Parses lengths of time into an order: the longest first.
    pub(in crate::config) fn spans(&mut self, path: &ConfigPath, texts: &[String]) -> Vec<TimeDelta> {
        let parsed = texts.iter().enumerate();
        let mut spans: Vec<_> = parsed
            .filter_map(|(index, text)| {
                self.real_span(&path.item(index), text, "leave it out, or write [] for none")
            })
            .collect();
        spans.sort_by(|left, right| right.cmp(left));
        spans.dedup();
        spans
    }

    /// The recipients called `texts`, each of which has to be among `known`.
    pub(in crate::config) fn names(
        &mut self,
        path: &ConfigPath,
        texts: &[String],
        known: &Names,
    ) -> Vec<RecipientName> {
        let found = texts.iter().enumerate();
        let mut names: Vec<RecipientName> = Vec::new();
        for name in found.filter_map(|(index, text)| self.name(&path.item(index), text, known)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The recipient called `text`, who has to be among `known`.
    pub(in crate::config) fn name(
        &mut self,
        path: &ConfigPath,
        text: &str,
        known: &Names,
    ) -> Option<RecipientName> {
        if known.contains(text.trim()) {
            return self.parse(path, text);
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let hint = suggest::hint(text, &known)
            .unwrap_or_else(|| format!("add a [[recipients]] entry with name = \"{text}\""));
        self.error_with_hint(path, format!("no recipient is called `{text}`"), hint);
        None
    }

    /// The one of `known` that `text` is.
    pub(in crate::config) fn word<T: Copy>(
        &mut self,
        path: &ConfigPath,
        text: &str,
        known: &[(&str, T)],
    ) -> Option<T> {
        let found = known.iter().find(|(word, _)| *word == text.trim());
        if let Some((_, value)) = found {
            return Some(*value);
        }
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let problem = format!("`{text}` is none of {}", words.join(", "));
        match suggest::nearest(text, words) {
            Some(near) => self.error_with_hint(path, problem, format!("did you mean `{near}`?")),
            None => self.error(path, problem),
        }
        None
    }

    /// Whether nothing was wrong.
    pub(in crate::config) fn finish(self) -> Result<(), Vec<Finding>> {
        if self.findings.is_empty() { Ok(()) } else { Err(self.findings) }
    }

    /// What was found.
    pub(in crate::config) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }

    fn add(&mut self, path: &ConfigPath, finding: Finding) {
        self.findings.push(self.source.place(path, finding));
    }
}
