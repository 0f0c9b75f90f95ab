//! Reads a configuration file: from text to a [`Configuration`], with everything that was found on the way.

use std::io::Read;
use std::path::Path;

use chrono::{DateTime, Utc};

use super::checked_file::CheckedFile;
use super::configuration::Configuration;
use super::finding::{Finding, InvalidConfiguration, Severity};
use super::lint;
use super::parse::{self, Secrets};
use super::source::SourceText;

/// Looks at `text` and says everything about it. `now` decides which silences are over.
pub fn examine(text: &str, secrets: Secrets<'_>, now: DateTime<Utc>) -> CheckedFile {
    let failed = |findings| CheckedFile { configuration: None, findings };
    let source = match SourceText::parse(text) {
        Ok(source) => source,
        Err(findings) => return failed(sorted(findings)),
    };
    let file = match source.read() {
        Ok(file) => file,
        Err(findings) => return failed(sorted(findings)),
    };
    let (configuration, mut findings) = match parse::build(&file, &source, secrets) {
        Ok(configuration) => (Some(configuration), Vec::new()),
        Err(findings) => (None, findings),
    };
    if let Some(configuration) = &configuration {
        findings.extend(lint::lint(&file, configuration, &source, now));
    }
    CheckedFile { configuration, findings: sorted(findings) }
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|finding| (finding.line, finding.column));
    findings
}

/// Reads the configuration in `text`, called `name` in messages.
///
/// # Errors
/// Everything that is wrong, when something is. Warnings are logged otherwise.
pub fn from_text(
    name: &str,
    text: &str,
    secrets: Secrets<'_>,
    now: DateTime<Utc>,
) -> Result<Configuration, InvalidConfiguration> {
    let examined = examine(text, secrets, now);
    match examined.configuration {
        Some(configuration) => {
            for finding in &examined.findings {
                tracing::warn!(file = name, path = finding.path, "{}", finding.render(Some(name)));
            }
            Ok(configuration)
        }
        None => Err(InvalidConfiguration { file: Some(name.to_owned()), findings: examined.findings }),
    }
}

/// The largest configuration that is read: far above any real one.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The text of the configuration file at `path`.
///
/// # Errors
/// When it is not there, is too large or is no text, with a hint.
pub fn read(path: &Path) -> Result<String, Finding> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound if path.to_string_lossy().contains("://") => {
            Finding::error("", "is an address, and a path is read here")
                .hint("set NOTIFIER_CONFIG to the address of a blob, or download it first")
        }
        std::io::ErrorKind::NotFound => Finding::error("", "there is no such file").hint(
            "copy notifier.example.toml to notifier.toml and edit it, or set NOTIFIER_CONFIG to your file; \
             `maintenance-notifier schema` prints what can stand in it",
        ),
        _ => Finding::error("", format!("cannot be read: {error}"))
            .hint("set NOTIFIER_CONFIG to a file that this user may read"),
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_BYTES {
        return Err(Finding::error("", format!("is larger than {MAX_BYTES} bytes"))
            .hint("is NOTIFIER_CONFIG set to the right file?"));
    }
    String::from_utf8(bytes).map_err(|_| Finding::error("", "is no UTF-8 text").hint("save it as UTF-8"))
}

/// How many of `findings` are errors, and how many are warnings.
pub fn count(findings: &[Finding]) -> (usize, usize) {
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    (errors, findings.len() - errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_large_is_called_so_wherever_it_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notifier.toml");
        for (text, problem) in [
            ("ä".repeat(MAX_BYTES), "is larger than 4194304 bytes"),
            (format!("#{}", "ä".repeat(MAX_BYTES)), "is larger than 4194304 bytes"),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(read(&path).unwrap_err().problem, problem);
        }
        std::fs::write(&path, b"# \xe4").unwrap();
        assert_eq!(read(&path).unwrap_err().problem, "is no UTF-8 text");
    }
}
