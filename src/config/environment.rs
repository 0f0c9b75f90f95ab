//! The one place that reads the process's environment.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use secrecy::{ExposeSecret, SecretString};

/// The environment, copied once. Values are kept as secrets, because some of them are.
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, SecretString>,
}

impl Environment {
    /// The environment of this process. Names and values that are no Unicode text are left out.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn from_process() -> Self {
        let pairs = std::env::vars_os();
        Self::from_pairs(
            pairs.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// An environment of these names and values.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let values =
            pairs.into_iter().map(|(name, value)| (name.into(), SecretString::from(value.into()))).collect();
        Self { values }
    }

    /// The file of the running program.
    ///
    /// # Errors
    /// When the operating system does not know it.
    pub fn executable() -> std::io::Result<std::path::PathBuf> {
        std::env::current_exe()
    }

    /// The value of `name`, without spaces around it; `None` when it is unset or blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name)?.expose_secret().trim();
        (!value.is_empty()).then_some(value)
    }

    /// Whether `name` is set to anything but blanks.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The names that are set, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The secret called `name`: its value, or the contents of the file that `NAME_FILE` names.
    ///
    /// # Errors
    /// Says what is wrong without the value: both are given, the file cannot be read, the value is an unresolved
    /// Key Vault reference.
    pub fn secret(&self, name: &str) -> Result<Option<SecretString>, UnusableSecret> {
        let file_name = format!("{name}_FILE");
        let value = match (self.get(name), self.get(&file_name)) {
            (Some(_), Some(_)) => {
                return Err(UnusableSecret::GivenTwice { name: name.to_owned() });
            }
            (Some(value), None) => value.to_owned(),
            (None, Some(path)) => read_secret_file(path)?,
            (None, None) => return Ok(None),
        };
        reject_unresolved(&value)?;
        Ok(Some(SecretString::from(value)))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// Why a secret cannot be used. Never contains its value.
#[derive(Debug, thiserror::Error)]
pub enum UnusableSecret {
    #[error("both {name} and {name}_FILE are set; keep one of them")]
    GivenTwice { name: String },
    #[error("the file `{path}` with the secret cannot be read: {problem}")]
    Unreadable { path: String, problem: String },
    #[error("the file `{path}` with the secret is empty")]
    Empty { path: String },
    /// The Functions host left a reference as it was.
    #[error(
        "still reads `@Microsoft.KeyVault(…)`: Azure could not resolve the reference, most often because the app's \
         identity may not read the vault's secrets"
    )]
    Unresolved,
}

/// More bytes than this are no secret of ours: the longest is a list of keys, or an address with a signature.
const LONGEST_SECRET: u64 = 64 * 1024;

/// Reads a secret from a file, without the blanks around it. A file that never ends, such as `/dev/zero`, is refused.
pub(super) fn read_secret_file(path: &str) -> Result<String, UnusableSecret> {
    let unreadable = |problem| UnusableSecret::Unreadable { path: path.to_owned(), problem };
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(LONGEST_SECRET + 1).read_to_end(&mut bytes))
        .map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > LONGEST_SECRET {
        return Err(unreadable(format!("it is longer than {LONGEST_SECRET} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is no UTF-8 text".to_owned()))?;
    let value = text.trim();
    if value.is_empty() {
        return Err(UnusableSecret::Empty { path: path.to_owned() });
    }
    Ok(value.to_owned())
}

/// Refuses a value that the Functions host should have replaced.
pub(super) fn reject_unresolved(value: &str) -> Result<(), UnusableSecret> {
    if value.trim_start().starts_with("@Microsoft.KeyVault(") {
        return Err(UnusableSecret::Unresolved);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_is_unset() {
        let environment = Environment::from_pairs([("A", "  "), ("B", " b ")]);
        assert_eq!(environment.get("A"), None);
        assert_eq!(environment.get("B"), Some("b"));
    }

    #[test]
    fn a_secret_may_come_from_a_file_but_not_from_both() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "from the file\n").unwrap();
        let path = path.to_str().unwrap();
        let environment = Environment::from_pairs([("KEY_FILE", path)]);
        assert_eq!(environment.secret("KEY").unwrap().unwrap().expose_secret(), "from the file");
        let both = Environment::from_pairs([("KEY_FILE", path), ("KEY", "value")]);
        insta::assert_snapshot!(both.secret("KEY").unwrap_err(), @"both KEY and KEY_FILE are set; keep one of them");
        let missing = Environment::from_pairs([("KEY_FILE", "/nowhere/key")]);
        insta::assert_snapshot!(missing.secret("KEY").unwrap_err(), @"the file `/nowhere/key` with the secret cannot be read: No such file or directory (os error 2)");
    }

    #[test]
    fn a_secret_file_without_an_end_is_refused() {
        let endless = Environment::from_pairs([("KEY_FILE", "/dev/zero")]);
        insta::assert_snapshot!(endless.secret("KEY").unwrap_err(), @"the file `/dev/zero` with the secret cannot be read: it is longer than 65536 bytes");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        // Cut in the middle of a letter it is no less too long.
        std::fs::write(&path, format!("x{}", "ä".repeat(65536))).unwrap();
        let long = Environment::from_pairs([("KEY_FILE", path.to_str().unwrap())]);
        assert!(long.secret("KEY").unwrap_err().to_string().ends_with("it is longer than 65536 bytes"));
    }

    #[test]
    fn an_unresolved_reference_is_an_error_and_debug_shows_no_value() {
        let environment =
            Environment::from_pairs([("KEY", "@Microsoft.KeyVault(SecretUri=https://vault/secrets/key)")]);
        assert!(matches!(environment.secret("KEY"), Err(UnusableSecret::Unresolved)));
        assert_eq!(format!("{environment:?}"), r#"{"KEY"}"#);
    }
}
