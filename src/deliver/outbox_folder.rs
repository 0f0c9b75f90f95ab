//! A folder in place of the mail server and of Teams: nothing leaves the machine.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::private_file;

/// A folder that mails (`.eml`) and cards (`.json`) are written to.
#[derive(Debug, Clone)]
pub struct OutboxFolder {
    path: PathBuf,
}

/// What names a file: the same message to the same endpoint always has the same name.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileLabel<'a> {
    /// When the message's content was bound.
    pub(super) date: DateTime<Utc>,
    /// An address or the name of a channel.
    pub(super) endpoint: &'a str,
    /// The message's id; what follows an `@` in it is left out.
    pub(super) message: &'a str,
    pub(super) extension: &'static str,
}

impl OutboxFolder {
    /// The folder at `path`. It is made when the first file is written.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file and removes it again.
    ///
    /// # Errors
    /// Why that is not possible.
    pub async fn try_writing(&self) -> Result<String, String> {
        let folder = self.path.clone();
        let shown = folder.display().to_string();
        let written = tokio::task::spawn_blocking(move || {
            let probe = folder.join(format!(".probe-{}", uuid::Uuid::new_v4().simple()));
            fs::create_dir_all(&folder)
                .and_then(|()| fs::write(&probe, b""))
                .and_then(|()| fs::remove_file(&probe))
        });
        match written.await.map_err(io::Error::other).flatten() {
            Ok(()) => Ok(format!("{shown} can be written; nothing leaves this machine")),
            Err(error) => {
                Err(format!("{shown} cannot be written: {error}; hint: choose another NOTIFIER_OUTBOX"))
            }
        }
    }

    /// Writes a file so that it is there whole or not at all, even if the power fails: the caller records the
    /// message as accepted right after. A file that is there already with the same bytes is left alone.
    pub(super) async fn write(&self, label: FileLabel<'_>, bytes: Vec<u8>) -> io::Result<PathBuf> {
        let folder = self.path.clone();
        let name = label.file_name();
        tokio::task::spawn_blocking(move || write_whole(&folder, &name, &bytes))
            .await
            .map_err(io::Error::other)?
    }
}

impl FileLabel<'_> {
    fn file_name(&self) -> String {
        let time = self.date.format("%Y%m%dT%H%M%SZ");
        let id: String = self.message.split('@').next().unwrap_or_default().to_owned();
        let id = safe(&id, 12);
        format!("{time}-{}-{id}.{}", distinct(self.endpoint), self.extension)
    }
}

/// `text` with every character that some file system forbids replaced.
fn safe(text: &str, longest: usize) -> String {
    text.chars()
        .map(|c| if c.is_ascii_alphanumeric() || "@._+-".contains(c) { c } else { '_' })
        .take(longest)
        .collect()
}

/// A safe form of `text` that two different texts never share, on file systems that fold case too.
fn distinct(text: &str) -> String {
    let plain = safe(text, 80);
    if plain == text && !text.contains(char::is_uppercase) {
        return plain;
    }
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(4).fold(format!("{plain}~"), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    })
}

fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let target = folder.join(name);
    if fs::read(&target).is_ok_and(|present| present == bytes) {
        return Ok(target);
    }
    // Each writer has a temporary name of its own, so that two at once cannot mix their bytes.
    static WRITERS: AtomicU64 = AtomicU64::new(0);
    let writer = WRITERS.fetch_add(1, Ordering::Relaxed);
    let temporary = folder.join(format!(".{name}.{}-{writer}.tmp", std::process::id()));
    let mut file = private_file::create(&temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&temporary, &target)?;
    // The new name itself is durable only once the folder is.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(endpoint: &str) -> FileLabel<'_> {
        FileLabel {
            date: DateTime::from_timestamp(1_796_000_000, 0).unwrap(),
            endpoint,
            message: "0a1b2c3d4e5f60718293a4b5c6d7e8f9@contoso.com",
            extension: "eml",
        }
    }

    #[tokio::test]
    async fn the_same_message_to_the_same_endpoint_is_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = OutboxFolder::new(folder.path().join("mails"));
        let first = outbox.write(label("jane@contoso.com"), b"one".to_vec()).await.unwrap();
        let modified = fs::metadata(&first).unwrap().modified().unwrap();
        let again = outbox.write(label("jane@contoso.com"), b"one".to_vec()).await.unwrap();
        let other = outbox.write(label("joe@contoso.com"), b"two".to_vec()).await.unwrap();

        assert_eq!(first, again);
        assert_eq!(fs::metadata(&again).unwrap().modified().unwrap(), modified);
        assert_eq!(fs::read(&first).unwrap(), b"one");
        assert_eq!(fs::read(&other).unwrap(), b"two");
        assert_eq!(first.file_name().unwrap(), "20261130T005320Z-jane@contoso.com-0a1b2c3d4e5f.eml");
        assert_eq!(fs::read_dir(outbox.path()).unwrap().count(), 2, "no temporary file is left");
    }

    #[test]
    fn s17_no_endpoint_names_a_path_or_another_endpoints_file() {
        let names: Vec<String> =
            ["../../etc/passwd", "a/b", "a_b", "a\\b", "A_b", "a\r\nb", "ä", &"x".repeat(300)]
                .iter()
                .map(|endpoint| label(endpoint).file_name())
                .collect();
        for name in &names {
            assert!(!name.contains(['/', '\\', '\r', '\n', ':']) && name.len() < 160, "{name}");
        }
        let folded: std::collections::BTreeSet<String> =
            names.iter().map(|name| name.to_lowercase()).collect();
        assert_eq!(folded.len(), names.len(), "{names:?}");
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_made_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let outbox = OutboxFolder::new(file.join("below"));
        assert!(outbox.write(label("jane@contoso.com"), Vec::new()).await.is_err());
    }
}
